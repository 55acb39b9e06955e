// The ways in which applications import the names.
import type BetterSqlite3 from 'better-sqlite3';
import type { Database as SqliteDatabase, Options, RunResult, Statement, Transaction } from 'better-sqlite3';
import { type ColumnDefinition, type PragmaOptions, type RegistrationOptions } from 'better-sqlite3';
import type { AggregateOptions, BackupMetadata, BackupOptions, SerializeOptions } from 'better-sqlite3';
import Sqlite, { type Database as Handle } from 'better-sqlite3';
import type * as types from 'better-sqlite3';

const handle: Handle = new Sqlite(':memory:');
const same: SqliteDatabase = handle;
const qualified: BetterSqlite3.Database = same;
const throughNamespace: types.Database = qualified;
const imported: import('better-sqlite3').Database = throughNamespace;
const statement: Statement<[string], { id: number }> = handle.prepare('SELECT id FROM t WHERE name = ?');
const result: RunResult = statement.run('x');
const options: Options = {};
const transaction: Transaction<() => void> = handle.transaction(() => {});
const column: ColumnDefinition | undefined = statement.columns()[0];
const pragma: PragmaOptions = {};
const registration: RegistrationOptions = {
  varargs: true,
  deterministic: true,
  safeIntegers: false,
  directOnly: true,
};
const aggregate: AggregateOptions = { step: () => {} };
const serialize: SerializeOptions = {};
const backup: BackupOptions = { progress: () => 100 };
const metadata: BackupMetadata = { totalPages: 1, remainingPages: 0 };

async function load(path: string): Promise<SqliteDatabase> {
  const { default: Loaded } = await import('better-sqlite3');
  const { SqliteError } = await import('better-sqlite3');
  try {
    return new Loaded(path);
  } catch (error) {
    throw error instanceof SqliteError ? new Error(error.code) : error;
  }
}
async function loadLazily(): Promise<BetterSqlite3.Database> {
  const module: typeof import('better-sqlite3') = (await import('better-sqlite3')).default;
  return new module(':memory:');
}

declare global {
  // The singleton of applications with hot reload.
  var __db: BetterSqlite3.Database | undefined;
}
const singleton = (globalThis.__db ??= new Sqlite('app.db'));

export type { BetterSqlite3 };
export {
  aggregate,
  backup,
  column,
  imported,
  load,
  loadLazily,
  metadata,
  options,
  pragma,
  registration,
  result,
  serialize,
  singleton,
  transaction,
};
export type { Database, Statement } from 'better-sqlite3';
export { default as Driver, SqliteError } from 'better-sqlite3';
