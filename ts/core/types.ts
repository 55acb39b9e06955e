/** The public types of the driver: what has methods. Their names and type parameters are those of @types/better-sqlite3. */
import type { Database as Names } from './names';

export type RunResult = Names.RunResult;
export type ColumnDefinition = Names.ColumnDefinition;
export type PragmaOptions = Names.PragmaOptions;

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
 *
 * The properties are constant. They are not declared so, because code that stands in for a statement assigns them.
 */
export interface Statement<BindParameters extends unknown[] = unknown[], Result = unknown> {
  /** Whether it returns data: it has at least one column. */
  reader: boolean;
  /** Whether it writes nothing to the database. See https://sqlite.org/c3ref/stmt_readonly.html. */
  readonly: boolean;
  /** The SQL text. */
  source: string;
  /** The object on which `prepare()` was called. */
  database: Database;
  /** Whether an iterator of this statement is open. */
  busy: boolean;
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
  /** Rows as one object per table, `{ table: { column: value } }`; expressions are under `$`. */
  expand(toggle?: boolean): this;
  /** Rows as arrays. `raw(false)` goes back to objects. */
  raw(toggle?: boolean): this;
  /** Integers as bigints, exact to 64 bits. Default: numbers, rounded beyond 2^53. */
  safeIntegers(toggle?: boolean): this;
  /** Name and origin of each column. */
  columns(): ColumnDefinition[];
  /** The SQL text; with the values in place after {@link bind}, strings and blobs cut after 32 bytes. */
  toString(): string;
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
  /** The object on which `transaction()` was called. */
  database: Database;
}

/** The type of what an array holds, and any other type as it is. */
type ElementOf<T> = T extends (infer E)[] ? E : T;

/**
 * One connection to a database. It belongs to the thread that opened it.
 *
 * The properties are constant, see {@link Statement}.
 */
