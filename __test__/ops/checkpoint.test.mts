// checkpoint() of a path, a connection and a pool, with readers, writers and checkpoints of other processes.
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import Database, { closeDatabase, getDb } from 'ferrolite';
import { checkpoint, type CheckpointMode } from 'ferrolite/ops';
import { openPool } from 'ferrolite/pool';
import { afterEach, describe, expect, it } from 'vitest';
import { filesBeside, openDir } from '../client/support.mts';
import { betterSqlite3 } from '../helpers/drivers.mts';
import { hold } from '../helpers/hold.mts';
import { inChild } from '../helpers/in-child.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';

afterEach(() => closeDatabase());

const ROWS = `WITH n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 1000) INSERT INTO t SELECT x FROM n`;

/** A database with frames in its log. */
function withLog(): string {
  const path = tempDb();
  getDb(path).exec(`CREATE TABLE t (x); ${ROWS}`);
  return path;
}

/** The frames that a log file holds: a header of 32 bytes, then 24 bytes and a page for each frame. */
const framesIn = (path: string): number => (statSync(`${path}-wal`).size - 32) / (24 + 4096);

const loose = checkpoint as (...args: unknown[]) => Promise<unknown>;

describe('checkpoint()', () => {
  it('is passive by default, and copies the log without shrinking it', async () => {
    const path = withLog();
    const frames = framesIn(path);
    const result = await checkpoint(path);
    expect(result).toEqual({
      mode: 'passive',
      busy: false,
      walFrames: frames,
      checkpointedFrames: frames,
      truncated: false,
      durationMs: expect.any(Number) as number,
    });
    expect(framesIn(path)).toBe(frames);
  });

  it.each<[CheckpointMode, number]>([
    ['full', 1],
    ['restart', 1],
    ['truncate', 0],
  ])('gives SQLite’s numbers for %s', async (mode, kept) => {
    const path = withLog();
    const frames = framesIn(path);
    const result = await checkpoint(getDb(path), mode);
    expect(result).toMatchObject({
      mode,
      busy: false,
      walFrames: frames * kept,
      checkpointedFrames: frames * kept,
      truncated: kept === 0,
    });
    expect(statSync(`${path}-wal`).size === 0).toBe(kept === 0);
  });

  it('makes the next writer begin the log anew after restart', async () => {
    const path = withLog();
    const frames = framesIn(path);
    await checkpoint(path, 'restart');
    getDb(path).exec('INSERT INTO t VALUES (1)');
    expect(framesIn(path)).toBe(frames);
    expect((await checkpoint(path)).walFrames).toBeLessThan(frames);
  });

  it('takes a pool', async () => {
    const path = tempDb();
    const pool = openPool({ path });
    await pool.exec(`CREATE TABLE t (x); ${ROWS}`);
    expect(await checkpoint(pool, 'truncate')).toMatchObject({ busy: false, truncated: true });
    expect(await pool.get('SELECT count(*) AS n FROM t')).toEqual({ n: 1000 });
    await pool.close();
    await expect(checkpoint(pool)).rejects.toThrow(new TypeError('The pool is closed'));
  });

  it('is busy, which is no error, while another process reads an old snapshot', async () => {
    const path = withLog();
    const holder = await hold('ferrolite', path, 'BEGIN; SELECT count(*) FROM t');
    const before = framesIn(path);
    getDb(path).exec('INSERT INTO t VALUES (1)');
    const after = framesIn(path);
    const passive = await checkpoint(path);
    expect(passive).toMatchObject({ busy: false, walFrames: after, checkpointedFrames: before });
    const truncating = await checkpoint(path, 'truncate', { busyTimeoutMs: 0 });
    expect(truncating).toMatchObject({ busy: true, walFrames: after, truncated: false });
    await holder.release();
    expect(await checkpoint(path, 'truncate')).toMatchObject({ busy: false, truncated: true });
  });

  it('is busy without numbers while another process has an exclusive lock', async () => {
    const path = tempDb();
    const holder = await hold(
      'ferrolite',
      path,
      'PRAGMA locking_mode = exclusive; PRAGMA journal_mode = wal; CREATE TABLE t (x)',
    );
    expect(await checkpoint(path, 'full', { busyTimeoutMs: 0 })).toMatchObject({
      busy: true,
      walFrames: -1,
      checkpointedFrames: -1,
    });
    await holder.release();
  });

  it('waits off the main thread', async () => {
    const path = withLog();
    const holder = await hold('ferrolite', path, 'BEGIN; SELECT count(*) FROM t');
    getDb(path).exec('INSERT INTO t VALUES (1)');
    let isOver = false;
    const waiting = checkpoint(path, 'truncate', { busyTimeoutMs: 60_000 }).finally(() => (isOver = true));
    for (let turns = 0; turns < 100; turns += 1) await turn();
    expect(isOver).toBe(false);
    await holder.release();
    expect(await waiting).toMatchObject({ truncated: true });
  });
});

