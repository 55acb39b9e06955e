// The entries that are bound to one platform have the driver's types, and are the same to the compiler.
import Ferrolite from 'ferrolite';
import Database, { SqliteError } from 'ferrolite/linux-x64';
import type { AggregateOptions, BackupMetadata, BackupOptions, ColumnDefinition } from 'ferrolite/linux-x64';
import type {
  FileDescriptorOptions,
  Options,
  PragmaOptions,
  RegistrationOptions,
} from 'ferrolite/win32-arm64';
import type { RunResult, SerializeOptions, SqliteErrorConstructor, Statement } from 'ferrolite/darwin-x64';
import type {
  TableDefinition,
  TableFactory,
  TableFactoryContext,
  Transaction,
} from 'ferrolite/linuxmusl-arm64';

const db: Database.Database = new Database(':memory:', { readonly: false });
const same: Ferrolite.Database = db;
const statement: Statement<number, { a: number }> = db.prepare<number, { a: number }>('SELECT ? AS a');
const result: Ferrolite.RunResult = statement.run(1) satisfies RunResult;
const transaction: Transaction<() => number> = db.transaction(() => 1);
const code = (error: SqliteError): string => error.code;
const constructor: SqliteErrorConstructor = SqliteError;
code(new constructor('message', 'SQLITE_ERROR'));
class Store extends Database {}
new Store(':memory:').close();
// @ts-expect-error the client belongs to the root
Database.getSqlite;

export type {
  AggregateOptions,
  BackupMetadata,
  BackupOptions,
  ColumnDefinition,
  FileDescriptorOptions,
  Options,
};
export type { PragmaOptions, RegistrationOptions, SerializeOptions };
export type { TableDefinition, TableFactory, TableFactoryContext };
export { result, same, transaction };
