/** Options with which callbacks are registered. */

import { booleanOption, optional } from '../options';

/** What a function and an aggregate are registered with alike. */
export interface FunctionFlags {
  readonly safeIntegers: boolean;
  readonly deterministic: boolean;
  readonly directOnly: boolean;
  readonly varargs: boolean;
}

/**
 * Reads the flags of a function.
 *
 * @throws {TypeError} naming the one that is no boolean.
 */
export function functionFlags(options: object, safeIntegersByDefault: boolean): FunctionFlags {
  return {
    safeIntegers: booleanOption(options, 'safeIntegers', safeIntegersByDefault),
    deterministic: booleanOption(options, 'deterministic'),
    directOnly: booleanOption(options, 'directOnly'),
    varargs: booleanOption(options, 'varargs'),
  };
}

/**
 * An option that must be a function if it is there; undefined where it is absent, null or undefined.
 *
 * @throws {TypeError} naming the option.
 */
export function functionOption(options: object, name: string): Callable | undefined {
  const value = optional(options, name);
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`Expected the "${name}" option to be a function`);
  }
  return value as Callable | undefined;
}

/** Any function of the user. */
export type Callable = (...args: unknown[]) => unknown;

/** More arguments than this are refused. */
const MAX_ARGUMENTS = 100;

/** A function's `length`: it can be anything. */
export function lengthOf(fn: (...args: never[]) => unknown): number {
  const { length } = fn as { readonly length: unknown };
  if (!Number.isInteger(length) || (length as number) < 0) {
    throw new TypeError('Expected function.length to be a positive integer');
  }
  return length as number;
}

/**
 * How many arguments a function takes in SQL.
 *
 * @param extra - How many of its own are none there.
 */
export function argumentCount(fn: Callable, extra: 0 | 1 = 0): number {
  const count = Math.max(0, lengthOf(fn) - extra);
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
