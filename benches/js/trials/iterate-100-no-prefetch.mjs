// Once a connection has a function, ours takes rows one by one: the function might have side
// effects. libsql has no functions and goes on as without.
import { MIXED_COLUMNS, fillMixedTable } from '../mixed-table.mjs';

export const title = 'iterate, 100 rows, a function on the connection';
export const unit = 'row';
export const unitsPerRun = 100;

const ROWS = 1000;
const STARTS = ROWS - unitsPerRun;
const SQL = `SELECT ${MIXED_COLUMNS} FROM mixed WHERE id >= ? LIMIT ${unitsPerRun}`;

export const floor = { sql: SQL, parameters: Array.from({ length: STARTS }, (_, index) => [index + 1]) };

export function setUp(db) {
  fillMixedTable(db, ROWS);
}

export function prepare(db, { driver }) {
  driver.define?.(db, 'unused', (value) => value);
  const statement = db.prepare(SQL);
  let next = 0;
  return {
    run(count) {
      let last;
      for (let done = 0; done < count; done++) {
        for (const row of statement.iterate((next++ % STARTS) + 1)) last = row;
      }
      return last;
    },
    answer: () => [
      [...statement.iterate(1)],
      [...statement.iterate(STARTS)],
      [...statement.iterate(ROWS + 1)],
    ],
  };
}
