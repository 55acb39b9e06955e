/**
 * Transactions that are tried again when another connection was in the way.
 *
 * What must stay true: only ever a whole transaction is repeated, because a statement alone would write what was read
 * before another connection has changed it; and waiting never happens inside of SQLite on the main thread.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { types } from 'node:util';
import { FerroliteError } from '../../errors';
import { isConnection, isPool, isPoolOrTransaction } from '../bulk/target';
import { passes } from './codes';
import { checkRetryOptions, type CheckedRetryOptions, type RetryMode, type RetryOptions } from './options';

export type { FailedTry, RetryMode, RetryOptions } from './options';

/** A connection, as far as it matters: one of this package, whichever copy of it, or of better-sqlite3. */
export interface RetryDatabase {
  readonly open: boolean;
  readonly inTransaction: boolean;
  prepare(sql: string): any;
  exec(sql: string): unknown;
  transaction(fn: () => unknown): Record<RetryMode, () => unknown>;
}

/** A pool, as far as it matters. */
export interface RetryPool<Tx> {
  /** What a transaction does not have. */
  read: (...args: any[]) => Promise<unknown>;
  transaction<T>(fn: (tx: Tx) => T | PromiseLike<T>, options?: object): Promise<T>;
}

/**
 * Milliseconds between two tries: a random time that does not grow. With growing times those that have waited
 * longest would ask least often, and starve.
 */
const LEAST_PAUSE_MS = 1;
const MOST_PAUSE_MS = 10;

/** The pools whose transaction the running code is a part of. */
const held = new AsyncLocalStorage<ReadonlySet<object>>();

/**
 * Runs a function in a transaction, again from its beginning as long as another connection is in the way.
 *
 * On a connection the function is synchronous; while nothing is tried the event loop goes on. On a pool it may await.
 *
 * @throws What the function throws, and what SQLite says for any other reason than a lock.
 * @throws {FerroliteError} `FERROLITE_RETRY_DEADLINE` when the deadline is over; `cause` is SQLite's error.
 */
export function withRetry<Tx, T>(
  db: RetryPool<Tx>,
  fn: (tx: Tx) => T | PromiseLike<T>,
  options?: RetryOptions,
): Promise<T>;
export function withRetry<Db extends RetryDatabase, T>(
  db: Db,
  fn: (db: Db) => T,
  options?: RetryOptions,
): Promise<T>;
export async function withRetry(
  db: unknown,
  fn: (...args: any[]) => unknown,
  options: RetryOptions = {},
): Promise<unknown> {
  const checked = checkRetryOptions(options);
  if (typeof fn !== 'function') throw new TypeError('Expected second argument to be a function');
  if (isPool(db))
    return retry((limits) => onPool(db as unknown as RetryPool<unknown>, fn, checked, limits), checked);
  if (isPoolOrTransaction(db)) throw nested();
  if (!isConnection(db)) throw new TypeError('Expected first argument to be a connection or a pool');
  const connection = db as unknown as RetryDatabase;
  return retry(async () => onConnection(connection, fn, checked), checked);
}

interface Limits {
  /** Milliseconds until the deadline. */
  readonly leftMs: number;
}

async function retry(
  attempt: (limits: Limits) => Promise<unknown>,
  { deadlineMs, signal, onRetry }: CheckedRetryOptions,
): Promise<unknown> {
  const since = performance.now();
  for (let number = 1; ; number += 1) {
    signal?.throwIfAborted();
    try {
      return await attempt({ leftMs: Math.max(0, deadlineMs - (performance.now() - since)) });
    } catch (error) {
      // The signal's reason can be the error of another transaction.
      if (signal?.aborted === true || !passes(error)) throw error;
      const elapsedMs = performance.now() - since;
      const leftMs = deadlineMs - elapsedMs;
      if (leftMs <= 0) throw tooLate(number, deadlineMs, error);
      onRetry?.({ attempt: number, error, elapsedMs });
      const pauseMs = LEAST_PAUSE_MS + Math.random() * (MOST_PAUSE_MS - LEAST_PAUSE_MS);
      await sleep(Math.min(pauseMs, leftMs), undefined, signal === undefined ? {} : { signal }).catch(() =>
        signal!.throwIfAborted(),
      );
    }
  }
}

function onConnection(
  db: RetryDatabase,
  fn: (db: unknown) => unknown,
  { mode = 'immediate' }: CheckedRetryOptions,
): unknown {
  if (!db.open) throw new TypeError('The database connection is not open');
  if (db.inTransaction) throw nested();
  // Before it has done anything: behind its first await it would go on outside of the transaction.
  if (types.isAsyncFunction(fn)) throw asynchronous();
  const timeout: unknown = Object.values(db.prepare('PRAGMA busy_timeout').get() as object)[0];
  // SQLite's own waiting would stop the event loop.
  db.prepare('PRAGMA busy_timeout = 0').get();
  try {
    return db.transaction(() => refusePromise(fn(db)))[mode]();
  } finally {
    if (db.open) db.prepare(`PRAGMA busy_timeout = ${String(timeout)}`).get();
  }
}

async function onPool(
  pool: RetryPool<unknown>,
  fn: (tx: unknown) => unknown,
  { mode, signal, deadlineMs }: CheckedRetryOptions,
  { leftMs }: Limits,
): Promise<unknown> {
  if (mode !== undefined && mode !== 'immediate') {
    throw new TypeError('The transactions of a pool begin immediately: leave the "mode" option out');
  }
  const outer = held.getStore() ?? new Set();
  if (outer.has(pool)) throw nested();
  // For the writer and its locks; the function itself takes what maxHoldMs allows, and a single try what the pool does.
  const late = new AbortController();
  const expire = (): void => late.abort(lockedUntilDeadline(deadlineMs));
  const timer = deadlineMs === 0 ? undefined : setTimeout(expire, leftMs);
  const signals = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
  try {
    return await held.run(new Set([...outer, pool]), () =>
      pool.transaction(
        (tx) => {
          clearTimeout(timer);
          return fn(tx);
        },
        { signal: signals },
      ),
    );
  } finally {
    clearTimeout(timer);
  }
}

/** What it rejects with later has nobody to hear of it. */
function refusePromise(result: unknown): unknown {
  const { then } = Object(result) as Partial<Promise<unknown>>;
  if (typeof then !== 'function') return result;
  (result as Promise<unknown>).then(
    () => undefined,
    () => undefined,
  );
  throw asynchronous();
}

function asynchronous(): TypeError {
  return new TypeError('The function of withRetry() cannot return a promise on a connection: use a pool');
}

function nested(): TypeError {
  return new TypeError(
    'withRetry() runs whole transactions, and cannot be used inside of one: use it around the outermost',
  );
}

function tooLate(attempts: number, deadlineMs: number, cause: unknown): FerroliteError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const tries = attempts === 1 ? 'once' : `${attempts} times`;
  return new FerroliteError(
    `The transaction was tried ${tries} in ${deadlineMs} ms (deadlineMs), the last time with: ${reason}`,
    'FERROLITE_RETRY_DEADLINE',
    { cause },
  );
}

function lockedUntilDeadline(deadlineMs: number): FerroliteError {
  return new FerroliteError(
    `The transaction did not begin in ${deadlineMs} ms (deadlineMs): other transactions had the lock`,
    'FERROLITE_RETRY_DEADLINE',
  );
}
