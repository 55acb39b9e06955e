// SQL that the connection has not seen before, of a shape that it has: no cache of statements helps.
import { MIXED_COLUMNS, fillMixedTable } from '../mixed-table.mjs';

export const title = 'prepare and get of fresh SQL';
export const unit = 'statement';
export const unitsPerRun = 1;

const ROWS = 1000;
const sql = (number) =>
  `SELECT ${MIXED_COLUMNS} FROM mixed WHERE id = ${(number % ROWS) + 1} AND ${number} >= 0`;

export const floor = { sql: Array.from({ length: ROWS }, (_, index) => sql(index)) };

export function setUp(db) {
  fillMixedTable(db, ROWS);
}

export function prepare(db) {
  let next = 0;
  return {
    run(count) {
      let row;
      for (let done = 0; done < count; done++) row = db.prepare(sql(next++)).get();
      return row;
    },
    answer: () => [0, 1, ROWS - 1].map((number) => db.prepare(sql(number)).get()),
  };
}
