// Databases on file descriptors and other processes, which open the same file by its path: each sees
// the other's locks, and each recovers what the other has left.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { openSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openPair, pairAt } from '../helpers/descriptors.mts';
import { describeDrivers, type Database, type Driver } from '../helpers/drivers.mts';
import { inChild, projectRoot, scriptOf } from '../helpers/in-child.mts';
import { exitOf, lineOf } from '../helpers/wait.mts';
import { hasShell } from '../helpers/sound-files.mts';

const LIBRARIES = ['ferrolite', 'better-sqlite3', 'node:sqlite'] as const;

/** Runs in a child: the code with which `sql` fails, or the rows that the last statement gives. */
function runByPath(library: string, path: string, sql: string, query: string): unknown {
  const open = (): { exec(text: string): unknown; prepare(text: string): { all(): unknown[] } } => {
    if (library !== 'node:sqlite') return new (require(library))(path, { timeout: 0 });
    return new (require('node:sqlite').DatabaseSync)(path, { timeout: 0 });
  };
  const db = open();
  try {
    db.exec(sql);
    return db
      .prepare(query)
      .all()
      .map((row) => Object.values(row as object)[0]);
  } catch (error) {
    const { code, errcode } = error as { code: string; errcode?: number };
    return errcode === 5 ? 'SQLITE_BUSY' : code;
  }
}

/** Runs in a child: holds what `sql` locks until its input ends. */
async function holdByPath(library: string, path: string, sql: string): Promise<void> {
  const db = new (require(library))(path);
  db.exec(sql);
  process.stdout.write('held\n');
  for await (const _ of process.stdin);
  db.close();
}

async function whileHeld(library: string, path: string, sql: string, run: () => void): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, ['-e', scriptOf(holdByPath, [library, path, sql])], {
    cwd: projectRoot,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exit = exitOf(child);
  await lineOf(child.stdout!, (line) => line === 'held');
  run();
  child.stdin!.end();
  expect(await exit).toEqual({ code: 0, signal: null });
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'done';
}

/** Runs in a child: writes through descriptors and is killed inside the transaction. */
function dieWriting(name: string, path: string): void {
  const { openSync: open } = require('node:fs') as typeof import('node:fs');
  const db = new (require(name))(open(path, 'r+'), { journalFd: open(`${path}-journal`, 'r+') });
  db.exec('PRAGMA cache_size = 1; BEGIN');
  const insert = db.prepare('INSERT INTO t VALUES (?)');
  for (let row = 0; row < 50; row += 1) insert.run('x'.repeat(3000));
  process.kill(process.pid, 'SIGKILL');
}

/** A file with one committed row and the remains of a writer through descriptors. */
function killedWriter(driver: Driver): string {
  const pair = openPair(driver);
  pair.open().exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)').close();
  expect(() => inChild(dieWriting, [driver.name, pair.databasePath])).toThrow('SIGKILL');
  expect(statSync(pair.databasePath).size).toBeGreaterThan(100_000);
  expect(statSync(pair.journalPath).size).toBeGreaterThan(0);
  return pair.databasePath;
}

