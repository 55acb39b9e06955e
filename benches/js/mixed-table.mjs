// The table all trials share: one column of each kind that crosses the binding most.
//
// Every column that holds a number has a type, because drivers disagree on how a JavaScript
// number is bound (REAL, or INTEGER when it is whole); with an affinity the stored rows are equal.

export const MIXED_COLUMNS = 'nul, integer, real, text';

export function createMixedTable(db) {
  db.exec('CREATE TABLE mixed (id INTEGER PRIMARY KEY, nul, integer INTEGER, real REAL, text TEXT NOT NULL)');
}

/** `count` rows as objects of one shape; the same rows for every driver. */
export function mixedRows(count) {
  return Array.from({ length: count }, (_, index) => ({
    nul: null,
    integer: index * 7919,
    real: index / 3 + 0.25,
    text: `row ${String(index).padStart(6, '0')} text`, // 15 characters of ASCII
  }));
}

export function fillMixedTable(db, count) {
  createMixedTable(db);
  const insert = db.prepare(`INSERT INTO mixed (${MIXED_COLUMNS}) VALUES (?, ?, ?, ?)`);
  db.exec('BEGIN');
  for (const row of mixedRows(count)) insert.run(row.nul, row.integer, row.real, row.text);
  db.exec('COMMIT');
}

/** The whole table with the storage class of every value, to compare what drivers wrote. */
export function mixedContent(db) {
  return db
    .prepare(
      `SELECT ${MIXED_COLUMNS}, typeof(nul) || typeof(integer) || typeof(real) || typeof(text) AS types
       FROM mixed ORDER BY id`,
    )
    .all();
}
