/** Calls of `ferrolite/testing` that throw the texts of docs/errors.md. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'ferrolite';
import { createFixtureDb, prepareTemplate, rollbackScope, vitestFixtures } from 'ferrolite/testing';
import { tempDb, tempDir } from '../helpers/temp-db.mts';

/** Wrong options on purpose. */
const wrong = (options: object): Promise<unknown> => createFixtureDb(options as never);
const nothing = (): void => undefined;

export const testingCalls: Readonly<Record<string, () => unknown>> = {
  FERROLITE_NO_TEMPLATE: () => createFixtureDb({ template: tempDb() }),
  FERROLITE_NO_MIGRATIONS: () => createFixtureDb({ migrations: tempDir() }),
  FERROLITE_MIGRATION_FAILED: () => {
    const migrations = tempDir();
    writeFileSync(join(migrations, '1.sql'), 'CREATE TABEL t (a)');
    return createFixtureDb({ migrations, directory: tempDir() });
  },
  FERROLITE_TEMPLATE_BUSY: async () => {
    const directory = tempDir();
    let proceed = nothing;
    const build = (): Promise<void> => new Promise((resolve) => (proceed = resolve));
    const first = prepareTemplate({ directory, build });
    try {
      await prepareTemplate({ directory, build, buildTimeoutMs: 0 });
    } finally {
      proceed();
      await first;
    }
  },
  FERROLITE_FIXTURE_FILES: () => {
    const directory = tempDir();
    mkdirSync(join(directory, 'file'));
    writeFileSync(join(directory, 'file', 'a'), '');
    return createFixtureDb({ build: nothing, directory: join(directory, 'file', 'a') });
  },
  FERROLITE_TRANSACTION_OPEN: () => rollbackScope(new Database(':memory:').exec('BEGIN')),
  FERROLITE_ROLLBACK_LOST: () => {
    const db = new Database(':memory:');
    const scope = rollbackScope(db);
    db.exec('COMMIT');
    scope.rollback();
  },
  'Expected one of the options "template", "migrations" and "build"': () => wrong({}),
  'Expected the "<name>" option to be a path or a file: URL': () => wrong({ template: 5 }),
  'Expected the "directory" option to be a path': () => wrong({ build: nothing, directory: '' }),
  'Expected the "key" option to be a string': () => wrong({ build: nothing, key: 5 }),
  'Expected the "buildTimeoutMs" option to be a number of milliseconds': () =>
    wrong({ build: nothing, buildTimeoutMs: -1 }),
  'Expected the "<name>" option to be an object': () => wrong({ build: nothing, pragmas: 5 }),
  'Expected the "mode" option to be one of copy, memory, rollback': () =>
    vitestFixtures({ build: nothing, mode: 'fast' as never }),
  'The fixture is closed': async () => {
    const fixture = await createFixtureDb({ build: nothing, directory: tempDir() });
    fixture.close();
    return fixture.db;
  },
};
