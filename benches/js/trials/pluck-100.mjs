import { fillMixedTable } from '../mixed-table.mjs';

export const title = 'all, 100 values plucked';
export const unit = 'value';
export const unitsPerRun = 100;
export const needs = ['pluck'];

const ROWS = 1000;
const STARTS = ROWS - unitsPerRun;
const SQL = `SELECT text FROM mixed WHERE id >= ? LIMIT ${unitsPerRun}`;

export const floor = { sql: SQL, parameters: Array.from({ length: STARTS }, (_, index) => [index + 1]) };

export function setUp(db) {
  fillMixedTable(db, ROWS);
}

export function prepare(db, { driver }) {
  const statement = driver.pluck(db.prepare(SQL));
  let next = 0;
  return {
    run(count) {
      let values;
      for (let done = 0; done < count; done++) values = statement.all((next++ % STARTS) + 1);
      return values;
    },
    answer: () => [statement.all(1), statement.all(STARTS), statement.all(ROWS + 1)],
  };
}
