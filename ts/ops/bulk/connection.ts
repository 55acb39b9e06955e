/** Inserting on a connection: everything of one transaction in one go, as nothing else may come between. */
import { acceptGivenRows } from '../../core';
import { Batches, Tally, type Batch } from './batch';
import { COLUMNS_SQL, Table, type TableColumn } from './columns';
import type { CheckedInsertOptions, InsertResult } from './options';
import { insertGiven, insertOne, isOfRow, searchRow } from './statement';
import type { BulkDatabase, BulkStatement } from './target';
import { untilAborted } from './until-aborted';

/** The rows of a connection's transaction. */
export class ConnectionInsert {
  readonly #db: BulkDatabase;
  readonly #options: CheckedInsertOptions;
  readonly #table: Table;
  readonly #batches: Batches;
  readonly #tally: Tally;
  /** Whether many rows can be given to one statement: not to one of another driver. */
  readonly #many: boolean;
  #statement: BulkStatement | undefined;

  constructor(db: BulkDatabase, table: string, options: CheckedInsertOptions) {
    if (db.inTransaction && options.transactionRows !== undefined) {
      throw new TypeError('Transactions of "transactionRows" cannot be made inside of another transaction');
    }
    this.#db = db;
    this.#options = options;
    const columns = (db.prepare(COLUMNS_SQL) as BulkStatement).safeIntegers(false).all(table, options.schema);
    this.#table = new Table(table, options.schema, columns as TableColumn[]);
    this.#batches = new Batches(this.#table, options);
    this.#tally = new Tally(options);
    this.#many = acceptGivenRows(db);
  }

  get result(): InsertResult {
    return this.#tally.result;
  }

  /**
   * Inserts rows in one transaction: all of them, or so many as one may have. False: there are no more.
   *
   * Of a transaction that is open already it becomes a part, with a savepoint.
   */
  transaction(rows: Iterator<unknown>, atMost: number): boolean {
    this.#options.signal?.throwIfAborted();
    let more = true;
    const before = this.#tally.progress.rows;
    this.#db
      .transaction(() => {
        more = this.#insert(rows, atMost);
      })
      .immediate();
    if (this.#tally.progress.rows > before) this.#tally.transactions += 1;
    return more;
  }

  #insert(rows: Iterator<unknown>, atMost: number): boolean {
    const batches = this.#batches;
    let left = atMost;
    while (left > 0) {
      batches.room = left;
      const next = rows.next();
      if (next.done !== true) batches.add(next.value);
      if (next.done === true ? !batches.isEmpty : batches.isFull) {
        const batch = batches.take();
        left -= batch.rows.length;
        if (this.#many) this.#given(batch, batch.given);
        else this.#oneByOne(batch);
        this.#tally.done(batch.rows.length);
      }
      if (next.done === true) return false;
    }
    return true;
  }

  #prepared(make: typeof insertGiven): BulkStatement {
    return (this.#statement ??= this.#db.prepare(
      make(this.#table, this.#batches.columns!, this.#options),
    ) as BulkStatement);
  }

  #execute(values: readonly unknown[], make: typeof insertGiven): void {
    const statement = this.#prepared(make);
    if (statement.reader) this.#tally.returned(statement.all(...values));
    else this.#tally.changed(statement.run(...values));
  }

  #given(batch: Batch, given: readonly unknown[]): void {
    try {
      this.#execute(given, insertGiven);
    } catch (error) {
      throw this.#explained(batch, error);
    }
  }

  /** With the row to which it is due. */
  #explained(batch: Batch, error: unknown): unknown {
    // ON CONFLICT ROLLBACK, or a RAISE, has ended the transaction: the rows before are gone.
    if (!isOfRow(error) || !this.#db.inTransaction) return error;
    const search = searchRow(batch.rows.length);
    let last = error;
    for (let step = search.next(); ;) {
      if (step.done === true)
        return this.#batches.refused(batch, step.value, this.#errorOf(batch, step.value) ?? last);
      const [from, to] = step.value;
      const failed = this.#try(batch.rows.slice(from, to));
      if (failed !== undefined) last = failed;
      step = search.next(failed === undefined);
    }
  }

  #errorOf({ rows }: Batch, position: number): unknown {
    return this.#try([rows[position]]);
  }

  #try(rows: readonly unknown[]): unknown {
    try {
      this.#execute(this.#batches.again(rows), insertGiven);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #oneByOne(batch: Batch): void {
    for (const [position, row] of batch.rows.entries()) {
      try {
        this.#execute(this.#batches.valuesOf(row), insertOne);
      } catch (error) {
        throw isOfRow(error) ? this.#batches.refused(batch, position, error) : error;
      }
    }
  }
}

/** Inserts rows that are at hand. */
export function insertAtOnce(
  db: BulkDatabase,
  table: string,
  rows: Iterable<unknown>,
  options: CheckedInsertOptions,
): InsertResult {
  const insert = new ConnectionInsert(db, table, options);
  const iterator = rows[Symbol.iterator]();
  let done = false;
  try {
    while (insert.transaction(iterator, options.transactionRows ?? Infinity));
    done = true;
    return insert.result;
  } finally {
    if (!done) leave(iterator);
  }
}

/** What ends the source must not hide why it is ended. */
function leave(iterator: Iterator<unknown>): void {
  try {
    iterator.return?.();
  } catch {
    // The first error is what is reported.
  }
}

/** Inserts rows that have to be waited for: those of each transaction are collected first. */
export async function insertAsTheyCome(
  db: BulkDatabase,
  table: string,
  rows: AsyncIterable<unknown>,
  options: CheckedInsertOptions,
): Promise<InsertResult> {
  const { transactionRows } = options;
  if (transactionRows === undefined) {
    throw new TypeError(
      'Rows of an async iterable need the option "transactionRows" on a connection, because other code would run inside of one transaction for all; or a pool',
    );
  }
  const insert = new ConnectionInsert(db, table, options);
  let collected: unknown[] = [];
  const commit = (): void => {
    const taken = collected;
    collected = [];
    if (taken.length > 0) insert.transaction(taken.values(), Infinity);
  };
  for await (const row of untilAborted(rows, options.signal)) {
    collected.push(row);
    if (collected.length >= transactionRows) commit();
  }
  commit();
  return insert.result;
}
