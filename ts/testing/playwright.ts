/**
 * Fixtures for Playwright. Playwright is not imported, not even for its types.
 *
 * Playwright learns what a fixture needs from the text of its function, so the first parameters are destructured here.
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
import { takeSnapshot } from './snapshot';

/** What is used of Playwright's `TestInfo`. */
export interface PlaywrightTestInfo {
  readonly status?: string | undefined;
  readonly expectedStatus: string;
  readonly outputPath: (...segments: string[]) => string;
  readonly attach: (
    name: string,
    options: { path?: string; body?: Buffer; contentType: string },
  ) => Promise<void>;
}

/** What `test.extend<TestFixtures, WorkerFixtures>()` takes. */
export interface PlaywrightFixtures {
  template: WorkerTemplate;
  fixture: (context: WorkerFixtures, use: Use<FixtureDb>, testInfo: PlaywrightTestInfo) => Promise<void>;
  db: (context: Pick<TestFixtures, 'fixture'>, use: Use<Database.Database>) => Promise<void>;
}

const ATTACHMENT = { name: 'database', contentType: 'application/vnd.sqlite3' } as const;

/**
 * The fixtures `template`, `fixture` and `db` as the object that `test.extend()` takes. A test that fails has its
 * database attached to the report, under the name `database`.
 *
 * @throws {TypeError} for wrong options.
 *
 * @example
 * import { test as base } from '@playwright/test';
 * import { playwrightFixtures, type TestFixtures, type WorkerFixtures } from 'ferrolite/testing';
 * export const test = base.extend<TestFixtures, WorkerFixtures>(playwrightFixtures({ migrations: 'migrations' }));
 */
export function playwrightFixtures(options: TestFixturesOptions): PlaywrightFixtures {
  const lender = lenderFor(options);
  return {
    template: workerTemplate(lender),
    fixture: async ({ template }, use, testInfo) => {
      const { fixture, giveBack } = lender.lend(template);
      try {
        await use(fixture);
        if (testInfo.status !== testInfo.expectedStatus) await attach(fixture, testInfo);
      } finally {
        giveBack();
      }
    },
    db: async ({ fixture }, use) => use(fixture.db),
  };
}

/** Before anything is rolled back: the report has the database as the test left it. */
async function attach(fixture: FixtureDb, testInfo: PlaywrightTestInfo): Promise<void> {
  const { name, contentType } = ATTACHMENT;
  // What is not committed only its own connection can read.
  if (fixture.path === ':memory:' || fixture.db.inTransaction) {
    return testInfo.attach(name, { body: fixture.db.serialize(), contentType });
  }
  const path = testInfo.outputPath('database.db');
  await takeSnapshot(fixture.path, path);
  await testInfo.attach(name, { path, contentType });
}
