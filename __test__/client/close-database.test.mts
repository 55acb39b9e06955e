import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database, { closeDatabase, getDb } from 'ferrolite';
import { afterEach, describe, expect, it } from 'vitest';
import { hold } from '../helpers/hold.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { filesBeside, startNode, thrownBy } from './support.mts';

afterEach(() => closeDatabase());

describe('closeDatabase()', () => {
  it('closes every connection of the thread and leaves the files alone', () => {
    const paths = [tempDb(), tempDb()];
    const databases = paths.map((path) => getDb(path).exec('CREATE TABLE t (x)'));
    const memory = getDb(':memory:');
    expect(closeDatabase()).toBeUndefined();
    expect([...databases, memory].map((database) => database.open)).toEqual([false, false, false]);
    expect(paths.map(filesBeside)).toEqual([['test.db'], ['test.db']]);
  });

  it('closes the one that is named, by path or URL', () => {
    const [first, second] = [tempDb(), tempDb()];
    const [one, two] = [getDb(first), getDb(second)];
    closeDatabase(`file:${first}?mode=rw`);
    expect([one.open, two.open]).toEqual([false, true]);
  });

  it('does nothing where nothing is open', () => {
    const path = tempDb();
    closeDatabase(path);
    closeDatabase();
    getDb(path).close();
    closeDatabase(path);
    closeDatabase(path);
    closeDatabase(join(tempDir(), 'no/such/folder.db'));
    expect(filesBeside(path)).toEqual(['test.db']);
  });

  it('forgets what it has closed', () => {
    const shared = (): { connections: Map<string, unknown> } =>
      Reflect.get(globalThis, Symbol.for('ferrolite.connections')) as { connections: Map<string, unknown> };
    getDb(tempDb());
    getDb(':memory:');
    expect(shared().connections.size).toBe(2);
    closeDatabase();
    expect(shared().connections.size).toBe(0);
  });

  it('lets the next call open again', () => {
    const path = tempDb();
    const database = getDb(path);
    closeDatabase(path);
    expect(getDb(path)).not.toBe(database);
  });

  it('rolls an open transaction back', () => {
    const path = tempDb();
    getDb(path).exec('CREATE TABLE t (x); BEGIN; INSERT INTO t VALUES (1)');
    closeDatabase();
    expect(filesBeside(path)).toEqual(['test.db']);
    expect(getDb(path).prepare('SELECT * FROM t').all()).toEqual([]);
  });

  it('optimizes: the statistics that the queries of the connection call for are there', () => {
    const path = tempDb();
    const database = getDb(path);
    database.exec(`CREATE TABLE t (a, b); CREATE INDEX i ON t (a);
      WITH n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 2000) INSERT INTO t SELECT x % 7, x FROM n`);
    database.prepare('SELECT * FROM t WHERE a = 1 AND b = 3').all();
    closeDatabase();
    expect(getDb(path).prepare("SELECT idx FROM sqlite_stat1 WHERE tbl = 't'").pluck().all()).toContain('i');
  });

  it('truncates the log although another process keeps the file open', async () => {
    const path = tempDb();
    getDb(path).exec('CREATE TABLE t (x)');
    const other = startNode(
      async (file: string) => {
        const { getDb: open } = require('ferrolite') as typeof import('ferrolite');
        open(file).prepare('SELECT * FROM t').all();
        process.stdout.write('open\n');
        await new Promise((resolve) => process.stdin.once('data', resolve));
        process.stdin.destroy();
      },
      [path],
    );
    await other.says('open');
    getDb(path).exec('BEGIN; INSERT INTO t VALUES (1)');
    closeDatabase();
    expect(statSync(`${path}-wal`).size).toBe(0);
    other.tell('end');
    await other.ended;
    expect(filesBeside(path)).toEqual(['test.db']);
  });

  it('does not wait for a reader, and leaves it the log', async () => {
    const path = tempDb();
    getDb(path).exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    const reader = startNode(
      async (file: string) => {
        const { getDb: open } = require('ferrolite') as typeof import('ferrolite');
        const database = open(file).exec('BEGIN');
        const count = database.prepare('SELECT count(*) FROM t').pluck();
        const before = count.get();
        process.stdout.write('reading\n');
        await new Promise((resolve) => process.stdin.once('data', resolve));
        process.stdin.destroy();
        return [before, count.get()];
      },
      [path],
    );
    await reader.says('reading');
    getDb(path).exec('INSERT INTO t VALUES (2)');
    closeDatabase();
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    reader.tell('end');
    expect(await reader.ended).toMatchObject({ code: 0 });
    expect(filesBeside(path)).toEqual(['test.db']);
  });

  it('removes the empty log that a read-only connection may not delete', () => {
    const path = tempDb();
    getDb(path).exec('CREATE TABLE t (x)');
    closeDatabase();
    const before = readFileSync(path);
    const reader = getDb(path, { readonly: true });
    reader.prepare('SELECT * FROM t').all();
    expect(existsSync(`${path}-wal`)).toBe(true);
    closeDatabase();
    expect(filesBeside(path)).toEqual(['test.db']);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('leaves the log of another process to it where the connection only reads', async () => {
    const path = tempDb();
    const application = await hold('ferrolite', path, 'PRAGMA journal_mode = wal; CREATE TABLE t (x)');
    const log = statSync(`${path}-wal`).size;
    expect(getDb(path, { readonly: true }).prepare('SELECT * FROM t').all()).toEqual([]);
    expect(closeDatabase()).toBeUndefined();
    expect(statSync(`${path}-wal`).size).toBe(log);
    await application.release();
  });

  it('leaves files beside an immutable database as they are', () => {
    const path = tempDb();
    getDb(path).exec('CREATE TABLE t (x)');
    closeDatabase();
    const writer = new Database(path, { readonly: true });
    writer.prepare('SELECT * FROM t').all();
    writer.close();
    const files = filesBeside(path);
    expect(files).toEqual(['test.db', 'test.db-shm', 'test.db-wal']);
    getDb(path, { immutable: true });
    closeDatabase();
    expect(filesBeside(path)).toEqual(files);
  });
});

describe('closeDatabase() while rows are being iterated', () => {
  it('throws the TypeError of close(), and closes the others', () => {
    const [path, other] = [tempDb(), tempDb()];
    const database = getDb(path);
    const rows = database.prepare('SELECT 1 UNION SELECT 2').iterate();
    rows.next();
    const second = getDb(other);
    expect(() => closeDatabase()).toThrow(
      new TypeError('This database connection is busy executing a query'),
    );
    expect([database.open, second.open]).toEqual([true, false]);
    expect(getDb(path)).toBe(database);
    expect(rows.next().value).toEqual({ 1: 2 });
    rows.return?.();
    expect(database.pragma('busy_timeout', { simple: true })).toBe(5000);
    closeDatabase();
    expect(database.open).toBe(false);
  });

  it('throws an AggregateError when there are several', () => {
    const databases = [getDb(tempDb()), getDb(tempDb())];
    const rows = databases.map((database) => database.prepare('SELECT 1 UNION SELECT 2').iterate());
    for (const each of rows) each.next();
    const error = thrownBy(() => closeDatabase()) as AggregateError;
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.errors.map((each: Error) => each.constructor)).toEqual([TypeError, TypeError]);
    for (const each of rows) each.return?.();
  });
});

describe('a wrong argument of closeDatabase()', () => {
  it.each([null, 1, {}])('%j is a TypeError', (path) => {
    expect(() => closeDatabase(path as unknown as string)).toThrow(
      new TypeError('Expected first argument to be a string'),
    );
  });

  it.each(['', 'postgres://host/db', 'file:app.db?mode=x'])('%j is a TypeError', (path) => {
    expect(() => closeDatabase(path)).toThrow(TypeError);
  });
});
