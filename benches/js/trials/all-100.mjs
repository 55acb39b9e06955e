import { MIXED_COLUMNS, fillMixedTable } from '../mixed-table.mjs';

export const title = 'all(100)';
export const unit = 'row';
export const unitsPerRun = 100;

const ROWS = 1000;

export function setUp(db) {
  fillMixedTable(db, ROWS);
}

export function prepare(db) {
  const statement = db.prepare(`SELECT ${MIXED_COLUMNS} FROM mixed WHERE id >= ? LIMIT ${unitsPerRun}`);
  const starts = ROWS - unitsPerRun;
  let next = 0;
  return {
    run(count) {
      let rows;
      for (let done = 0; done < count; done++) rows = statement.all((next++ % starts) + 1);
      return rows;
    },
    answer: () => [statement.all(1), statement.all(starts), statement.all(ROWS + 1)],
  };
}