export interface Database {
  /** The path as it was given. */
  name: string;
  /** False from `close()` on. */
  open: boolean;
  /** Whether a transaction is open. */
  inTransaction: boolean;
  /** Whether it was opened for reading only. */
  readonly: boolean;
  /** Whether it is in memory or a temporary file. */
  memory: boolean;
  /**
   * Compiles one statement.
   *
   * @throws {RangeError} if `sql` holds no statement, or more than one.
   * @throws {SqliteError} if it does not compile.
   */
  prepare<BindParameters extends unknown[] | {} = unknown[], Result = unknown>(
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
  /**
   * How SQLite executes `sql`: the rows of `EXPLAIN sql`, or with `QUERY PLAN` before the statement the plan alone.
   * Parameters need no values.
   *
   * @see https://sqlite.org/lang_explain.html
   */
  explain(sql: string): Record<string, unknown>[];
  /**
   * Copies the database into the file `destination`, 100 pages per turn of the event loop; meanwhile it can be used.
   * What this connection writes becomes part of the copy; another one's write makes it begin again.
   *
   * A lock in the way is waited for, without keeping the event loop, as long as a statement would wait: the `timeout`
   * option or `PRAGMA busy_timeout`. A transaction of this connection that has written is such a lock.
   *
   * A backup that fails, that `close()` stops or that its process does not finish leaves an existing file as it was,
   * and only where the process was killed an empty one that was not there before.
   *
   * @returns a promise, also for wrong arguments. It fulfils once the copy is whole and on disk.
   * @throws {SqliteError} `SQLITE_BUSY` after that time; `SQLITE_ERROR` for an unknown schema;
   *   `SQLITE_READONLY_DBMOVED` if the file was moved or deleted meanwhile; SQLite's codes for what the files meet.
   * @throws {TypeError} for wrong arguments, the database's own file, a closed connection, and once it is closed.
   * @see https://sqlite.org/backup.html
   */
  backup(destination: string, options?: Names.BackupOptions): Promise<Names.BackupMetadata>;
  /**
   * The database as the bytes of its file, which `new Database()` takes again.
   *
   * An empty database that may not be written has none. Those of a database in WAL mode are fit for a
   * file only: in memory they answer every query with `SQLITE_CANTOPEN`.
   *
   * @throws {SqliteError} `SQLITE_ERROR` if there is no such schema; what reading the database meets.
   * @throws {TypeError} while an iterator is open.
   * @see https://sqlite.org/c3ref/serialize.html
   */
  serialize(options?: Names.SerializeOptions): Buffer;
  /**
   * Makes `fn` callable from SQL as `name`, with as many arguments as it declares.
   *
   * @see https://sqlite.org/appfunc.html
   */
  function(name: string, fn: (...values: any[]) => any): this;
  function(name: string, options: Names.RegistrationOptions, fn: (...values: any[]) => any): this;
  /**
   * Makes an aggregate callable from SQL as `name`; with `inverse` a window function too.
   *
   * @see https://sqlite.org/windowfunctions.html#user_defined_aggregate_window_functions
   */
  // The first form infers the type of a value from `start`, the second takes any number of values of any type.
  aggregate<T>(
    name: string,
    options: Names.RegistrationOptions & {
      start?: T | (() => T);
      step: (total: T, value: ElementOf<T>, ...values: any[]) => T | void;
      inverse?: ((total: T, value: T) => T) | undefined;
      result?: ((total: T) => unknown) | undefined;
    },
  ): this;
  aggregate<T>(name: string, options: Names.AggregateOptions<T>): this;
  /**
   * Makes a virtual table: with a definition the table `name`, with a factory a module for
   * `CREATE VIRTUAL TABLE ... USING name(...)`.
   *
   * @see https://sqlite.org/vtab.html
   */
  table(name: string, factory: Names.TableFactory): this;
  table(name: string, definition: Names.TableDefinition): this;
  /**
   * Loads an extension from a shared library.
   *
   * @param entryPoint - Its function that SQLite calls. Default: SQLite derives the name from the file's.
   * @throws {SqliteError} with the text of the system's loader.
   * @see https://sqlite.org/loadext.html
   */
  loadExtension(path: string, entryPoint?: string): this;
  /** Runs every statement of `sql`, discarding rows. Stops at the first that fails; the others stay. */
  exec(sql: string): this;
  /** Closes the connection; an open transaction is rolled back. Closing again does nothing. */
  close(): this;
  /** Whether statements, functions and tables made from then on give integers as bigints. Without an argument: yes. */
  defaultSafeIntegers(toggle?: boolean): this;
  /**
   * Whether writes are allowed while iterating, and what SQLite's defensive mode refuses. Without an argument: yes.
   *
   * @see https://sqlite.org/c3ref/c_dbconfig_defensive.html#sqlitedbconfigdefensive
   */
  unsafeMode(toggle?: boolean): this;
}

/** `Database`, with or without `new`. */
export interface DatabaseConstructor {
  /**
   * Opens the database of an open file descriptor. Not on Windows.
   *
   * Both descriptors stay the caller's; the database works on copies. Close yours when no transaction is open: POSIX
   * drops the locks of a process with any descriptor of the file.
   *
   * The journal must be the same file for everybody who opens the database. For those who open it by path that is the
   * one with `-journal` behind the name, and they need `PRAGMA journal_mode = truncate` or `persist` when they write:
   * here the journal is emptied, never unlinked. There is no WAL mode, no transaction that writes to attached files as
   * well, and no new transaction once one of the two files has lost its last name.
   *
   * @param fd - A regular file, open for reading and writing (with `readonly` for reading), without append mode. An
   *   empty one is a new database.
   * @param options - `journalFd` is the journal, under the same rules.
   * @throws {TypeError} for wrong arguments and for descriptors that cannot serve, saying why.
   * @throws {SqliteError} `SQLITE_CANTOPEN` if one of the files is open here with another one.
   */
  new (fd: number, options: Names.FileDescriptorOptions): Database;
  /**
   * Opens a database.
   *
   * @param filename - A path, `:memory:`, `''` (the default) for a temporary file, or the bytes of a database, which
   *   are copied into memory.
   * @throws {TypeError} for wrong arguments, and where the directory does not exist.
   * @throws {SqliteError} `SQLITE_CANTOPEN` and others of SQLite's codes.
   */
  new (filename?: string | Buffer, options?: Names.Options): Database;
  /** The same as with `new`. */
  (fd: number, options: Names.FileDescriptorOptions): Database;
  (filename?: string | Buffer, options?: Names.Options): Database;
  prototype: Database;
  SqliteError: Names.SqliteError;
}
