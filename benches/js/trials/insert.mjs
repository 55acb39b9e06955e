import { MIXED_COLUMNS, createMixedTable, mixedContent, mixedRows } from '../mixed-table.mjs';

export const title = 'insert';
export const unit = 'call';
export const unitsPerRun = 1;

export function setUp(db) {
  createMixedTable(db);
}

export function prepare(db) {
  const rows = mixedRows(1000);
  const statement = db.prepare(`INSERT INTO mixed (${MIXED_COLUMNS}) VALUES (:nul, :integer, :real, :text)`);
  let next = 0;
  return {
    // Every slot starts from the same state: an empty table and an empty log.
    reset() {
      db.exec('DELETE FROM mixed; PRAGMA wal_checkpoint(TRUNCATE)');
    },
    run(count) {
      let result;
      for (let done = 0; done < count; done++) result = statement.run(rows[next++ % rows.length]);
      return result;
    },
    answer() {
      const { changes, lastInsertRowid } = statement.run(rows[7]);
      return [changes, lastInsertRowid, mixedContent(db)];
    },
  };
}
