/**
 * Fixtures for Vitest, in both of its forms. Vitest is not imported, not even for its types.
 *
 * Vitest learns what a fixture needs from the text of its function, so the first parameters are destructured here.
 */
import type Database from 'ferrolite';
import type { FixtureDb } from './fixture-db';
import {
  lenderFor,
  workerTemplate,
  type TestFixtures,
  type TestFixturesOptions,
  type Use,
  type WorkerFixtures,
  type WorkerTemplate,
} from './lend';
import type { Template } from './template';

interface Cleanup {
  readonly onCleanup: (fn: () => void) => void;
}

/** What `test.extend()` takes: an object with all fixtures. */
export interface VitestFixtures {
  template: WorkerTemplate;
  fixture: (context: WorkerFixtures, use: Use<FixtureDb>) => Promise<void>;
  db: (context: Pick<TestFixtures, 'fixture'>, use: Use<Database.Database>) => Promise<void>;
}

/** The functions of the builder form of `test.extend()`: one for each call. */
export interface VitestBuilders {
  template: (context: object, cleanup: Cleanup) => Promise<Template>;
  fixture: (context: WorkerFixtures, cleanup: Cleanup) => FixtureDb;
  db: (context: Pick<TestFixtures, 'fixture'>) => Database.Database;
}

/**
 * The fixtures `template`, `fixture` and `db` as the object that `test.extend()` takes.
 *
 * @throws {TypeError} for wrong options.
 *
 * @example
 * import { test as base } from 'vitest';
 * export const test = base.extend<WorkerFixtures & TestFixtures>(vitestFixtures({ migrations: 'migrations' }));
 * test('counts users', ({ db }) => {});
 */
export function vitestFixtures(options: TestFixturesOptions): VitestFixtures {
  const lender = lenderFor(options);
  return {
    template: workerTemplate(lender),
    fixture: async ({ template }, use) => {
      const { fixture, giveBack } = lender.lend(template);
      await use(fixture);
      giveBack();
    },
    db: async ({ fixture }, use) => use(fixture.db),
  };
}

/**
 * The same fixtures for the builder form, which infers their types. Their names are those here: they depend on each
 * other.
 *
 * @throws {TypeError} for wrong options.
 *
 * @example
 * const { template, fixture, db } = vitestBuilders({ migrations: 'migrations' });
 * export const test = base
 *   .extend('template', { scope: 'worker' }, template)
 *   .extend('fixture', fixture)
 *   .extend('db', db);
 */
export function vitestBuilders(options: TestFixturesOptions): VitestBuilders {
  const lender = lenderFor(options);
  return {
    // oxlint-disable-next-line no-empty-pattern -- says that it needs no other fixture
    template: async ({}, { onCleanup }) => {
      const template = await lender.start();
      onCleanup(() => lender.stop(template));
      return template;
    },
    fixture: ({ template }, { onCleanup }) => {
      const { fixture, giveBack } = lender.lend(template);
      onCleanup(giveBack);
      return fixture;
    },
    db: ({ fixture }) => fixture.db,
  };
}
