// Opening: settings of connections, failures, getPool(), threads and their names.
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'ferrolite';
import { getPool, openPool } from 'ferrolite/pool';
import { afterEach, describe, expect, it } from 'vitest';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { poolOn, rejection } from './support.mts';

const loose = openPool as (...args: any[]) => unknown;

describe('openPool()', () => {
  it('creates the file and its directory, in WAL mode, with the pragmas of the client on all connections', async () => {
    const path = join(tempDir(), 'deep', 'er', 'app.db');
    const pool = poolOn(path);
    const own = Database.getDb(tempDb());
    for (const name of ['journal_mode', 'user_version']) {
      expect(await pool.get(`PRAGMA ${name}`)).toEqual(own.prepare(`PRAGMA ${name}`).get());
    }
    for (const name of ['cache_size', 'synchronous', 'foreign_keys', 'busy_timeout', 'temp_store']) {
      expect(await pool.get(`PRAGMA ${name}`), name).toEqual(own.prepare(`PRAGMA ${name}`).get());
      const asked = await pool.read((snapshot) => snapshot.get('SELECT 1 AS one'));
      expect(asked).toEqual({ one: 1 });
    }
    Database.closeDatabase();
  });

  it('takes a URL, and options with a path', async () => {
    const path = tempDb();
    const pool = openPool({ path: `file:${path}?mode=rwc`, durable: true, pragmas: { cache_size: -123 } });
    expect(pool.path).toBe(path);
    expect(await pool.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
    expect(await pool.get('PRAGMA cache_size')).toEqual({ cache_size: -123 });
    await pool.close();
  });

  it('executes nothing and opens nothing before the first call', async () => {
    const path = tempDb();
    const pool = poolOn(path);
    expect(pool.stats().threads).toBe(0);
    expect(existsSync(path)).toBe(false);
    await pool.run('CREATE TABLE t (v)');
    expect(existsSync(path)).toBe(true);
  });

  it.runIf(process.platform === 'linux')('names its threads', async () => {
    const pool = poolOn(tempDb(), { readers: 2 });
    await pool.all('SELECT 1');
    const names = readdirSync('/proc/self/task').map((id) =>
      readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim(),
    );
    expect(names).toContain('frl-writer');
    // Two may have been started for it, of which the later one can be the first to run.
    expect(names.some((name) => /^frl-reader-[01]$/.test(name))).toBe(true);
  });

  it('of a file that is no database rejects each call, with the path', async () => {
    const path = tempDb();
    writeFileSync(path, 'no database at all, but long enough to be taken for one. '.repeat(100));
    const pool = openPool(path);
    for (const call of [
      () => pool.all('SELECT 1'),
      () => pool.run('CREATE TABLE t (v)'),
      () => pool.transaction(() => 1),
    ]) {
      const error = await rejection(call());
      expect(error.code).toBe('SQLITE_NOTADB');
      expect(error.message).toContain(JSON.stringify(path));
    }
    await pool.close();
    rmSync(path);
  });

  it('tries again with the next call once a file could not be opened', async () => {
    const path = tempDb();
    const pool = poolOn(path, { fileMustExist: true });
    expect((await rejection(pool.all('SELECT 1'))).code).toBe('SQLITE_CANTOPEN');
    new Database(path).exec('CREATE TABLE t (v)').close();
    expect(await pool.all('SELECT * FROM t')).toEqual([]);
  });

  it('refuses a pragma that SQLite does not know', async () => {
    const pool = poolOn(tempDb(), { pragmas: { not_a_pragma: 1 } });
    expect(await rejection(pool.all('SELECT 1'))).toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('SQLite has no pragma "not_a_pragma"'),
    });
  });

  it.runIf(process.getuid?.() !== 0)('of a file that may only be read says so at once', () => {
    const path = tempDb();
    new Database(path).exec('CREATE TABLE t (v)').close();
    chmodSync(path, 0o400);
    expect(() => openPool(path)).toThrow('attempt to write a readonly database');
  });

  it.each([
    [[], 'Expected first argument to be a path or an options object'],
    [[5], 'Expected first argument to be a path or an options object'],
    [[{}], 'Expected the "path" option to be a string'],
    [[{ path: 5 }], 'Expected the "path" option to be a string'],
    [[':memory:'], 'A pool needs a database file: each connection in memory is a database of its own'],
    [['x.db', { reader: 1 }], /^Unknown option "reader" \(the options are path, profile/],
    [['x.db', { readers: 0 }], 'Expected the "readers" option to be between 1 and 64'],
    [['x.db', { readers: 1.5 }], 'Expected the "readers" option to be an integer'],
    [['x.db', { maxQueue: 0 }], 'Expected the "maxQueue" option to be between 1 and 2147483647'],
    [['x.db', { maxHoldMs: -1 }], 'Expected the "maxHoldMs" option to be between 0 and 2147483647'],
    [['x.db', { raw: 1 }], 'Expected the "raw" option to be a boolean'],
    [['x.db', { raw: true, pluck: true }], 'Use only one of the options "raw" and "pluck"'],
    [['x.db', { durable: true, profile: 'default' }], 'Use either the "durable" or the "profile" option'],
    [['x.db', { busyTimeoutMs: 1.5 }], 'Expected the "busyTimeoutMs" option to be an integer'],
  ])('%j is refused', (args, message) => {
    expect(() => loose(...args)).toThrow(message);
  });
});

