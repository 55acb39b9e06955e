'use strict';
// The package's entry: `Database` itself, as in better-sqlite3, with everything else as its
// properties. Only `SqliteError` is enumerable, as there.

const { Database, SqliteError } = require('./dist/core/index.js');
const client = require('./dist/client/index.js');
const { FerroliteError } = require('./dist/errors.js');

function define(name, value, enumerable) {
  Object.defineProperty(Database, name, { value, enumerable, configurable: true, writable: true });
}

define('SqliteError', SqliteError, true);
define('FerroliteError', FerroliteError, false);
for (const name of Object.keys(client)) define(name, client[name], false);

module.exports = Database;

// Never runs: it tells Node's lexer which names an ES module may import.
0 &&
  (module.exports = {
    SqliteError: undefined,
    FerroliteError: undefined,
    getSqlite: undefined,
    getDb: undefined,
    closeDatabase: undefined,
    closeOnSignals: undefined,
    truncateWal: undefined,
    instrumentSqlite: undefined,
  });
