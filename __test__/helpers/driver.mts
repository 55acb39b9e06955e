/**
 * What a test sees of a driver, whichever it is. Free of the test runner: scripts and other runtimes use it too.
 *
 * The types are loose on purpose: tests pass wrong arguments.
 */

export interface RunResult {
  changes: number;
  lastInsertRowid: number | bigint;
}

export interface RowIterator extends Iterator<unknown>, Iterable<unknown> {
  next(): IteratorResult<unknown>;
  return(value?: unknown): IteratorResult<unknown>;
  readonly statement: Statement;
}

export interface Statement {
  readonly database: Database;
  readonly source: string;
  readonly reader: boolean;
  readonly readonly: boolean;
  readonly busy: boolean;
  run(...params: unknown[]): RunResult;
  get(...params: unknown[]): unknown;
  all(...params: unknown[]): unknown[];
  iterate(...params: unknown[]): RowIterator;
  bind(...params: unknown[]): this;
  pluck(...toggle: unknown[]): this;
  expand(...toggle: unknown[]): this;
  raw(...toggle: unknown[]): this;
  safeIntegers(...toggle: unknown[]): this;
  columns(): Record<string, string | null>[];
}

export interface Transaction {
  (...args: unknown[]): unknown;
  readonly default: Transaction;
  readonly deferred: Transaction;
  readonly immediate: Transaction;
  readonly exclusive: Transaction;
  readonly database: Database;
}

export interface Database {
  readonly name: string;
  readonly open: boolean;
  readonly inTransaction: boolean;
  readonly readonly: boolean;
  readonly memory: boolean;
  prepare(...args: unknown[]): Statement;
  exec(...args: unknown[]): this;
  pragma(...args: unknown[]): unknown;
  explain(...args: unknown[]): unknown[];
  transaction(...args: unknown[]): Transaction;
  function(...args: unknown[]): this;
  aggregate(...args: unknown[]): this;
  table(...args: unknown[]): this;
  loadExtension(...args: unknown[]): this;
  serialize(...args: unknown[]): Buffer;
  backup(...args: unknown[]): Promise<{ totalPages: number; remainingPages: number }>;
  defaultSafeIntegers(...toggle: unknown[]): this;
  unsafeMode(...toggle: unknown[]): this;
  close(...args: unknown[]): this;
}

export interface DatabaseConstructor {
  new (...args: unknown[]): Database;
  (...args: unknown[]): Database;
  readonly prototype: object;
  readonly SqliteError: new (...args: unknown[]) => Error & { code: string };
}

export interface Driver {
  /** The package that another process or thread requires to get this driver. */
  readonly name: 'ferrolite' | 'better-sqlite3';
  readonly Database: DatabaseConstructor;
  readonly SqliteError: DatabaseConstructor['SqliteError'];
  /** A new in-memory database, with `sql` executed on it. */
  memory(sql?: string): Database;
  /** A new database in a file of its own, with `sql` executed on it. */
  onDisk(sql?: string): Database;
  /** The path of a file that does not exist, for this driver alone. */
  path(): string;
  /** An empty folder, for this driver alone. */
  folder(): string;
}

/** A driver whose files lie in what `folder` gives: a new empty folder on every call. */
export function driverOf(name: Driver['name'], constructor: unknown, folder: () => string): Driver {
  const Database = constructor as DatabaseConstructor;
  const path = (): string => `${folder()}/test.db`;
  return {
    name,
    Database,
    SqliteError: Database.SqliteError,
    memory: (sql = '') => new Database(':memory:').exec(sql),
    onDisk: (sql = '') => new Database(path()).exec(sql),
    path,
    folder,
  };
}
