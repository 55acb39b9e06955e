// Processes that migrate at the same moment. Free of the test runner.
import { spawn, spawnSync } from 'node:child_process';
import { projectRoot } from '../crash/kill.mjs';

/** The second one is not one transaction; `a` must have each of its rows once. */
export const FILES = {
  '1.sql': 'CREATE TABLE a (x); INSERT INTO a VALUES (1);',
  '2.sql': 'INSERT INTO a VALUES (2); VACUUM; INSERT INTO a VALUES (3);',
  '3.cjs': 'exports.up = (db) => db.exec("INSERT INTO a VALUES (4)");',
};

const MIGRATE = `
  const { runMigrations } = require('ferrolite/migrate');
  const [, path, folder] = process.argv;
  process.stdin.once('data', () => {
    runMigrations(path, folder)
      .then(({ runs }) => { console.log(JSON.stringify(runs.map(({ name }) => name))); process.exit(); })
      .catch((error) => { console.error(error); process.exit(1); });
  });
  console.log('ready');
`;

/** Lets processes wait for each other, and begin together. */
export async function race(path, folder, size) {
  const children = Array.from({ length: size }, () => {
    const child = spawn(process.execPath, ['-e', MIGRATE, path, folder], { cwd: projectRoot });
    let [output, errors] = ['', ''];
    const ready = new Promise((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text) => {
        output += text;
        if (output.includes('ready\n')) resolve();
      });
    });
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
    const ended = new Promise((resolve) => {
      child.on('close', (code) =>
        resolve(code === 0 ? output.replace('ready\n', '').trim() : `failed: ${errors}`),
      );
    });
    return { child, ready, ended };
  });
  await Promise.all(children.map(({ ready }) => ready));
  for (const { child } of children) child.stdin.end('go\n');
  return Promise.all(children.map(({ ended }) => ended));
}

const READ =
  "console.log(JSON.stringify(new (require('ferrolite'))(process.argv[1]).prepare('SELECT x FROM a ORDER BY x').pluck().all()))";

/** What is wrong after a race; undefined if nothing is. */
export function complaint(path, answers) {
  const failed = answers.find((answer) => answer.startsWith('failed'));
  if (failed !== undefined) return failed;
  const runs = answers.flatMap((answer) => JSON.parse(answer)).toSorted();
  const rows = spawnSync(process.execPath, ['-e', READ, path], {
    cwd: projectRoot,
    encoding: 'utf8',
  }).stdout.trim();
  const found = `${runs.join(',')} ${rows}`;
  return found === '1,2,3 [1,2,3,4]' ? undefined : found;
}
