// The public contract of the package's root. `import Database from 'ferrolite'`,
// `import { getSqlite } from 'ferrolite'` and `const Database = require('ferrolite')` all see it.
// The documentation of each member stands at its declaration in `dist/`.

import client = require('./dist/client/index.js');
import core = require('./dist/core/index.js');
import errors = require('./dist/errors.js');

declare const Database: Database.DatabaseConstructor;

declare namespace Database {
  /** `Database` itself, and the functions of the client as its properties. */
  interface DatabaseConstructor extends core.DatabaseConstructor {
    FerroliteError: typeof errors.FerroliteError;
    getSqlite: typeof client.getSqlite;
    getDb: typeof client.getDb;
    closeDatabase: typeof client.closeDatabase;
    closeOnSignals: typeof client.closeOnSignals;
    truncateWal: typeof client.truncateWal;
    instrumentSqlite: typeof client.instrumentSqlite;
  }

  // The driver. The names are those of @types/better-sqlite3.
  type Database = core.Database;
  type Statement<BindParameters extends unknown[] | object = unknown[], Result = unknown> = core.Statement<
    BindParameters extends unknown[] ? BindParameters : [BindParameters],
    Result
  >;
  type Transaction<F extends core.VariableArgFunction = core.VariableArgFunction> = core.Transaction<F>;
  type Options = core.DatabaseOptions;
  type RunResult = core.RunResult;
  type PragmaOptions = core.PragmaOptions;
  type ColumnDefinition = core.ColumnDefinition;
  type SqliteError = errors.SqliteError;

  // The client.
  type FerroliteError = errors.FerroliteError;
  type GetSqliteOptions = client.GetSqliteOptions;
  type GetDbOptions = client.GetDbOptions;
  type ProfileName = client.ProfileName;
  type PragmaValue = client.PragmaValue;
  type TruncateWalOptions = client.TruncateWalOptions;
  type CheckpointResult = client.CheckpointResult;
}

export = Database;
