// Migrations that are killed, and what must be true of the database afterwards. Free of the test runner.
import { spawnSync } from 'node:child_process';
import { linesOf, projectRoot, runUntilKilled } from './kill.mjs';

/** `here()` stands at the points at which a process can be made to stand still: in the rehearsal first, then for good. */
export const FILES = {
  '1_a.sql': `SELECT here();
    CREATE TABLE a (x);
    INSERT INTO a VALUES (1);
    SELECT here();`,
  '2_b.sql': `CREATE TABLE b (x);
    INSERT INTO b VALUES (1);
    SELECT here();
    VACUUM;
    SELECT here();
    INSERT INTO b VALUES (2);
    VACUUM;
    INSERT INTO b VALUES (3);
    SELECT here();`,
  '3_c.sql': `PRAGMA foreign_keys = OFF;
    CREATE TABLE new_a (x, y);
    INSERT INTO new_a (x) SELECT x FROM a;
    DROP TABLE a;
    SELECT here();
    ALTER TABLE new_a RENAME TO a;`,
};

/** Migrations of which the last one fails, so that the copy of before is put back. */
export const FAILING = {
  '1_a.sql': 'CREATE TABLE a (x); INSERT INTO a VALUES (1); UPDATE big SET x = zeroblob(4000);',
  '2_b.sql': 'SELECT here(); SELECT * FROM missing;',
};

/** How often `here()` is called. */
export const POINTS = 12;

const MIGRATION = `
  const { writeSync } = require('node:fs');
  const { runMigrations } = require('ferrolite/migrate');
  const [, path, folder, stopAt, rehearse] = process.argv;
  let calls = 0;
  const prepareConnection = (db) => db.function('here', () => {
    calls += 1;
    writeSync(1, calls + '\\n');
    if (calls === Number(stopAt)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    return 0;
  });
  writeSync(1, 'started\\n');
  runMigrations(path, folder, { prepareConnection, backup: true, rehearse: rehearse !== 'no' })
    .then(() => writeSync(1, 'done\\n'), (error) => writeSync(1, 'failed ' + error.message + '\\n'));
`;

const CHECKER = `
  const { existsSync, readdirSync } = require('node:fs');
  const { dirname } = require('node:path');
  const path = process.argv[1];
  const db = new (require('ferrolite'))(path);
  const integrity = db.pragma('integrity_check', { simple: true });
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_ferrolite%' ORDER BY name").pluck().all();
  const rows = tables.filter((name) => name !== 'big').map((name) => db.prepare('SELECT x FROM ' + name + ' ORDER BY x').pluck().all());
  db.close();
  const files = readdirSync(dirname(path)).filter((name) => !name.includes('.before-') || name.endsWith('.partial'));
  console.log(JSON.stringify({ integrity, tables, rows, files }));
`;

/** Starts migrations and kills them: at a call of `here()`, where it stands still, or some time after it. */
export async function killMigration(path, folder, { point, stands, spins = 0, rehearse = 'yes' }) {
  const args = [path, folder, String(stands ? point : 0), rehearse];
  const when = { isEnough: (output) => linesOf(output) > point, spins };
  const { output, errors, ended } = await runUntilKilled(MIGRATION, args, when);
  const said = output.trimEnd().split('\n');
  if (ended !== undefined && said.at(-1) !== 'done' && rehearse !== 'no') {
    throw new Error(`the migrations ended by themselves (${ended}): ${output} ${errors}`);
  }
}

/** Lets migrations go on to their end. */
export function finishMigration(path, folder, rehearse = 'yes') {
  const child = spawnSync(process.execPath, ['-e', MIGRATION, path, folder, '0', rehearse], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  return child.stdout.trimEnd().split('\n').at(-1) + child.stderr;
}

export function checkMigrated(path) {
  const checker = spawnSync(process.execPath, ['-e', CHECKER, path], { cwd: projectRoot, encoding: 'utf8' });
  if (checker.status !== 0) throw new Error(`the check failed: ${checker.stderr}`);
  return JSON.parse(checker.stdout);
}

/** The states that a migration leaves when it is interrupted, and the last one. */
export const STATES = [
  { integrity: 'ok', tables: [], rows: [] },
  { integrity: 'ok', tables: ['a'], rows: [[1]] },
  { integrity: 'ok', tables: ['a', 'b'], rows: [[1], [1]] },
  { integrity: 'ok', tables: ['a', 'b'], rows: [[1], [1, 2]] },
  { integrity: 'ok', tables: ['a', 'b'], rows: [[1], [1, 2, 3]] },
];
