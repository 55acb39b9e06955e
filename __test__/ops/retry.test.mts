// withRetry(): which transactions are tried again, what they leave, and that nothing blocks meanwhile.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import Database from 'ferrolite';
import { toHttpError, withRetry } from 'ferrolite/ops';
import { openPool } from 'ferrolite/pool';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeDrivers } from '../helpers/drivers.mts';
import { hold } from '../helpers/hold.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { exitOf } from '../helpers/wait.mts';
import { poolOn } from '../pool/support.mts';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
/** Wrong calls on purpose. */
const loose = withRetry as (...args: any[]) => Promise<unknown>;

describeDrivers('withRetry() on a connection', (driver) => {
  const modulePath = createRequire(import.meta.url).resolve(driver.name);

  function open(timeout = 5000): any {
    const db: any = new driver.Database(tempDb(), { timeout });
    onTestFinished(() => void (db.open && db.close()));
    db.pragma('journal_mode = wal');
    return db.exec('CREATE TABLE t (a UNIQUE); CREATE TABLE counter (n); INSERT INTO counter VALUES (0)');
  }

  const locked = (db: any, sql = 'BEGIN IMMEDIATE'): ReturnType<typeof hold> =>
    hold(modulePath, db.name, sql);

  it('commits, and gives what the function returns', async () => {
    const db = open();
    const result = await withRetry(db, (same) => {
      expect(same).toBe(db);
      expect(db.inTransaction).toBe(true);
      return db.prepare('INSERT INTO t VALUES (1) RETURNING a').pluck().get();
    });
    expect(result).toBe(1);
    expect(db.inTransaction).toBe(false);
  });

  it('waits for the lock of another process without blocking the event loop', async () => {
    const db = open(1234);
    const holder = await locked(db);
    let turns = 0;
    let released: Promise<void> | undefined;
    const onRetry = (): void => {
      turns += 1;
      if (turns === 5) released = holder.release();
    };
    let calls = 0;
    await withRetry(
      db,
      () => {
        calls += 1;
        db.exec('INSERT INTO t VALUES (1)');
      },
      { deadlineMs: 60_000, onRetry },
    );
    await released;
    expect(turns).toBeGreaterThanOrEqual(5);
    // BEGIN IMMEDIATE has failed: the function was not called for nothing.
    expect(calls).toBe(1);
    expect(db.pragma('busy_timeout', { simple: true })).toBe(1234);
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(1);
  });

  it('gives up at the deadline, with the error of SQLite as the cause', async () => {
    const db = open();
    const holder = await locked(db);
    const error: any = await withRetry(db, () => undefined, { deadlineMs: 30 }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'FERROLITE_RETRY_DEADLINE', cause: { code: 'SQLITE_BUSY' } });
    expect(error.message).toMatch(
      /^The transaction was tried (?:once|\d+ times) in 30 ms \(deadlineMs\), the last time with: database is locked$/,
    );
    expect(toHttpError(error)).toMatchObject({ status: 503, headers: { 'Retry-After': '1' } });
    await expect(withRetry(db, () => undefined, { deadlineMs: 0 })).rejects.toThrow('was tried once in 0 ms');
    await holder.release();
  });

  it('begins anew where another connection has written what was read', async () => {
    const db = open();
    let attempts = 0;
    await withRetry(
      db,
      () => {
        attempts += 1;
        const n = db.prepare('SELECT n FROM counter').pluck().get();
        // Another process writes in between, once.
        if (attempts === 1) {
          const other = new driver.Database(db.name);
          other.exec('UPDATE counter SET n = n + 10');
          other.close();
        }
        db.prepare('UPDATE counter SET n = ?').run(n + 1);
      },
      { mode: 'deferred' },
    );
    expect(attempts).toBe(2);
    expect(db.prepare('SELECT n FROM counter').pluck().get()).toBe(11);
  });

  it.each([
    ['a constraint', 'INSERT INTO t VALUES (1), (1)', 'SQLITE_CONSTRAINT_UNIQUE'],
    ['wrong SQL', 'SELECT * FROM none', 'SQLITE_ERROR'],
    ['a full database', 'PRAGMA max_page_count = 1; INSERT INTO t VALUES (zeroblob(100000))', 'SQLITE_FULL'],
    ['a query that was made read-only', 'PRAGMA query_only = 1; INSERT INTO t VALUES (1)', 'SQLITE_READONLY'],
  ])('does not repeat %s', async (_, sql, code) => {
    const db = open();
    let calls = 0;
    const run = (): void => {
      calls += 1;
      db.exec(sql);
    };
    await expect(withRetry(db, run)).rejects.toMatchObject({ code });
    expect(calls).toBe(1);
    expect(db.inTransaction).toBe(false);
  });

  it('does not repeat what is no database, nor what the function throws itself', async () => {
    const path = tempDb();
    writeFileSync(path, 'no database'.repeat(1000));
    const damaged: any = new driver.Database(path);
    await expect(withRetry(damaged, () => undefined)).rejects.toMatchObject({ code: 'SQLITE_NOTADB' });
    damaged.close();
    const own = new Error('SQLITE_BUSY');
    await expect(
      withRetry(open(), () => {
        throw own;
      }),
    ).rejects.toBe(own);
    // A conflict within the connection stays, however often it is tried.
    const conflict = Object.assign(new Error('table is locked'), { code: 'SQLITE_LOCKED' });
    await expect(
      withRetry(open(), () => {
        throw conflict;
      }),
    ).rejects.toBe(conflict);
  });

  it('repeats errors that a query builder has wrapped', async () => {
    const db = open();
    let calls = 0;
    const run = (): number => {
      calls += 1;
      if (calls < 3)
        throw new Error('query failed', { cause: new driver.SqliteError('locked', 'SQLITE_BUSY_RECOVERY') });
      return calls;
    };
    expect(await withRetry(db, run)).toBe(3);
  });

  it('refuses to be nested, and functions that return a promise', async () => {
    const db = open();
    const inner = withRetry(db, () => withRetry(db, () => undefined));
    await expect(inner).rejects.toThrow('cannot return a promise on a connection');
    let refused: unknown;
    await withRetry(db, () => {
      withRetry(db, () => undefined).catch((error: unknown) => (refused = error));
    });
    expect(refused).toMatchObject({ name: 'TypeError' });
    db.exec('BEGIN');
    await expect(withRetry(db, () => undefined)).rejects.toThrow('cannot be used inside of one');
    db.exec('ROLLBACK');
    let calls = 0;
    const later = async (): Promise<void> => void (calls += 1);
    await expect(withRetry(db, later)).rejects.toThrow('cannot return a promise on a connection: use a pool');
    expect(calls).toBe(0);
    const wrapped = (): Promise<void> => {
      db.exec('INSERT INTO t VALUES (1)');
      return later();
    };
    await expect(withRetry(db, wrapped)).rejects.toThrow(
      'cannot return a promise on a connection: use a pool',
    );
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(0);
  });

  it('stops at the signal', async () => {
    const db = open();
    const holder = await locked(db);
    const stop = new AbortController();
    const given = withRetry(db, () => undefined, {
      signal: stop.signal,
      onRetry: () => stop.abort(new Error('enough')),
    });
    await expect(given).rejects.toThrow('enough');
    await expect(withRetry(db, () => undefined, { signal: stop.signal })).rejects.toThrow('enough');
    await holder.release();
  });

  it('refuses wrong arguments', async () => {
    const db = open();
    await expect(loose(5, () => undefined)).rejects.toThrow(
      'Expected first argument to be a connection or a pool',
    );
    await expect(loose(db, 'INSERT INTO t VALUES (1)')).rejects.toThrow(
      'Expected second argument to be a function',
    );
    await expect(loose(db, () => undefined, 5)).rejects.toThrow('Expected the options to be an object');
    await expect(loose(db, () => undefined, { mode: 'fast' })).rejects.toThrow('"mode"');
    await expect(loose(db, () => undefined, { retries: 5 })).rejects.toThrow('Unknown option "retries"');
    await expect(loose(db, () => undefined, { deadlineMs: -1 })).rejects.toThrow('"deadlineMs"');
    const signal = { throwIfAborted() {} };
    await expect(loose(db, () => undefined, { signal })).rejects.toThrow('AbortSignal');
    db.close();
    await expect(withRetry(db, () => undefined)).rejects.toThrow('The database connection is not open');
  });
});

