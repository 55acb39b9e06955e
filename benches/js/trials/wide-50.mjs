import { fill } from '../fill.mjs';

export const title = 'all, 100 rows of 50 columns';
export const unit = 'row';
export const unitsPerRun = 100;

const COLUMNS = 50;
const names = Array.from({ length: COLUMNS }, (_, column) => `column_${column}`);
const types = ['INTEGER', 'TEXT', 'REAL', 'TEXT', 'INTEGER'];
const SQL = `SELECT ${names.join()} FROM wide`;

export const floor = { sql: SQL };

function value(row, column) {
  if ((row + column) % 10 === 9) return null;
  if (types[column % types.length] === 'TEXT') return `text ${row * column}`;
  return types[column % types.length] === 'REAL' ? row / (column + 1) + 0.5 : row * column;
}

export function setUp(db) {
  db.exec(
    `CREATE TABLE wide (${names.map((name, column) => `${name} ${types[column % types.length]}`).join()})`,
  );
  const rows = Array.from({ length: unitsPerRun }, (_, row) => names.map((__, column) => value(row, column)));
  fill(db, `INSERT INTO wide VALUES (${names.map(() => '?').join()})`, rows);
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
