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
  const call = (...args: unknown[]): unknown =>
    connection.callBack(() => storable(Reflect.apply(fn as Callable, undefined, args), who));
  const native = { name, arguments: count, ...flags };
  const answer = connection.channel.native.createFunction(connection.number, native, call);
  registered(connection, answer, `function ${asciiLowerCase(name)}/${count}`, [call]);
}
