/**
 * The driver: `Database` and what it makes. A drop-in for better-sqlite3; everything here is
 * synchronous and belongs to the thread that opened the connection.
 */
export { Database, forceClose } from './database';
export type { DatabaseConstructor } from './database';
export { SqliteError } from '../errors';
export type { DatabaseOptions } from '../options';
export type { PragmaOptions } from './pragma';
export type { Statement, RunResult, ColumnDefinition } from './statement';
export type { StatementIterator } from './iterator';
export type { Transaction } from './transaction';
