// The types of the entries that are bound to one platform: the driver without the client.

import core = require('../dist/core/index.js');
import Ferrolite = require('../index.js');

declare const Database: core.DatabaseConstructor;

declare namespace Database {
  type Database = Ferrolite.Database;
  type Statement<
    BindParameters extends unknown[] | object = unknown[],
    Result = unknown,
  > = Ferrolite.Statement<BindParameters, Result>;
  type Transaction<F extends core.VariableArgFunction = core.VariableArgFunction> = Ferrolite.Transaction<F>;
  type Options = Ferrolite.Options;
  type RunResult = Ferrolite.RunResult;
  type PragmaOptions = Ferrolite.PragmaOptions;
  type ColumnDefinition = Ferrolite.ColumnDefinition;
  type SqliteError = Ferrolite.SqliteError;
}

export = Database;
