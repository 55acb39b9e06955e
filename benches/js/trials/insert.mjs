import {
  EMPTY_MIXED,
  INSERT_NAMED,
  INSERT_POSITIONAL,
  createMixedTable,
  mixedContent,
  mixedRows,
  mixedValues,
} from '../mixed-table.mjs';

export const title = 'insert';
export const unit = 'call';
export const unitsPerRun = 1;
export const setUp = createMixedTable;

const ROWS = mixedRows(1000);

export const floor = { sql: INSERT_POSITIONAL, parameters: ROWS.map(mixedValues), reset: EMPTY_MIXED };

export function prepare(db) {
  const statement = db.prepare(INSERT_NAMED);
  let next = 0;
  return {
    // Every slot starts from the same state: an empty table and an empty log.
    reset() {
      db.exec(EMPTY_MIXED);
    },
    run(count) {
      let result;
      for (let done = 0; done < count; done++) result = statement.run(ROWS[next++ % ROWS.length]);
      return result;
    },
    answer() {
      const { changes, lastInsertRowid } = statement.run(ROWS[7]);
      return [changes, lastInsertRowid, mixedContent(db)];
    },
  };
}
