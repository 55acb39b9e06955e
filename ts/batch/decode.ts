/**
 * Reads row batches. `docs/row-batch.md` specifies them.
 *
 * Everything that the loop calls stands in this file: CommonJS output calls across modules
 * indirectly. The state of the batch being read is kept in module variables, which the cell readers
 * reach faster than arguments; no user code runs while a batch is read, so there is only one.
 */
import * as layout from './layout';
import { compileArray, compileRow } from './shape';
import type { ArrayReader, RowConstructor, Shape } from './shape';

/** The memory that a batch is read from. */
export interface BatchMemory {
  readonly words: Int32Array;
  readonly reals: Float64Array;
  readonly integers: BigInt64Array;
  readonly blobs: Uint8Array;
}

/** What a call for rows returns: nothing, the one-byte string, or an array of strings and extras. */
export type BatchValue = string | unknown[] | undefined;

/** How rows are wanted. */
export type RowMode = typeof FLAT | typeof PLUCK | typeof RAW;
/** Objects with a property per column. */
export const FLAT = 0;
/** The first column alone. */
export const PLUCK = 1;
/** Arrays. */
export const RAW = 2;

// Copied from the module object, which the loop would otherwise look into for every cell.
const {
  BATCH_EXTRAS,
  HEADER_SLOTS,
  TAG_BLOB,
  TAG_DETACHED,
  TAG_INT32,
  TAG_INT64,
  TAG_NULL,
  TAG_TEXT,
  TAG_WIDE_TEXT,
  WORD_BATCH_FLAGS,
  WORD_COLUMNS,
  WORD_ROWS,
} = layout;

/** Rows of one shape after which a compiled constructor has paid for itself. */
const COMPILE_AFTER_ROWS = 1000;
/** Wider rows stay with the loop: V8 keeps so many properties in a dictionary anyway. */
const MAX_COMPILED_COLUMNS = 200;
/**
 * `Uint8Array.prototype.slice`, uncurried. Taken when the module loads: a replacement by a user must
 * not get the shared memory into its hands.
 */
const slice = Function.prototype.call.bind(Uint8Array.prototype.slice) as (
  bytes: Uint8Array,
  start: number,
  end: number,
) => Uint8Array;

/** The first extra behind the two strings. */
const FIRST_EXTRA = 2;

let words: Int32Array = new Int32Array(0);
let reals: Float64Array = new Float64Array(0);
let integers: BigInt64Array = new BigInt64Array(0);
let blobs: Uint8Array = new Uint8Array(0);
let oneByte = '';
let oneByteAt = 0;
let twoByte = '';
let twoByteAt = 0;
let blobAt = 0;
/** Never written to. */
const NONE: unknown[] = [];
let extras = NONE;

/** The value at `slot`, integers as numbers. */
function cell(slot: number): unknown {
  const at = slot * 2;
  switch (words[at + 1]) {
    case TAG_INT32:
      return words[at];
    case TAG_TEXT:
      return oneByte.substring(oneByteAt, (oneByteAt += words[at]!));
    case TAG_NULL:
      return null;
    case TAG_WIDE_TEXT:
      return twoByte.substring(twoByteAt, (twoByteAt += words[at]!));
    case TAG_BLOB:
      // Copied: the batch's memory is used again. A Buffer's species makes it a Buffer.
      return slice(blobs, blobAt, (blobAt += words[at]!));
    case TAG_DETACHED:
      return extras[FIRST_EXTRA + words[at]!];
    default:
      return reals[slot];
  }
}

/** The value at `slot`, integers as bigints. */
function cellBigInt(slot: number): unknown {
  const at = slot * 2;
  const tag = words[at + 1];
  if (tag === TAG_INT32) return BigInt(words[at]!);
  // The payload counts from the first cell.
  if (tag === TAG_INT64) return integers[HEADER_SLOTS + words[at]!];
  return cell(slot);
}

function start(memory: BatchMemory, value: BatchValue): void {
  words = memory.words;
  reals = memory.reals;
  integers = memory.integers;
  blobs = memory.blobs;
  oneByteAt = 0;
  twoByteAt = 0;
  blobAt = 0;
  if (words[WORD_BATCH_FLAGS]! & BATCH_EXTRAS) {
    extras = value as unknown[];
    oneByte = extras[0] as string;
    twoByte = extras[1] as string;
  } else {
    // Without any text there is no string.
    oneByte = (value as string | undefined) ?? '';
  }
}

/** Lets go of the batch's strings: they would keep its text alive. */
function finish(): void {
  oneByte = '';
  twoByte = '';
  extras = NONE;
}

