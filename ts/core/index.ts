/**
 * The driver: `Database` and what it makes. A drop-in for better-sqlite3; everything here is
 * synchronous and belongs to the thread that opened the connection.
 */
export { acceptGivenRows, forceClose, hasMoved, nativeConnection } from './database';
export type { NativeConnection } from './connection';
export { openConnections } from './open-connections';
export { quoted } from './quoted';
export { Database } from './root';
export { SqliteError } from '../errors';
export type { Database as Names } from './names';
export type {
  ColumnDefinition,
  DatabaseConstructor,
  PragmaOptions,
  RunResult,
  Statement,
  Transaction,
  VariableArgFunction,
} from './types';
