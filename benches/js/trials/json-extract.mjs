import { fillJsonTable } from '../json-table.mjs';

export const title = 'all, 100 rows with 3 json_extract';
export const unit = 'row';
export const unitsPerRun = 100;

const SQL = `SELECT id, json_extract(document, '$.name') AS name, json_extract(document, '$.price') AS price,
  json_extract(document, '$.stock.count') AS stock FROM documents`;

export const floor = { sql: SQL };

export function setUp(db) {
  fillJsonTable(db, unitsPerRun);
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
