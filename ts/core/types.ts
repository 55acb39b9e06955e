/** The public types of the driver. Their names and type parameters are those of @types/better-sqlite3. */
import type { SqliteError } from '../errors';
import type { DatabaseOptions } from '../options';

/** What `run()` answers. */
export interface RunResult {
  /** Rows that the statement itself inserted, updated or deleted. */
  changes: number;
  /** The connection's last inserted rowid; a bigint if the statement has safe integers. */
  lastInsertRowid: number | bigint;
}

/** A column of a result; null where it comes from an expression. */
export interface ColumnDefinition {
  /** The name in the result. */
  name: string;
  /** The column that it comes from. */
  column: string | null;
  /** The table that it comes from. */
  table: string | null;
  /** The schema that the table is in. */
  database: string | null;
  /** The declared type. */
  type: string | null;
}

/** How a pragma's answer is wanted. */
export interface PragmaOptions {
  /** Only the first column of the first row. Default `false`. */
  simple?: boolean | undefined;
}

/**
 * A compiled statement; made by {@link Database.prepare}.
 *
 * Every execution takes the parameters' values: positional ones as arguments or in arrays, named
 * ones in one plain object, keys without prefix. Numbers become REAL, bigints INTEGER, strings
 * TEXT, typed arrays BLOB, null and undefined NULL.
 *
 * Executions throw: {@link SqliteError} for what SQLite answers; `TypeError` for a closed
 * connection, a busy statement, or a value that cannot be bound; `RangeError` for too few or too
 * many values.
 */
export interface Statement<BindParameters extends unknown[] = unknown[], Result = unknown> {
  /** Whether it returns data: it has at least one column. */
  readonly reader: boolean;
  /** Whether it writes nothing to the database. See https://sqlite.org/c3ref/stmt_readonly.html. */
  readonly readonly: boolean;
  /** The SQL text. */
  readonly source: string;
  /** The object on which `prepare()` was called. */
  readonly database: Database;
  /** Whether an iterator of this statement is open. */
  readonly busy: boolean;
  /** Runs the statement: to its end, or to its first row if it returns data. */
  run(...params: BindParameters): RunResult;
  /** The first row, or undefined. */
  get(...params: BindParameters): Result | undefined;
  /** All rows. */
  all(...params: BindParameters): Result[];
  /**
   * The rows one by one. Parameters are bound at once; the statement runs on `next()`. Until the
   * iteration ends the connection refuses `run()`, `exec()`, `pragma()` and `close()`.
   */
  iterate(...params: BindParameters): IterableIterator<Result>;
  /** Binds parameters for good, once; afterwards executions take none. */
  bind(...params: BindParameters): this;
  /** Rows as their first column alone. `pluck(false)` goes back to objects. */
  pluck(toggle?: boolean): this;
  /** Rows as arrays. `raw(false)` goes back to objects. */
  raw(toggle?: boolean): this;
  /** Integers as bigints, exact to 64 bits. Default: numbers, rounded beyond 2^53. */
  safeIntegers(toggle?: boolean): this;
  /** Name and origin of each column. */
  columns(): ColumnDefinition[];
}

/** Any function; its type parameter of {@link Transaction}. */
export type VariableArgFunction = (...params: any[]) => unknown;

/** A function that runs `F` inside a transaction, or a savepoint where one is open. */
export interface Transaction<F extends VariableArgFunction = VariableArgFunction> {
  /** With `BEGIN`. */
  (...params: Parameters<F>): ReturnType<F>;
  /** With `BEGIN`. */
  default(...params: Parameters<F>): ReturnType<F>;
  /** With `BEGIN DEFERRED`. */
  deferred(...params: Parameters<F>): ReturnType<F>;
  /** With `BEGIN IMMEDIATE`. */
  immediate(...params: Parameters<F>): ReturnType<F>;
  /** With `BEGIN EXCLUSIVE`. */
  exclusive(...params: Parameters<F>): ReturnType<F>;
  readonly database: Database;
}

/** One connection to a database. It belongs to the thread that opened it. */
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
  /**
   * Compiles one statement.
   *
   * @throws {RangeError} if `sql` holds no statement, or more than one.
   * @throws {SqliteError} if it does not compile.
   */
  prepare<BindParameters extends unknown[] | object = unknown[], Result = unknown>(
    sql: string,
  ): BindParameters extends unknown[]
    ? Statement<BindParameters, Result>
    : Statement<[BindParameters], Result>;
  /**
   * Wraps `fn` into a transaction: committed when it returns, rolled back when it throws.
   *
   * @throws {TypeError} from the returned function if `fn` returns a promise.
   */
  transaction<F extends VariableArgFunction>(fn: F): Transaction<F>;
  /** Runs `PRAGMA source`; answers its rows, or with `simple` the first column of the first. */
  pragma(source: string, options?: PragmaOptions | null): unknown;
  /** Runs every statement of `sql`, discarding rows. Stops at the first that fails; the others stay. */
  exec(sql: string): this;
  /** Closes the connection; an open transaction is rolled back. Closing again does nothing. */
  close(): this;
}

/** `Database`, with or without `new`. */
export interface DatabaseConstructor {
  /**
   * Opens a database.
   *
   * @param filename - A path, `:memory:`, or `''` (the default) for a temporary file.
   * @throws {TypeError} for wrong arguments, and where the directory does not exist.
   * @throws {SqliteError} `SQLITE_CANTOPEN` and others of SQLite's codes.
   */
  new (filename?: string, options?: DatabaseOptions): Database;
  /** The same as with `new`. */
  (filename?: string, options?: DatabaseOptions): Database;
  prototype: Database;
  SqliteError: typeof SqliteError;
}
