// startCheckpointer(): what it does to the log, what it says of those who hold it, how it ends.
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { basename, dirname, join } from 'node:path';
import Database, { closeDatabase, getDb } from 'ferrolite';
import {
  startCheckpointer,
  type Checkpointer,
  type CheckpointerCheckpoint,
  type CheckpointerOptions,
  type CheckpointerWarning,
} from 'ferrolite/ops';
import { openPool } from 'ferrolite/pool';
import { afterEach, describe, expect, it } from 'vitest';
import { filesBeside, startNode, thrownBy } from '../client/support.mts';
import { hold } from '../helpers/hold.mts';
import { inChild } from '../helpers/in-child.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';

const running: Checkpointer[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
  closeDatabase();
});

function start(
  database: Parameters<typeof startCheckpointer>[0],
  options: CheckpointerOptions,
): Checkpointer {
  const one = startCheckpointer(database, { pollIntervalMs: 1, ...options });
  running.push(one);
  return one;
}

/** A database whose connection leaves checkpoints to others. */
function withLog(path = tempDb()): Database.Database {
  return getDb(path, { pragmas: { wal_autocheckpoint: 0 } }).exec('CREATE TABLE IF NOT EXISTS t (x)');
}

const fill = (db: Database.Database, pages: number): void => {
  const insert = db.prepare('INSERT INTO t VALUES (zeroblob(4000))');
  for (let page = 0; page < pages; page += 1) insert.run();
};

const walBytes = (path: string): number => statSync(`${path}-wal`).size;

/** The first event for which `wanted` is true. */
function event<Value>(one: Checkpointer, name: 'warning' | 'checkpoint', wanted: (value: Value) => boolean) {
  return new Promise<Value>((resolve) => {
    const listener = (value: unknown): void => {
      if (!wanted(value as Value)) return;
      one.off(name, listener);
      resolve(value as Value);
    };
    one.on(name, listener);
  });
}

const warning = (one: Checkpointer, code: CheckpointerWarning['code']): Promise<CheckpointerWarning> =>
  event<CheckpointerWarning>(one, 'warning', (value) => value.code === code);

const truncation = (one: Checkpointer): Promise<CheckpointerCheckpoint> =>
  event<CheckpointerCheckpoint>(one, 'checkpoint', ({ mode, busy }) => mode === 'truncate' && !busy);

