import { CREATE_TABLE } from './schema.mjs';

const INSERT = `
  INSERT INTO cities
    (id, name, alt_name, country, feature_code, admin_code, population, longitude, latitude)
  VALUES
    (:id, :name, :alt_name, :country, :feature_code, :admin_code, :population, :longitude, :latitude)`;

/** Large enough that a commit costs little per row, small enough to show progress. */
const ROWS_PER_TRANSACTION = 5000;

/** Creates the table and inserts `cities`, calling `onProgress(done)` after each transaction. */
export function importCities(db, cities, onProgress = () => {}) {
  db.exec(CREATE_TABLE);
  const insert = db.prepare(INSERT);
  const insertAll = db.transaction((rows) => {
    for (const row of rows) insert.run(row);
  });
  for (let start = 0; start < cities.length; start += ROWS_PER_TRANSACTION) {
    const rows = cities.slice(start, start + ROWS_PER_TRANSACTION);
    insertAll(rows);
    onProgress(start + rows.length);
  }
}
