/**
 * The errors that users see.
 *
 * What SQLite answers is a {@link SqliteError}; what is ours and not SQLite's is a
 * {@link FerroliteError}; a programmer's mistake is a `TypeError` or `RangeError` with the text of
 * the contract. The native side never throws for these: it leaves a {@link NativeError}, and the
 * exception is made here, in the realm and with the stack of the call.
 */
import type { NativeError } from '../native/binding.js';

/**
 * A failure that SQLite reports.
 *
 * @see https://sqlite.org/rescode.html
 */
export class SqliteError extends Error {
  /** SQLite's symbolic extended result code, such as `SQLITE_CONSTRAINT_UNIQUE`. */
  declare code: string;

  /**
   * @param message - Made a string of.
   * @param code - The symbolic extended result code.
   * @throws {TypeError} if `code` is not a string.
   */
  constructor(message: string, code: string) {
    if (typeof code !== 'string') throw new TypeError('Expected second argument to be a string');
    // As better-sqlite3 does, which is not String(): an object's valueOf() counts.
    super('' + message);
    Error.captureStackTrace?.(this, new.target);
    Object.defineProperty(this, 'code', {
      value: code,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
}
Object.defineProperty(SqliteError.prototype, 'name', {
  value: 'SqliteError',
  enumerable: false,
  configurable: true,
  writable: true,
});

/** A failure of ferrolite's own making: nothing that SQLite has a code for. */
export class FerroliteError extends Error {
  /** Begins with `FERROLITE_`. */
  readonly code: string;

  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options);
    Error.captureStackTrace?.(this, new.target);
    this.code = code;
  }
}
Object.defineProperty(FerroliteError.prototype, 'name', {
  value: 'FerroliteError',
  enumerable: false,
  configurable: true,
  writable: true,
});

/** The numbers of `Kind` in `src/error.rs`. */
const KIND = {
  sqlite: 1,
  closed: 2,
  busy: 3,
  noStatement: 4,
  severalStatements: 5,
  tooBig: 6,
  noMemory: 7,
  bind: 8,
  badPath: 9,
  thrown: 10,
  sameFile: 11,
} as const;

/** What is thrown for an error of the native side. `null` means that it left none, a defect of ours. */
export function errorFrom(error: NativeError | null): Error {
  switch (error?.kind) {
    case KIND.sqlite:
      return new SqliteError(error.message, error.code);
    case KIND.closed:
      return new TypeError('The database connection is not open');
    case KIND.busy:
      return new TypeError('This statement is busy executing a query');
    case KIND.noStatement:
      return new RangeError('The supplied SQL string contains no statements');
    case KIND.severalStatements:
      return new RangeError('The supplied SQL string contains more than one statement');
    case KIND.tooBig:
      return new RangeError('The bound string, buffer, or bigint is too big');
    case KIND.noMemory:
      return new Error('Out of memory');
    case KIND.bind:
      return new Error('An unexpected error occured while trying to bind parameters');
    case KIND.badPath:
      return new TypeError('Cannot open database because the path contains a null byte');
    case KIND.sameFile:
      return new TypeError('Cannot save backup because the file is the database itself');
    default:
      return new Error(`ferrolite: the addon failed without an error (${String(error?.kind)})`);
  }
}
