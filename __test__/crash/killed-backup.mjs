// A backup that is killed, and what must be true of its target afterwards. Free of the test runner.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { linesOf, projectRoot, runUntilKilled } from './kill.mjs';

// More pages than the target keeps in memory: the later steps write into its file.
const ROWS = 6000;

// Copies 200 pages a step and says so. At the step that the last argument names it stands still.
const BACKUP = `
  const { writeSync } = require('node:fs');
  const [, path, stopAt] = process.argv;
  const db = new (require('ferrolite'))(':memory:');
  db.exec("CREATE TABLE t (id INTEGER PRIMARY KEY, payload BLOB)");
  const insert = db.prepare('INSERT INTO t VALUES (?, ?)');
  db.transaction(() => { for (let id = 1; id <= ${ROWS}; id += 1) insert.run(BigInt(id), Buffer.alloc(4000, id)); })();
  let steps = 0;
  const progress = () => {
    steps += 1;
    writeSync(1, steps + '\\n');
    if (steps === Number(stopAt)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    return 200;
  };
  db.backup(path, { progress }).then(() => writeSync(1, 'done\\n'));
`;

const CHECKER = `
  const { readdirSync } = require('node:fs');
  const { dirname } = require('node:path');
  const path = process.argv[1];
  const db = new (require('ferrolite'))(path, { fileMustExist: true });
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all();
  const whole = tables.includes('t') &&
    db.prepare('SELECT id, payload FROM t').raw().all().every(([id, payload]) => payload.equals(Buffer.alloc(4000, id)));
  const rows = tables.includes('t') ? db.prepare('SELECT count(*) FROM t').pluck().get() : 0;
  const integrity = db.pragma('integrity_check', { simple: true });
  db.close();
  console.log(JSON.stringify({ tables, rows, whole, integrity, files: readdirSync(dirname(path)) }));
`;

/**
 * Starts a backup and kills its process.
 *
 * @param {string} path the target
 * @param {{ step: number, stands: boolean, spins?: number }} when the step whose word is waited for; whether the
 *   process stands still there; how long it may go on otherwise
 * @returns {Promise<{ said: string[], hasJournal: boolean }>} what it said, and whether it left a journal
 */
export async function killBackup(path, { step, stands, spins = 0 }) {
  const args = [path, String(stands ? step : 0)];
  const when = { isEnough: (output) => linesOf(output) >= step, spins };
  const { output, errors, ended } = await runUntilKilled(BACKUP, args, when);
  const said = output.trimEnd().split('\n');
  if (ended !== undefined && said.at(-1) !== 'done') {
    throw new Error(`the backup ended by itself (${ended}): ${errors}`);
  }
  return { said, hasJournal: existsSync(`${path}-journal`) };
}

/** What the next process finds in the target; undefined if there is no file. */
export function checkTarget(path) {
  if (!existsSync(path)) return undefined;
  const checker = spawnSync(process.execPath, ['-e', CHECKER, path], { cwd: projectRoot, encoding: 'utf8' });
  if (checker.status !== 0) throw new Error(`the check failed: ${checker.stderr}`);
  return JSON.parse(checker.stdout);
}

/** What a whole backup has. */
export const whole = { tables: ['t'], rows: ROWS, whole: true, integrity: 'ok', files: ['test.db'] };
