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
export const KIND = {
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
  noColumns: 12,
  tooFewValues: 13,
  tooManyValues: 14,
  missingValue: 15,
  noNamedValues: 16,
  unbindable: 17,
  notPlain: 18,
  poolClosed: 19,
  cancelled: 20,
  tooManyRows: 21,
  tooManyBytes: 22,
  laneEnded: 23,
  holdTimeout: 24,
  transactionStatement: 25,
  transactionLeftOpen: 26,
  noThread: 27,
  noWal: 28,
  unknownPragma: 29,
  defect: 30,
  twoObjects: 31,
  fileReplaced: 32,
  notPure: 33,
  functionExists: 34,
  notWal: 40,
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
      return (
        (error && poolError(error)) ??
        new Error(`ferrolite: the addon failed without an error (${String(error?.kind)})`)
      );
  }
}

/** What the calls of pools are rejected with, besides the above. */
function poolError(error: NativeError): Error | undefined {
  const { kind, message } = error;
  switch (kind) {
    case KIND.noColumns:
      return new TypeError('This statement does not return data. Use run() instead');
    case KIND.tooFewValues:
      return new RangeError('Too few parameter values were provided');
    case KIND.tooManyValues:
      return new RangeError('Too many parameter values were provided');
    case KIND.missingValue:
      return new RangeError(`Missing named parameter "${message}"`);
    case KIND.noNamedValues:
      return new TypeError('Missing named parameters');
    case KIND.unbindable:
      return new TypeError('SQLite3 can only bind numbers, strings, bigints, buffers, and null');
    case KIND.notPlain:
      return new TypeError('Named parameters can only be passed within plain objects');
    case KIND.twoObjects:
      return new TypeError('You cannot specify named parameters in two different objects');
    case KIND.notPure:
      return new TypeError(
        'Expected one expression of its parameters alone: without tables, and without what the connection did before',
      );
    case KIND.functionExists:
      return new TypeError(`There is a function ${message}() already`);
    case KIND.transactionStatement:
      return new TypeError('The transactions of a pool are made with transaction() or batch(), not with SQL');
    case KIND.transactionLeftOpen:
      return new TypeError('The script has left a transaction open, which was rolled back');
    case KIND.unknownPragma:
      return new TypeError(`SQLite has no pragma "${message}"`);
    case KIND.poolClosed:
      return new FerroliteError('The pool is closed', 'FERROLITE_POOL_CLOSED');
    case KIND.cancelled:
      return new FerroliteError('The call was cancelled', 'FERROLITE_CANCELLED');
    case KIND.tooManyRows:
      return new FerroliteError('The result has more rows than "maxRows" allows', 'FERROLITE_TOO_MANY_ROWS');
    case KIND.tooManyBytes:
      return new FerroliteError(
        'The result has more bytes than "maxBytes" allows',
        'FERROLITE_TOO_MANY_BYTES',
      );
    case KIND.laneEnded:
      return transactionEnded(error);
    case KIND.holdTimeout:
      return new FerroliteError('The transaction was held for too long', 'FERROLITE_HOLD_TIMEOUT');
    case KIND.noThread:
      return new FerroliteError(`The system gives the pool no thread: ${message}`, 'FERROLITE_NO_THREAD');
    case KIND.fileReplaced:
      return new FerroliteError(
        'The file was deleted or replaced beneath the pool, and what is written to it is lost: ' +
          'close the pool and open another one',
        'FERROLITE_FILE_REPLACED',
      );
    case KIND.noWal:
      return noWal(message);
    case KIND.defect:
      return new Error('ferrolite: a defect in the addon was caught; please report it');
    default:
      return undefined;
  }
}

/** SQLite has ended the transaction if it has a code for that. */
function transactionEnded({ message, code, errcode }: NativeError): FerroliteError {
  if (errcode === 0) return new FerroliteError('This transaction has ended', 'FERROLITE_TRANSACTION_ENDED');
  return new FerroliteError(
    `SQLite has rolled the transaction back: ${message}`,
    'FERROLITE_TRANSACTION_ENDED',
    {
      cause: new SqliteError(message, code),
    },
  );
}

/** The error for a file that cannot have a write-ahead log. @param mode - The journal mode in force. */
export function noWal(mode: string): FerroliteError {
  return new FerroliteError(
    `SQLite keeps the journal mode "${mode}" because the file cannot have a write-ahead log, as on a ` +
      'file system without shared memory: move it to a local disk, or choose a mode with the "pragmas" option',
    'FERROLITE_NO_WAL',
  );
}
