/**
 * What callbacks of the user share: functions, aggregates, virtual tables, `verbose`.
 *
 * The addon refers to them weakly, because a callback that mentions its database would otherwise keep
 * that from being collected. The database keeps its callbacks instead.
 */
import { bindable } from '../batch/encode-params';
import type { Connection } from './connection';

const kept = new WeakMap<object, Map<string, readonly object[]>>();

/**
 * Completes a registration: keeps `callbacks` as long as the connection's database, and lets go of those that were
 * kept under this name before.
 *
 * @param answer - What the addon answered to it.
 * @throws what the addon has left, if it refused.
 */
export function registered(
  connection: Connection,
  answer: number,
  name: string,
  callbacks: readonly object[],
): void {
  connection.check(answer);
  connection.hasCallbacks = true;
  // Not the object that the method was called on: it may stand before the database, as a proxy does.
  const { owner } = connection;
  if (owner === undefined) return;
  let known = kept.get(owner);
  if (known === undefined) kept.set(owner, (known = new Map()));
  known.set(name, callbacks);
}

/** Lets go of the callbacks that are kept under these names. */
export function ended({ owner }: Connection, names: readonly string[]): void {
  const known = owner && kept.get(owner);
  for (const name of names) known?.delete(name);
}

/** A name as SQLite compares it: it knows the letters of ASCII only. */
export function asciiLowerCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * What travels to SQLite for what a callback has given.
 *
 * @param who - The callback, with the verb: `User-defined function f() returned`.
 * @throws {TypeError} for a value that SQLite cannot store, {RangeError} for a bigint beyond 64 bits.
 */
export function storable(value: unknown, who: string): unknown {
  switch (typeof value) {
    case 'number':
    case 'string':
    case 'undefined':
      return value;
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${who} a bigint that was too big`);
      return value;
    case 'object':
      if (value === null || ArrayBuffer.isView(value)) return viewed(value, who);
      break;
    default:
  }
  throw new TypeError(`${who} an invalid value`);
}

function viewed(value: object | null, who: string): unknown {
  try {
    return bindable(value);
  } catch {
    // A DataView is a view, but no bytes of its own.
    throw new TypeError(`${who} an invalid value`);
  }
}
