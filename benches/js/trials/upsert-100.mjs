import { fill } from '../fill.mjs';

export const title = 'transaction of 100 upserts';
export const unit = 'upsert';
export const unitsPerRun = 100;

const SQL = `INSERT INTO visits (page, count, last) VALUES (?, ?, ?)
  ON CONFLICT (page) DO UPDATE SET count = count + excluded.count, last = excluded.last`;
const ROWS = Array.from({ length: 1000 }, (_, index) => [
  `/page/${(index * 7919) % 1000}`,
  index % 5,
  `day ${index % 28}`,
]);

export const floor = {
  sql: SQL,
  parameters: ROWS,
  executionsPerRun: unitsPerRun,
  runBegin: 'BEGIN',
  runEnd: 'COMMIT',
};

export function setUp(db) {
  db.exec('CREATE TABLE visits (page TEXT PRIMARY KEY, count INTEGER, last TEXT) WITHOUT ROWID');
  // Every second page is there already.
  fill(
    db,
    SQL,
    ROWS.filter((_, index) => index % 2 === 0),
  );
}

export function prepare(db) {
  const upsert = db.prepare(SQL);
  let next = 0;
  const upsertAll = db.transaction(() => {
    for (let done = 0; done < unitsPerRun; done++) {
      const [page, count, last] = ROWS[next++ % ROWS.length];
      upsert.run(page, count, last);
    }
  });
  return {
    // Every second page again, or only the first slots would insert.
    reset() {
      db.exec('DELETE FROM visits WHERE count % 2 = 1');
    },
    run(count) {
      for (let done = 0; done < count; done++) upsertAll();
    },
    answer() {
      upsertAll();
      return db.prepare('SELECT * FROM visits ORDER BY page').all();
    },
  };
}
