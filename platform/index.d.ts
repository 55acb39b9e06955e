// The types of the entries that are bound to one platform: the driver without the client.

import core = require('../dist/core/index.js');
import Ferrolite = require('../index.js');

declare const Database: core.DatabaseConstructor;

declare namespace Database {
  type Database = Ferrolite.Database;
  type Statement<BindParameters extends unknown[] | {} = unknown[], Result = unknown> = Ferrolite.Statement<
    BindParameters,
    Result
  >;
  type Transaction<F extends core.VariableArgFunction = core.VariableArgFunction> = Ferrolite.Transaction<F>;
  type Options = Ferrolite.Options;
  type FileDescriptorOptions = Ferrolite.FileDescriptorOptions;
  type RunResult = Ferrolite.RunResult;
  type ColumnDefinition = Ferrolite.ColumnDefinition;
  type PragmaOptions = Ferrolite.PragmaOptions;
  type SerializeOptions = Ferrolite.SerializeOptions;
  type BackupMetadata = Ferrolite.BackupMetadata;
  type BackupOptions = Ferrolite.BackupOptions;
  type RegistrationOptions = Ferrolite.RegistrationOptions;
  type AggregateOptions<T = any> = Ferrolite.AggregateOptions<T>;
  type TableDefinition = Ferrolite.TableDefinition;
  type TableFactory = Ferrolite.TableFactory;
  type TableFactoryContext = Ferrolite.TableFactoryContext;
  type SqliteError = Ferrolite.SqliteError;
  type SqliteErrorConstructor = Ferrolite.SqliteErrorConstructor;
}

export = Database;
