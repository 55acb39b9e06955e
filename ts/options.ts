/** Checks and defaults of what users pass to `new Database()`. Pure. */

/** Options that are complete and checked. */
export interface CheckedOptions {
  readonly readonly: boolean;
  readonly fileMustExist: boolean;
  readonly timeout: number;
  readonly verbose: ((sql: string) => unknown) | undefined;
  readonly nativeBinding: string | object | undefined;
}

const DEFAULT_TIMEOUT_MS = 5000;
const MAX_TIMEOUT_MS = 0x7fffffff;

/** Options that better-sqlite3 has and this package does not have yet: ignoring one would be worse. */
const ABSENT = ['journalFd'];

/**
 * Checks the options of `new Database()` in better-sqlite3's order. Unknown ones are ignored.
 *
 * @throws {TypeError} or {RangeError} naming the option.
 */
export function checkOptions(options: object, anonymous: boolean): CheckedOptions {
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
  if ((timeout as number) > MAX_TIMEOUT_MS) {
    throw new RangeError(`Option "timeout" cannot be greater than ${MAX_TIMEOUT_MS}`);
  }
  for (const name of ABSENT) {
    if (name in options && (options as Record<string, unknown>)[name] != null) {
      throw new TypeError(`The "${name}" option is not supported by this version of ferrolite`);
    }
  }
  const verbose = optional(options, 'verbose');
  if (verbose !== undefined && typeof verbose !== 'function') {
    throw new TypeError('Expected the "verbose" option to be a function');
  }
  const nativeBinding = optional(options, 'nativeBinding');
  if (nativeBinding !== undefined && typeof nativeBinding !== 'string' && typeof nativeBinding !== 'object') {
    throw new TypeError('Expected the "nativeBinding" option to be a string or addon object');
  }
  return {
    readonly,
    fileMustExist,
    timeout: timeout as number,
    verbose: verbose as CheckedOptions['verbose'],
    nativeBinding: nativeBinding as CheckedOptions['nativeBinding'],
  };
}

/** An option that may be null or undefined. */
function optional(options: object, name: string): unknown {
  const value = name in options ? (options as Record<string, unknown>)[name] : undefined;
  return value ?? undefined;
}

function booleanOption(options: object, name: string): boolean {
  if (!(name in options)) return false;
  const value = (options as Record<string, unknown>)[name];
  if (typeof value !== 'boolean') throw new TypeError(`Expected the "${name}" option to be a boolean`);
  return value;
}
