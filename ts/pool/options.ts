/** The options of pools and of their calls: checked and completed. */
import { availableParallelism } from 'node:os';
import {
  readOptions,
  completeSettings,
  type ConnectionSettings,
  type GetDbOptions,
  type RequestedSettings,
} from '../client/connection-options';
import { locateDatabase, MEMORY, type DatabaseLocation } from '../client/database-url';
import { EXPAND, FLAT, PLUCK, RAW, type Mode } from '../batch/decode';
import { readMigrationsOption, type MigrationSettings, type PoolMigrations } from './migrations';
import { checkSignal, integerOption, known, MAX_TIMER_MS, refuseUnknown } from '../options';

/** How rows are wanted, and how many at most. */
export interface RowOptions {
  /** Rows as arrays. */
  readonly raw?: boolean | undefined;
  /** Rows as their first column alone. */
  readonly pluck?: boolean | undefined;
  /** Rows as objects with an object per table; what comes from no table is in `$`. */
  readonly expand?: boolean | undefined;
  /** Integers as bigints. */
  readonly safeIntegers?: boolean | undefined;
  /** Reject instead of giving more rows than this. Default: no limit. */
  readonly maxRows?: number | undefined;
  /** Reject instead of giving more than this, counted about as the values take memory. Default: no limit. */
  readonly maxBytes?: number | undefined;
}

/** When a call is given up. */
export interface CallOptions {
  /** Gives the call up, waiting or running, when it is aborted: the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Gives the call up after so many milliseconds of waiting and running. Default: never. */
  readonly timeoutMs?: number | undefined;
  /** `'background'` lets all calls go first that are not. Default `'foreground'`. */
  readonly priority?: 'foreground' | 'background' | undefined;
}

/** Options of a call that gives rows. */
export interface QueryOptions extends RowOptions, CallOptions {}

