/** `db.aggregate()`: functions over the rows of a group or a window. */
import { asciiLowerCase, registered, storable } from './callbacks';
import type { Connection } from './connection';
import { argumentCount, checkName, functionFlags, functionOption } from './registration-options';
import type { Callable } from './registration-options';

/** What is known of the rows seen so far. The addon holds it between the calls. */
interface Group {
  value: unknown;
}

/** Registers an aggregate under `name` for SQL. */
export function registerAggregate(connection: Connection, name: unknown, options: unknown): void {
  if (typeof name !== 'string') throw new TypeError('Expected first argument to be a string');
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Expected second argument to be an options object');
  }
  if (name === '') throw new TypeError('User-defined function name cannot be an empty string');
  const start = 'start' in options ? options.start : null;
  const step = requiredStep(options);
  const inverse = functionOption(options, 'inverse');
  const result = functionOption(options, 'result');
  const { varargs, ...flags } = functionFlags(options, connection.safeIntegers);
  checkName(name, 'User-defined function');
  const count = varargs ? -1 : Math.max(argumentsOf(step), inverse === undefined ? 0 : argumentsOf(inverse));
  connection.requireOpen();
  connection.requireNoIterators();
  const who = `User-defined function ${name}() returned`;
  const begin = (): Group => ({
    value: typeof start === 'function' ? connection.callBack(() => (start as Callable)()) : start,
  });
  const change =
    (fn: Callable) =>
    (group: Group, ...args: unknown[]): void => {
      const next = connection.callBack(() => Reflect.apply(fn, undefined, [group.value, ...args]));
      if (next !== undefined) group.value = next;
    };
  const finish = (group: Group): unknown =>
    connection.callBack(() =>
      storable(result === undefined ? group.value : Reflect.apply(result, undefined, [group.value]), who),
    );
  const callbacks = [begin, change(step), inverse && change(inverse), finish] as const;
  const native = { name, arguments: count, ...flags };
  const answer = connection.channel.native.createAggregate(connection.number, native, ...callbacks);
  const kept = callbacks.filter((callback) => callback !== undefined);
  registered(connection, answer, `function ${asciiLowerCase(name)}/${count}`, kept);
}

function requiredStep(options: object): Callable {
  const step = 'step' in options ? options.step : undefined;
  if (step === undefined || step === null) throw new TypeError('Missing required option "step"');
  if (typeof step !== 'function') throw new TypeError('Expected the "step" option to be a function');
  return step as Callable;
}

/** The accumulator comes first and is no argument in SQL. */
function argumentsOf(fn: Callable): number {
  return argumentCount(fn, 1);
}
