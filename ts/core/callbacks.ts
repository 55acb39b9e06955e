/**
 * What callbacks of the user share: functions, aggregates, virtual tables, `verbose`.
 *
 * The addon refers to them weakly, because a callback that mentions its database would otherwise keep
 * that from being collected. The database keeps its callbacks instead.
 */
import { bindable } from '../batch/encode-params';

const kept = new WeakMap<object, Map<string, readonly object[]>>();

/** Keeps `callbacks` as long as `database`; those that were kept under this name before are let go. */
export function keepWith(database: object, name: string, callbacks: readonly object[]): void {
  let known = kept.get(database);
  if (known === undefined) kept.set(database, (known = new Map()));
  known.set(name, callbacks);
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
