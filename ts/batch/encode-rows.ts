/**
 * Writes many rows into the three values that `src/sqlite/given_rows.rs` makes a table of: slots, texts, blobs.
 *
 * Texts are joined, so that one call of Node-API encodes all of them; that is what makes a row cheap.
 */
import { bindable } from './encode-params';
import * as layout from './layout';

const { TAG_BIGINT_ARGUMENT, TAG_BLOB_ARGUMENT, TAG_NULL, TAG_TEXT_ARGUMENT } = layout;

/** Cells of one statement: with its texts they fit into the buffer that a statement keeps for its parameters. */
export const CELLS_PER_STATEMENT = 4096;
/** Code units and bytes after which a statement takes no further row. */
const CONTENT_PER_STATEMENT = 24 * 1024;

/** What a statement is given for its rows. */
export type GivenRows = readonly [slots: Uint8Array, texts: string, blobs: Uint8Array | null];

/** Collects the cells of rows; used again for each statement. */
export class RowEncoder {
  readonly #memory: Uint8Array;
  readonly #words: Int32Array;
  readonly #reals: Float64Array;
  #next = 1;
  #texts: string[] = [];
  #blobs: Uint8Array[] = [];
  #content = 0;

  constructor(columns: number, rows: number) {
    const memory = new ArrayBuffer(8 * (1 + columns * rows));
    this.#memory = new Uint8Array(memory);
    this.#words = new Int32Array(memory);
    this.#reals = new Float64Array(memory);
    this.#words[0] = columns;
  }

  /** Cells that were added. */
  get added(): number {
    return this.#next - 1;
  }

  /** Whether the statement should be executed before there are more rows. */
  get isFull(): boolean {
    return this.#content >= CONTENT_PER_STATEMENT || this.#next === this.#reals.length;
  }

  /**
   * Adds a cell. Runs no code of the user.
   *
   * @throws {TypeError | RangeError} for a value that SQLite cannot store; to be followed by {@link clear}.
   */
  add(value: unknown): void {
    const at = this.#next;
    switch (typeof value) {
      case 'number':
        // As parameters are bound: every number is a REAL, and NaN is NULL.
        if (value === value) this.#reals[at] = value;
        else this.#words[2 * at + 1] = TAG_NULL;
        break;
      case 'string':
        this.#words[2 * at] = value.length;
        this.#words[2 * at + 1] = TAG_TEXT_ARGUMENT;
        this.#texts.push(value);
        this.#content += value.length;
        break;
      default:
        this.#addOther(at, value);
    }
    this.#next = at + 1;
  }

  #addOther(at: number, value: unknown): void {
    const stored = bindable(value);
    if (stored === undefined || stored === null) {
      this.#words[2 * at + 1] = TAG_NULL;
      return;
    }
    let bytes: Uint8Array;
    if (typeof stored === 'bigint') {
      this.#words[2 * at + 1] = TAG_BIGINT_ARGUMENT;
      bytes = new Uint8Array(BigInt64Array.of(stored).buffer);
    } else {
      bytes = stored as Uint8Array;
      this.#words[2 * at] = bytes.length;
      this.#words[2 * at + 1] = TAG_BLOB_ARGUMENT;
    }
    this.#blobs.push(bytes);
    this.#content += bytes.length;
  }

  /** The rows that were added, to be executed before anything is added again. */
  take(): GivenRows {
    const slots = this.#memory.subarray(0, 8 * this.#next);
    // Each text is followed by a NUL: halves of two texts must not meet and become one character.
    this.#texts.push('');
    const texts = this.#texts.join('\0');
    const blobs = this.#blobs.length === 0 ? null : Buffer.concat(this.#blobs);
    this.clear();
    return [slots, texts, blobs];
  }

  /** Forgets what was added. */
  clear(): void {
    this.#next = 1;
    this.#texts = [];
    this.#blobs = [];
    this.#content = 0;
  }
}
