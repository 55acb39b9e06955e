/**
 * `ferrolite/migrate`: migrations that cannot lose data.
 *
 * Reads the folders of other tools and takes their tables over. Whoever changes this keeps three promises: a migration is
 * applied once, whatever number of processes start at the same moment; one that fails leaves nothing; and no table loses
 * rows without the SQL saying so.
 *
 * The connection that migrates is synchronous and in the thread of the caller: functions of migrations get it. Waiting for
 * other processes, rehearsals and backups leave the event loop free.
 */
export {
  migrateAll,
  type MigrateAllOptions,
  type MigrateAllProgress,
  type MigrateAllResult,
  type MigratedDatabase,
  type MigratedFleet,
} from './fleet';
export { Migrator, runMigrations } from './migrator';
export type {
  HandBackResult,
  MigrationResult,
  MigrationStatus,
  RepairResult,
  VerifyResult,
} from './migrator';
export type { MigrationRun } from './apply';
export type { SchemaDrift } from './drift';
export type { MigrationBackupOptions } from './backup';
export type { MigrationProblem } from './compare';
export type { MigrationWarning } from './lint';
export type { CallFunction, MigrationContext, MigrationFunction } from './module';
export type { MigrationLanguage } from './new-file';
export type { MigrationTool, MigratorOptions } from './options';
export type { MigrationPlan, PlannedMigration } from './plan';
export type { MigrationProgress } from './progress';
export { readMigrations, type Migration, type MigrationSql } from './read';
export type { RehearsedMigration, Rehearsal, RowChange } from './rehearsal';
export type { SchemaChange, SchemaObject } from './schema';
export { schemaDiff } from './schema-diff';
export type { MigrationSubject } from './session';
export type { AppliedMigration } from './state';
export { parseSqlFile, type SqlFile } from './sql-file';
export { sqlStatements, type SqlStatement } from './sql-statements';
export { executeSql } from './execute-sql';
export { watchMigrations, type MigrationWatch, type MigrationWatchOptions } from './watch';