describe('withRetry() on a pool', () => {
  const file = (): string => {
    const path = tempDb();
    const db = new Database(path);
    db.pragma('journal_mode = wal');
    db.exec('CREATE TABLE t (a UNIQUE)').close();
    return path;
  };

  it('runs functions that await, again where another process has the lock', async () => {
    const path = file();
    const pool = poolOn(path, { busyTimeoutMs: 0 });
    const holder = await hold('ferrolite', path, 'BEGIN IMMEDIATE');
    let released: Promise<void> | undefined;
    const onRetry = ({ attempt }: { attempt: number }): void => {
      if (attempt === 3) released = holder.release();
    };
    const n = await withRetry(
      pool,
      async (tx) => {
        await tx.run('INSERT INTO t VALUES (1)');
        return (await tx.get<{ n: number }>('SELECT count(*) AS n FROM t'))?.n;
      },
      { deadlineMs: 60_000, onRetry },
    );
    await released;
    expect(n).toBe(1);
    expect(released).toBeDefined();
  });

  it('gives up at the deadline, also while the thread waits for the lock', async () => {
    const path = file();
    const pool = poolOn(path, { busyTimeoutMs: 60_000 });
    const holder = await hold('ferrolite', path, 'BEGIN IMMEDIATE');
    await expect(withRetry(pool, () => 1, { deadlineMs: 30 })).rejects.toMatchObject({
      code: 'FERROLITE_RETRY_DEADLINE',
    });
    const stop = new AbortController();
    const given = withRetry(pool, () => 1, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    await holder.release();
  });

  it('repeats no constraint, and refuses to be nested', async () => {
    const path = file();
    const pool = poolOn(path);
    let calls = 0;
    const twice = withRetry(pool, async (tx) => {
      calls += 1;
      await tx.run('INSERT INTO t VALUES (1), (1)');
    });
    await expect(twice).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT_UNIQUE' });
    expect(calls).toBe(1);
    const message = 'withRetry() runs whole transactions, and cannot be used inside of one';
    await expect(withRetry(pool, () => withRetry(pool, () => 1))).rejects.toThrow(message);
    await expect(pool.transaction((tx) => loose(tx, () => 1))).rejects.toThrow(message);
    await expect(withRetry(pool, () => 1, { mode: 'deferred' })).rejects.toThrow(
      'leave the "mode" option out',
    );
    // Another pool is another database.
    const other = openPool(file());
    onTestFinished(() => other.close());
    expect(await withRetry(pool, () => withRetry(other, () => 2))).toBe(2);
  });
});

const PROCESSES = 4;
const ROUNDS = 40;
const COUNTER = `
  const Database = require('ferrolite');
  const { withRetry } = require('ferrolite/ops');
  const db = new Database(process.argv[1], { timeout: 0 });
  const mode = process.argv[2];
  (async () => {
    for (let round = 0; round < ${ROUNDS}; round += 1) {
      await withRetry(db, () => {
        const n = db.prepare('SELECT n FROM counter').pluck().get();
        db.prepare('UPDATE counter SET n = ?').run(n + 1);
      }, { mode, deadlineMs: 100_000 });
    }
    db.close();
  })();
`;

it.each([
  ['wal', 'immediate'],
  ['wal', 'deferred'],
  ['delete', 'immediate'],
  ['delete', 'deferred'],
])(
  'several processes count without losing a step (%s, %s)',
  async (journal, mode) => {
    const path = tempDb();
    const db = new Database(path);
    db.pragma(`journal_mode = ${journal}`);
    db.exec('CREATE TABLE counter (n); INSERT INTO counter VALUES (0)').close();
    const children = Array.from({ length: PROCESSES }, () =>
      spawn(process.execPath, ['-e', COUNTER, path, mode], { cwd, stdio: ['ignore', 'inherit', 'inherit'] }),
    );
    const ends = await Promise.all(children.map(exitOf));
    expect(ends).toEqual(ends.map(() => ({ code: 0, signal: null })));
    const after = new Database(path);
    expect(after.prepare('SELECT n FROM counter').pluck().get()).toBe(PROCESSES * ROUNDS);
    after.close();
  },
  120_000,
);
