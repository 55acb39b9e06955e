// Locks in the way of a backup: what is waited for, for how long, and what is left behind. Other processes hold
// them. A backup that is to succeed has all the time there is, one that is to fail has next to none.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ferrolite, type Database } from '../helpers/drivers.mts';
import { hold } from '../helpers/hold.mts';

const NO_END_MS = 0x7fffffff;
const small = 'CREATE TABLE t (a); INSERT INTO t VALUES (1)';
const large = 'CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(1024000))';
const busy = { name: 'SqliteError', code: 'SQLITE_BUSY', message: 'database is locked' };
const done = { totalPages: 2, remainingPages: 0 };

const open = (path: string, timeout: number): Database => new ferrolite.Database(path, { timeout });
const lock = (path: string, sql: string): ReturnType<typeof hold> => hold(ferrolite.name, path, sql);
const rowsOf = (path: string): unknown[] => open(path, 0).prepare('SELECT a FROM t').pluck().all();

describe('a source that another process has locked', () => {
  it('is waited for while the event loop goes on', async () => {
    const db = ferrolite.onDisk(small).close();
    const holder = await lock(db.name, 'BEGIN EXCLUSIVE');
    const path = ferrolite.path();
    const promise = open(db.name, NO_END_MS).backup(path);
    await holder.release();
    expect(await promise).toEqual(done);
    expect(rowsOf(path)).toEqual([1]);
  });

  it.each([0, 30])('rejects after a timeout of %d ms, and leaves no file', async (timeout) => {
    const db = ferrolite.onDisk(small).close();
    const holder = await lock(db.name, 'BEGIN EXCLUSIVE');
    const path = ferrolite.path();
    await expect(open(db.name, timeout).backup(path)).rejects.toMatchObject(busy);
    expect(readdirSync(dirname(path))).toEqual([]);
    await holder.release();
  });

  it('is waited for as long as PRAGMA busy_timeout says', async () => {
    const db = ferrolite.onDisk(small).close();
    const holder = await lock(db.name, 'BEGIN EXCLUSIVE');
    const source = open(db.name, NO_END_MS);
    source.pragma('busy_timeout = 0');
    await expect(source.backup(ferrolite.path())).rejects.toMatchObject(busy);
    source.pragma(`busy_timeout = ${NO_END_MS}`);
    const promise = source.backup(ferrolite.path());
    await holder.release();
    expect(await promise).toEqual(done);
  });

  it('keeps its own busy timeout', async () => {
    const db = ferrolite.onDisk(small).close();
    const holder = await lock(db.name, 'BEGIN EXCLUSIVE');
    const source = open(db.name, 20);
    await expect(source.backup(ferrolite.path())).rejects.toMatchObject(busy);
    expect(source.pragma('busy_timeout', { simple: true })).toBe(20);
    await holder.release();
    expect(await source.backup(ferrolite.path())).toEqual(done);
  });

  it('leaves a target alone in which somebody has written meanwhile', async () => {
    const db = ferrolite.onDisk(small).close();
    const holder = await lock(db.name, 'BEGIN EXCLUSIVE');
    const source = open(db.name, NO_END_MS);
    const path = ferrolite.path();
    const promise = source.backup(path);
    const writer = await lock(path, "CREATE TABLE t (a); INSERT INTO t VALUES ('theirs')");
    await writer.release();
    source.close();
    await expect(promise).rejects.toThrow('The database connection is not open');
    await holder.release();
    expect(rowsOf(path)).toEqual(['theirs']);
  });
});

