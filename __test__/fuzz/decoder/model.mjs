// Writes row batches as docs/row-batch.md describes them. It shares no code and no constant with the package, or both
// could be wrong alike.

/** First bytes of the areas, and where the memory ends. */
export const AREAS = { cells: 128, blobs: 65_664, end: 65_664 + 32_768 };
export const CELLS = 8192;
export const BLOB_BYTES = 32_768;
/** What a place holds: lengths below the first, starts below the second. */
export const MAX_LENGTH = 2 ** 13 - 1;
export const MAX_START = 2 ** 18 - 1;
export const TAGS = { int32: -1, text: -2, null: -3, wideText: -4, blob: -5, detached: -6, int64: -7 };
export const FLAGS = { more: 1, extras: 2, reprepared: 4 };
const WORDS = { rows: 6, flags: 7, columns: 8 };

/** A string under construction, in which texts may stand anywhere. */
class Strings {
  text = '';

  /** @returns The place of `text`, behind `gap` characters that belong to nobody. */
  place(text, gap) {
    this.text += gap;
    const start = this.text.length;
    this.text += text;
    return placed(start, text.length);
  }
}

function placed(start, length) {
  if (start > MAX_START || length > MAX_LENGTH) throw new RangeError(`no place holds ${start} and ${length}`);
  return start * 2 ** 13 + length;
}

const hasWide = (text) => /[^\0-\u{ff}]/u.test(text);

/**
 * Writes a batch.
 *
 * @param memory - Of `newMemory`.
 * @param batch - `columns`, `rows` (of cells: `null`, or an object with one of `int32`, `real`, `int64`, `text`, `blob`
 *   and `detached`), `flags` besides that for extras, `needsExtras`, and `gapOf(kind)`: what stands before a value.
 * @returns What the call would have returned.
 */
export function writeBatch({ buffer }, batch) {
  const view = new DataView(buffer);
  const bytes = new Uint8Array(buffer);
  const oneByte = new Strings();
  const twoByte = new Strings();
  const extras = [];
  let at = AREAS.cells;
  let wide = CELLS;
  let blobBytes = 0;
  const put = (tag, low) => {
    view.setInt32(at, low, true);
    view.setInt32(at + 4, tag, true);
  };
  const write = (cell) => {
    if (cell === null) put(TAGS.null, 0);
    else if ('int32' in cell) put(TAGS.int32, cell.int32);
    else if ('real' in cell) view.setFloat64(at, cell.real, true);
    else if ('int64' in cell) {
      wide -= 1;
      view.setBigInt64(AREAS.cells + 8 * wide, cell.int64, true);
      put(TAGS.int64, wide);
    } else if ('text' in cell) {
      const isWide = hasWide(cell.text);
      const strings = isWide ? twoByte : oneByte;
      put(
        isWide ? TAGS.wideText : TAGS.text,
        strings.place(cell.text, batch.gapOf(isWide ? 'wide' : 'text')),
      );
    } else if ('blob' in cell) {
      blobBytes += batch.gapOf('blob');
      bytes.set(cell.blob, AREAS.blobs + blobBytes);
      put(TAGS.blob, placed(blobBytes, cell.blob.length));
      blobBytes += cell.blob.length;
    } else {
      put(TAGS.detached, extras.push(cell.detached) - 1);
    }
  };
  for (const row of batch.rows) {
    for (const cell of row) {
      write(cell);
      at += 8;
    }
  }
  if (at > AREAS.cells + 8 * wide || AREAS.blobs + blobBytes > AREAS.end) {
    throw new RangeError('the batch does not fit into its memory');
  }
  const hasExtras = batch.needsExtras || extras.length > 0 || twoByte.text !== '';
  view.setInt32(4 * WORDS.rows, batch.rows.length, true);
  view.setInt32(4 * WORDS.flags, batch.flags | (hasExtras ? FLAGS.extras : 0), true);
  // Without rows the number of columns is left as it was.
  if (batch.rows.length > 0) view.setInt32(4 * WORDS.columns, batch.columns, true);
  if (hasExtras) return [oneByte.text, twoByte.text, ...extras];
  return oneByte.text === '' ? undefined : oneByte.text;
}

/** Writes the three words of the header that the decoder reads, and nothing else. */
export function writeHeader({ buffer }, rows, flags, columns) {
  const view = new DataView(buffer);
  view.setInt32(4 * WORDS.rows, rows, true);
  view.setInt32(4 * WORDS.flags, flags, true);
  view.setInt32(4 * WORDS.columns, columns, true);
}

/** What a cell is for a user. */
export function valueOf(cell, safeIntegers) {
  if (cell === null) return null;
  if ('int32' in cell) return safeIntegers ? BigInt(cell.int32) : cell.int32;
  const [value] = Object.values(cell);
  return value;
}
