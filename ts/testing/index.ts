/**
 * `ferrolite/testing`: a database of its own for each test, without migrating for each.
 *
 * A template is built once for all workers of a test run, as a file that no SQLite has open; each test gets a plain copy
 * of that file, a copy in memory, or a savepoint. Everything lies in one folder below the system's temporary one, in
 * folders that name the process they belong to: what a killed worker leaves, the next one removes.
 *
 * Written against the package's public entry alone, as an application's own helper would be. No test runner is imported.
 */
export type { FixtureDb } from './fixture-db';
export { removeFixtures } from './folders';
export type { FixtureMode, TestFixtures, TestFixturesOptions, WorkerFixtures } from './lend';
export type { BuildContext, CopyOptions, FixtureDbOptions, TemplateOptions } from './options';
export { playwrightFixtures, type PlaywrightFixtures, type PlaywrightTestInfo } from './playwright';
export { rollbackScope, type RollbackScope } from './rollback';
export { createFixtureDb, prepareTemplate, type Template } from './template';
export { vitestBuilders, vitestFixtures, type VitestBuilders, type VitestFixtures } from './vitest';
