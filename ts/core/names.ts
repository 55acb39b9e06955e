/**
 * The options and answers of the driver, as users name them: `Database.Options`, `Database.RunResult`.
 *
 * A namespace of interfaces, because users may extend these by declaration merging
 * (`declare module 'ferrolite' { interface Options { ... } }`) as they can with @types/better-sqlite3: the compiler
 * merges into the namespace that the package exports, and what `types.ts` refers to must be that very one. So
 * `index.d.ts` exports this namespace, having added the constructor and the names of what is not merged.
 *
 * What must stay true: types only; no interface or class called `Database` beside the namespace, or code that
 * declares a type of that name next to `import Database` no longer compiles; every name and type here accepts
 * what @types/better-sqlite3 accepts, which `__test__/types` checks with several compilers.
 */
import type { SqliteError as ErrorOfSqlite } from '../errors';

export namespace Database {
  /** How a database is opened. An option that is present must have a value: `undefined` is refused, except as noted. */
  export interface Options {
    /** Opens the file for reading only; it must exist. Default `false`. */
    readonly?: boolean | undefined;
    /** Fails where the file does not exist, instead of creating it. Default `false`. */
    fileMustExist?: boolean | undefined;
    /** Milliseconds to wait for another connection's lock before `SQLITE_BUSY`: 0 to 2147483647. Default 5000. */
    timeout?: number | undefined;
    /**
     * Called with the text of each statement before it runs, bound values in place; strings and blobs are cut after
     * 32 bytes. What it throws stops the statement. `undefined` is allowed. Default: no calls.
     */
    verbose?: ((sql?: any, ...additionalArgs: any[]) => void) | undefined;
    /**
     * Makes strings that keep nothing else alive. Otherwise a row that is kept can keep the text of its neighbours, at
     * most 16 KiB; see `docs/row-batch.md`. For programs that keep few rows out of many; rows with long strings are
     * read up to a third slower. Only ferrolite has it. Default `false`.
     */
    detachStrings?: boolean | undefined;
    /** The addon to use: the path of its file, or its exports. `undefined` is allowed. Default: the installed one. */
    nativeBinding?: string | object | undefined;
  }

  /** How a database is opened from a file descriptor. */
  export interface FileDescriptorOptions extends Options {
    /** The file descriptor of the rollback journal. */
    journalFd: number;
  }

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

  /** What is serialized. */
  export interface SerializeOptions {
    /** The schema: `main`, `temp`, or the name of an attached database. Default `main`. */
    attached?: string;
  }

  /** How far a backup is, in pages. */
  export interface BackupMetadata {
    /** The pages of the source. */
    totalPages: number;
    /** How many of them are not copied yet. */
    remainingPages: number;
  }

  /** What is backed up, and how fast. */
  export interface BackupOptions {
    /** The schema: `main`, `temp`, or the name of an attached database. Default `main`. */
    attached?: string;
    /**
     * Called after each step that left pages to copy. Answers how many pages the next step copies: 0 pauses,
     * `undefined` keeps the number. Default: 100 pages a step.
     */
    // void, not undefined: a function that only reports returns nothing.
    progress?: ((info: BackupMetadata) => number | void) | undefined;
  }

  /** What SQLite may assume of a function or an aggregate, and how integers reach it. */
  export interface RegistrationOptions {
    /** Takes any number of arguments, instead of as many as the function declares. Default `false`. */
    varargs?: boolean | undefined;
    /** The same arguments always give the same result, so that indexes may use it. Default `false`. */
    deterministic?: boolean | undefined;
    /** Integers arrive as bigints. Default: that of the connection at the time of registration. */
    safeIntegers?: boolean | undefined;
    /** Refused inside of views, triggers, indexes and other parts of the schema. Default `false`. */
    directOnly?: boolean | undefined;
  }

  /** An aggregate: how values of a group become one. With `inverse` it is a window function too. */
  // any: the accumulator's type is named by whoever writes the functions.
  export interface AggregateOptions<T = any> extends RegistrationOptions {
    /** The accumulator before the first row, or a function that makes one per group. Default `null`. */
    start?: T | (() => T);
    /** Takes a row's values in; answers the new accumulator, or nothing where it changed the old one. */
    step: (total: T, ...values: any[]) => T | void;
    /** Takes the values of a row out again that has left the window. */
    inverse?: ((total: T, ...values: any[]) => T | void) | undefined;
    /** Makes the value for SQL from the accumulator. Default: the accumulator itself. */
    result?: ((total: T) => unknown) | undefined;
  }

  /** The class `SqliteError`. */
  export interface SqliteErrorConstructor extends Pick<typeof ErrorOfSqlite, keyof typeof ErrorOfSqlite> {
    new (message: string, code: string): SqliteError;
    prototype: SqliteError;
  }

  /**
   * An error, and the class: as a type the name stands for both. @types/better-sqlite3 means the class by it, so that
   * code says `InstanceType<SqliteError>`; `error as SqliteError` means the error. Both compile.
   */
  export interface SqliteError extends ErrorOfSqlite, SqliteErrorConstructor {}

  /** A virtual table: a generator of rows that SQL can select from. Read-only. */
  export interface TableDefinition {
    /** Yields rows, as arrays or objects. Called with the parameters' values; `undefined` for one without a value. */
    rows: (...parameters: any[]) => Generator;
    /** The names of the columns. */
    columns: string[];
    /** The names of the parameters. Default: `$1`, `$2` and so on, as many as `rows` declares. */
    parameters?: string[] | undefined;
    /** Integers arrive as bigints. Default: that of the connection at the time of registration. */
    safeIntegers?: boolean | undefined;
    /** Refused inside of views, triggers and other parts of the schema. Default `false`. */
    directOnly?: boolean | undefined;
  }

  /** For which `CREATE VIRTUAL TABLE` a {@link TableFactory} is called; its `this`. */
  export interface TableFactoryContext {
    /** The name under which the factory was registered. */
    module: string;
    /** The schema that the virtual table is in. */
    database: string;
    /** The name of the virtual table. */
    table: string;
  }

  /** Makes the definition of a virtual table from the arguments in `CREATE VIRTUAL TABLE t USING m(arguments)`. */
  export type TableFactory = (this: TableFactoryContext, ...moduleArguments: string[]) => TableDefinition;
}
