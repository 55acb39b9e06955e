// The table most trials share: one column of each kind that crosses the binding most.
//
// Every column that holds a number has a type, because drivers disagree on how a JavaScript
// number is bound (REAL, or INTEGER when it is whole); with an affinity the stored rows are equal.
import { fill } from './fill.mjs';

export const MIXED_COLUMNS = 'nul, integer, real, text';
export const INSERT_POSITIONAL = `INSERT INTO mixed (${MIXED_COLUMNS}) VALUES (?, ?, ?, ?)`;
export const INSERT_NAMED = `INSERT INTO mixed (${MIXED_COLUMNS}) VALUES (:nul, :integer, :real, :text)`;
/** Back to an empty table and an empty log. */
export const EMPTY_MIXED = 'DELETE FROM mixed; PRAGMA wal_checkpoint(TRUNCATE)';

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

export const mixedValues = (row) => [row.nul, row.integer, row.real, row.text];

export function fillMixedTable(db, count) {
  createMixedTable(db);
  fill(db, INSERT_POSITIONAL, mixedRows(count).map(mixedValues));
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
