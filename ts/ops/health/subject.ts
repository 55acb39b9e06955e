/** The connection that a check looks at. */
import { SqliteError } from '../../core';
import { Database as DatabaseClass } from '../../core/root';
import { locateDatabase, MEMORY } from '../../client/database-url';
import { keyOf, registry } from '../../client/registry';

/** The core's option for SQLite's `immutable`. */
const IMMUTABLE = Symbol.for('ferrolite.immutable');

/** What a check needs of a statement. */
export interface CheckedStatement {
  get(): unknown;
  all(): unknown[];
  pluck(): CheckedStatement;
}

/** What a check needs of a connection: one of this package, whichever copy of it, or of better-sqlite3. */
export interface CheckedDatabase {
  readonly name: string;
  readonly open: boolean;
  readonly readonly: boolean;
  readonly memory: boolean;
  readonly inTransaction: boolean;
  prepare(sql: string): CheckedStatement;
  exec(sql: string): unknown;
}

export interface Subject {
  readonly database: CheckedDatabase;
  /** Closes what was opened for the check alone. */
  readonly close: () => void;
}

/** Why there is no connection. */
export interface Unopened {
  readonly reason: string;
  readonly code?: string;
}

/** By its shape: connections of other copies, of other realms and of better-sqlite3 are checked too. */
export function isDatabase(value: unknown): value is CheckedDatabase {
  if (typeof value !== 'object' || value === null) return false;
  const { prepare, exec, open } = value as Partial<CheckedDatabase>;
  return typeof prepare === 'function' && typeof exec === 'function' && typeof open === 'boolean';
}

/**
 * The connection that this thread has open to the file at `path`, else one of its own.
 *
 * @throws {TypeError} if `path` is no usable path or URL.
 */
export function connectionTo(path: string): Subject | Unopened {
  const { path: file, readonly = false, immutable = false } = locateDatabase(path);
  // Also because a second SQLite library in this process must not open the file; see `client/truncate-wal.ts`.
  const registered = registry().connections.get(keyOf(file));
  if (registered?.database.open === true) return { database: registered.database, close: () => {} };
  if (file === MEMORY) {
    throw new TypeError('Expected first argument to be a connection: a database in memory has no other');
  }
  try {
    const options = {
      readonly: readonly || immutable,
      fileMustExist: true,
      timeout: 0,
      [IMMUTABLE]: immutable,
    };
    const database = new DatabaseClass(file, options);
    return { database, close: () => void database.close() };
  } catch (error) {
    return {
      reason: error instanceof Error ? error.message : String(error),
      ...(error instanceof SqliteError && { code: error.code }),
    };
  }
}
