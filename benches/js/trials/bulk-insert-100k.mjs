import {
  EMPTY_MIXED,
  INSERT_POSITIONAL,
  createMixedTable,
  mixedContent,
  mixedRows,
  mixedValues,
} from '../mixed-table.mjs';

export const title = 'transaction of 100,000 inserts';
export const unit = 'insert';
export const unitsPerRun = 100_000;
export const setUp = createMixedTable;

const ROWS = mixedRows(1000);

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
  const insertMany = db.transaction((count) => {
    for (let done = 0; done < count; done++) {
      const row = ROWS[done % ROWS.length];
      insert.run(row.nul, row.integer, row.real, row.text);
    }
  });
  return {
    reset() {
      db.exec(EMPTY_MIXED);
    },
    run(count) {
      for (let done = 0; done < count; done++) insertMany(unitsPerRun);
    },
    answer() {
      insertMany(2 * ROWS.length);
      return mixedContent(db);
    },
  };
}
