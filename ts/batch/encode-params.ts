/**
 * Writes parameter values into the slots that carry them to Rust.
 *
 * Numbers and null travel in their slot; strings, bigints and blobs are arguments of the call, and
 * their slot says so.
 */
import * as layout from './layout';

const { TAG_BIGINT_ARGUMENT, TAG_BLOB_ARGUMENT, TAG_INT32, TAG_NULL, TAG_TEXT_ARGUMENT } = layout;

/** The memory that parameters are written to. */
export interface ParameterMemory {
  readonly parameterWords: Int32Array;
  readonly parameterReals: Float64Array;
}

// The getters of %TypedArray%.prototype: an array's own properties could run code of the user.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const getterOf = (name: PropertyKey) => Object.getOwnPropertyDescriptor(typedArray, name)!.get!;
const getTag = getterOf(Symbol.toStringTag);
const getBuffer = getterOf('buffer');
const getByteOffset = getterOf('byteOffset');
const getByteLength = getterOf('byteLength');

/** A typed array that travels as it is; a DataView is none. Runs no code of the user. */
export function isBytes(value: object): value is Uint8Array {
  return getTag.call(value) === 'Uint8Array';
}

/** An object without a prototype, or whose prototype has none: a literal of any realm. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null;
}

/** The error for a value that SQLite cannot store. */
function unbindable(): TypeError {
  return new TypeError('SQLite3 can only bind numbers, strings, bigints, buffers, and null');
}

/** Refuses what is no signed 64-bit integer. */
function checkSize(value: bigint): void {
  if (BigInt.asIntN(64, value) !== value) {
    throw new RangeError('The bound string, buffer, or bigint is too big');
  }
}

/**
 * What travels for `value`: itself, or the bytes of a typed array. Runs no code of the user.
 *
 * @throws {TypeError} for a value that SQLite cannot store.
 */
export function bindable(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
    case 'string':
    case 'undefined':
      return value;
    case 'bigint':
      checkSize(value);
      return value;
    case 'object':
      if (value === null || isBytes(value)) return value;
      if (getTag.call(value) !== undefined) {
        // Also when its memory was transferred away.
        if (getByteLength.call(value) === 0) return new Uint8Array(0);
        return new Uint8Array(
          getBuffer.call(value) as ArrayBuffer,
          getByteOffset.call(value) as number,
          getByteLength.call(value) as number,
        );
      }
      throw unbindable();
    default:
      throw unbindable();
  }
}

/**
 * Writes a primitive or the bytes that {@link bindable} has returned.
 *
 * @returns 1 if the value must be an argument of the call, else 0.
 * @throws {TypeError} for a value that SQLite cannot store.
 * @throws {RangeError} for a bigint that needs more than 64 bits.
 */
export function writeParameter(memory: ParameterMemory, position: number, value: unknown): 0 | 1 {
  const tagAt = position * 2 + 1;
  switch (typeof value) {
    case 'number':
      // Every number is a REAL; NaN has no place in SQLite, and its bits could look like a tag.
      if (value === value) memory.parameterReals[position] = value;
      else memory.parameterWords[tagAt] = TAG_NULL;
      return 0;
    case 'string':
      memory.parameterWords[tagAt] = TAG_TEXT_ARGUMENT;
      return 1;
    case 'undefined':
      memory.parameterWords[tagAt] = TAG_NULL;
      return 0;
    case 'bigint':
      checkSize(value);
      memory.parameterWords[tagAt] = TAG_BIGINT_ARGUMENT;
      return 1;
    case 'object':
      if (value === null) {
        memory.parameterWords[tagAt] = TAG_NULL;
        return 0;
      }
      memory.parameterWords[tagAt] = TAG_BLOB_ARGUMENT;
      return 1;
    default:
      throw unbindable();
  }
}

/**
 * Writes arguments that fill all parameters in order, where each is a primitive or bytes: the
 * common case, in which nothing has to be collected.
 *
 * @returns 1 if the values must be arguments of the call, 0 if not, -1 if it is not that case.
 */
export function writeScalars(memory: ParameterMemory, args: readonly unknown[]): -1 | 0 | 1 {
  let needed: 0 | 1 = 0;
  for (let position = 0; position < args.length; position += 1) {
    const value = args[position];
    if (typeof value === 'object' && value !== null && !isBytes(value)) return -1;
    needed |= writeParameter(memory, position, value);
  }
  return needed as 0 | 1;
}

/**
 * The argument of a callback at `position`: what its slot holds, or `value`, which the callback was called with.
 *
 * Runs no code of the user; to be called before anything uses the slots.
 *
 * @param bigints - Whether integers are wanted as bigints.
 */
export function readArgument(
  memory: ParameterMemory,
  position: number,
  value: unknown,
  bigints: boolean,
): unknown {
  const { parameterWords } = memory;
  const tag = parameterWords[position * 2 + 1]!;
  // No tag: the high word of a number.
  if (tag >= 0 || tag < TAG_BLOB_ARGUMENT) return memory.parameterReals[position];
  if (tag === TAG_INT32) {
    const integer = parameterWords[position * 2]!;
    return bigints ? BigInt(integer) : integer;
  }
  return tag === TAG_NULL ? null : value;
}
