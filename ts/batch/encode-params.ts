/**
 * Writes parameter values into the slots that carry them to Rust.
 *
 * Numbers and null travel in their slot; strings, bigints and blobs are arguments of the call, and
 * their slot says so.
 */
import * as layout from './layout';

const { TAG_BIGINT_ARGUMENT, TAG_BLOB_ARGUMENT, TAG_NULL, TAG_TEXT_ARGUMENT } = layout;

/** The memory that parameters are written to. */
export interface ParameterMemory {
  readonly parameterWords: Int32Array;
  readonly parameterReals: Float64Array;
}

// The getters of %TypedArray%.prototype: an array's own properties could run code of the user.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const getterOf = (name: string) => Object.getOwnPropertyDescriptor(typedArray, name)!.get!;
const getTag = getterOf(Symbol.toStringTag as unknown as string);
const getBuffer = getterOf('buffer');
const getByteOffset = getterOf('byteOffset');
const getByteLength = getterOf('byteLength');

/** Whether `value` is a typed array, of whatever realm; a DataView is not. */
export function isTypedArray(value: object): boolean {
  return getTag.call(value) !== undefined;
}

/**
 * What travels for `value`: itself, or the bytes of a typed array.
 *
 * Runs no code of the user.
 *
 * @throws {TypeError} for a value that SQLite cannot store.
 */
export function bindable(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
    case 'string':
    case 'bigint':
    case 'undefined':
      return value;
    case 'object':
      if (value === null) return value;
      if (isTypedArray(value)) {
        if (getTag.call(value) === 'Uint8Array') return value;
        return new Uint8Array(
          getBuffer.call(value) as ArrayBuffer,
          getByteOffset.call(value) as number,
          getByteLength.call(value) as number,
        );
      }
      break;
    default:
      break;
  }
  throw new TypeError('SQLite3 can only bind numbers, strings, bigints, buffers, and null');
}

/**
 * Writes a value that {@link bindable} has returned.
 *
 * @returns 1 if the value must be an argument of the call, else 0.
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
    case 'bigint':
      memory.parameterWords[tagAt] = TAG_BIGINT_ARGUMENT;
      return 1;
    case 'object':
      if (value !== null) {
        memory.parameterWords[tagAt] = TAG_BLOB_ARGUMENT;
        return 1;
      }
      break;
    default:
      break;
  }
  memory.parameterWords[tagAt] = TAG_NULL;
  return 0;
}