describe('calls', () => {
  it('with wrong arguments are refused', async () => {
    const pool = poolOn(tempDb()) as any;
    for (const [promise, message] of [
      [pool.all(), 'Expected first argument to be a string'],
      [pool.run(5), 'Expected first argument to be a string'],
      [pool.exec(null), 'Expected first argument to be a string'],
      [pool.get('SELECT 1', [], 5), 'Expected the options to be an object'],
      [
        pool.get('SELECT 1', [], { row: true }),
        'Unknown option "row" (the options are raw, pluck, expand, safeIntegers, maxRows, maxBytes, signal, timeoutMs, priority)',
      ],
      [pool.get('SELECT 1', [], { signal: {} }), 'Expected the "signal" option to be an AbortSignal'],
      [
        pool.get('SELECT 1', [], { priority: 'high' }),
        `Expected the "priority" option to be 'foreground' or 'background'`,
      ],
      [pool.batch('SELECT 1'), 'Expected first argument to be an array of statements'],
      [
        pool.batch([5]),
        'Expected each statement to be a string, a template, or an array of a string and parameters',
      ],
      // What is left out is no statement either.
      [
        pool.batch(Array(1)),
        'Expected each statement to be a string, a template, or an array of a string and parameters',
      ],
      [pool.transaction(), 'Expected first argument to be a function'],
      [pool.read(5), 'Expected first argument to be a function'],
      [
        pool.transaction(() => 1, { maxAgeMs: 1 }),
        'Unknown option "maxAgeMs" (the options are acquireTimeoutMs, maxHoldMs, signal)',
      ],
    ] as const) {
      expect(await rejection(promise as Promise<unknown>)).toMatchObject({ message });
    }
    expect(() => pool.iterate(5)).toThrow('Expected first argument to be a string');
    expect(() => pool.close({ drain: 1 })).toThrow('Unknown option "drain"');
    expect(await pool.get('SELECT 1 AS one')).toEqual({ one: 1 });
    expect(() => new pool.constructor()).toThrow('Pools can only be opened by openPool() or getPool()');
  });
});

describe('getPool()', () => {
  afterEach(() => {
    delete process.env['SQLITE_DB_PATH'];
  });

  it('gives one pool for each file, found as getSqlite() finds it', async () => {
    const path = tempDb();
    process.env['SQLITE_DB_PATH'] = path;
    const pool = getPool();
    expect(getPool()).toBe(pool);
    expect(getPool({ path: `file:${path}` })).toBe(pool);
    expect(pool.path).toBe(path);
    Database.getSqlite().exec('CREATE TABLE t (v); INSERT INTO t VALUES (1)');
    expect(await pool.all('SELECT v FROM t')).toEqual([{ v: 1 }]);
    expect(getPool({ path: tempDb() })).not.toBe(pool);
    Database.closeDatabase();
    await pool.close();
    const next = getPool();
    expect(next).not.toBe(pool);
    await next.close();
  });

  it('refuses other options for connections than those in force', async () => {
    const path = tempDb();
    const pool = getPool({ path, busyTimeoutMs: 100, pragmas: { cache_size: -100 } });
    expect(getPool({ path, busyTimeoutMs: 100 })).toBe(pool);
    const conflict = expect.objectContaining({ code: 'FERROLITE_OPTIONS_CONFLICT' });
    expect(() => getPool({ path, busyTimeoutMs: 200 })).toThrow(conflict);
    expect(() => getPool({ path, durable: true })).toThrow(conflict);
    expect(() => getPool({ path, pragmas: { cache_size: -200 } })).toThrow(conflict);
    expect(() => getPool({ path: `file:${path}?mode=ro` })).toThrow(conflict);
    expect(() => getPool({ path: `file:${path}?immutable=1` })).toThrow(conflict);
    expect(getPool({ path: `file:${path}?mode=rw` })).toBe(pool);
    await pool.close();
  });

  it('opens another one when the file was replaced', async () => {
    const path = tempDb();
    const pool = getPool({ path });
    await pool.run('CREATE TABLE old (v)');
    rmSync(dirname(path), { recursive: true });
    mkdirSync(dirname(path));
    const next = getPool({ path });
    expect(next).not.toBe(pool);
    expect(await next.all('SELECT name FROM sqlite_schema')).toEqual([]);
    await pool.close();
    await next.close();
  });
});
