import { fill } from '../fill.mjs';

export const title = 'all, 100 texts of 1 KB';
export const unit = 'row';
export const unitsPerRun = 100;

const SQL = 'SELECT id, body FROM documents';
const CHARACTERS = 1024;
const SENTENCE = 'All happy tables are alike, each unhappy table is unhappy in its own way. ';

export const floor = { sql: SQL };

export function setUp(db) {
  db.exec('CREATE TABLE documents (id INTEGER PRIMARY KEY, body TEXT NOT NULL)');
  const rows = Array.from({ length: unitsPerRun }, (_, index) => [
    index + 1,
    `${index} `.concat(SENTENCE.repeat(CHARACTERS)).slice(0, CHARACTERS),
  ]);
  fill(db, 'INSERT INTO documents VALUES (?, ?)', rows);
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
