import { fill } from '../fill.mjs';

export const title = 'all, 100 rows with bigints';
export const unit = 'row';
export const unitsPerRun = 100;
export const needs = ['safeIntegers'];

const SQL = 'SELECT id, amount, text FROM entries';

export const floor = { sql: SQL };

export function setUp(db) {
  db.exec('CREATE TABLE entries (id INTEGER PRIMARY KEY, amount INTEGER, text TEXT)');
  const rows = Array.from({ length: unitsPerRun }, (_, index) => [
    index + 1,
    2n ** 53n + BigInt(index) ** 4n,
    `entry ${index}`,
  ]);
  fill(db, 'INSERT INTO entries VALUES (?, ?, ?)', rows);
}

export function prepare(db, { driver }) {
  const statement = driver.safeIntegers(db.prepare(SQL));
  return {
    run(count) {
      let rows;
      for (let done = 0; done < count; done++) rows = statement.all();
      return rows;
    },
    answer: () => statement.all(),
  };
}
