import { fill } from '../fill.mjs';

export const title = 'all, 100 blobs of 100 B';
export const unit = 'row';
export const unitsPerRun = 100;

const SQL = 'SELECT id, bytes FROM files';
const BYTES = 100;

export const floor = { sql: SQL };

export function setUp(db) {
  db.exec('CREATE TABLE files (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)');
  const rows = Array.from({ length: unitsPerRun }, (_, index) => [index + 1, Buffer.alloc(BYTES, index + 1)]);
  fill(db, 'INSERT INTO files VALUES (?, ?)', rows);
}

export function prepare(db) {
  const statement = db.prepare(SQL);
  return {
    run(count) {
      let rows;
      for (let done = 0; done < count; done++) rows = statement.all();
      return rows;
    },
    answer: () => statement.all().map(({ id, bytes }) => [id, Buffer.from(bytes).toString('hex')]),
  };
}
