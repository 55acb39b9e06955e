import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteError, closeDatabase, getDb, truncateWal, type TruncateWalOptions } from 'ferrolite';
import { afterEach, describe, expect, it } from 'vitest';
import { inChild } from '../helpers/in-child.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { filesBeside, startNode, type RunningNode } from './support.mts';

afterEach(() => closeDatabase());

const ROWS = `WITH n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 1000) INSERT INTO t SELECT x FROM n`;

/** A database with frames in its log. */
function withLog(): string {
  const path = tempDb();
  getDb(path).exec(`CREATE TABLE t (x); ${ROWS}`);
  return path;
}

/** The frames that a log file holds: a header of 32 bytes, then 24 bytes and a page for each frame. */
function framesIn(path: string): number {
  return (statSync(`${path}-wal`).size - 32) / (24 + 4096);
}

/** Another process that holds the database by `sql` until it is told to end. */
async function holding(path: string, sql: string): Promise<RunningNode> {
  const holder = startNode(
    async (file: string, text: string) => {
      const { getDb: open } = require('ferrolite') as typeof import('ferrolite');
      const database = open(file);
      for (const statement of text.split(';')) database.prepare(statement).run();
      process.stdout.write('holding\n');
      await new Promise((resolve) => process.stdin.once('data', resolve));
      process.stdin.destroy();
      database.close();
    },
    [path, sql],
  );
  await holder.says('holding');
  return holder;
}

async function end(holder: RunningNode): Promise<void> {
  holder.tell('end');
  expect(await holder.ended).toEqual({ code: 0, signal: null });
}

