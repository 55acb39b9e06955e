// A lone get is mostly the file locks of its own read transaction; inside one, the binding shows.
import { MIXED_COLUMNS, fillMixedTable } from '../mixed-table.mjs';

export const title = 'get in a transaction';
export const unit = 'call';
export const unitsPerRun = 1;

const ROWS = 1000;
const SQL = `SELECT ${MIXED_COLUMNS} FROM mixed WHERE id = ?`;

export const floor = {
  sql: SQL,
  parameters: Array.from({ length: ROWS }, (_, index) => [index + 1]),
  slotBegin: 'BEGIN',
  slotEnd: 'COMMIT',
};

export function setUp(db) {
  fillMixedTable(db, ROWS);
}

export function prepare(db) {
  const statement = db.prepare(SQL);
  let next = 0;
  return {
    run(count) {
      let row;
      db.exec('BEGIN');
      for (let done = 0; done < count; done++) row = statement.get((next++ % ROWS) + 1);
      db.exec('COMMIT');
      return row;
    },
    answer: () => [1, 2, ROWS, ROWS + 1].map((id) => statement.get(id) ?? null),
  };
}
