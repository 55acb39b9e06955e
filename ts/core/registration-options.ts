/** Options with which callbacks are registered. */

type Options = Readonly<Record<string, unknown>>;

/**
 * An option that must be a boolean if it is there, inherited or not.
 *
 * @throws {TypeError} naming the option.
 */
export function booleanOption(options: object, name: string, standard: boolean): boolean {
  if (!(name in options)) return standard;
  const value = (options as Options)[name];
  if (typeof value !== 'boolean') throw new TypeError(`Expected the "${name}" option to be a boolean`);
  return value;
}

/**
 * An option that must be a function if it is there; undefined where it is absent, null or undefined.
 *
 * @throws {TypeError} naming the option.
 */
export function functionOption(options: object, name: string): Callable | undefined {
  const value = name in options ? (options as Options)[name] : undefined;
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'function') throw new TypeError(`Expected the "${name}" option to be a function`);
  return value as Callable;
}

/** Any function of the user. */
export type Callable = (...args: unknown[]) => unknown;

/** More arguments than this are refused. */
const MAX_ARGUMENTS = 100;

/**
 * A function's `length`, as the number of its arguments.
 *
 * @param extra - How many of them are none in SQL.
 */
export function argumentCount(fn: Callable, extra: 0 | 1 = 0): number {
  const { length } = fn as { readonly length: unknown };
  if (!Number.isInteger(length) || (length as number) < 0) {
    throw new TypeError('Expected function.length to be a positive integer');
  }
  const count = Math.max(0, (length as number) - extra);
  if (count > MAX_ARGUMENTS) {
    throw new RangeError(`User-defined functions cannot have more than ${MAX_ARGUMENTS} arguments`);
  }
  return count;
}

/** Longer names are refused by SQLite. */
const MAX_NAME_BYTES = 255;

/**
 * Refuses a name that SQLite does not take, or not as it stands.
 *
 * @param what - What is named.
 */
export function checkName(name: string, what: string): void {
  if (name.includes('\0')) throw new TypeError(`${what} name cannot contain a null byte`);
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw new RangeError(`${what} name cannot be longer than ${MAX_NAME_BYTES} bytes`);
  }
}
