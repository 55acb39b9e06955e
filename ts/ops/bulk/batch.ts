/** Rows on their way into statements, and what became of them. */
import { CELLS_PER_STATEMENT, RowEncoder, type GivenRows } from '../../batch/encode-rows';
import { bindable } from '../../batch/encode-params';
import { Fault, RowReader, type Table, type Values } from './columns';
import type { BulkProgress, CheckedInsertOptions, InsertResult } from './options';
import { RowError } from './row-error';

/** Rows that one statement inserts. */
export interface Batch {
  /** The index of the first. */
  readonly first: number;
  readonly rows: readonly unknown[];
}

/** A row that knows where in a file it stands. */
export interface WithLine {
  readonly line?: number;
}

/** The values of one row, as parameters. */
class Collected implements Values {
  readonly values: unknown[] = [];

  get added(): number {
    return this.values.length;
  }

  add(value: unknown): void {
    this.values.push(bindable(value));
  }
}

/** Reads rows one after the other and cuts them into batches. */
export class Batches {
  readonly #table: Table;
  readonly #options: CheckedInsertOptions;
  #reader: RowReader | undefined;
  #encoder: RowEncoder | undefined;
  #rows: unknown[] = [];
  #first = 0;
  #capacity = 1;
  /** Rows that the transaction can still have. */
  room = Infinity;

  constructor(table: Table, options: CheckedInsertOptions) {
    this.#table = table;
    this.#options = options;
  }

  /** Undefined before the first row. */
  get columns(): readonly string[] | undefined {
    return this.#reader?.columns;
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  /** Whether the rows should be inserted before there are more. */
  get isFull(): boolean {
    const { length } = this.#rows;
    return length >= this.#capacity || length >= this.room || this.#encoder?.isFull === true;
  }

  /** @throws {RowError} for a row that is not of the form of the first, or has a value that cannot be stored. */
  add(row: unknown): void {
    try {
      const { reader, encoder } = this.#begin(row);
      reader.read(row, encoder);
      this.#rows.push(row);
    } catch (error) {
      throw this.#at(error, this.#first + this.#rows.length, row);
    }
  }

  #begin(row: unknown): { reader: RowReader; encoder: RowEncoder } {
    if (this.#reader === undefined || this.#encoder === undefined) {
      this.#reader = new RowReader(row, this.#table, this.#options);
      const { length } = this.#reader.columns;
      this.#capacity = Math.min(
        this.#options.batchRows,
        Math.max(1, Math.floor(CELLS_PER_STATEMENT / length)),
      );
      this.#encoder = new RowEncoder(length, this.#capacity);
    }
    return { reader: this.#reader, encoder: this.#encoder };
  }

  /** What was added since the last call, and its rows as they travel. */
  take(): Batch & { readonly given: GivenRows } {
    const batch = { first: this.#first, rows: this.#rows, given: this.#encoder!.take() };
    this.#first += this.#rows.length;
    this.#rows = [];
    return batch;
  }

  /** Some rows of a batch as they travel. */
  again(rows: readonly unknown[]): GivenRows {
    const encoder = this.#encoder!;
    encoder.clear();
    for (const row of rows) this.#reader!.read(row, encoder);
    return encoder.take();
  }

  /** The values of one row. */
  valuesOf(row: unknown): unknown[] {
    const values = new Collected();
    this.#reader!.read(row, values);
    return values.values;
  }

  /** The error for a row that SQLite has refused. */
  refused({ first, rows }: Batch, position: number, error: unknown): unknown {
    const reason = error instanceof Error ? error.message : String(error);
    return this.#at(new Fault(`was refused: ${reason}`, error), first + position, rows[position]);
  }

  #at(error: unknown, index: number, row: unknown): unknown {
    if (!(error instanceof Fault)) return error;
    const { reason, cause } = error;
    const line = (row as WithLine | null | undefined)?.line;
    const isLine = Array.isArray(row) && typeof line === 'number';
    return new RowError(
      reason,
      index,
      isLine ? line : undefined,
      cause === undefined ? undefined : { cause },
    );
  }
}

/** Counts what was inserted. */
export class Tally {
  readonly #options: CheckedInsertOptions;
  readonly #since = performance.now();
  readonly #returned: unknown[] = [];
  #rows = 0;
  #changes = 0;
  #lastInsertRowid: number | bigint = 0;
  transactions = 0;

  constructor(options: CheckedInsertOptions) {
    this.#options = options;
  }

  changed({ changes, lastInsertRowid }: { changes: number; lastInsertRowid: number | bigint }): void {
    this.#changes += changes;
    if (changes > 0) this.#lastInsertRowid = lastInsertRowid;
  }

  returned(rows: readonly unknown[]): void {
    this.#changes += rows.length;
    for (const row of rows) this.#returned.push(row);
  }

  /** So many rows are done with. */
  done(rows: number): void {
    this.#rows += rows;
    const { onProgress, signal } = this.#options;
    onProgress?.(this.progress);
    signal?.throwIfAborted();
  }

  get progress(): BulkProgress {
    return { rows: this.#rows, changes: this.#changes, elapsedMs: performance.now() - this.#since };
  }

  get result(): InsertResult {
    return {
      rows: this.#rows,
      changes: this.#changes,
      lastInsertRowid: this.#lastInsertRowid,
      transactions: this.transactions,
      returned: this.#returned,
    };
  }
}
