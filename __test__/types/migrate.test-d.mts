// The types of ferrolite/migrate.
import Database from 'ferrolite';
import {
  migrateAll,
  Migrator,
  readMigrations,
  runMigrations,
  schemaDiff,
  watchMigrations,
  type Migration,
  type MigrationFunction,
  type MigrationPlan,
  type MigrationResult,
  type MigrationStatus,
  type SchemaDrift,
  type VerifyResult,
} from 'ferrolite/migrate';
import { openFleet, openPool } from 'ferrolite/pool';
import { expectTypeOf, test } from 'vitest';

test('runMigrations() takes connections, pools and paths', () => {
  expectTypeOf(runMigrations).toBeCallableWith('app.db', 'migrations');
  expectTypeOf(runMigrations).toBeCallableWith(new Database(':memory:'), new URL('file:///migrations'));
  expectTypeOf(runMigrations).toBeCallableWith(openPool('app.db'), 'migrations', { allowMissing: ['001_a'] });
  expectTypeOf(runMigrations).returns.resolves.toEqualTypeOf<MigrationResult>();
  // @ts-expect-error There is no such option.
  void runMigrations('app.db', 'migrations', { allowed: true });
  expectTypeOf(runMigrations).toBeCallableWith('app.db', 'migrations', { allowDrift: true });
  // @ts-expect-error There is no such tool.
  void runMigrations('app.db', 'migrations', { adopt: 'rails' });
});

test('Migrator answers with promises', () => {
  const migrator = new Migrator('app.db', 'migrations');
  expectTypeOf(migrator.status()).resolves.toEqualTypeOf<MigrationStatus>();
  expectTypeOf(migrator.plan({ rehearse: false })).resolves.toEqualTypeOf<MigrationPlan>();
  expectTypeOf(migrator.handBack()).resolves.toHaveProperty('written');
  expectTypeOf(migrator.verify()).resolves.toEqualTypeOf<VerifyResult>();
  expectTypeOf<VerifyResult['drift']>().toEqualTypeOf<readonly SchemaDrift[] | undefined>();
  expectTypeOf(schemaDiff).returns.toEqualTypeOf<string[]>();
  expectTypeOf(migrator.to).parameter(0).toEqualTypeOf<string | number>();
  expectTypeOf(migrator.baseline()).resolves.toEqualTypeOf<string[]>();
  expectTypeOf(readMigrations).returns.toEqualTypeOf<Migration[]>();
});

test('migrateAll() takes fleets and paths', () => {
  expectTypeOf(migrateAll).toBeCallableWith(openFleet('tenants'), 'migrations', { maxFailures: 3 });
  expectTypeOf(migrateAll).toBeCallableWith(['a.db'], 'migrations');
  expectTypeOf(migrateAll).toBeCallableWith(['a.db'], 'migrations', { to: '001', backup: true });
  // @ts-expect-error One path is not several.
  void migrateAll(5, 'migrations');
});

test('functions of migrations get the connection', () => {
  expectTypeOf<MigrationFunction>().parameter(0).toEqualTypeOf<Database.Database>();
});

test('watchMigrations() takes connections and pools', () => {
  const watch = watchMigrations(openPool({ path: 'app.db' }), 'migrations', {
    onNewer: (names) => names.length,
  });
  expectTypeOf(watch.newer).toEqualTypeOf<readonly string[]>();
  expectTypeOf(watch.check).returns.resolves.toEqualTypeOf<readonly string[]>();
  expectTypeOf(watchMigrations).toBeCallableWith(new Database(':memory:'), new URL('file:///migrations'));
  // @ts-expect-error A path has no connection to look with.
  void watchMigrations('app.db', 'migrations');
});
