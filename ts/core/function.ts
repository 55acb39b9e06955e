/** `db.function()`: scalar functions. */
import { readArgument, writeParameter } from '../batch/encode-params';
import type { Channel } from '../native';
import { asciiLowerCase, registered, storable } from './callbacks';
import type { Connection } from './connection';
import { argumentCount, checkName, functionFlags } from './registration-options';
import type { Callable } from './registration-options';

/** Registers `fn` under `name` for SQL. */
export function registerFunction(
  connection: Connection,
  name: unknown,
  optionsGiven: unknown,
  fnGiven: unknown,
): void {
  const options = optionsGiven ?? {};
  const given = typeof options === 'function' ? {} : options;
  const fn = typeof options === 'function' ? options : fnGiven;
  if (typeof name !== 'string') throw new TypeError('Expected first argument to be a string');
  if (typeof fn !== 'function') throw new TypeError('Expected last argument to be a function');
  if (typeof given !== 'object') throw new TypeError('Expected second argument to be an options object');
  if (name === '') throw new TypeError('User-defined function name cannot be an empty string');
  const { varargs, ...flags } = functionFlags(given, connection.safeIntegers);
  checkName(name, 'User-defined function');
  const count = varargs ? -1 : argumentCount(fn as Callable);
  connection.requireOpen();
  connection.requireNoIterators();
  const who = `User-defined function ${name}() returned`;
  const call = fenced(connection, fn as Callable, { count, bigints: flags.safeIntegers, who });
  const native = { name, arguments: count, ...flags };
  const answer = connection.channel.native.createFunction(connection.number, native, call);
  registered(connection, answer, `function ${asciiLowerCase(name)}/${count}`, [call]);
}

/**
 * `fn` as the addon calls it: the connection is busy meanwhile, and what it returns is checked. Arguments come, and the
 * result goes, in the parameter slots; what does not fit there is an argument, or what is returned.
 *
 * `count` is how many arguments there are, -1 for any number; with `bigints` integers are bigints.
 */
function fenced(
  connection: Connection,
  fn: Callable,
  { count, bigints, who }: { count: number; bigints: boolean; who: string },
): Callable {
  const { channel } = connection;
  // The common numbers without an array in each call.
  switch (count) {
    case 1:
      return (only) => {
        const value = readArgument(channel, 0, only, bigints);
        connection.beginCallback();
        try {
          return writeResult(channel, fn(value), who);
        } finally {
          connection.endCallback();
        }
      };
    case 2:
      return (first, second) => {
        const value = readArgument(channel, 0, first, bigints);
        const other = readArgument(channel, 1, second, bigints);
        connection.beginCallback();
        try {
          return writeResult(channel, fn(value, other), who);
        } finally {
          connection.endCallback();
        }
      };
    default:
      return (...args) => {
        for (let position = 0; position < args.length; position += 1) {
          args[position] = readArgument(channel, position, args[position], bigints);
        }
        connection.beginCallback();
        try {
          return writeResult(channel, Reflect.apply(fn, undefined, args), who);
        } finally {
          connection.endCallback();
        }
      };
  }
}

/** Leaves a result in the first parameter slot; returned is what does not fit there. */
function writeResult(channel: Channel, result: unknown, who: string): unknown {
  // The common case before the general one; NaN is none.
  if (typeof result === 'number' && result === result) {
    channel.parameterReals[0] = result;
    return undefined;
  }
  const value = storable(result, who);
  return writeParameter(channel, 0, value) === 0 ? undefined : value;
}
