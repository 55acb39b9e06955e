/** Pools of tests: closed when their test has ended. */
import Database from 'ferrolite';
import { openPool, type Pool, type PoolOptions } from 'ferrolite/pool';
import { onTestFinished } from 'vitest';
import { tempDb } from '../helpers/temp-db.mts';

/** A pool on a file of its own that `schema` was executed on. */
export function poolWith(schema = '', options: Omit<PoolOptions, 'path'> = {}): Pool {
  const path = tempDb();
  const db = new Database(path);
  db.pragma('journal_mode = wal');
  db.exec(schema);
  db.close();
  return poolOn(path, options);
}

/** A pool on the file at `path`. */
export function poolOn(path: string, options: Omit<PoolOptions, 'path'> = {}): Pool {
  const pool = openPool(path, options);
  onTestFinished(() => pool.close({ drainMs: 0 }));
  return pool;
}

/** What a failure is compared by. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
}

function failure(error: unknown): Failure {
  const { name, message, code } = error as Failure;
  return { name, message, code };
}

/** What `promise` rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Failure> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return failure(error);
  }
  throw new Error(`the promise was fulfilled with ${JSON.stringify(value)}`);
}

/** What `attempt` rejects with once it has come far enough: where time is short it may end before. */
export async function rejectionOnce(
  attempt: () => Promise<unknown>,
  farEnough: () => boolean,
): Promise<Failure> {
  for (;;) {
    const found = await rejection(attempt());
    if (farEnough()) return found;
  }
}

/** The value, or the error, that a call gives. */
export async function answer(call: () => unknown): Promise<{ value: unknown } | { error: Failure }> {
  try {
    return { value: await call() };
  } catch (error) {
    return { error: failure(error) };
  }
}

/** Executes until it is stopped. */
export const ENDLESS =
  'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n';

/** `n` rows of one integer each. */
export const COUNT =
  'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT ?) SELECT x FROM n';

/** Resolves once `condition` holds, which events of the loop bring about. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}
