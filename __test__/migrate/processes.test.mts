// Several processes that migrate at the same moment.
import { spawn } from 'node:child_process';
import Database from 'ferrolite';
import { expect, it } from 'vitest';
import { projectRoot } from '../crash/kill.mjs';
import { tempDb } from '../helpers/temp-db.mts';
import { folderOf } from './support.mts';

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
async function race(path: string, folder: string, size: number): Promise<string[]> {
  const children = Array.from({ length: size }, () => {
    const child = spawn(process.execPath, ['-e', MIGRATE, path, folder], { cwd: projectRoot });
    let [output, errors] = ['', ''];
    const ready = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes('ready\n')) resolve();
      });
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    const ended = new Promise<string>((resolve) => {
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

it('apply each migration once', { timeout: 120_000 }, async () => {
  const folder = folderOf({
    '1.sql': 'CREATE TABLE a (x); INSERT INTO a VALUES (1);',
    '2.sql': 'INSERT INTO a VALUES (2); VACUUM; INSERT INTO a VALUES (3);',
    '3.cjs': 'exports.up = (db) => db.exec("INSERT INTO a VALUES (4)");',
  });
  for (let round = 0; round < 3; round += 1) {
    const path = tempDb();
    const answers = await race(path, folder, 4);
    const runs = answers.flatMap((answer) => JSON.parse(answer) as string[]);
    expect(runs.toSorted()).toEqual(['1', '2', '3']);
    const db = new Database(path);
    expect(db.prepare('SELECT x FROM a ORDER BY x').pluck().all()).toEqual([1, 2, 3, 4]);
    db.close();
  }
});
