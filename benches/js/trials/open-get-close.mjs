import { MIXED_COLUMNS, fillMixedTable } from '../mixed-table.mjs';

export const title = 'open, get, close';
export const unit = 'connection';
export const unitsPerRun = 1;

export function setUp() {
  // The file that is opened is not the one that is already open.
}

export function prepare(_, { driver, path }) {
  const file = `${path}-opened`;
  const db = driver.open(file);
  db.exec('PRAGMA journal_mode = wal');
  fillMixedTable(db, 1000);
  db.close();
  function openGetClose(id) {
    const opened = driver.open(file);
    const row = opened.prepare(`SELECT ${MIXED_COLUMNS} FROM mixed WHERE id = ?`).get(id);
    opened.close();
    return row ?? null;
  }
  return {
    run(count) {
      let row;
      for (let done = 0; done < count; done++) row = openGetClose((done % 1000) + 1);
      return row;
    },
    answer: () => [openGetClose(1), openGetClose(1001)],
  };
}
