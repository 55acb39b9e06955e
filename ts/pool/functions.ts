/** `pool.function()`: functions of the user, on all connections of a pool. */
import { checkName, functionFlags } from '../core/registration-options';
import { refuseUnknown } from '../options';
import type { Jobs } from './jobs';

/** What SQLite is told of a function. */
export interface FunctionOptions {
  /**
   * Equal arguments always give equal results: indexes may use it, and SQLite may call it less often.
   * Default false.
   */
  readonly deterministic?: boolean | undefined;
  /** Refused in views, triggers and other parts of the schema. Default false. */
  readonly directOnly?: boolean | undefined;
}

/** A function as users give it. */
export type Definition =
  | readonly [name: string, expression: string]
  | readonly [name: string, options: FunctionOptions, expression: string];

const NAMES = ['deterministic', 'directOnly'] as const;

/**
 * Registers an expression as a function.
 *
 * @throws {TypeError | RangeError} for a wrong name, option or expression.
 * @throws {SqliteError} what SQLite says of the expression.
 */
export function registerFunction(jobs: Jobs, given: readonly unknown[]): void {
  const [name] = given;
  const [options, body] = given.length > 2 ? [given[1], given[2]] : [{}, given[1]];
  if (typeof name !== 'string') throw new TypeError('Expected first argument to be a string');
  if (typeof body === 'function') {
    throw new TypeError(
      'A function of a pool is an expression of SQL, which its threads can execute: a function in JavaScript belongs to getSqlite()',
    );
  }
  if (typeof body !== 'string') throw new TypeError('Expected last argument to be an expression of SQL');
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Expected second argument to be an options object');
  }
  if (name === '') throw new TypeError('User-defined function name cannot be an empty string');
  refuseUnknown(options, NAMES);
  const { deterministic, directOnly } = functionFlags(defined(options), false);
  checkName(name, 'User-defined function');
  const native = { name, arguments: 0, deterministic, directOnly, safeIntegers: false };
  const { channel } = jobs;
  if (channel.native.defineFunction(jobs.number, native, body) !== 0) throw channel.takeError();
}

/** The options that are there. */
function defined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
