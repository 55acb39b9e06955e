import { fill } from '../fill.mjs';

export const title = 'all, 100,000 rows of 5 integers';
export const unit = 'row';
export const unitsPerRun = 100_000;

const SQL = 'SELECT id, a, b, c, d FROM integers';

export const floor = { sql: SQL };

export function setUp(db) {
  db.exec('CREATE TABLE integers (id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, c INTEGER, d INTEGER)');
  const rows = Array.from({ length: unitsPerRun }, (_, index) => [
    index + 1,
    index % 10,
    index * 7,
    -index,
    (index * 7919) % 100_003,
  ]);
  fill(db, 'INSERT INTO integers VALUES (?, ?, ?, ?, ?)', rows);
}

export function prepare(db) {
  const statement = db.prepare(SQL);
  return {
    run(count) {
      let rows;
      for (let done = 0; done < count; done++) rows = statement.all();
      return rows;
    },
    answer: () => statement.all(),
  };
}
