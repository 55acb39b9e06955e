import { MIXED_COLUMNS, fillMixedTable } from '../mixed-table.mjs';

export const title = 'all, 100 rows as arrays';
export const unit = 'row';
export const unitsPerRun = 100;
export const needs = ['raw'];

const ROWS = 1000;
const STARTS = ROWS - unitsPerRun;
const SQL = `SELECT ${MIXED_COLUMNS} FROM mixed WHERE id >= ? LIMIT ${unitsPerRun}`;

export const floor = { sql: SQL, parameters: Array.from({ length: STARTS }, (_, index) => [index + 1]) };

export function setUp(db) {
  fillMixedTable(db, ROWS);
}

export function prepare(db, { driver }) {
  const statement = driver.raw(db.prepare(SQL));
  let next = 0;
  return {
    run(count) {
      let rows;
      for (let done = 0; done < count; done++) rows = statement.all((next++ % STARTS) + 1);
      return rows;
    },
    answer: () => [statement.all(1), statement.all(STARTS), statement.all(ROWS + 1)],
  };
}
