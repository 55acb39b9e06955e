// What connections, pools and other processes see when a copy is put back.
import { fork, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'ferrolite';
import { runMigrations, type MigratorOptions } from 'ferrolite/migrate';
import { openPool } from 'ferrolite/pool';
import { describe, expect, it, onTestFinished } from 'vitest';
import { projectRoot } from '../crash/kill.mjs';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { failure, filled, folderOf, opened, tables } from './support.mts';

const PUT_BACK = 'The database was put back to what it was before the first migration';
const ROWS = 2000;
const COUNT = "SELECT count(*) || ' of ' || total(x) FROM t";
const BEFORE = `${ROWS} of ${ROWS}.0`;
const BETWEEN = `${ROWS} of ${2 * ROWS}.0`;
/** A rehearsal would find what fails. */
const options: MigratorOptions = { rehearse: false, backup: true };

const made = (mode: string): string =>
  filled(`PRAGMA journal_mode = ${mode};
    CREATE TABLE t (x, y);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
    INSERT INTO t SELECT 1, zeroblob(500) FROM n;`).close().name;

const READER = `
  const db = new (require('ferrolite'))(process.argv[2], { timeout: 60000 });
  const count = db.prepare(${JSON.stringify(COUNT)}).pluck();
  const seen = new Set();
  let isOver = false;
  process.on('message', () => (isOver = true));
  (function look() {
    seen.add(count.get());
    process.send([...seen]);
    if (!isOver) return void setImmediate(look);
    process.send({ seen: [...seen], integrity: db.pragma('integrity_check', { simple: true }) }, () => process.exit());
  })();`;

/** A process that reads all the time. */
async function reader(path: string): Promise<{ end(): Promise<{ seen: string[]; integrity: string }> }> {
  const script = join(tempDir(), 'reader.cjs');
  const root = JSON.stringify(join(projectRoot, 'package.json'));
  writeFileSync(
    script,
    READER.replace("require('ferrolite')", `require('node:module').createRequire(${root})('ferrolite')`),
  );
  const child: ChildProcess = fork(script, [path]);
  onTestFinished(() => void child.kill());
  await new Promise((resolve) => child.once('message', resolve));
  return {
    end: () =>
      new Promise((resolve) => {
        child.on('message', (message) => {
          if (!Array.isArray(message)) resolve(message as { seen: string[]; integrity: string });
        });
        child.send('end');
      }),
  };
}

const FILES = {
  '1_a.sql': 'UPDATE t SET x = 2; CREATE TABLE extra (x);',
  '2_b.sql': 'UPDATE t SET x = 3; SELECT * FROM missing;',
};

describe.each(['wal', 'delete'])('while a copy is put back, in journal mode %s', (mode) => {
  it('a pool and another process see the state before or after it, and go on', async () => {
    const path = made(mode);
    const pool = openPool(path, { busyTimeoutMs: 60_000, pragmas: { journal_mode: mode } });
    onTestFinished(() => pool.close());
    const statement = opened(path).prepare(COUNT).pluck();
    expect(await pool.get(COUNT, [], { pluck: true })).toBe(BEFORE);
    const other = await reader(path);
    const seen = new Set<unknown>();
    const state = { isOver: false };
    const reading = (async () => {
      while (!state.isOver) seen.add(await pool.get(COUNT, [], { pluck: true }));
    })();
    const error = await failure(runMigrations(pool, folderOf(FILES), options));
    expect(error.message).toContain(PUT_BACK);
    state.isOver = true;
    await reading;
    for (const each of seen) expect([BEFORE, BETWEEN]).toContain(each);
    expect(statement.get()).toBe(BEFORE);
    expect(await pool.get(COUNT, [], { pluck: true })).toBe(BEFORE);
    expect(await pool.run('INSERT INTO t VALUES (5, NULL)')).toMatchObject({ changes: 1 });
    const { seen: seenThere, integrity } = await other.end();
    expect(integrity).toBe('ok');
    for (const each of seenThere) expect([BEFORE, BETWEEN, `${ROWS + 1} of ${ROWS + 5}.0`]).toContain(each);
    expect(opened(path).pragma('journal_mode', { simple: true })).toBe(mode);
  });
});

it('snapshots, streams and iterators go on reading what they have begun with', async () => {
  const path = made('wal');
  const pool = openPool(path);
  onTestFinished(() => pool.close());
  const db = opened(path);
  const iterator = db.prepare('SELECT x FROM t').pluck().iterate();
  iterator.next();
  const stream = pool.iterate('SELECT x FROM t', [], { pluck: true });
  await stream.next();
  await pool.read(async (snapshot) => {
    expect(await snapshot.get(COUNT, [], { pluck: true })).toBe(BEFORE);
    const error = await failure(runMigrations(path, folderOf(FILES), options));
    expect(error.message).toContain(PUT_BACK);
    expect(await snapshot.get(COUNT, [], { pluck: true })).toBe(BEFORE);
  });
  const rows: unknown[] = [];
  for await (const row of stream) rows.push(row);
  expect([rows.length, new Set(rows)]).toEqual([ROWS - 1, new Set([1])]);
  expect(new Set(iterator)).toEqual(new Set([1]));
  expect(db.prepare(COUNT).pluck().get()).toBe(BEFORE);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
});

it.each([
  ['another size of its pages', 'delete', 'PRAGMA page_size = 8192; VACUUM;'],
  ['a write-ahead log', 'delete', 'PRAGMA journal_mode = wal;'],
  ['none any more', 'wal', 'PRAGMA journal_mode = delete;'],
])('a database to which migrations gave %s is put back', async (_, mode, sql) => {
  const path = made(mode);
  const files = { '1.sql': `CREATE TABLE extra (x); ${sql}`, '2.sql': 'SELECT * FROM missing;' };
  expect((await failure(runMigrations(path, folderOf(files), options))).message).toContain(PUT_BACK);
  const db = opened(path);
  expect(tables(db)).toEqual(['t']);
  expect(db.prepare(COUNT).pluck().get()).toBe(BEFORE);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
});

it('what others write at the last moment before a copy is put back stays', async () => {
  const path = made('wal');
  const writer = new Database(path);
  let calls = 0;
  // Called with the migrator's connection, that of the check, and the copy's when it is put back.
  const prepareConnection = (): void => {
    calls += 1;
    if (calls === 3) setImmediate(() => writer.exec('INSERT INTO t VALUES (7, NULL)'));
  };
  const error = await failure(runMigrations(path, folderOf(FILES), { ...options, prepareConnection }));
  expect(error.message).toContain(
    'The database was not put back, because others may have written to it since',
  );
  expect(writer.prepare('SELECT count(*) FROM t WHERE x = 7').pluck().get()).toBe(1);
  writer.close();
});

it('a database that no migration has changed is left alone, whoever reads it', async () => {
  const path = made('delete');
  const iterator = opened(path).prepare('SELECT x FROM t').iterate();
  iterator.next();
  const error = await failure(runMigrations(path, folderOf(FILES), { ...options, lockTimeoutMs: 30 }));
  expect(error.message).toBe(
    'Waited more than 30 ms for readers of the database. The database is what it was before the first migration',
  );
  iterator.return?.();
  const first = await failure(runMigrations(path, folderOf({ '1.sql': 'SELECT * FROM missing' }), options));
  expect(first.message).toContain('. The database is what it was before the first migration');
  expect(tables(opened(path))).toEqual(['t']);
});

it('a new file is put back to an empty one', async () => {
  const path = tempDb();
  const files = { '1.sql': 'CREATE TABLE a (x)', '2.sql': 'SELECT * FROM missing' };
  expect((await failure(runMigrations(path, folderOf(files), options))).message).toContain(PUT_BACK);
  expect(tables(opened(path))).toEqual([]);
});
