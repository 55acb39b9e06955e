/** `pool.function()`: functions of the user, on all connections of a pool. */
import { bindable } from '../batch/encode-params';
import { argumentCount, checkName, functionFlags, type Callable } from '../core/registration-options';
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

/** What SQLite is told of a function in JavaScript. */
export interface CallbackOptions extends FunctionOptions {
  /** It takes any number of arguments. Default false. */
  readonly varargs?: boolean | undefined;
  /** Integers arrive as bigints. Default: as the pool gives them. */
  readonly safeIntegers?: boolean | undefined;
}

/** A function as users give it. */
export type Definition =
  | readonly [name: string, body: string | Callable]
  | readonly [name: string, options: CallbackOptions, body: string | Callable];

/** A function in JavaScript that threads ask for. */
export interface Callback {
  readonly bigints: boolean;
  /** Runs it. Throws what it throws, and for what SQLite cannot store. */
  call(args: unknown[]): unknown;
}

const EXPRESSION_NAMES = ['deterministic', 'directOnly'] as const;
const CALLBACK_NAMES = [...EXPRESSION_NAMES, 'varargs', 'safeIntegers'] as const;

/**
 * Registers a function.
 *
 * @param bigints - Whether integers arrive as bigints where the options do not say.
 * @throws {TypeError | RangeError} for a wrong name, option or expression.
 * @throws {SqliteError} what SQLite says of the expression.
 */
export function registerFunction(jobs: Jobs, given: readonly unknown[], bigints: boolean): void {
  const [name] = given;
  const [options, body] = given.length > 2 ? [given[1], given[2]] : [{}, given[1]];
  if (typeof name !== 'string') throw new TypeError('Expected first argument to be a string');
  if (typeof body !== 'string' && typeof body !== 'function') {
    throw new TypeError('Expected last argument to be an expression of SQL or a function');
  }
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Expected second argument to be an options object');
  }
  if (name === '') throw new TypeError('User-defined function name cannot be an empty string');
  refuseUnknown(options, typeof body === 'string' ? EXPRESSION_NAMES : CALLBACK_NAMES);
  const { varargs, ...flags } = functionFlags(defined(options), bigints);
  checkName(name, 'User-defined function');
  const { channel, callbacks } = jobs;
  const { native } = channel;
  const number = callbacks.length;
  let answer;
  if (typeof body === 'string') {
    answer = native.defineFunction(jobs.number, { name, arguments: 0, ...flags }, number, body);
  } else {
    if (Object.prototype.toString.call(body) === '[object AsyncFunction]') throw asyncError(name);
    const count = varargs ? -1 : argumentCount(body as Callable);
    answer = native.defineFunction(jobs.number, { name, arguments: count, ...flags }, number);
    if (answer === 0) callbacks.push(callbackOf(name, body as Callable, flags.safeIntegers));
  }
  if (answer !== 0) throw channel.takeError();
}

function callbackOf(name: string, fn: Callable, bigints: boolean): Callback {
  return { bigints, call: (args) => storable(Reflect.apply(fn, undefined, args), name) };
}

/** What travels to SQLite for a result. */
function storable(value: unknown, name: string): unknown {
  const who = `User-defined function ${name}() returned`;
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) !== value) {
    throw new RangeError(`${who} a bigint that was too big`);
  }
  try {
    return bindable(value);
  } catch {
    if (typeof (value as { then?: unknown }).then === 'function') throw asyncError(name);
    throw new TypeError(`${who} an invalid value`);
  }
}

function asyncError(name: string): TypeError {
  return new TypeError(
    `User-defined function ${name}() cannot be async: a statement waits for it. Apply it to the rows instead`,
  );
}

/** The options that are there. */
function defined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