/** Options of a transaction. */
export interface TransactionOptions {
  /** Gives up when the writer was not to be had for so many milliseconds. Default 10000. */
  readonly acquireTimeoutMs?: number | undefined;
  /** Rolls the transaction back when it has lasted for so many milliseconds. Default 10000. */
  readonly maxHoldMs?: number | undefined;
  /** Gives the transaction up when it is aborted: it is rolled back, the promise rejects with the reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a snapshot. */
export interface ReadOptions {
  /** Ends the snapshot when it is so many milliseconds old. Default 10000. */
  readonly maxAgeMs?: number | undefined;
  /** Gives the snapshot up when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** How a pool works. */
export interface PoolOptions extends GetDbOptions, RowOptions, Omit<TransactionOptions, 'signal'> {
  /** A path, or a `file:` or `sqlite:` URL. */
  readonly path?: string | undefined;
  /**
   * Apply the migrations of this folder when the pool is opened. All calls wait for it; when it fails, they are rejected with its
   * error, and the pool is closed.
   */
  readonly migrations?: string | URL | PoolMigrations | undefined;
  /** Readers, besides those that streams and snapshots hold: 1 to 64. Default: 2 to 4, by cores. */
  readonly readers?: number | undefined;
  /** Ends a reader's thread that nobody has needed for so many milliseconds. Default 30000; Infinity: never. */
  readonly readerIdleMs?: number | undefined;
  /** Calls that may wait and run; more are rejected. Default 100000. */
  readonly maxQueue?: number | undefined;
  /** Wait for the disk at every commit: the profile `'durable'`. Default false. */
  readonly durable?: boolean | undefined;
  /** As for {@link ReadOptions}. */
  readonly maxAgeMs?: number | undefined;
  /** As for {@link CallOptions}. */
  readonly timeoutMs?: number | undefined;
}

const CLIENT_NAMES = [
  'profile',
  'busyTimeoutMs',
  'readonly',
  'fileMustExist',
  'immutable',
  'pragmas',
] as const;
const ROW_NAMES = ['raw', 'pluck', 'expand', 'safeIntegers', 'maxRows', 'maxBytes'] as const;
const CALL_NAMES = ['signal', 'timeoutMs', 'priority'] as const;
const TRANSACTION_NAMES = ['acquireTimeoutMs', 'maxHoldMs', 'signal'] as const;
const READ_NAMES = ['maxAgeMs', 'signal'] as const;
/** The options of a pool. */
export const POOL_NAMES = [
  'path',
  ...CLIENT_NAMES,
  'durable',
  'migrations',
  'readers',
  'readerIdleMs',
  'maxQueue',
  'acquireTimeoutMs',
  'maxHoldMs',
  'maxAgeMs',
  'timeoutMs',
  ...ROW_NAMES,
] as const;

const DEFAULT_MAX_QUEUE = 100_000;
const MOST_IN_QUEUE = 2 ** 31 - 1;
const DEFAULT_WAIT_MS = 10_000;
const MOST_READERS = 64;
/** Long enough for a busy application, short enough for one that had a single burst. */
const DEFAULT_READER_IDLE_MS = 30_000;

/**
 * The name of an option of the package's own: a function that is given the names of the columns with each batch of
 * rows, also with an empty one. Objects have one of several columns of one name, arrays have no names.
 */
export const COLUMNS: unique symbol = Symbol.for('ferrolite.columns');

/** How rows of one call are wanted. */
export interface Rows {
  readonly mode: Mode;
  readonly safeIntegers: boolean;
  /** Infinity without a limit. */
  readonly maxRows: number;
  readonly maxBytes: number;
  /** As {@link COLUMNS} says. */
  readonly columns?: ((names: readonly string[]) => void) | undefined;
}

/** Checked options of a call. */
export interface Call extends Rows {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly background: boolean;
}

/** Checked options of a pool. */
export interface PoolSettings {
  /** What was asked for, by options or in a URL: the rest may be whatever is in force. */
  readonly requested: RequestedSettings;
  readonly connection: ConnectionSettings;
  readonly location: DatabaseLocation;
  readonly migrations: MigrationSettings | undefined;
  readonly readers: number;
  /** Infinity: readers stay. */
  readonly readerIdleMs: number;
  readonly maxQueue: number;
  readonly acquireTimeoutMs: number;
  readonly maxHoldMs: number;
  readonly maxAgeMs: number;
  readonly call: Call;
}

const NO_LIMITS: Call = {
  mode: FLAT,
  safeIntegers: false,
  maxRows: Infinity,
  maxBytes: Infinity,
  signal: undefined,
  timeoutMs: undefined,
  background: false,
};

/**
 * Checks the options of a pool.
 *
 * @param standard - Where the database is when the options do not say.
 * @throws {TypeError | RangeError} naming the option.
 */
export function readPoolOptions(options: object, standard?: DatabaseLocation): PoolSettings {
  refuseUnknown(options, POOL_NAMES);
  const { path, durable } = options as PoolOptions;
  if (path !== undefined && typeof path !== 'string') {
    throw new TypeError('Expected the "path" option to be a string');
  }
  if (path === undefined && standard === undefined) {
    throw new TypeError('Expected the "path" option to be a string');
  }
  const location = path === undefined ? standard! : locateDatabase(path);
  if (location.path === MEMORY) {
    throw new TypeError('A pool needs a database file: each connection in memory is a database of its own');
  }
  const given = Object.fromEntries(
    CLIENT_NAMES.filter((name) => name in options).map((name) => [name, (options as GetDbOptions)[name]]),
  );
  if (flag(durable, 'durable') === true) {
    if (given['profile'] !== undefined)
      throw new TypeError('Use either the "durable" or the "profile" option');
    given['profile'] = 'durable';
  }
  const requested = readOptions(given, location);
  const connection = completeSettings(requested);
  const { migrations, readers, readerIdleMs, maxQueue, acquireTimeoutMs, maxHoldMs, maxAgeMs } =
    options as PoolOptions;
  return {
    requested,
    connection,
    location,
    migrations: readMigrationsOption(migrations, connection),
    readers:
      integerOption(readers, 'readers', 1, MOST_READERS) ?? Math.min(4, Math.max(2, availableParallelism())),
    readerIdleMs: milliseconds(readerIdleMs, 'readerIdleMs') ?? DEFAULT_READER_IDLE_MS,
    maxQueue: integerOption(maxQueue, 'maxQueue', 1, MOST_IN_QUEUE) ?? DEFAULT_MAX_QUEUE,
    acquireTimeoutMs: milliseconds(acquireTimeoutMs, 'acquireTimeoutMs') ?? DEFAULT_WAIT_MS,
    maxHoldMs: milliseconds(maxHoldMs, 'maxHoldMs') ?? DEFAULT_WAIT_MS,
    maxAgeMs: milliseconds(maxAgeMs, 'maxAgeMs') ?? DEFAULT_WAIT_MS,
    call: callFrom(options, NO_LIMITS),
  };
}

/** Checks the options of a call that gives rows. */
export function readQueryOptions(options: unknown, standard: Call): Call {
  if (options === undefined) return standard;
  return callFrom(known(options, [...ROW_NAMES, ...CALL_NAMES]), standard);
}

/** Checks the options of a call that gives none. */
export function readCallOptions(options: unknown, standard: Call): Call {
  if (options === undefined) return standard;
  return callFrom(known(options, CALL_NAMES), standard);
}

/** Checks the options of a transaction, or of a snapshot. */
export function readLaneOptions(
  options: unknown,
  standard: PoolSettings,
  writes: boolean,
): { acquireTimeoutMs: number; holdMs: number; signal: AbortSignal | undefined } {
  const checked = known(options ?? {}, writes ? TRANSACTION_NAMES : READ_NAMES);
  const { acquireTimeoutMs, maxHoldMs, signal } = checked as TransactionOptions;
  const { maxAgeMs } = checked as ReadOptions;
  return {
    acquireTimeoutMs: milliseconds(acquireTimeoutMs, 'acquireTimeoutMs') ?? standard.acquireTimeoutMs,
    holdMs: writes
      ? (milliseconds(maxHoldMs, 'maxHoldMs') ?? standard.maxHoldMs)
      : (milliseconds(maxAgeMs, 'maxAgeMs') ?? standard.maxAgeMs),
    signal: checkSignal(signal),
  };
}

/** Checks the options of `close()`. Infinity: wait for everything. */
export function readCloseOptions(options: unknown): number {
  const { drainMs } = known(options ?? {}, ['drainMs']) as { drainMs?: number };
  return milliseconds(drainMs, 'drainMs') ?? DEFAULT_WAIT_MS;
}

function callFrom(options: object, standard: Call): Call {
  const { safeIntegers, maxRows, maxBytes } = options as RowOptions;
  const { signal, timeoutMs, priority } = options as CallOptions;
  const { [COLUMNS]: columns } = options as { [COLUMNS]?: Rows['columns'] };
  if (priority !== undefined && priority !== 'foreground' && priority !== 'background') {
    throw new TypeError(`Expected the "priority" option to be 'foreground' or 'background'`);
  }
  return {
    mode: modeOf(options) ?? standard.mode,
    safeIntegers: flag(safeIntegers, 'safeIntegers') ?? standard.safeIntegers,
    maxRows: integerOption(maxRows, 'maxRows', 0, Number.MAX_SAFE_INTEGER) ?? standard.maxRows,
    maxBytes: integerOption(maxBytes, 'maxBytes', 0, Number.MAX_SAFE_INTEGER) ?? standard.maxBytes,
    signal: checkSignal(signal),
    timeoutMs: milliseconds(timeoutMs, 'timeoutMs') ?? standard.timeoutMs,
    background: priority === 'background',
    ...(columns && { columns }),
  };
}

/** The row mode that is asked for; undefined: that of the pool. */
function modeOf(options: RowOptions): Mode | undefined {
  const asked = (['raw', 'pluck', 'expand'] as const).filter((name) => flag(options[name], name) === true);
  if (asked.length > 1)
    throw new TypeError(`Use only one of the options ${asked.map((name) => `"${name}"`).join(' and ')}`);
  switch (asked[0]) {
    case 'raw':
      return RAW;
    case 'pluck':
      return PLUCK;
    case 'expand':
      return EXPAND;
    default:
      // Said to be off: then rows are objects, whatever the pool says.
      return (options.raw ?? options.pluck ?? options.expand ?? true) ? undefined : FLAT;
  }
}

function flag(value: unknown, name: string): boolean | undefined {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new TypeError(`Expected the "${name}" option to be a boolean`);
  }
  return value;
}

/** A number of milliseconds; Infinity is one too, and more than a timer can count means the same. */
export function milliseconds(value: unknown, name: string): number | undefined {
  if (value === undefined || value === Infinity) return value as number | undefined;
  return integerOption(value, name, 0, MAX_TIMER_MS);
}