describe('a target that another process has locked', () => {
  it.each(['BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE', 'BEGIN; SELECT * FROM t'])(
    'is waited for (%s)',
    async (begin) => {
      const target = ferrolite.onDisk("CREATE TABLE t (a); INSERT INTO t VALUES ('old')").close();
      const holder = await lock(target.name, begin);
      const source = open(':memory:', NO_END_MS).exec(small);
      const promise = source.backup(target.name);
      await holder.release();
      expect(await promise).toEqual(done);
      expect(rowsOf(target.name)).toEqual([1]);
    },
  );

  it('rejects after the timeout, and stays as it was', async () => {
    const target = ferrolite.onDisk("CREATE TABLE t (a); INSERT INTO t VALUES ('old')").close();
    const before = readFileSync(target.name);
    const holder = await lock(target.name, 'BEGIN IMMEDIATE');
    for (const timeout of [0, 30]) {
      await expect(open(':memory:', timeout).exec(small).backup(target.name)).rejects.toMatchObject(busy);
    }
    await holder.release();
    expect(readFileSync(target.name).equals(before)).toBe(true);
  });

  it('is that of another backup: one after the other writes it', async () => {
    const path = ferrolite.path();
    const sources = [1, 2, 3].map((a) =>
      open(':memory:', NO_END_MS).exec(`${large}; INSERT INTO t VALUES (${a})`),
    );
    const results = await Promise.all(sources.map((source) => source.backup(path)));
    expect(results).toEqual(sources.map(() => ({ totalPages: 252, remainingPages: 0 })));
    expect(rowsOf(path)).toHaveLength(2);
    expect(open(path, 0).pragma('integrity_check', { simple: true })).toBe('ok');
  });

  it('is that of another backup: one that does not wait rejects, and leaves the file to the other', async () => {
    const path = ferrolite.path();
    const second = open(':memory:', 0).exec(small);
    const failures: unknown[] = [];
    let isBegun = false;
    const progress = (): number => {
      if (!isBegun) second.backup(path).catch((error: unknown) => failures.push(error));
      isBegun = true;
      return failures.length === 0 ? 0 : Infinity;
    };
    await open(':memory:', 0).exec(large).backup(path, { progress });
    expect(failures).toEqual([expect.objectContaining(busy)]);
    expect(rowsOf(path)).toHaveLength(1);
  });
});

describe('a transaction of the source itself', () => {
  it('is waited for, and is part of the copy', async () => {
    const db = open(':memory:', NO_END_MS).exec(`${small}; BEGIN; INSERT INTO t VALUES (2)`);
    const path = ferrolite.path();
    const promise = db.backup(path);
    setImmediate(() => setImmediate(() => db.exec('COMMIT')));
    expect(await promise).toEqual(done);
    expect(rowsOf(path)).toEqual([1, 2]);
  });

  it('rejects after the timeout, and stays open', async () => {
    const db = open(':memory:', 30).exec(`${small}; BEGIN; INSERT INTO t VALUES (2)`);
    const path = ferrolite.path();
    await expect(db.backup(path)).rejects.toMatchObject(busy);
    expect([db.inTransaction, existsSync(path)]).toEqual([true, false]);
    db.exec('COMMIT');
    expect(await db.backup(path)).toEqual(done);
  });

  it('that has only read is no obstacle', async () => {
    const db = open(':memory:', 0).exec(`${small}; BEGIN; SELECT * FROM t`);
    expect(await db.backup(ferrolite.path())).toEqual(done);
  });

  it('that lasts too long in the middle of a backup rejects it', async () => {
    const db = open(':memory:', 30).exec(large);
    const path = ferrolite.path();
    let calls = 0;
    const progress = (): void => {
      calls += 1;
      if (calls === 2) db.exec("BEGIN; INSERT INTO t VALUES ('late')");
    };
    await expect(db.backup(path, { progress })).rejects.toMatchObject(busy);
    expect([calls, db.inTransaction, existsSync(path)]).toEqual([2, true, false]);
  });

  it('is no longer waited for once the source is closed', async () => {
    const db = open(':memory:', NO_END_MS).exec(`${small}; BEGIN; INSERT INTO t VALUES (2)`);
    const path = ferrolite.path();
    const promise = db.backup(path);
    setImmediate(() => setImmediate(() => db.close()));
    await expect(promise).rejects.toStrictEqual(new TypeError('The database connection is not open'));
    expect(existsSync(path)).toBe(false);
  });
});
