/**
 * From the parameters of a call to what travels to a thread. The statement's parameters are known
 * there alone: what is wrong with a value is only noted here, and counts if the value is used.
 */
import { bindable, isBytes, isPlainObject, writeParameter } from '../batch/encode-params';
import * as layout from '../batch/layout';
import type { Channel } from '../native';

const { PARAMETER_SLOTS, TAG_NOT_PLAIN, TAG_SECOND_OBJECT, TAG_TOO_BIG, TAG_UNBINDABLE } = layout;

/** Stand for values that cannot be bound. */
const UNBINDABLE = Symbol('unbindable');
const NOT_PLAIN = Symbol('not plain');
const TOO_BIG = Symbol('too big');
const SECOND_OBJECT = Symbol('second object');

const FAULT_TAGS = new Map<unknown, number>([
  [UNBINDABLE, TAG_UNBINDABLE],
  [NOT_PLAIN, TAG_NOT_PLAIN],
  [TOO_BIG, TAG_TOO_BIG],
  [SECOND_OBJECT, TAG_SECOND_OBJECT],
]);

/** The values of one execution. */
export interface Values {
  /** Those without a name, then those of the object. */
  readonly values: readonly unknown[];
  /** The names of the last values, joined by NUL. */
  readonly names: string;
  /** How many values have names. */
  readonly named: number;
  /** How many values stand before those of the object; -1 without one. */
  readonly at: number;
}

const NONE: Values = { values: [], names: '', named: 0, at: -1 };

/**
 * Reads the parameters of a call. Runs code of the user: getters and traps.
 *
 * @param params - An array of what a synchronous execution takes as its arguments, or its only argument.
 * @throws {RangeError} for more values than SQLite can have.
 */
export function readValues(params: unknown): Values {
  if (params === undefined) return NONE;
  let values: unknown[] | undefined;
  let names = '';
  let named = 0;
  let namedValues: unknown[] | undefined;
  let at = -1;
  const args = Array.isArray(params) ? (params as unknown[]) : [params];
  for (let position = 0, { length } = args; position < length; position += 1) {
    const arg = args[position];
    if (Array.isArray(arg)) {
      for (let index = 0, { length: count } = arg; index < count; index += 1) {
        values = appended(values, storable(arg[index], UNBINDABLE));
      }
    } else if (at >= 0 && isPlainObject(arg)) {
      values = appended(values, SECOND_OBJECT);
    } else if (isPlainObject(arg)) {
      at = values?.length ?? 0;
      // No parameter's name can hold a NUL.
      const own = Object.getOwnPropertyNames(arg).filter((name) => !name.includes('\0'));
      namedValues = own.map((name) => storable((arg as Record<string, unknown>)[name], UNBINDABLE));
      names = own.join('\0');
      named = own.length;
    } else {
      values = appended(values, storable(arg, NOT_PLAIN));
    }
  }
  if (namedValues !== undefined) values = values?.concat(namedValues) ?? namedValues;
  const count = values?.length ?? 0;
  if (count > PARAMETER_SLOTS) throw new RangeError('Too many parameter values were provided');
  return { values: values ?? NONE.values, names, named, at };
}

/** Most calls have one value, for which an array that was pushed to has room for many more. */
function appended(values: unknown[] | undefined, value: unknown): unknown[] {
  if (values === undefined) return [value];
  values.push(value);
  return values;
}

/** What travels for a value. @param object - What stands for an object that is no array of bytes. */
function storable(value: unknown, object: symbol): unknown {
  switch (typeof value) {
    case 'number':
    case 'string':
    case 'undefined':
      return value;
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? value : TOO_BIG;
    case 'object':
      if (value === null || isBytes(value)) return value;
      if (!ArrayBuffer.isView(value)) return object;
      try {
        return bindable(value);
      } catch {
        // A DataView.
        return UNBINDABLE;
      }
    case 'function':
      return object;
    default:
      return UNBINDABLE;
  }
}

/** Writes the values into the slots, and answers the arguments of the call. Runs no code of the user. */
export function writeValues(channel: Channel, { values, names }: Values, sql: string): unknown[] {
  let args: unknown[] | undefined;
  for (let position = 0; position < values.length; position += 1) {
    const value = values[position];
    if (typeof value === 'symbol') channel.parameterWords[position * 2 + 1] = FAULT_TAGS.get(value)!;
    else if (writeParameter(channel, position, value) === 1 && travelsAsArgument(value)) {
      // Most calls have one: pushed, it would make room for many.
      if (args === undefined) args = [sql, names, value];
      else args.push(value);
    }
  }
  return args ?? [sql, names];
}

/** {@link writeParameter} has said so of what is no number and not null. */
function travelsAsArgument(value: unknown): boolean {
  return typeof value !== 'number' && value !== null && value !== undefined;
}
