// Databases on file descriptors where better-sqlite3 is no model: other connections of the process,
// threads, encryption.
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { openPair, pairAt } from '../helpers/descriptors.mts';
import { ferrolite } from '../helpers/drivers.mts';
import { inChild } from '../helpers/in-child.mts';
import { nextEvent } from '../helpers/wait.mts';

const { Database } = ferrolite;
const busy = expect.objectContaining({ code: 'SQLITE_BUSY' });

describe('a connection by path and one by descriptor in one process', () => {
  it('keep each other from writing, and from losing their locks by closing', () => {
    const pair = openPair(ferrolite);
    const byDescriptor = pair.open({ timeout: 0 }).exec('CREATE TABLE t (a)');
    const byPath = new Database(pair.databasePath, { timeout: 0 });
    // Not to unlink the journal that the other has.
    byPath.pragma('journal_mode = truncate');
    const third = new Database(pair.databasePath);
    third.prepare('SELECT * FROM t').all();

    byPath.exec('BEGIN IMMEDIATE');
    third.close();
    pair.open().close();
    expect(() => byDescriptor.exec('INSERT INTO t VALUES (1)')).toThrow(busy);
    byPath.exec('INSERT INTO t VALUES (2); COMMIT');

    byDescriptor.exec('BEGIN IMMEDIATE');
    new Database(pair.databasePath).close();
    expect(() => byPath.exec('INSERT INTO t VALUES (1)')).toThrow(busy);
    byDescriptor.exec('INSERT INTO t VALUES (3); COMMIT');
    expect(byPath.prepare('SELECT a FROM t').pluck().all()).toEqual([2, 3]);
  });

  it('keep a process of its own from writing, also after a third was refused', () => {
    const pair = openPair(ferrolite);
    const db = pair.open().exec('CREATE TABLE t (a)');
    const otherJournal = openPair(ferrolite).journalFd;
    const write = (path: string): string => {
      const other = new (require('ferrolite') as any)(path, { timeout: 0 });
      try {
        other.exec('INSERT INTO t VALUES (1)');
      } catch (error) {
        return (error as { code: string }).code;
      }
      return 'written';
    };
    db.exec('BEGIN IMMEDIATE');
    expect(() => pair.open({ journalFd: otherJournal })).toThrow('a different journal file');
    expect(inChild(write, [pair.databasePath])).toBe('SQLITE_BUSY');
    db.exec('COMMIT');
    expect(inChild(write, [pair.databasePath])).toBe('written');
  });

  it('opens again by path while a closed connection by descriptor waits for a lock to end', () => {
    const pair = openPair(ferrolite);
    const first = pair.open().exec('CREATE TABLE t (a)');
    const second = pair.open();
    first.exec('BEGIN IMMEDIATE');
    second.close();
    const third = new Database(pair.databasePath, { timeout: 0 });
    third.pragma('journal_mode = truncate');
    expect(third.prepare('SELECT * FROM t').all()).toEqual([]);
    expect(() => third.exec('INSERT INTO t VALUES (1)')).toThrow(busy);
    first.exec('COMMIT');
    third.exec('INSERT INTO t VALUES (1)');
  });
});

describe('files that are used against another connection', () => {
  const refusal = (message: string): unknown =>
    expect.objectContaining({ name: 'SqliteError', code: 'SQLITE_CANTOPEN', message });

  it('are a journal of two databases', () => {
    const [first, second] = [openPair(ferrolite), openPair(ferrolite)];
    const db = first.open();
    const open = (): unknown => second.open({ journalFd: first.journalFd });
    expect(open).toThrow(
      refusal('Cannot open database because its journal file is already being used for a different database'),
    );
    db.close();
    expect(open).not.toThrow();
  });

  it('are a database as a journal and the reverse', () => {
    const both = refusal(
      'Cannot open database because a file cannot be a database and a journal at the same time',
    );
    const [first, second] = [openPair(ferrolite), openPair(ferrolite)];
    const db = first.open();
    expect(() => second.open({ journalFd: first.fd })).toThrow(both);
    expect(() => new Database(first.journalFd, { journalFd: second.fd })).toThrow(both);
    db.exec('CREATE TABLE t (a)').close();
  });

  it('are a database in the place of the journal', () => {
    const [first, second] = [openPair(ferrolite), openPair(ferrolite)];
    first.open().exec('CREATE TABLE t (a)').close();
    const before = readFileSync(first.databasePath);
    const message = 'Cannot open database because the journal file is itself a database';
    for (const fd of [second.fd, first.journalFd]) {
      expect(() => new Database(fd, { journalFd: first.fd })).toThrow(new TypeError(message));
    }
    expect(readFileSync(first.databasePath).equals(before)).toBe(true);
  });
});

it('threads that share the descriptors lose no write and no page', async () => {
  const pair = openPair(ferrolite);
  pair.open().exec('CREATE TABLE t (thread, number, filler)').close();
  const write = `
    const { workerData: { fd, journalFd, thread } } = require('node:worker_threads');
    const db = new (require('ferrolite'))(fd, { journalFd, timeout: 60000 });
    const insert = db.prepare('INSERT INTO t VALUES (?, ?, ?)');
    for (let number = 0; number < 40; number += 1) insert.run(thread, number, 'x'.repeat(500));
    db.close();
  `;
  const workers = [1, 2, 3].map((thread) => {
    const workerData = { fd: pair.fd, journalFd: pair.journalFd, thread };
    return new Worker(write, { eval: true, workerData, execArgv: [] });
  });
  const codes = await Promise.all(workers.map((worker) => nextEvent(worker, 'exit')));
  expect(codes).toEqual([0, 0, 0]);
  const db = pair.open();
  expect(db.prepare('SELECT count(*), count(DISTINCT thread * 100 + number) FROM t').raw().get()).toEqual([
    120, 120,
  ]);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
}, 60_000);

it('a database on descriptors can be encrypted', () => {
  const pair = openPair(ferrolite);
  const db = pair.open();
  db.pragma("key = 'secret'");
  db.exec('CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1); ROLLBACK; INSERT INTO t VALUES (2)').close();
  expect(readFileSync(pair.databasePath).includes('SQLite format 3')).toBe(false);
  expect(() => pair.open().prepare('SELECT a FROM t')).toThrow(
    expect.objectContaining({ code: 'SQLITE_NOTADB' }),
  );
  const again = pairAt(ferrolite, pair.databasePath, 'r+', 'r+').open();
  again.pragma("key = 'secret'");
  expect(again.prepare('SELECT a FROM t').pluck().all()).toEqual([2]);
  again.close();
  const byPath = new Database(pair.databasePath);
  byPath.pragma("key = 'secret'");
  expect(byPath.pragma('integrity_check', { simple: true })).toBe('ok');
});
