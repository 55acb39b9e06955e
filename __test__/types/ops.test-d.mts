// The types of ferrolite/ops.
import { createServer } from 'node:http';
import type BetterSqlite3 from 'better-sqlite3';
import Database from 'ferrolite';
import {
  checkHealth,
  checkpoint,
  databaseStats,
  startCheckpointer,
  diagnoseBusy,
  foreignKeyCheck,
  healthHandler,
  healthListener,
  locateDatabase,
  lockCheck,
  optimize,
  quickCheck,
  startMaintenance,
  toHttpError,
  vacuum,
  type BusyDiagnosis,
  type CheckpointMode,
  type CheckpointResult,
  type Checkpointer,
  type CheckpointerCheckpoint,
  type CheckpointerStats,
  type CheckpointerWarning,
  type DatabaseLocation,
  type DatabaseStats,
  type ForeignKeyResult,
  type HealthResult,
  type HttpError,
  type LockCheck,
  type LockName,
  type MaintenanceRun,
  type ProblemDetails,
} from 'ferrolite/ops';
import { openPool } from 'ferrolite/pool';
import { expectTypeOf, test } from 'vitest';

test('checkHealth() takes connections of this package and of better-sqlite3, and paths', () => {
  expectTypeOf(checkHealth).toBeCallableWith(new Database(':memory:'));
  expectTypeOf(checkHealth).toBeCallableWith({} as BetterSqlite3.Database);
  expectTypeOf(checkHealth).toBeCallableWith('data/app.db', { deadlineMs: 200 });
  expectTypeOf(checkHealth).returns.resolves.toEqualTypeOf<HealthResult>();
  expectTypeOf<HealthResult['httpStatus']>().toEqualTypeOf<200 | 503>();
  // @ts-expect-error There is no such option.
  void checkHealth('data/app.db', { deadline: 200 });
  // @ts-expect-error A database is no error.
  void checkHealth(new Error('x'));
});

test('health is an answer of HTTP', () => {
  expectTypeOf(healthHandler(openPool('a.db'))).toExtend<(request: Request) => Promise<Response>>();
  expectTypeOf(createServer).toBeCallableWith(
    healthListener(() => new Database('a.db'), { kind: 'liveness' }),
  );
  // @ts-expect-error There is no such kind.
  healthHandler('a.db', { kind: 'startup' });
});

test('checkpoint() takes connections, pools and paths, and a mode of SQLite', () => {
  expectTypeOf(checkpoint).toBeCallableWith(new Database(':memory:'), 'truncate', { busyTimeoutMs: 100 });
  expectTypeOf(checkpoint).toBeCallableWith(openPool({ path: 'data/app.db' }));
  expectTypeOf(checkpoint).toBeCallableWith('data/app.db', 'passive');
  expectTypeOf(checkpoint).returns.resolves.toEqualTypeOf<CheckpointResult>();
  expectTypeOf<CheckpointMode>().toEqualTypeOf<'passive' | 'full' | 'restart' | 'truncate'>();
  // @ts-expect-error SQLite has no such mode for users.
  void checkpoint('data/app.db', 'noop');
});

test('diagnoseBusy() and lockCheck() take connections, pools and paths, and tell locks by their names', () => {
  expectTypeOf(diagnoseBusy).toBeCallableWith(new Database(':memory:'));
  expectTypeOf(diagnoseBusy).toBeCallableWith(openPool('a.db'));
  expectTypeOf(diagnoseBusy).returns.resolves.toEqualTypeOf<BusyDiagnosis>();
  expectTypeOf<BusyDiagnosis['guard']>().toEqualTypeOf<LockCheck>();
  expectTypeOf(lockCheck).toBeCallableWith('data/app.db');
  expectTypeOf(lockCheck).returns.toEqualTypeOf<LockCheck>();
  expectTypeOf<LockCheck['lost'][number]>().toEqualTypeOf<LockName>();
  // @ts-expect-error A lock has another name.
  const name: LockName = 'READ5';
  void name;
  // @ts-expect-error A number is no database.
  void diagnoseBusy(5);
});

test('maintenance takes connections, pools and paths, and tells what it has done', () => {
  expectTypeOf(vacuum).toBeCallableWith(new Database(':memory:'), { autoVacuum: 'incremental' });
  expectTypeOf(quickCheck).toBeCallableWith(openPool('a.db'), {
    signal: AbortSignal.timeout(1),
    maxProblems: 5,
  });
  expectTypeOf(optimize).returns.resolves.toHaveProperty('objects').toEqualTypeOf<readonly string[]>();
  expectTypeOf(foreignKeyCheck).returns.resolves.toEqualTypeOf<ForeignKeyResult>();
  const schedule = startMaintenance('a.db', { tasks: { vacuum: { everyMs: 1 }, optimize: false } });
  expectTypeOf(schedule.runDue).returns.resolves.toEqualTypeOf<MaintenanceRun[]>();
  // @ts-expect-error There is no such task.
  startMaintenance('a.db', { tasks: { sleep: false } });
});

test('databaseStats() gives figures', () => {
  expectTypeOf(databaseStats).toBeCallableWith(new Database(':memory:'), { objects: 10 });
  expectTypeOf(databaseStats).returns.resolves.toEqualTypeOf<DatabaseStats>();
  expectTypeOf<DatabaseStats['pages']>().toEqualTypeOf<number>();
  // @ts-expect-error There is no such option.
  void databaseStats('data/app.db', { tables: true });
});

test('startCheckpointer() gives an emitter with typed events', () => {
  expectTypeOf(startCheckpointer).toBeCallableWith(new Database('data/app.db'), { passivePages: 1000 });
  expectTypeOf(startCheckpointer).returns.toEqualTypeOf<Checkpointer>();
  const checkpointer = startCheckpointer('data/app.db');
  checkpointer.on('warning', (warning) => expectTypeOf(warning).toEqualTypeOf<CheckpointerWarning>());
  checkpointer.on('checkpoint', (one) => expectTypeOf(one).toEqualTypeOf<CheckpointerCheckpoint>());
  expectTypeOf(checkpointer.stats()).toEqualTypeOf<CheckpointerStats>();
  expectTypeOf(checkpointer.stop()).toEqualTypeOf<Promise<void>>();
  // @ts-expect-error There is no such option.
  startCheckpointer('data/app.db', { maxWal: 1 });
});

test('toHttpError() takes whatever was caught, and gives what Response.json() takes', () => {
  const problem = toHttpError('x' as unknown);
  expectTypeOf(problem).toEqualTypeOf<HttpError | undefined>();
  if (problem === undefined) return;
  expectTypeOf(problem.toJSON()).toEqualTypeOf<ProblemDetails>();
  expectTypeOf(problem.status).toEqualTypeOf<409 | 413 | 422 | 500 | 503 | 507>();
  expectTypeOf(Response.json).toBeCallableWith(problem, { status: problem.status, headers: problem.headers });
});

test('locateDatabase() gives a path, and what a URL says', () => {
  expectTypeOf(locateDatabase).toBeCallableWith('data/app.db');
  expectTypeOf(locateDatabase).returns.toEqualTypeOf<DatabaseLocation>();
  expectTypeOf(locateDatabase().path).toEqualTypeOf<string>();
  expectTypeOf<DatabaseLocation['readonly']>().toEqualTypeOf<boolean | undefined>();
});