describe('checkpoint() refuses', () => {
  it('a mode that is none', async () => {
    await expect(loose(withLog(), 'noop')).rejects.toThrow(
      new TypeError('Expected second argument to be "passive", "full", "restart" or "truncate"'),
    );
  });

  it('wrong options', async () => {
    await expect(loose(withLog(), 'full', 5)).rejects.toThrow(TypeError);
    await expect(loose(withLog(), 'full', { timeout: 5 })).rejects.toThrow('Unknown option "timeout"');
    await expect(loose(withLog(), 'full', { busyTimeoutMs: -1 })).rejects.toThrow(RangeError);
  });

  it('what is no database, pool or path', async () => {
    await expect(loose({})).rejects.toThrow(
      new TypeError('Expected first argument to be a database, a pool or a path'),
    );
  });

  it('a database in memory, temporary, or closed', async () => {
    const text = 'Expected first argument to be a database with a file of its own, not one in memory';
    for (const subject of [':memory:', new Database(':memory:'), new Database('')]) {
      await expect(checkpoint(subject)).rejects.toThrow(new TypeError(text));
    }
    const closed = new Database(tempDb()).close();
    await expect(checkpoint(closed)).rejects.toThrow(new TypeError('The database connection is not open'));
  });

  it('a connection of better-sqlite3, whose locks it would lose', async () => {
    const db = new betterSqlite3.Database(tempDb());
    await expect(checkpoint(db)).rejects.toThrow('a connection of this copy of ferrolite');
    db.close();
  });

  it('a database without a log, with a code', async () => {
    const path = tempDb();
    new Database(path).exec('CREATE TABLE t (x)').close();
    await expect(checkpoint(path)).rejects.toMatchObject({
      name: 'FerroliteError',
      code: 'FERROLITE_NOT_WAL',
      message: `The database has no write-ahead log to checkpoint: its journal mode is not WAL (${JSON.stringify(path)})`,
    });
  });

  it('a file that is missing, and creates none', async () => {
    const path = join(tempDir(), 'none.db');
    await expect(checkpoint(path)).rejects.toMatchObject({
      code: 'SQLITE_CANTOPEN',
      message: `unable to open database file (${JSON.stringify(path)}: the file does not exist)`,
    });
    expect(filesBeside(path)).toEqual([]);
  });

  it('a file that is no database', async () => {
    const path = join(tempDir(), 'text.txt');
    writeFileSync(path, 'no database, but long enough to be read as one. '.repeat(100));
    await expect(checkpoint(path)).rejects.toMatchObject({ code: 'SQLITE_NOTADB' });
  });

  it('what was opened or named for reading only', async () => {
    const path = withLog();
    const reader = new Database(path, { readonly: true });
    const text = 'checkpoint() writes to the database, but it was opened or named for reading only';
    await expect(checkpoint(reader)).rejects.toThrow(new TypeError(text));
    await expect(checkpoint(`file:${path}?mode=ro`)).rejects.toThrow(new TypeError(text));
    reader.close();
  });

  it.runIf(process.getuid?.() === 0)('a file that this user may not write', () => {
    const path = join(openDir(), 'a.db');
    const error = inChild(
      async (file: string) => {
        const { getDb: open } = require('ferrolite') as typeof import('ferrolite');
        open(file).exec('CREATE TABLE t (x)');
        // The log stays: the connection is open.
        process.setuid!(65534);
        const ops = require('ferrolite/ops') as typeof import('ferrolite/ops');
        return ops.checkpoint(file).catch(({ code, message }) => ({ code, message }));
      },
      [path],
    );
    expect(error).toMatchObject({ code: expect.stringMatching(/^SQLITE_(?:READONLY|CANTOPEN)/) });
    expect((error as { message: string }).message).toContain(path);
  });
});
