/**
 * The client: what an application calls instead of opening databases itself.
 *
 * `getSqlite()` and `getDb()` give one connection per file, thread and realm, opened at the first call with the
 * pragmas of production; `closeDatabase()`, `closeOnSignals()` and, at exit, the addon end them without leaving a
 * log behind; `truncateWal()` and `instrumentSqlite()` are the two jobs around them.
 *
 * Policy only: every connection is the core's `Database`. What must stay true: nothing is opened at import, a
 * failed call registers nothing, and all copies of this code in one thread and realm share the registry.
 */
export { closeDatabase } from './lifecycle';
export { closeOnSignals } from './signals';
export type { GetDbOptions, GetSqliteOptions } from './connection-options';
export { instrumentSqlite } from './instrument';
export type { PragmaValue, ProfileName } from './profiles';
export { getDb, getSqlite } from './singleton';
export { truncateWal, type CheckpointResult, type TruncateWalOptions } from './truncate-wal';
