import { fillJsonTable } from '../json-table.mjs';

export const title = 'all, 100 JSON texts, parsed';
export const unit = 'row';
export const unitsPerRun = 100;

const SQL = 'SELECT document FROM documents';

export const floor = { sql: SQL };

export function setUp(db) {
  fillJsonTable(db, unitsPerRun);
}

export function prepare(db) {
  const statement = db.prepare(SQL);
  const parsed = () => statement.all().map(({ document }) => JSON.parse(document));
  return {
    run(count) {
      let documents;
      for (let done = 0; done < count; done++) documents = parsed();
      return documents;
    },
    answer: parsed,
  };
}
