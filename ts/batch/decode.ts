/**
 * Reads row batches. `docs/row-batch.md` specifies them.
 *
 * A decoder belongs to the memory that it reads. Its functions are closures over that memory: V8
 * then compiles the memory's address into them, and reads a cell with one load. For the same reason
 * everything that the loops call stands in this file: CommonJS output calls across modules
 * indirectly.
 */
import * as layout from './layout';
import { compileArray, compileRow, newShape } from './shape';
import type { RowReader, Shape } from './shape';

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
/** Objects of objects: the decoder gives arrays, which `expand.ts` takes apart. */
export const EXPAND = 3;
/** How users want rows. */
export type Mode = RowMode | typeof EXPAND;

// Copied from the module object, which the loops would otherwise look into for every cell.
const {
  BATCH_EXTRAS,
  HEADER_SLOTS,
  LENGTH_BITS,
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
/** The word with which the cells begin. */
const FIRST = 2 * HEADER_SLOTS;
const LENGTH_MASK = 2 ** LENGTH_BITS - 1;

/** Rows of one shape after which compiled code has paid for itself. */
const COMPILE_AFTER_ROWS = 1000;
/** Wider rows stay with the loop: V8 keeps so many properties in a dictionary anyway. */
const MAX_COMPILED_COLUMNS = 200;
/** Beyond this many shapes the cache starts anew: someone makes column names without end. */
const MAX_SHAPES = 5000;
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
/** Never written to. */
const NONE: unknown[] = [];

/** Reads the batches of one memory. No user code runs meanwhile. */
export interface Decoder {
  /**
   * The shape of rows with these columns.
   *
   * @param joinedNames - The names joined by NUL, which no column name can hold.
   */
  shapeOf(joinedNames: string): Shape;
  /**
   * Appends the rows of a batch to `rows`.
   *
   * @param value - What the call returned.
   * @param shape - The names of the columns; only {@link FLAT} looks at it.
   */
  all(
    value: BatchValue,
    shape: Shape | undefined,
    mode: RowMode,
    safeIntegers: boolean,
    rows: unknown[],
  ): void;
  /** The first row of a batch. */
  first(value: BatchValue, shape: Shape | undefined, mode: RowMode, safeIntegers: boolean): unknown;
}

/** A reader of arrays of one width, and how many such rows were read. */
interface ArrayReader {
  decodedRows: number;
  reader: RowReader<unknown[]> | undefined;
}

export function createDecoder({ words, reals, integers, blobs }: BatchMemory): Decoder {
  let oneByte = '';
  let twoByte = '';
  let extras = NONE;
  const shapes = new Map<string, Shape>();
  /** By their number of columns: one list for numbers, one for bigints. */
  const arrays: [numbers: ArrayReader[], bigints: ArrayReader[]] = [[], []];

  function cell(at: number): unknown {
    const low = words[at]!;
    switch (words[at + 1]) {
      case TAG_INT32:
        return low;
      case TAG_TEXT: {
        const start = low >>> LENGTH_BITS;
        return oneByte.substring(start, start + (low & LENGTH_MASK));
      }
      case TAG_NULL:
        return null;
      case TAG_WIDE_TEXT: {
        const start = low >>> LENGTH_BITS;
        return twoByte.substring(start, start + (low & LENGTH_MASK));
      }
      case TAG_BLOB: {
        const start = low >>> LENGTH_BITS;
        // Copied: the batch's memory is used again. A Buffer's species makes it a Buffer.
        return slice(blobs, start, start + (low & LENGTH_MASK));
      }
      case TAG_DETACHED:
        return extras[FIRST_EXTRA + low];
      default:
        return reals[at >> 1];
    }
  }

  function cellBigInt(at: number): unknown {
    const tag = words[at + 1];
    if (tag === TAG_INT32) return BigInt(words[at]!);
    // The payload counts from the first cell.
    if (tag === TAG_INT64) return integers[HEADER_SLOTS + words[at]!];
    return cell(at);
  }

  const readers = { words, cell, cellBigInt };

  function takeStrings(value: BatchValue): void {
    if (words[WORD_BATCH_FLAGS]! & BATCH_EXTRAS) {
      extras = value as unknown[];
      oneByte = extras[0] as string;
      twoByte = extras[1] as string;
    } else {
      // Without any text there is no string.
      oneByte = (value as string | undefined) ?? '';
    }
  }

  /** They would keep the batch's text alive. */
  function dropStrings(): void {
    oneByte = '';
    if (extras !== NONE) {
      twoByte = '';
      extras = NONE;
    }
  }

  /** One row as an object, through assignments and definitions. */
  function flatRow(shape: Shape, at: number, read: (at: number) => unknown): object {
    const { names } = shape;
    const row = new shape.Row();
    if (shape.inherited) {
      for (let column = 0; column < names.length; column += 1) {
        const value = read(at + 2 * column);
        Object.defineProperty(row, names[column]!, {
          value,
          writable: true,
          enumerable: true,
          configurable: true,
        });
      }
    } else {
      for (let column = 0; column < names.length; column += 1) row[names[column]!] = read(at + 2 * column);
    }
    return row;
  }

  function rawRow(columns: number, at: number, read: (at: number) => unknown): unknown[] {
    const row: unknown[] = [];
    for (let column = 0; column < columns; column += 1) row[column] = read(at + 2 * column);
    return row;
  }

  /** The compiled reader, once the shape has been used enough for it to pay. */
  function objectReader(shape: Shape, rows: number, safeIntegers: boolean): RowReader<object> | undefined {
    const compiled = safeIntegers ? shape.bigints : shape.numbers;
    if (compiled !== undefined) return compiled;
    if (shape.decodedRows < COMPILE_AFTER_ROWS || shape.names.length > MAX_COMPILED_COLUMNS) {
      shape.decodedRows += rows;
      return undefined;
    }
    const made = compileRow(shape, readers, safeIntegers);
    if (safeIntegers) shape.bigints = made;
    else shape.numbers = made;
    return made;
  }

  /** The compiled reader, once rows of this width have been read often enough for it to pay. */
  function arrayReader(
    columns: number,
    rows: number,
    safeIntegers: boolean,
  ): RowReader<unknown[]> | undefined {
    if (columns > MAX_COMPILED_COLUMNS) return undefined;
    const known = (arrays[safeIntegers ? 1 : 0][columns] ??= { decodedRows: 0, reader: undefined });
    if (known.reader !== undefined) return known.reader;
    if (known.decodedRows < COMPILE_AFTER_ROWS) {
      known.decodedRows += rows;
      return undefined;
    }
    known.reader = compileArray(columns, readers, safeIntegers);
    return known.reader;
  }

  return {
    shapeOf(joinedNames) {
      let shape = shapes.get(joinedNames);
      if (shape === undefined) {
        shape = newShape(joinedNames);
        if (shapes.size >= MAX_SHAPES) shapes.clear();
        shapes.set(joinedNames, shape);
      }
      return shape;
    },

    all(value, shape, mode, safeIntegers, rows) {
      takeStrings(value);
      const count = words[WORD_ROWS]!;
      const columns = words[WORD_COLUMNS]!;
      const width = 2 * columns;
      const end = FIRST + count * width;
      const read = safeIntegers ? cellBigInt : cell;
      let row = rows.length;
      if (mode === FLAT) {
        const reader = objectReader(shape!, count, safeIntegers);
        if (reader !== undefined) reader.many(rows, FIRST, end);
        else for (let at = FIRST; at < end; at += width) rows[row++] = flatRow(shape!, at, read);
      } else if (mode === RAW) {
        const reader = arrayReader(columns, count, safeIntegers);
        if (reader !== undefined) reader.many(rows, FIRST, end);
        else for (let at = FIRST; at < end; at += width) rows[row++] = rawRow(columns, at, read);
      } else {
        for (let at = FIRST; at < end; at += width) rows[row++] = read(at);
      }
      dropStrings();
    },

    first(value, shape, mode, safeIntegers) {
      takeStrings(value);
      const read = safeIntegers ? cellBigInt : cell;
      let row: unknown;
      if (mode === FLAT) {
        const reader = objectReader(shape!, 1, safeIntegers);
        row = reader === undefined ? flatRow(shape!, FIRST, read) : reader.one(FIRST);
      } else if (mode === RAW) {
        const columns = words[WORD_COLUMNS]!;
        const reader = arrayReader(columns, 1, safeIntegers);
        row = reader === undefined ? rawRow(columns, FIRST, read) : reader.one(FIRST);
      } else {
        row = read(FIRST);
      }
      dropStrings();
      return row;
    },
  };
}
