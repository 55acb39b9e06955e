import {
  EMPTY_MIXED,
  INSERT_POSITIONAL,
  createMixedTable,
  mixedContent,
  mixedRows,
  mixedValues,
} from '../mixed-table.mjs';

export const title = 'transaction of 100 inserts, positional';
export const unit = 'insert';
export const unitsPerRun = 100;
export const setUp = createMixedTable;

const ROWS = mixedRows(unitsPerRun);

export const floor = {
  sql: INSERT_POSITIONAL,
  parameters: ROWS.map(mixedValues),
  executionsPerRun: unitsPerRun,
  runBegin: 'BEGIN',
  runEnd: 'COMMIT',
  reset: EMPTY_MIXED,
};

export function prepare(db) {
  const insert = db.prepare(INSERT_POSITIONAL);
  const insertAll = db.transaction((list) => {
    for (const row of list) insert.run(row.nul, row.integer, row.real, row.text);
  });
  return {
    reset() {
      db.exec(EMPTY_MIXED);
    },
    run(count) {
      for (let done = 0; done < count; done++) insertAll(ROWS);
    },
    answer() {
      insertAll(ROWS);
      return mixedContent(db);
    },
  };
}
