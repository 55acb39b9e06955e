/** `insertMany()`: many rows into one table, as fast as SQLite takes them. */
import { checkInsertOptions, INSERT_NAMES, type InsertOptions, type InsertResult } from './options';
import { insertAsTheyCome, insertAtOnce } from './connection';
import { insertOnPool } from './pool';
import { isConnection, isPoolOrTransaction, type BulkDatabase, type BulkTarget } from './target';
import type { Row } from './columns';

export type InsertRows = Iterable<Row> | AsyncIterable<Row>;

/**
 * Inserts rows: arrays with a value for each column, or objects with a property for each.
 *
 * All of them or, when one is wrong or is refused, none; with `transactionRows` those of the transactions that were
 * committed before stay. On a connection everything is done before the call returns, on a pool the writer's thread
 * does it.
 *
 * @throws {RowError} which says the row.
 */
export async function insertMany(
  db: BulkTarget,
  table: string,
  rows: InsertRows,
  options: InsertOptions = {},
): Promise<InsertResult> {
  const checked = checkInsertOptions(options, INSERT_NAMES);
  checkTable(table);
  checkRows(rows);
  if (isPoolOrTransaction(db)) return insertOnPool(db, table, rows, checked);
  requireConnection(db);
  if (Symbol.iterator in rows) return insertAtOnce(db, table, rows, checked);
  return insertAsTheyCome(db, table, rows, checked);
}

/** {@link insertMany} for a connection and rows that are at hand: what is wrong is thrown, as inside of a transaction. */
export function insertManySync(
  db: BulkDatabase,
  table: string,
  rows: Iterable<Row>,
  options: InsertOptions = {},
): InsertResult {
  const checked = checkInsertOptions(options, INSERT_NAMES);
  checkTable(table);
  if (typeof rows !== 'object' || rows === null || !(Symbol.iterator in rows)) {
    throw new TypeError('Expected the rows to be an iterable');
  }
  requireConnection(db);
  return insertAtOnce(db, table, rows, checked);
}

export function checkTable(table: unknown): void {
  if (typeof table !== 'string') throw new TypeError('Expected the name of the table to be a string');
}

function checkRows(rows: unknown): void {
  const isRows =
    typeof rows === 'object' && rows !== null && (Symbol.iterator in rows || Symbol.asyncIterator in rows);
  if (!isRows) throw new TypeError('Expected the rows to be an iterable or async iterable');
}

export function requireConnection(db: unknown): void {
  if (!isConnection(db)) throw new TypeError('Expected first argument to be a connection or a pool');
  if (!db.open) throw new TypeError('The database connection is not open');
}
