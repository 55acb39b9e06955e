import { OPPORTUNITY_COLUMNS, fillOpportunitiesTable } from '../opportunities-table.mjs';

export const title = 'all, 200 rows of 8 columns';
export const unit = 'row';
export const unitsPerRun = 200;

const SQL = `SELECT ${OPPORTUNITY_COLUMNS} FROM opportunities LIMIT ${unitsPerRun}`;

export const floor = { sql: SQL };

export function setUp(db) {
  fillOpportunitiesTable(db, 2000);
}

export function prepare(db) {
  const statement = db.prepare(SQL);
  return {
    run(count) {
      let rows;
      for (let done = 0; done < count; done++) rows = statement.all();
      return rows;
    },
    answer: () => statement.all(),
  };
}
