/** Checks and defaults of what users pass as options: to `new Database()`, and what other functions check alike. Pure. */

/** The longest that a timer of Node and SQLite's busy handler can wait, in milliseconds. */
export const MAX_TIMER_MS = 0x7fff_ffff;

/** How a file is opened, as the addon numbers it. */
export const OPEN_MODE = { create: 0, readwrite: 1, readonly: 2, immutable: 3 } as const;

/** Two open files, which stay the caller's to close. */
export interface Descriptors {
  readonly database: number;
  /** Serves as rollback journal. */
  readonly journal: number;
}

/** Options that are complete and checked. */
export interface CheckedOptions {
  readonly readonly: boolean;
  readonly fileMustExist: boolean;
  readonly timeout: number;
  readonly detachStrings: boolean;
  readonly verbose: ((sql: string) => unknown) | undefined;
  readonly nativeBinding: string | object | undefined;
  /** What is opened instead of a file name. */
  readonly descriptors: Descriptors | undefined;
}

const DEFAULT_TIMEOUT_MS = 5000;
const MAX_DESCRIPTOR = 0x7fffffff;

/** Checks what is in the place of the file name. `undefined`: it is no number. */
export function databaseDescriptor(filename: unknown): number | undefined {
  if (typeof filename !== 'number') return undefined;
  if (!isDescriptor(filename)) {
    throw new TypeError('Expected the file descriptor to be a non-negative 32-bit integer');
  }
  return filename;
}

/**
 * Checks the options of `new Database()` in better-sqlite3's order. Unknown ones are ignored.
 *
 * @param descriptor - The file descriptor that is opened, if there is one.
 * @throws {TypeError} or {RangeError} naming the option.
 */
export function checkOptions(
  options: object,
  anonymous: boolean,
  descriptor: number | undefined,
): CheckedOptions {
  if ('readOnly' in options) {
    throw new TypeError('Misspelled option "readOnly" should be "readonly"');
  }
  if ('memory' in options) {
    throw new TypeError('Option "memory" was removed in v7.0.0 (use ":memory:" filename instead)');
  }
  const readonly = booleanOption(options, 'readonly');
  const fileMustExist = booleanOption(options, 'fileMustExist');
  const timeout = 'timeout' in options ? options.timeout : DEFAULT_TIMEOUT_MS;
  if (readonly && anonymous) throw new TypeError('In-memory/temporary databases cannot be readonly');
  if (!Number.isInteger(timeout) || (timeout as number) < 0) {
    throw new TypeError('Expected the "timeout" option to be a positive integer');
  }
  if ((timeout as number) > MAX_TIMER_MS) {
    throw new RangeError(`Option "timeout" cannot be greater than ${MAX_TIMER_MS}`);
  }
  const verbose = optional(options, 'verbose');
  if (verbose !== undefined && typeof verbose !== 'function') {
    throw new TypeError('Expected the "verbose" option to be a function');
  }
  const nativeBinding = optional(options, 'nativeBinding');
  const descriptors = descriptorsOf(descriptor, 'journalFd' in options ? options.journalFd : undefined);
  if (nativeBinding !== undefined && typeof nativeBinding !== 'string' && typeof nativeBinding !== 'object') {
    throw new TypeError('Expected the "nativeBinding" option to be a string or addon object');
  }
  const detachStrings = booleanOption(options, 'detachStrings');
  return {
    readonly,
    fileMustExist,
    timeout: timeout as number,
    detachStrings,
    verbose: verbose as CheckedOptions['verbose'],
    nativeBinding: nativeBinding as CheckedOptions['nativeBinding'],
    descriptors,
  };
}

const isDescriptor = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_DESCRIPTOR;

/** Joins a database's descriptor and the option `journalFd`: there are both, or neither. */
function descriptorsOf(database: number | undefined, journal: unknown): Descriptors | undefined {
  if (database === undefined) {
    if (journal === undefined) return undefined;
    throw new TypeError(
      'The "journalFd" option can only be used when opening a database from a file descriptor',
    );
  }
  if (journal === undefined) {
    throw new TypeError('The "journalFd" option is required when opening a database from a file descriptor');
  }
  if (!isDescriptor(journal)) {
    throw new TypeError('Expected the "journalFd" option to be a non-negative 32-bit integer');
  }
  return { database, journal };
}

/** An option that may be null or undefined, which both mean that it is absent. */
export function optional(options: object, name: string): unknown {
  const value = name in options ? (options as Record<string, unknown>)[name] : undefined;
  return value ?? undefined;
}

/**
 * An option that must be a boolean if it is there, inherited or not.
 *
 * @throws {TypeError} naming the option.
 */
export function booleanOption(options: object, name: string, standard = false): boolean {
  if (!(name in options)) return standard;
  const value = (options as Record<string, unknown>)[name];
  if (typeof value !== 'boolean') throw new TypeError(`Expected the "${name}" option to be a boolean`);
  return value;
}

/** @throws {TypeError} for the first name that is none of these. */
export function refuseUnknown(options: object, names: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    throw new TypeError(`Unknown option "${name}" (the options are ${names.join(', ')})`);
  }
}

/** @throws {TypeError | RangeError} unless `value` is such an integer, or undefined. */
export function integerOption(value: unknown, name: string, least: number, most: number): number | undefined {
  if (value === undefined) return undefined;
  if (!Number.isInteger(value)) throw new TypeError(`Expected the "${name}" option to be an integer`);
  if ((value as number) < least || (value as number) > most) {
    throw new RangeError(`Expected the "${name}" option to be between ${least} and ${most}`);
  }
  return value as number;
}

/** @throws {TypeError} unless `options` is an object that has only these names. */
export function known(options: unknown, names: readonly string[]): object {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Expected the options to be an object');
  }
  refuseUnknown(options, names);
  return options;
}

/** @throws {TypeError} unless `signal` is an AbortSignal, or undefined. */
export function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  // Not by its class: another realm has another one.
  const { aborted, addEventListener, throwIfAborted } = Object(signal) as Partial<AbortSignal>;
  if (
    typeof aborted !== 'boolean' ||
    [addEventListener, throwIfAborted].some((fn) => typeof fn !== 'function')
  ) {
    throw new TypeError('Expected the "signal" option to be an AbortSignal');
  }
  return signal as AbortSignal;
}