/** One row as an object, through assignments and definitions. */
function flatRow(shape: Shape, first: number, read: (slot: number) => unknown): object {
  const { names } = shape;
  const row: Record<string, unknown> = {};
  if (shape.inherited) {
    for (let column = 0; column < names.length; column += 1) {
      const value = read(first + column);
      Object.defineProperty(row, names[column]!, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
  } else {
    for (let column = 0; column < names.length; column += 1) row[names[column]!] = read(first + column);
  }
  return row;
}

function rawRow(columns: number, first: number, read: (slot: number) => unknown): unknown[] {
  const row: unknown[] = [];
  for (let column = 0; column < columns; column += 1) row.push(read(first + column));
  return row;
}

/** The compiled constructor, once the shape has been used enough for it to pay. */
function constructorFor(shape: Shape, rows: number, safeIntegers: boolean): RowConstructor | undefined {
  const compiled = safeIntegers ? shape.bigints : shape.numbers;
  if (compiled !== undefined) return compiled;
  if (shape.decodedRows < COMPILE_AFTER_ROWS || shape.names.length > MAX_COMPILED_COLUMNS) {
    shape.decodedRows += rows;
    return undefined;
  }
  const made = compileRow(shape, safeIntegers ? cellBigInt : cell);
  if (safeIntegers) shape.bigints = made;
  else shape.numbers = made;
  return made;
}

/** Readers of arrays by their number of columns: one list for numbers, one for bigints. */
interface Arrays {
  decodedRows: number;
  reader: ArrayReader | undefined;
}
const arrays: [numbers: Arrays[], bigints: Arrays[]] = [[], []];

/** The compiled reader, once rows of this width have been read often enough for it to pay. */
function arrayReaderFor(columns: number, rows: number, safeIntegers: boolean): ArrayReader | undefined {
  if (columns > MAX_COMPILED_COLUMNS) return undefined;
  const known = (arrays[safeIntegers ? 1 : 0][columns] ??= { decodedRows: 0, reader: undefined });
  if (known.reader !== undefined) return known.reader;
  if (known.decodedRows < COMPILE_AFTER_ROWS) {
    known.decodedRows += rows;
    return undefined;
  }
  known.reader = compileArray(columns, safeIntegers ? cellBigInt : cell);
  return known.reader;
}

/**
 * Appends the rows of a batch to `rows`.
 *
 * @param memory - What the addon wrote the batch into.
 * @param value - What the call returned.
 * @param shape - The names of the columns; only {@link FLAT} looks at it.
 */
export function decodeRows(
  memory: BatchMemory,
  value: BatchValue,
  shape: Shape | undefined,
  mode: RowMode,
  safeIntegers: boolean,
  rows: unknown[],
): void {
  start(memory, value);
  const count = words[WORD_ROWS]!;
  const columns = words[WORD_COLUMNS]!;
  const read = safeIntegers ? cellBigInt : cell;
  const end = HEADER_SLOTS + count * columns;
  if (mode === FLAT) {
    const Row = constructorFor(shape!, count, safeIntegers);
    if (Row === undefined) {
      for (let first = HEADER_SLOTS; first < end; first += columns) rows.push(flatRow(shape!, first, read));
    } else {
      for (let first = HEADER_SLOTS; first < end; first += columns) rows.push(new Row(first));
    }
  } else if (mode === RAW) {
    const readArray = arrayReaderFor(columns, count, safeIntegers);
    if (readArray === undefined) {
      for (let first = HEADER_SLOTS; first < end; first += columns) rows.push(rawRow(columns, first, read));
    } else {
      for (let first = HEADER_SLOTS; first < end; first += columns) rows.push(readArray(first));
    }
  } else {
    for (let first = HEADER_SLOTS; first < end; first += columns) rows.push(pluckRow(columns, first, read));
  }
  finish();
}

/** The first cell; the others are read past, because they move the cursors. */
function pluckRow(columns: number, first: number, read: (slot: number) => unknown): unknown {
  const value = read(first);
  for (let column = 1; column < columns; column += 1) read(first + column);
  return value;
}

/** The only row of a batch that has one; see {@link decodeRows}. */
export function decodeFirst(
  memory: BatchMemory,
  value: BatchValue,
  shape: Shape | undefined,
  mode: RowMode,
  safeIntegers: boolean,
): unknown {
  start(memory, value);
  const read = safeIntegers ? cellBigInt : cell;
  let row: unknown;
  if (mode === FLAT) {
    const Row = constructorFor(shape!, 1, safeIntegers);
    row = Row === undefined ? flatRow(shape!, HEADER_SLOTS, read) : new Row(HEADER_SLOTS);
  } else if (mode === RAW) {
    const columns = words[WORD_COLUMNS]!;
    const readArray = arrayReaderFor(columns, 1, safeIntegers);
    row = readArray === undefined ? rawRow(columns, HEADER_SLOTS, read) : readArray(HEADER_SLOTS);
  } else {
    row = read(HEADER_SLOTS);
  }
  finish();
  return row;
}
