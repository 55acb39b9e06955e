/**
 * The pool: one writer and several readers on threads of their own, for applications whose event loop
 * must not wait for the disk.
 *
 * Mechanism is in Rust (`src/pool/`): who executes what, grouping of commits, cancelling, the end. Here
 * are the promises, the options and the errors. What must stay true: code of users runs before the
 * channel is touched and after it was read, never between.
 */
import { readPoolOptions, type PoolOptions } from './options';
import { newPool, type Pool } from './pool';

export type { BatchStatement } from './calls';
export { openFleet } from './fleet';
export type { Fleet, FleetStats } from './fleet';
export type { FleetOptions } from './fleet-options';
export type { FleetPool } from './fleet-pool';
export { FleetFailures } from './for-each';
export type { ForEachOptions } from './for-each';
export type { CallbackOptions, FunctionOptions } from './functions';
export type { Changes } from './jobs';
export type {
  CallOptions,
  PoolOptions,
  QueryOptions,
  ReadOptions,
  RowOptions,
  TransactionOptions,
} from './options';
export type { Pool, PoolStats } from './pool';
export type { PoolMigrations } from './migrations';
export type { RunOptions } from './queries';
export { getPool } from './singleton';
export type { Snapshot } from './snapshot';
export { sql } from './sql';
export type { Sql, SqlValue } from './sql';
export type { Transaction } from './transaction';
export { FerroliteError, SqliteError } from '../errors';

/**
 * Opens a pool of connections to a database file.
 *
 * Answers at once: threads start, and the file is opened, when the first call needs them, and a file that
 * cannot be opened rejects the calls.
 *
 * @param database - A path or a `file:` or `sqlite:` URL, or options with a `path`.
 * @throws {TypeError | RangeError} for a wrong option, path or URL.
 * @throws {FerroliteError} `FERROLITE_CANNOT_CREATE_DIRECTORY`.
 *
 * @example
 * const pool = openPool('app.db');
 * const rows = await pool.all('SELECT * FROM users WHERE age > ?', [18]);
 */
export function openPool(database: string | PoolOptions, options: Omit<PoolOptions, 'path'> = {}): Pool {
  if (typeof database === 'string') return newPool(readPoolOptions({ ...options, path: database }));
  if (typeof database !== 'object' || database === null) {
    throw new TypeError('Expected first argument to be a path or an options object');
  }
  return newPool(readPoolOptions(database));
}
