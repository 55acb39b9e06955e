/** Inserting on a pool: while its writer executes a statement, the next one's rows are read. */
import { Batches, Tally, type Batch } from './batch';
import { COLUMNS_SQL, Table, type TableColumn } from './columns';
import type { CheckedInsertOptions, InsertResult } from './options';
import { insertGiven, isOfRow, searchRow } from './statement';
import { isPool, PLAIN_ROWS, type BulkPool, type BulkTransaction } from './target';
import { untilAborted } from './until-aborted';
import type { GivenRows } from '../../batch/encode-rows';

/** Whether integers are bigints is the pool's setting. */
const RETURNED_ROWS = { raw: false, pluck: false, expand: false } as const;

type Rows = Iterable<unknown> | AsyncIterable<unknown>;

/** Takes rows from either kind of source. */
class Source {
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;

  constructor(rows: Rows) {
    this.#iterator = Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
  }

  /** The next row, or a promise of it. */
  next(): IteratorResult<unknown> | Promise<IteratorResult<unknown>> {
    return this.#iterator.next();
  }

  /** Not awaited: a generator that is waiting for something ends when that is there. */
  leave(): void {
    // What it is left for is reported, and not what comes of it.
    const left = (async () => this.#iterator.return?.())();
    left.catch(() => undefined);
  }
}

/** Between two statements the event loop runs, also where all rows are at hand. */
class PoolInsert {
  readonly #options: CheckedInsertOptions;
  readonly #table: Table;
  readonly #batches: Batches;
  readonly tally: Tally;
  #sql: string | undefined;
  #sourceEnded = false;

  constructor(table: Table, options: CheckedInsertOptions) {
    this.#options = options;
    this.#table = table;
    this.#batches = new Batches(table, options);
    this.tally = new Tally(options);
  }

  get hasEnded(): boolean {
    return this.#sourceEnded && this.#batches.isEmpty;
  }

  /** Reads rows until a statement is full. Undefined: there are none. */
  async #next(source: Source, room: number): Promise<(Batch & { readonly given: GivenRows }) | undefined> {
    const batches = this.#batches;
    if (room === 0) return undefined;
    batches.room = room;
    while (!this.#sourceEnded && (batches.isEmpty || !batches.isFull)) {
      let next = source.next();
      if (next instanceof Promise) next = await next;
      if (next.done === true) this.#sourceEnded = true;
      else batches.add(next.value);
    }
    return batches.isEmpty ? undefined : batches.take();
  }

  /** Inserts rows of the source in a transaction: all of them, or so many as one may have. */
  async insert(tx: BulkTransaction, source: Source, atMost: number): Promise<void> {
    let left = atMost;
    let batch = await this.#next(source, left);
    while (batch !== undefined) {
      left -= batch.rows.length;
      const executed = this.#execute(tx, batch.given);
      // Handled where it is awaited; the source may fail before.
      executed.catch(() => undefined);
      let following: typeof batch | undefined;
      let failed: { readonly thrown: unknown } | undefined;
      try {
        following = await this.#next(source, left);
      } catch (thrown) {
        failed = { thrown };
      }
      try {
        await executed;
      } catch (error) {
        // The earlier row is what is reported.
        throw await this.#explained(tx, batch, error);
      }
      if (failed !== undefined) throw failed.thrown;
      this.tally.done(batch.rows.length);
      batch = following;
    }
  }

  async #execute(tx: BulkTransaction, given: readonly unknown[]): Promise<void> {
    this.#sql ??= insertGiven(this.#table, this.#batches.columns!, this.#options);
    if (this.#options.returning === undefined) this.tally.changed(await tx.run(this.#sql, given));
    else this.tally.returned(await tx.all(this.#sql, given, RETURNED_ROWS));
  }

  async #explained(tx: BulkTransaction, batch: Batch, error: unknown): Promise<unknown> {
    if (!isOfRow(error)) return error;
    const search = searchRow(batch.rows.length);
    let last = error;
    for (let step = search.next(); ;) {
      const [from, to] = step.done === true ? [step.value, step.value + 1] : step.value;
      const failed = await this.#try(tx, batch.rows.slice(from, to));
      // The transaction has ended: nothing can be found out any more.
      if (failed !== undefined && !isOfRow(failed)) return error;
      if (failed !== undefined) last = failed;
      if (step.done === true) return this.#batches.refused(batch, step.value, last);
      step = search.next(failed === undefined);
    }
  }

  async #try(tx: BulkTransaction, rows: readonly unknown[]): Promise<unknown> {
    try {
      await this.#execute(tx, this.#batches.again(rows));
      return undefined;
    } catch (error) {
      return error;
    }
  }
}

/** Inserts rows on a pool, or in a transaction of one, of which it becomes a part. */
export async function insertOnPool(
  target: BulkPool | BulkTransaction,
  table: string,
  rows: Rows,
  options: CheckedInsertOptions,
): Promise<InsertResult> {
  const { transactionRows = Infinity, maxHoldMs, signal, schema } = options;
  const pool = isPool(target) ? target : undefined;
  if (pool === undefined && transactionRows !== Infinity) {
    throw new TypeError('Transactions of "transactionRows" cannot be made inside of another transaction');
  }
  signal?.throwIfAborted();
  const columns = await target.all(COLUMNS_SQL, [table, schema], PLAIN_ROWS);
  const insert = new PoolInsert(new Table(table, schema, columns as TableColumn[]), options);
  // The signal of a transaction that is made here ends that, and with it the waiting for a row.
  const isWatched = pool !== undefined || !(Symbol.asyncIterator in rows);
  const source = new Source(isWatched ? rows : untilAborted(rows, signal));
  let done = false;
  const limits = pool === undefined ? undefined : { maxHoldMs, ...(signal !== undefined && { signal }) };
  try {
    while (!insert.hasEnded) {
      const before = insert.tally.progress.rows;
      await target.transaction((tx) => insert.insert(tx, source, transactionRows), limits);
      if (insert.tally.progress.rows > before) insert.tally.transactions += 1;
    }
    done = true;
    return insert.tally.result;
  } finally {
    if (!done) source.leave();
  }
}
