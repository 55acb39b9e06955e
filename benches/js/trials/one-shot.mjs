// Statements that are used once, each with SQL of its own, all with the same columns.
import { OPPORTUNITY_COLUMNS, fillOpportunitiesTable } from '../opportunities-table.mjs';

export const title = 'one-shot statement, 20 rows of 8 columns';
export const unit = 'statement';
export const unitsPerRun = 1;

const ROWS = 2000;
const sql = (number) =>
  `SELECT ${OPPORTUNITY_COLUMNS} FROM opportunities WHERE id > ${number % (ROWS - 20)} AND ${number} >= 0 LIMIT 20`;

export const floor = { sql: Array.from({ length: ROWS }, (_, index) => sql(index)) };

export function setUp(db) {
  fillOpportunitiesTable(db, ROWS);
}

export function prepare(db) {
  let next = 0;
  return {
    run(count) {
      let rows;
      for (let done = 0; done < count; done++) rows = db.prepare(sql(next++)).all();
      return rows;
    },
    answer: () => [0, 1, ROWS].map((number) => db.prepare(sql(number)).all()),
  };
}
