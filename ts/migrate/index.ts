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
export type { MigrationRun } from './apply/apply';
export type { SchemaDrift } from './schema/drift';
export type { MigrationBackupOptions } from './safety/backup';
export type { MigrationProblem } from './apply/compare';
export type { MigrationWarning } from './safety/lint';
export type { CallFunction, MigrationContext, MigrationFunction } from './folder/module';
export type { MigrationLanguage } from './folder/new-file';
export type { MigrationTool, MigratorOptions } from './options';
export type { MigrationPlan, PlannedMigration } from './apply/plan';
export type { MigrationProgress } from './apply/progress';
export { readMigrations, type Migration, type MigrationSql } from './folder/read';
export type { RehearsedMigration, Rehearsal, RowChange } from './safety/rehearsal';
export type { SchemaChange, SchemaObject } from './schema/schema';
export { schemaDiff } from './schema/schema-diff';
export type { MigrationSubject } from './apply/session';
export type { AppliedMigration } from './apply/state';
export { parseSqlFile, type SqlFile } from './folder/sql-file';
export { sqlStatements, type SqlStatement } from './folder/sql-statements';
export { executeSql } from './apply/execute-sql';
export { watchMigrations, type MigrationWatch, type MigrationWatchOptions } from './watch';
