/** `db.function()`: scalar functions. */
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
  const call = fenced(connection, fn as Callable, count, who);
  const native = { name, arguments: count, ...flags };
  const answer = connection.channel.native.createFunction(connection.number, native, call);
  registered(connection, answer, `function ${asciiLowerCase(name)}/${count}`, [call]);
}

/**
 * `fn` as the addon calls it: the connection is busy meanwhile, and what it returns is checked.
 *
 * @param count - How many arguments there are; -1 for any number.
 */
function fenced(connection: Connection, fn: Callable, count: number, who: string): Callable {
  // The common numbers without an array and a closure in each call.
  switch (count) {
    case 1:
      return (only) => {
        connection.beginCallback();
        try {
          return storable(fn(only), who);
        } finally {
          connection.endCallback();
        }
      };
    case 2:
      return (first, second) => {
        connection.beginCallback();
        try {
          return storable(fn(first, second), who);
        } finally {
          connection.endCallback();
        }
      };
    default:
      return (...args) => connection.callBack(() => storable(Reflect.apply(fn, undefined, args), who));
  }
}
