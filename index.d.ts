/// <reference types="node" />
// The public contract of the package's root. `import Database from 'ferrolite'`,
// `import { getSqlite } from 'ferrolite'` and `const Database = require('ferrolite')` all see it.
// The documentation of each member stands at its declaration in `dist/`; `names.d.ts` there says why the
// namespace is extended here instead of declared. The reference above gives users of a compiler that loads no
// types by itself those of Node, as @types/better-sqlite3 does.

import client = require('./dist/client/index.js');
import core = require('./dist/core/index.js');
import errors = require('./dist/errors.js');
import { Database } from './dist/core/names.js';

declare module './dist/core/names.js' {
  const Database: Database.DatabaseConstructor;

  namespace Database {
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
    type Statement<
      BindParameters extends unknown[] | {} = unknown[],
      Result = unknown,
    > = BindParameters extends unknown[]
      ? core.Statement<BindParameters, Result>
      : core.Statement<[BindParameters], Result>;
    type Transaction<F extends core.VariableArgFunction = core.VariableArgFunction> = core.Transaction<F>;

    // The client.
    type FerroliteError = errors.FerroliteError;
    type GetSqliteOptions = client.GetSqliteOptions;
    type GetDbOptions = client.GetDbOptions;
    type ProfileName = client.ProfileName;
    type PragmaValue = client.PragmaValue;
    type TruncateWalOptions = client.TruncateWalOptions;
    type CheckpointResult = client.CheckpointResult;
  }
}

export = Database;