describe('startCheckpointer()', () => {
  it('copies the log while JavaScript is busy', () => {
    const db = withLog();
    const one = start(db, { passivePages: 10 });
    // No turn of the event loop until it is done.
    while (one.stats().passive === 0) fill(db, 10);
    expect(one.stats()).toMatchObject({ failed: 0, steppedBack: false });
    expect(one.stats().lastCheckpoint).toMatchObject({ mode: 'passive', at: expect.any(Date) as Date });
  });

  it('leaves a log alone that is below its thresholds', async () => {
    const db = withLog();
    fill(db, 5);
    const one = start(db, { passivePages: 1000 });
    while (one.stats().walFrames === 0);
    await one.stop();
    expect(one.stats()).toMatchObject({ passive: 0, truncated: 0, busy: 0, lastCheckpoint: undefined });
  });

  it('truncates a large log, and one that nobody writes to', async () => {
    const db = withLog();
    const one = start(db, { truncateWalBytes: 100_000 });
    const large = truncation(one);
    fill(db, 30);
    expect(await large).toMatchObject({ walFrames: 0, walBytes: 0 });
    expect(one.stats().peakWalBytes).toBeGreaterThan(0);
    await one.stop();

    const other = start(db, { idleMs: 1, idleTruncateWalBytes: 10_000 });
    const quiet = truncation(other);
    fill(db, 5);
    await quiet;
    expect(walBytes(db.name)).toBe(0);
  });

  it('bounds the log under a writer of another process, and reports and outlives its reader', async () => {
    const db = withLog();
    const path = db.name;
    fill(db, 1);
    const one = start(path, { passivePages: 10, truncateWalBytes: 200_000, maxSnapshotMs: 1 });
    const reader = await hold('ferrolite', path, 'BEGIN; SELECT count(*) FROM t');
    const held = warning(one, 'FERROLITE_WAL_HELD');
    const writer = startNode(
      (file: string) => {
        const { getDb: open } = require('ferrolite') as typeof import('ferrolite');
        const database = open(file, { pragmas: { wal_autocheckpoint: 0 } });
        const insert = database.prepare('INSERT INTO t VALUES (zeroblob(4000))');
        let isOver = false;
        process.stdin.once('data', () => (isOver = true));
        const write = (): void => {
          for (let n = 0; n < 20; n += 1) insert.run();
          if (!isOver) return void setImmediate(write);
          process.stdin.destroy();
          database.close();
        };
        write();
      },
      [path],
    );
    const { holders, message, walFrames, checkpointedFrames } = await held;
    expect(walFrames! - checkpointedFrames!).toBeGreaterThanOrEqual(10);
    const other = holders.find(({ pid }) => pid !== process.pid);
    expect(other).toMatchObject({ isThisThread: false, statements: [] });
    expect(message).toContain(`process ${other!.pid}`);
    if (process.platform === 'linux') expect(other!.command).toMatch(/node|MainThread/);

    // It has grown beyond what would be truncated, because nobody may wait in vain for the reader.
    while (one.stats().walBytes < 400_000) await new Promise(setImmediate);
    const shrunk = truncation(one);
    await reader.release();
    expect(await shrunk).toMatchObject({ walBytes: expect.any(Number) as number });
    writer.tell('end');
    expect(await writer.ended).toEqual({ code: 0, signal: null });
  });

  it('names an iterator of this thread, and a transaction of it', async () => {
    const db = withLog();
    fill(db, 3);
    const reader = new Database(db.name);
    const rows = reader.prepare('SELECT rowid FROM t WHERE rowid > 0').iterate();
    rows.next();
    const one = start(db, { passivePages: 1, maxSnapshotMs: 1 });
    const first = warning(one, 'FERROLITE_WAL_HELD');
    fill(db, 3);
    expect((await first).holders).toEqual([
      {
        pid: process.pid,
        command: undefined,
        thread: undefined,
        isThisThread: true,
        inTransaction: false,
        statements: ['SELECT rowid FROM t WHERE rowid > 0'],
        framesBehind: expect.any(Number) as number,
        heldMs: expect.any(Number) as number,
      },
    ]);
    expect((await first).message).toMatch(/held by an open iterator of this thread over "SELECT rowid/);
    rows.return!();

    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM t').get();
    const second = event<CheckpointerWarning>(
      one,
      'warning',
      ({ holders }) => holders[0]?.inTransaction === true,
    );
    fill(db, 3);
    expect((await second).message).toContain('an open transaction of this thread');
    reader.close();
  });

  it('names the thread of a pool whose snapshot holds the log', async () => {
    const pool = openPool({ path: tempDb(), pragmas: { wal_autocheckpoint: 0 } });
    await pool.exec('CREATE TABLE t (x)');
    const one = start(pool, { passivePages: 1, maxSnapshotMs: 1 });
    const held = warning(one, 'FERROLITE_WAL_HELD');
    await pool.read(async (snapshot) => {
      await snapshot.all('SELECT * FROM t');
      await pool.run('INSERT INTO t VALUES (1)');
      expect((await held).holders).toMatchObject([
        {
          pid: process.pid,
          thread: expect.stringMatching(/^frl-reader-\d+$/) as string,
          isThisThread: false,
        },
      ]);
    });
    await pool.close();
  });

  it('warns of a log over its limit, as a warning of the process where nobody listens', async () => {
    const db = withLog();
    fill(db, 10);
    const warned = once(process, 'warning') as Promise<[CheckpointerWarning]>;
    const one = start(db, { maxWalBytes: 10_000 });
    const [said] = await warned;
    expect(said).toMatchObject({
      name: 'CheckpointerWarning',
      code: 'FERROLITE_WAL_TOO_LARGE',
      path: db.name,
      walBytes: walBytes(db.name),
      holders: [],
    });
    expect(said.message).toBe(
      `The write-ahead log of ${JSON.stringify(db.name)} is over its limit (${Math.ceil(walBytes(db.name) / 1024)} KiB): ` +
        'one transaction was that large, or readers leave no gap',
    );
    expect(one.listenerCount('warning')).toBe(0);
  });

  it('leaves everything to Litestream where its folder lies beside the database', async () => {
    const db = withLog();
    fill(db, 30);
    const folder = join(dirname(db.name), `.${basename(db.name)}-litestream`);
    mkdirSync(folder);
    const one = start(db, { passivePages: 1, truncateWalBytes: 1, maxWalBytes: 0 });
    while (one.stats().walFrames === 0);
    expect(one.stats()).toMatchObject({ steppedBack: true, passive: 0, truncated: 0 });
    await one.stop();
  });

  it('warns of a file that was replaced, and goes on with the new one', async () => {
    const path = tempDb();
    const old = withLog(path);
    const one = start(old, { passivePages: 10 });
    const moved = warning(one, 'FERROLITE_FILE_MOVED');
    const folder = tempDir();
    for (const suffix of ['', '-wal', '-shm'])
      renameSync(`${path}${suffix}`, join(folder, `old.db${suffix}`));
    const copied = event<CheckpointerCheckpoint>(one, 'checkpoint', () => true);
    const db = withLog(path);
    fill(db, 30);
    await moved;
    await copied;
    expect(existsSync(`${path}-wal`)).toBe(true);
  });
});

describe('a checkpointer that is stopped', () => {
  it.runIf(process.platform === 'linux')('leaves neither a thread nor an open file', async () => {
    const db = withLog();
    const count = (): number[] => ['task', 'fd'].map((name) => readdirSync(`/proc/self/${name}`).length);
    // The threads of libuv's pool start with the first that is stopped.
    await Promise.all(Array.from({ length: 8 }, () => startCheckpointer(db).stop()));
    const before = count();
    for (let round = 0; round < 100; round += 1) await startCheckpointer(db).stop();
    // A thread that has said that it is done is in the list for a moment more.
    while (count().join() !== before.join()) await new Promise(setImmediate);
  });

  it('keeps its statistics, and may be stopped again', async () => {
    const db = withLog();
    const one = start(db, { passivePages: 10 });
    while (one.stats().passive === 0) fill(db, 10);
    expect(one.isStopped).toBe(false);
    await Promise.all([one.stop(), one.stop()]);
    expect(one.isStopped).toBe(true);
    expect(one.stats().passive).toBeGreaterThan(0);
    closeDatabase();
    expect(filesBeside(db.name)).toEqual(['test.db']);
  });

  it('stops with the scope of `await using`', async () => {
    const db = withLog();
    const one = startCheckpointer(db);
    await one[Symbol.asyncDispose]();
    expect(one.isStopped).toBe(true);
  });

  it.each(['', 'process.exit()', 'throw new Error("on purpose")'])(
    'keeps neither a process nor a log alive: %s',
    async (end) => {
      const path = tempDb();
      const child = startNode(
        (file: string, code: string) => {
          const { getDb: open } = require('ferrolite') as typeof import('ferrolite');
          const ops = require('ferrolite/ops') as typeof import('ferrolite/ops');
          const db = open(file);
          db.exec('CREATE TABLE t (x)');
          ops.startCheckpointer(db);
          process.stderr.write = () => true;
          setImmediate(() => new Function(code)());
        },
        [path, end],
      );
      expect((await child.ended).signal).toBeNull();
      expect(filesBeside(path)).toEqual(['test.db']);
    },
  );

  it('ends with its worker', () => {
    const path = tempDb();
    const left = inChild(
      async (file: string) => {
        const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
        const worker = new Worker(
          `const { getDb } = require('ferrolite');
           const { startCheckpointer } = require('ferrolite/ops');
           const db = getDb(require('node:worker_threads').workerData);
           db.exec('CREATE TABLE t (x)');
           startCheckpointer(db);
           require('node:worker_threads').parentPort.postMessage('started');
           setInterval(() => {}, 1000);`,
          { eval: true, workerData: file },
        );
        await new Promise((resolve) => worker.once('message', resolve));
        await worker.terminate();
        return (require('node:fs') as typeof import('node:fs')).existsSync(`${file}-wal`);
      },
      [path],
    );
    expect(left).toBe(false);
  });
});

describe('startCheckpointer() refuses', () => {
  const refused = (...args: unknown[]): Error & { code?: string } =>
    thrownBy(() => (startCheckpointer as (...given: unknown[]) => unknown)(...args));

  it('a file that is missing, foreign or without a log, and leaves nothing behind', () => {
    const missing = join(tempDir(), 'none.db');
    expect(refused(missing)).toMatchObject({
      code: 'SQLITE_CANTOPEN',
      message: `unable to open database file (${JSON.stringify(missing)}: the file does not exist)`,
    });
    expect(filesBeside(missing)).toEqual([]);
    const text = join(tempDir(), 'a.txt');
    writeFileSync(text, 'no database '.repeat(1000));
    expect(refused(text).code).toBe('SQLITE_NOTADB');
    const plain = tempDb();
    new Database(plain).exec('CREATE TABLE t (x)').close();
    expect(refused(plain)).toMatchObject({ name: 'FerroliteError', code: 'FERROLITE_NOT_WAL' });
  });

  it('wrong arguments', () => {
    const { name: path } = withLog();
    expect(refused(5).message).toBe('Expected first argument to be a database, a pool or a path');
    expect(refused(path, 5).message).toBe('Expected second argument to be an options object');
    expect(refused(path, { maxWal: 1 }).message).toMatch(
      /^Unknown option "maxWal" \(the options are passivePages, /,
    );
    expect(refused(path, { pollIntervalMs: 0 })).toBeInstanceOf(RangeError);
    expect(refused(path, { passivePages: 0.5 })).toBeInstanceOf(TypeError);
    const text = 'A checkpointer writes to the database, but it was opened or named for reading only';
    expect(refused(`file:${path}?mode=ro`).message).toBe(text);
  });
});
