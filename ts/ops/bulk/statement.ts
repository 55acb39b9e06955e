/** The text of the statement that inserts, and which row of several it has failed for. */
import { findError } from '../find-error';
import type { CheckedInsertOptions } from './options';
import { quoted } from '../../core';
import type { Table } from './columns';

const list = (names: readonly string[]): string => names.map(quoted).join(', ');

/**
 * The statement for rows with these columns.
 *
 * @param values - `VALUES (...)`, or a SELECT that has a WHERE: without one SQLite takes ON for that of a join.
 */
function insertOf(
  { name, schema }: Table,
  columns: readonly string[],
  { onConflict, returning }: CheckedInsertOptions,
  values: string,
): string {
  const or = onConflict === 'replace' ? ' OR REPLACE' : '';
  let sql = `INSERT${or} INTO ${quoted(schema)}.${quoted(name)} (${list(columns)}) ${values}`;
  if (onConflict === 'ignore') {
    sql += ' ON CONFLICT DO NOTHING';
  } else if (typeof onConflict === 'object') {
    const { target, update = columns.filter((column) => !target.includes(column)) } = onConflict;
    const set = update.map((column) => `${quoted(column)} = excluded.${quoted(column)}`).join(', ');
    sql += ` ON CONFLICT (${list(target)}) DO ${set === '' ? 'NOTHING' : `UPDATE SET ${set}`}`;
  }
  if (returning !== undefined) sql += ` RETURNING ${returning === '*' ? '*' : list(returning)}`;
  return sql;
}

/** For many rows, given as `batch/encode-rows.ts` writes them. */
export function insertGiven(table: Table, columns: readonly string[], options: CheckedInsertOptions): string {
  const cells = columns.map((_, column) => `c${column}`).join(', ');
  return insertOf(table, columns, options, `SELECT ${cells} FROM frl_rows(?, ?, ?) WHERE true`);
}

/** For one row. */
export function insertOne(table: Table, columns: readonly string[], options: CheckedInsertOptions): string {
  return insertOf(table, columns, options, `VALUES (${columns.map(() => '?').join(', ')})`);
}

/** Whether a row can be to blame: not for a lock, a full disk, or an interruption. */
export function isOfRow(error: unknown): boolean {
  const code = findError(error)?.code ?? '';
  return /^SQLITE_(?:CONSTRAINT|MISMATCH|TOOBIG|ERROR)/.test(code);
}

/**
 * Finds the row for which a statement with `count` rows fails: a caller executes it for the rows of each range that is
 * yielded, and answers whether that succeeded. What is returned is the row's position; all rows before it are inserted.
 */
export function* searchRow(count: number): Generator<readonly [from: number, to: number], number, boolean> {
  let inserted = 0;
  let end = count;
  while (end - inserted > 1) {
    const middle = inserted + Math.floor((end - inserted) / 2);
    const succeeded = yield [inserted, middle];
    if (succeeded) inserted = middle;
    else end = middle;
  }
  return inserted;
}
