// Statements whose columns the process has never seen. A shape is new only once, and V8 gives up
// on fast objects after some 1,500 of them; so the slots are few and of a fixed size, and each
// driver has names of its own.
import { OPPORTUNITY_COLUMNS, fillOpportunitiesTable } from '../opportunities-table.mjs';

export const title = 'one-shot statement of a new shape, 20 rows of 8 columns';
export const unit = 'statement';
export const unitsPerRun = 1;
export const runs = 12;
export const maxRounds = 15;

const ROWS = 2000;
const COLUMNS = OPPORTUNITY_COLUMNS.split(', ');

const sql = (name, number) =>
  `SELECT ${COLUMNS.map((column, index) => `${column} AS ${name}_${number}_${index}`).join()}
   FROM opportunities WHERE id > ${number % (ROWS - 20)} LIMIT 20`;

export const floor = { sql: Array.from({ length: ROWS }, (_, index) => sql('floor', index)) };

export function setUp(db) {
  fillOpportunitiesTable(db, ROWS);
}

export function prepare(db, { driver }) {
  const name = driver.name.replaceAll(/\W/g, '_');
  let next = 0;
  return {
    run(count) {
      let rows;
      for (let done = 0; done < count; done++) rows = db.prepare(sql(name, next++)).all();
      return rows;
    },
    answer: () => [0, 1].map((number) => db.prepare(sql('answer', number)).all()),
  };
}
