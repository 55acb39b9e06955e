// JavaScript whose types are checked.
const Database = require('better-sqlite3');

/** @type {import('better-sqlite3').Database} */
const db = new Database('app.db', { timeout: 100 });
/** @type {import('better-sqlite3').Statement<[number], { id: number }>} */
const byId = db.prepare('SELECT id FROM t WHERE id = ?');

/**
 * @param {import('better-sqlite3').Database} handle
 * @param {import('better-sqlite3').Options} [options]
 */
function reopen(handle, options) {
  handle.close();
  return new Database(handle.name, options);
}

const row = byId.get(1);
if (row) row.id.toFixed(2);
// @ts-expect-error there is no such method
db.query('SELECT 1');

module.exports = { SqliteError: Database.SqliteError, reopen };
