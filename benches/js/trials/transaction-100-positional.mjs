import { MIXED_COLUMNS, createMixedTable, mixedContent, mixedRows } from '../mixed-table.mjs';

export const title = 'transaction(100), positional';
export const unit = 'insert';
export const unitsPerRun = 100;

export function setUp(db) {
  createMixedTable(db);
}

export function prepare(db) {
  const rows = mixedRows(unitsPerRun);
  const insert = db.prepare(`INSERT INTO mixed (${MIXED_COLUMNS}) VALUES (?, ?, ?, ?)`);
  const insertAll = db.transaction((list) => {
    for (const row of list) insert.run(row.nul, row.integer, row.real, row.text);
  });
  return {
    reset() {
      db.exec('DELETE FROM mixed; PRAGMA wal_checkpoint(TRUNCATE)');
    },
    run(count) {
      for (let done = 0; done < count; done++) insertAll(rows);
    },
    answer() {
      insertAll(rows);
      return mixedContent(db);
    },
  };
}
