import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { filesBeside } from '../client/support.mts';
import { describeDrivers, ferrolite, type Database } from '../helpers/drivers.mts';
import { tryInChild } from '../helpers/in-child.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { nextEvent } from '../helpers/wait.mts';

/** Never ends, gives no row, and holds a lock on the file from its first step on. */
const COUNT = 'WITH RECURSIVE n(x) AS (SELECT a FROM t UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n';

/** Runs `body`, a function body with `db`, `data` and `COUNT`, in a worker of its own. */
function start(path: string, body: string, data?: unknown, timeout = 0): Worker {
  return new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const { data, timeout, path, COUNT } = workerData;
     const db = new (require('ferrolite'))(path, { timeout });
     // Reads the schema, so that preparing a statement takes no lock.
     db.prepare('SELECT a FROM t').all();
     parentPort.postMessage('ready');
     ${body}`,
    { eval: true, workerData: { path, data, timeout, COUNT } },
  );
}

/** Resolves once `thread` is inside of a statement, which holds a lock on the file of `db`. */
async function untilInside(thread: Worker, db: Database): Promise<void> {
  expect(await nextEvent(thread, 'message')).toBe('ready');
  for (;;) {
    try {
      db.exec('BEGIN EXCLUSIVE');
      db.exec('ROLLBACK');
    } catch (error) {
      if ((error as { code?: string }).code === 'SQLITE_BUSY') return;
      throw error;
    }
    await new Promise(setImmediate);
  }
}

function open(path: string, sql: string): Database {
  return new ferrolite.Database(path, { timeout: 0 }).exec(sql);
}

const SETUP = 'CREATE TABLE t (a); INSERT INTO t VALUES (1)';
/** Longer than any test may take. */
const FOREVER_MS = 2 ** 31 - 1;

describe('worker.terminate()', () => {
  it.each([
    ['get()', 'db.prepare(COUNT).get()'],
    ['all()', 'db.prepare(COUNT).all()'],
    ['raw() and pluck()', 'db.prepare(COUNT).raw().all(); db.prepare(COUNT).pluck().get()'],
    ['run()', 'db.prepare(COUNT).run()'],
    ['iterate()', 'for (const row of db.prepare(COUNT).iterate()) throw row'],
    ['exec()', 'db.exec(COUNT)'],
    ['a transaction function', 'db.transaction(() => db.prepare("INSERT INTO t " + COUNT).run())()'],
  ])('ends a thread that is inside of %s', async (_, body) => {
    const path = tempDb();
    const db = open(path, SETUP);
    const thread = start(path, body, undefined, FOREVER_MS);
    await untilInside(thread, db);
    expect(await thread.terminate()).toBe(1);
    // Nobody holds a lock any more.
    db.exec('BEGIN EXCLUSIVE; ROLLBACK');
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([1]);
  });

  it('rolls the transaction back and removes the log', async () => {
    const path = tempDb();
    const db = open(path, `PRAGMA journal_mode = WAL; ${SETUP}`);
    const thread = start(
      path,
      'db.exec("BEGIN; INSERT INTO t VALUES (2); INSERT INTO t " + COUNT)',
      undefined,
      FOREVER_MS,
    );
    await untilInside(thread, db);
    db.close();
    await thread.terminate();
    expect(filesBeside(path)).toEqual(['test.db']);
    const after = open(path, '');
    expect(after.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(after.prepare('SELECT a FROM t').pluck().all()).toEqual([1]);
  });

  it.each([
    ['the option timeout', FOREVER_MS, ''],
    ['PRAGMA busy_timeout', 0, `PRAGMA busy_timeout = ${FOREVER_MS};`],
  ])('ends a thread that waits for a lock as long as %s says', async (_, timeout, pragma) => {
    const [path, other] = [tempDb(), tempDb()];
    // Not EXCLUSIVE, which would keep the thread from reading the schema, before it takes the other lock.
    const locked = open(path, `${SETUP}; BEGIN IMMEDIATE`);
    const seen = open(other, SETUP);
    // One call takes the lock that this thread can see, then waits for the one that it holds.
    const sql = `${pragma} ATTACH '${other}' AS other; BEGIN; INSERT INTO other.t VALUES (2); INSERT INTO main.t VALUES (2)`;
    const thread = start(path, 'db.exec(data)', sql, timeout);
    await untilInside(thread, seen);
    expect(await thread.terminate()).toBe(1);
    seen.exec('BEGIN EXCLUSIVE; ROLLBACK');
    expect(seen.prepare('SELECT a FROM t').pluck().all()).toEqual([1]);
    locked.exec('ROLLBACK');
  });

  it('does not end a thread of better-sqlite3 that is inside of a query', () => {
    const result = tryInChild(
      async (files: Record<string, string>, count: string) => {
        const { Worker: Thread } = require('node:worker_threads') as typeof import('node:worker_threads');
        const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
        /** Terminates a thread that is inside of a query; gives the turns until it has ended. */
        const turnsToEnd = async (driver: string, limit: number): Promise<number> => {
          const path = files[driver]!;
          const Database = require(driver) as typeof import('ferrolite');
          const db = new Database(path, { timeout: 0 });
          db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
          const code = `const [driver, path, sql] = require('node:worker_threads').workerData;
            new (require(driver))(path).exec(sql);`;
          const thread = new Thread(code, { eval: true, workerData: [driver, path, count] });
          try {
            for (;;) {
              db.exec('BEGIN EXCLUSIVE; ROLLBACK');
              await turn();
            }
          } catch {
            // It holds a lock.
          }
          let turns = 0;
          const end = { isReached: false };
          void thread.terminate().then(() => (end.isReached = true));
          for (; !end.isReached && turns < limit; turns += 1) await turn();
          return turns;
        };
        const limit = 100_000 + 10 * (await turnsToEnd('ferrolite', Infinity));
        const turns = await turnsToEnd('better-sqlite3', limit);
        // process.exit() would wait for the thread.
        if (turns === limit) process.kill(process.pid, 'SIGKILL');
        return turns;
      },
      [{ ferrolite: tempDb(), 'better-sqlite3': tempDb() }, COUNT],
    );
    expect(result).toMatchObject({ value: undefined, signal: 'SIGKILL', stderr: '' });
  });
});

describe('process.exit()', () => {
  it('ends the process while a thread is inside of a query, and leaves no log', () => {
    const path = tempDb();
    const result = tryInChild(
      async (file: string, count: string) => {
        const { Worker: Thread } = require('node:worker_threads') as typeof import('node:worker_threads');
        const Database = require('ferrolite') as typeof import('ferrolite');
        const db = new Database(file, { timeout: 0 });
        db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)');
        const code = `const [path, sql] = require('node:worker_threads').workerData;
          new (require('ferrolite'))(path).exec('BEGIN; INSERT INTO t VALUES (2); ' + sql);`;
        void new Thread(code, { eval: true, workerData: [file, count] });
        try {
          for (;;) {
            db.exec('BEGIN EXCLUSIVE; ROLLBACK');
            await new Promise(setImmediate);
          }
        } catch {
          process.exit(3);
        }
      },
      [path, COUNT],
    );
    expect(result).toMatchObject({ code: 3, signal: null, stderr: '' });
    expect(filesBeside(path)).toEqual(['test.db']);
    expect(open(path, '').prepare('SELECT a FROM t').pluck().all()).toEqual([1]);
  });
});

describeDrivers('in a worker', (driver) => {
  it('the busy timeout is what the option says and what the pragma makes of it', async () => {
    const thread = new Worker(
      `const { parentPort, workerData: [driver, path] } = require('node:worker_threads');
       const Database = require(driver);
       const timeoutOf = (db) => db.pragma('busy_timeout', { simple: true });
       const db = new Database(path, { timeout: 1234 });
       const seen = [timeoutOf(new Database(path)), timeoutOf(db), db.pragma('busy_timeout = 7', { simple: true }), timeoutOf(db)];
       db.exec('PRAGMA busy_timeout = 0');
       parentPort.postMessage([...seen, timeoutOf(db)]);`,
      { eval: true, workerData: [driver.name, driver.path()] },
    );
    expect(await nextEvent(thread, 'message')).toEqual([5000, 1234, 7, 7, 0]);
  });

  it('a lock that is not given up in time is SQLITE_BUSY', async () => {
    const db = driver.onDisk('CREATE TABLE t (a); BEGIN EXCLUSIVE');
    const thread = new Worker(
      `const [driver, path] = require('node:worker_threads').workerData;
       new (require(driver))(path, { timeout: 20 }).exec('SELECT * FROM t');`,
      { eval: true, workerData: [driver.name, db.name] },
    );
    const error = await new Promise((resolve) => thread.once('error', resolve));
    expect(error).toMatchObject({ code: 'SQLITE_BUSY', message: 'database is locked' });
  });
});
