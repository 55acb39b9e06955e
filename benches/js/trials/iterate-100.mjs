import { MIXED_COLUMNS, fillMixedTable } from '../mixed-table.mjs';

export const title = 'iterate(100)';
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
      let last;
      for (let done = 0; done < count; done++) {
        for (const row of statement.iterate((next++ % starts) + 1)) last = row;
      }
      return last;
    },
    answer: () => [
      [...statement.iterate(1)],
      [...statement.iterate(starts)],
      [...statement.iterate(ROWS + 1)],
    ],
  };
}
