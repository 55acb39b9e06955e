/** The options of `insertMany()`, and how much of the work has been done. */
import { checkSignal, integerOption, known } from '../../options';

/** What is done with a row that violates a unique constraint. */
export type OnConflict =
  /** The row that is there stays: `ON CONFLICT DO NOTHING`. */
  | 'ignore'
  /** The row that is there is deleted: `INSERT OR REPLACE`. */
  | 'replace'
  /** The row that is there is changed: `ON CONFLICT (target) DO UPDATE`. */
  | {
      /** The columns of the constraint. */
      readonly target: readonly string[];
      /** The columns that get the new values. Default: all that are given, except the target. */
      readonly update?: readonly string[] | undefined;
    };

/** How far the work is. */
export interface BulkProgress {
  /** Rows that were inserted, or passed over because of a conflict. */
  readonly rows: number;
  /** Rows that were changed by it. */
  readonly changes: number;
  /** Milliseconds since the beginning. */
  readonly elapsedMs: number;
}

/** How {@link insertMany} inserts. */
export interface InsertOptions {
  /** The schema of the table. Default `'main'`. */
  readonly schema?: string | undefined;
  /**
   * The columns, in the order of the values of rows that are arrays. Rows that are objects may then have other
   * properties as well. Default: the properties of the first row, or all columns of the table.
   */
  readonly columns?: readonly string[] | undefined;
  /** What is done with a row that violates a unique constraint. Default: it is an error. */
  readonly onConflict?: OnConflict | undefined;
  /** The columns that are wanted of each row that was inserted or changed; `'*'` for all. */
  readonly returning?: '*' | readonly string[] | undefined;
  /**
   * Commits after so many rows. What was committed stays when a later row fails. Default: all rows are one
   * transaction.
   */
  readonly transactionRows?: number | undefined;
  /** The most rows of one statement. Default 1000; always fewer where rows have more than four columns. */
  readonly batchRows?: number | undefined;
  /** Of a pool: for how many milliseconds the writer may be held by one transaction. Default 600000, ten minutes. */
  readonly maxHoldMs?: number | undefined;
  /** Gives up between two statements: what is not committed is rolled back. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of each statement. What it throws ends the work like an error of a row. */
  readonly onProgress?: ((progress: BulkProgress) => void) | undefined;
}

/** What was inserted. */
export interface InsertResult {
  /** Rows that were given. */
  readonly rows: number;
  /** Rows that were inserted or changed: fewer where conflicts are ignored. */
  readonly changes: number;
  /** The rowid of the last row that was inserted. */
  readonly lastInsertRowid: number | bigint;
  /** How many transactions were committed. */
  readonly transactions: number;
  /** What `returning` has asked for. */
  readonly returned: unknown[];
}

export interface CheckedInsertOptions extends InsertOptions {
  readonly schema: string;
  readonly batchRows: number;
  readonly maxHoldMs: number;
  /** Whose mistake a wrong column is. Default: that of the option. */
  readonly columnsFrom?: string;
}

const DEFAULT_BATCH_ROWS = 1000;
/** A source that stalls must not hold the writer for ever. */
const DEFAULT_HOLD_MS = 600_000;

export const INSERT_NAMES = [
  'schema',
  'columns',
  'onConflict',
  'returning',
  'transactionRows',
  'batchRows',
  'maxHoldMs',
  'signal',
  'onProgress',
] as const;

/** @throws {TypeError | RangeError} for a wrong option, or a name that is none. */
export function checkInsertOptions(options: unknown, names: readonly string[]): CheckedInsertOptions {
  const { schema, columns, onConflict, returning, signal, onProgress, ...numbers } = known(
    options,
    names,
  ) as InsertOptions;
  if (schema !== undefined && typeof schema !== 'string') {
    throw new TypeError('Expected the "schema" option to be a string');
  }
  if (columns !== undefined && !isNames(columns)) {
    throw new TypeError('Expected the "columns" option to be an array of at least one name');
  }
  if (returning !== undefined && returning !== '*' && !isNames(returning)) {
    throw new TypeError('Expected the "returning" option to be "*" or an array of at least one name');
  }
  if (!isOnConflict(onConflict)) {
    throw new TypeError(
      'Expected the "onConflict" option to be "ignore", "replace" or an object with a "target"',
    );
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new TypeError('Expected the "onProgress" option to be a function');
  }
  checkSignal(signal);
  const most = Number.MAX_SAFE_INTEGER;
  const { transactionRows, batchRows, maxHoldMs } = numbers;
  return {
    ...(options as InsertOptions),
    schema: schema ?? 'main',
    transactionRows: integerOption(transactionRows, 'transactionRows', 1, most),
    batchRows: integerOption(batchRows, 'batchRows', 1, most) ?? DEFAULT_BATCH_ROWS,
    maxHoldMs: integerOption(maxHoldMs, 'maxHoldMs', 1, most) ?? DEFAULT_HOLD_MS,
  };
}

const isNames = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string');

function isOnConflict(value: unknown): boolean {
  if (value === undefined || value === 'ignore' || value === 'replace') return true;
  const { target, update } = Object(value) as { target?: unknown; update?: unknown };
  return isNames(target) && (update === undefined || isNames(update));
}
