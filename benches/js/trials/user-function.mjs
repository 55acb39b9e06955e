import { fillMixedTable } from '../mixed-table.mjs';

export const title = 'query that calls a function 1,000 times';
export const unit = 'call of the function';
export const unitsPerRun = 1000;
export const needs = ['define'];

export function setUp(db) {
  fillMixedTable(db, unitsPerRun);
}

export function prepare(db, { driver }) {
  driver.define(db, 'weight', (real, text) => real * text.length);
  const statement = db.prepare('SELECT sum(weight(real, text)) AS weight FROM mixed');
  return {
    run(count) {
      let row;
      for (let done = 0; done < count; done++) row = statement.get();
      return row;
    },
    answer: () => statement.get(),
  };
}