describe('truncateWal()', () => {
  it('empties the log and keeps the rows', async () => {
    const path = withLog();
    expect(framesIn(path)).toBeGreaterThan(0);
    const result = await truncateWal({ path });
    expect(result).toEqual({
      mode: 'truncate',
      busy: false,
      walFrames: 0,
      checkpointedFrames: 0,
      truncated: true,
      durationMs: expect.any(Number) as number,
    });
    expect(Object.keys(result)).toEqual([
      'mode',
      'busy',
      'walFrames',
      'checkpointedFrames',
      'truncated',
      'durationMs',
    ]);
    expect(result.durationMs).toBeGreaterThan(0);
    expect(statSync(`${path}-wal`).size).toBe(0);
    expect(getDb(path).prepare('SELECT count(*) FROM t').pluck().get()).toBe(1000);
  });

  it('works without an open connection, on a log that a killed process left', async () => {
    const path = tempDb();
    const killed = startNode(
      (file: string) => {
        const { getDb: open } = require('ferrolite') as typeof import('ferrolite');
        open(file).exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
        process.kill(process.pid, 'SIGKILL');
      },
      [path],
    );
    expect(await killed.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    expect(await truncateWal({ path })).toMatchObject({ busy: false, truncated: true });
    expect(filesBeside(path)).toEqual(['test.db']);
    expect(getDb(path).prepare('SELECT x FROM t').pluck().all()).toEqual([1]);
  });

  it('finds the database as getSqlite() does', () => {
    const path = withLog();
    const run = (env: Record<string, string>): unknown =>
      inChild(() => (require('ferrolite') as typeof import('ferrolite')).truncateWal(), [], { env });
    expect(run({ SQLITE_DB_PATH: path })).toMatchObject({ truncated: true });
    expect(run({ DATABASE_URL: `file:${path}` })).toMatchObject({ truncated: true });
  });

  it('does not block the event loop while it waits', async () => {
    const path = withLog();
    const database = getDb(path);
    database.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (0)');
    const waiting = truncateWal({ path, busyTimeoutMs: 60_000 });
    await new Promise((resolve) => setImmediate(resolve));
    database.exec('COMMIT');
    expect(await waiting).toMatchObject({ busy: false, truncated: true });
  });

  it('runs several times at once', async () => {
    const paths = [withLog(), withLog(), withLog()];
    const results = await Promise.all(
      [...paths, ...paths].map((path) => truncateWal({ path, busyTimeoutMs: 60_000 })),
    );
    expect(results.map((result) => result.truncated)).toEqual([true, true, true, true, true, true]);
  });
});

describe('a checkpoint that others keep from finishing', () => {
  it('is busy when a reader holds an old snapshot, and tells how far it came', async () => {
    const path = withLog();
    const reader = await holding(path, 'BEGIN; SELECT count(*) FROM t');
    getDb(path).exec(ROWS);
    const result = await truncateWal({ path, busyTimeoutMs: 10 });
    expect(result).toMatchObject({ mode: 'truncate', busy: true, truncated: false });
    expect(result.walFrames).toBe(framesIn(path));
    expect(result.checkpointedFrames).toBeGreaterThan(0);
    expect(result.checkpointedFrames).toBeLessThan(result.walFrames);
    await end(reader);
    expect(await truncateWal({ path })).toMatchObject({ busy: false, truncated: true });
    expect(statSync(`${path}-wal`).size).toBe(0);
  });

  it('is busy when a reader of the newest snapshot is still there: all is copied, nothing truncated', async () => {
    const path = withLog();
    const reader = await holding(path, 'BEGIN; SELECT count(*) FROM t');
    const result = await truncateWal({ path, busyTimeoutMs: 10 });
    expect(result).toMatchObject({ busy: true, truncated: false });
    expect(result.checkpointedFrames).toBe(result.walFrames);
    expect(result.walFrames).toBe(framesIn(path));
    await end(reader);
  });

  it('is busy when a writer is at work', async () => {
    const path = withLog();
    const writer = await holding(path, 'BEGIN IMMEDIATE');
    expect(await truncateWal({ path, busyTimeoutMs: 0 })).toMatchObject({ busy: true, truncated: false });
    await end(writer);
  });

  it('is busy when the connection of this thread iterates over rows', async () => {
    const path = withLog();
    const rows = getDb(path).prepare('SELECT x FROM t').iterate();
    rows.next();
    expect(await truncateWal({ path, busyTimeoutMs: 0 })).toMatchObject({ busy: true, truncated: false });
    rows.return?.();
    expect(await truncateWal({ path })).toMatchObject({ busy: false, truncated: true });
  });

  it('lets writers through while it waits for a reader', async () => {
    const path = tempDb();
    const database = getDb(path, { busyTimeoutMs: 2000 }).exec('CREATE TABLE t (x)');
    const reader = await holding(path, 'BEGIN; SELECT count(*) FROM t');
    const waiting = truncateWal({ path, busyTimeoutMs: 20_000 });
    for (let row = 0; row < 10; row += 1) {
      database.prepare('INSERT INTO t VALUES (1)').run();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await end(reader);
    expect(await waiting).toMatchObject({ busy: false, truncated: true });
  });

  it('waits for the busy timeout', async () => {
    const path = withLog();
    const reader = await holding(path, 'BEGIN; SELECT count(*) FROM t');
    const waiting = truncateWal({ path, busyTimeoutMs: 60_000 });
    await end(reader);
    expect(await waiting).toMatchObject({ busy: false, truncated: true });
  });
});

describe('a database without a log', () => {
  it('has -1 frames, and nothing was truncated', async () => {
    const path = tempDb();
    getDb(path, { pragmas: { journal_mode: 'delete' } }).exec('CREATE TABLE t (x)');
    const none = { busy: false, walFrames: -1, checkpointedFrames: -1, truncated: false };
    expect(await truncateWal({ path })).toMatchObject(none);
    expect(await truncateWal({ path: ':memory:' })).toMatchObject(none);
  });
});

describe('a failing truncateWal() rejects', () => {
  it('for a file that does not exist, and creates none', async () => {
    const path = join(tempDir(), 'missing.db');
    const error = await truncateWal({ path }).catch((reason: unknown) => reason as SqliteError);
    expect(error).toBeInstanceOf(SqliteError);
    expect(error).toMatchObject({ code: 'SQLITE_CANTOPEN' });
    expect((error as SqliteError).message).toContain(`("${path}": the file does not exist)`);
    expect(filesBeside(path)).toEqual([]);
  });

  it('for what is no database', async () => {
    const path = tempDb();
    writeFileSync(path, 'hello, this is a text and no database');
    await expect(truncateWal({ path })).rejects.toMatchObject({ name: 'SqliteError', code: 'SQLITE_NOTADB' });
    await expect(truncateWal({ path: tempDir() })).rejects.toMatchObject({ code: 'SQLITE_CANTOPEN' });
    expect(await truncateWal({ path: withLog() })).toMatchObject({ truncated: true });
  });

  it.each([
    [null, 'Expected first argument to be an options object'],
    ['app.db', 'Expected first argument to be an options object'],
    [{ path: 1 }, 'Expected the "path" option to be a string'],
    [{ path: '' }, 'the path is empty'],
    [{ path: 'postgres://host/db' }, 'not "postgres:"'],
    [{ path: 'file:app.db?mode=ro' }, 'truncateWal() writes to the database'],
    [{ path: 'file:app.db?immutable=1' }, 'truncateWal() writes to the database'],
    [{ busyTimeoutMs: '1' }, 'Expected the "busyTimeoutMs" option to be an integer'],
    [{ timeout: 1 }, 'Unknown option "timeout" (the options are path, busyTimeoutMs)'],
  ])('for %j, with a TypeError', async (options, message) => {
    const rejection = expect(truncateWal(options as unknown as TruncateWalOptions)).rejects;
    await rejection.toThrow(message);
    await expect(truncateWal(options as unknown as TruncateWalOptions)).rejects.toBeInstanceOf(TypeError);
  });

  it('for a busy timeout out of range, with a RangeError', async () => {
    await expect(truncateWal({ busyTimeoutMs: -1 })).rejects.toBeInstanceOf(RangeError);
  });
});