describeDrivers('a database on file descriptors', (driver) => {
  const opened = (): { db: Database; path: string } => {
    const pair = openPair(driver);
    const db = pair.open({ timeout: 0 }).exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    return { db, path: pair.databasePath };
  };

  it.each(LIBRARIES)('keeps %s in another process from writing, then from reading', (library) => {
    const { db, path } = opened();
    const insert = 'PRAGMA journal_mode = truncate; INSERT INTO t VALUES (2)';
    db.exec('BEGIN IMMEDIATE');
    expect(inChild(runByPath, [library, path, insert, 'SELECT a FROM t'])).toBe('SQLITE_BUSY');
    expect(inChild(runByPath, [library, path, '', 'SELECT a FROM t'])).toEqual([1]);
    db.exec('COMMIT; BEGIN EXCLUSIVE');
    expect(inChild(runByPath, [library, path, '', 'SELECT a FROM t'])).toBe('SQLITE_BUSY');
    db.exec('COMMIT');
    expect(inChild(runByPath, [library, path, insert, 'SELECT a FROM t'])).toEqual([1, 2]);
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([1, 2]);
  });

  it.each(['ferrolite', 'better-sqlite3'])(
    'waits for the locks of %s in another process',
    async (library) => {
      const { db, path } = opened();
      const write = (): unknown => db.exec('INSERT INTO t VALUES (2)');
      const read = (): unknown => db.prepare('SELECT a FROM t').all();
      await whileHeld(library, path, 'BEGIN IMMEDIATE', () => {
        expect([codeOf(write), codeOf(read)]).toEqual(['SQLITE_BUSY', 'done']);
      });
      await whileHeld(library, path, 'BEGIN EXCLUSIVE', () => {
        expect([codeOf(write), codeOf(read)]).toEqual(['SQLITE_BUSY', 'SQLITE_BUSY']);
      });
      expect([codeOf(write), codeOf(read)]).toEqual(['done', 'done']);
    },
  );

  it('has lost its journal when somebody else has unlinked it at the end of a transaction', () => {
    const { db, path } = opened();
    const insert = 'INSERT INTO t VALUES (2)';
    expect(inChild(runByPath, ['better-sqlite3', path, insert, 'SELECT a FROM t'])).toEqual([1, 2]);
    expect(() => db.prepare('SELECT a FROM t').all()).toThrow('its journal file was deleted or replaced');
  });

  it('keeps its locks when another connection of the process on the file is closed', () => {
    const pair = openPair(driver);
    const db = pair.open().exec('CREATE TABLE t (a)');
    const others = [
      pair.open(),
      pairAt(driver, pair.databasePath, 'r+', 'r+').open(),
      pair.open({ readonly: true }),
    ];
    for (const other of others) other.prepare('SELECT * FROM t').all();
    db.exec('BEGIN IMMEDIATE');
    for (const other of others) other.close();
    expect(() => pair.open({ journalFd: pair.fd })).toThrow('the same file');
    const insert = 'INSERT INTO t VALUES (1)';
    const write = (): unknown =>
      inChild(runByPath, ['ferrolite', pair.databasePath, insert, 'SELECT a FROM t']);
    expect(write()).toBe('SQLITE_BUSY');
    db.exec('COMMIT');
    expect(write()).toEqual([1]);
  });

  it('undoes through descriptors what a killed writer has left', () => {
    const pair = pairAt(driver, killedWriter(driver), 'r+', 'r+');
    const db = pair.open();
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([1]);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(statSync(pair.journalPath).size).toBe(0);
  });

  it.each(LIBRARIES)('leaves to %s what it needs to undo it by path', (library) => {
    const path = killedWriter(driver);
    expect(inChild(runByPath, [library, path, '', 'SELECT a FROM t'])).toEqual([1]);
    expect(inChild(runByPath, [library, path, '', 'PRAGMA integrity_check'])).toEqual(['ok']);
  });

  it.skipIf(!hasShell)('leaves to the sqlite3 shell what it needs to undo it', () => {
    const path = killedWriter(driver);
    const shell = spawnSync('sqlite3', [path, 'SELECT a FROM t; PRAGMA integrity_check;'], {
      encoding: 'utf8',
    });
    expect([shell.stdout, shell.stderr]).toEqual(['1\nok\n', '']);
  });

  it('undoes what a killed writer by path has left', () => {
    const path = driver.path();
    new driver.Database(path).exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)').close();
    const die = (name: string, file: string): void => {
      const db = new (require(name))(file);
      db.exec('PRAGMA cache_size = 1; BEGIN');
      const insert = db.prepare('INSERT INTO t VALUES (?)');
      for (let row = 0; row < 50; row += 1) insert.run('x'.repeat(3000));
      process.kill(process.pid, 'SIGKILL');
    };
    expect(() => inChild(die, ['better-sqlite3', path])).toThrow('SIGKILL');
    const journalFd = openSync(`${path}-journal`, 'r+');
    const db = new driver.Database(openSync(path, 'r+'), { journalFd });
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([1]);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(statSync(`${path}-journal`).size).toBe(0);
  });
});
