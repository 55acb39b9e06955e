/** Databases: one connection each. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { inspect } from 'node:util';
import { checkOptions } from '../options';
import type { DatabaseOptions } from '../options';
import { SqliteError } from '../errors';
import { Connection, OPEN_MODE } from './connection';
import { inspectable } from './inspect';
import { prepareStatement } from './statement';
import type { Statement } from './statement';
import { pragma } from './pragma';
import type { PragmaOptions } from './pragma';
import { transaction } from './transaction';
import type { Transaction } from './transaction';

/** A connection to a database. */
export interface Database {
  /** The path as it was given. */
  readonly name: string;
  /** False from `close()` on. */
  readonly open: boolean;
  /** Whether a transaction is open. */
  readonly inTransaction: boolean;
  /** Whether it was opened for reading only. */
  readonly readonly: boolean;
  /** Whether it is in memory or a temporary file. */
  readonly memory: boolean;
  prepare(sql: string): Statement;
  transaction<F extends (...args: never[]) => unknown>(fn: F): Transaction<F>;
  pragma(source: string, options?: PragmaOptions | null): unknown;
  exec(sql: string): this;
  close(): this;
}

/** `Database`, with or without `new`. */
export interface DatabaseConstructor {
  new (filename?: string, options?: DatabaseOptions): Database;
  (filename?: string, options?: DatabaseOptions): Database;
  prototype: Database;
  SqliteError: typeof SqliteError;
}

/** The property that holds the native side of a database. */
const connectionKey = Symbol('connection');
/** The option by which the client opens a file that nothing changes; see SQLite's `immutable`. */
const immutableKey = Symbol.for('ferrolite.immutable');

interface WithConnection {
  readonly [connectionKey]: Connection;
}

function connectionOf(database: unknown): Connection {
  const connection = (database as Partial<WithConnection> | undefined)?.[connectionKey];
  if (connection === undefined) throw new TypeError('Illegal invocation');
  return connection;
}

function createDatabase(this: unknown, filenameGiven?: unknown, optionsGiven?: unknown): Database | undefined {
  if (new.target === undefined) {
    return new Database(filenameGiven as string, optionsGiven as DatabaseOptions);
  }
  const filename = filenameGiven ?? '';
  const options = optionsGiven ?? {};
  if (typeof filename !== 'string') throw new TypeError('Expected first argument to be a string');
  if (typeof options !== 'object') throw new TypeError('Expected second argument to be an options object');
  const path = filename.trim();
  const anonymous = path === '' || path === ':memory:';
  const checked = checkOptions(options, anonymous);
  if (!anonymous && !path.startsWith('file:') && !existsSync(dirname(path))) {
    throw new TypeError('Cannot open database because the directory does not exist');
  }
  const connection = new Connection(path, openMode(checked, anonymous, options), checked.timeout);
  const accessor = (get: () => unknown) => ({ get, enumerable: true, configurable: false });
  Object.defineProperties(this, {
    name: accessor(() => filename),
    open: accessor(() => connection.isOpen),
    inTransaction: accessor(() => connection.inTransaction),
    readonly: accessor(() => checked.readonly),
    memory: accessor(() => anonymous),
    [connectionKey]: { value: connection, enumerable: false, configurable: false, writable: false },
  });
  connection.closeWith(this as object);
  return undefined;
}

function openMode(
  checked: { readonly readonly: boolean; readonly fileMustExist: boolean },
  anonymous: boolean,
  options: object,
): number {
  if (anonymous) return OPEN_MODE.create;
  if ((options as Record<symbol, unknown>)[immutableKey] === true) return OPEN_MODE.immutable;
  if (checked.readonly) return OPEN_MODE.readonly;
  return checked.fileMustExist ? OPEN_MODE.readwrite : OPEN_MODE.create;
}

/**
 * Opens a database.
 *
 * @param filename - A path, `:memory:`, or `''` for a temporary file.
 * @throws {TypeError} for wrong arguments and where the directory does not exist.
 * @throws {SqliteError} `SQLITE_CANTOPEN` and others of SQLite's codes.
 */
export const Database = createDatabase as unknown as DatabaseConstructor;
Object.defineProperty(Database, 'name', { value: 'Database', configurable: true });

const methods = {
  prepare(this: Database, sql: unknown): Statement {
    const connection = connectionOf(this);
    if (typeof sql !== 'string') throw new TypeError('Expected first argument to be a string');
    connection.requireOpen();
    return prepareStatement(this, connection, sql);
  },

  transaction(this: Database, fn: unknown): unknown {
    return transaction(this, fn);
  },

  pragma(this: Database, source: unknown, options?: unknown): unknown {
    return pragma(this, connectionOf(this), source, options);
  },

  exec(this: Database, sql: unknown): Database {
    const connection = connectionOf(this);
    if (typeof sql !== 'string') throw new TypeError('Expected first argument to be a string');
    connection.requireOpen();
    connection.requireNoIterators();
    connection.execute(sql);
    return this;
  },

  close(this: Database): Database {
    const connection = connectionOf(this);
    if (connection.isOpen) {
      connection.requireNoIterators();
      connection.close();
    }
    return this;
  },

  [inspect.custom](this: Database): object {
    return inspectable(this);
  },
};
Object.assign(Database.prototype, methods);

/** Closes a database although iterators are open on it: the process or thread ends. */
export function forceClose(database: Database): void {
  connectionOf(database).close();
}
