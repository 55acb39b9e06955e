/** What the fixtures of all test runners have in common: a template for each worker, a database for each test. */
import type Database from 'ferrolite';
import { dropSpare } from './copies';
import type { FixtureDb } from './fixture-db';
import { checkNames, copyRequest, templateRequest, type CopyOptions, type TemplateOptions } from './options';
import { rollbackScope } from './rollback';
import { templateFor, type Template } from './template';

/** What a test gets: a copy of its own in a file or in memory, or the worker's database, rolled back afterwards. */
export type FixtureMode = 'copy' | 'memory' | 'rollback';

/** The options of the fixtures for test runners. */
export interface TestFixturesOptions extends TemplateOptions, Omit<CopyOptions, 'memory'> {
  /** Default `'copy'`. */
  readonly mode?: FixtureMode | undefined;
}

/** The fixtures that live as long as a worker. */
export interface WorkerFixtures {
  /** The template, shared by all workers of the run. */
  template: Template;
}

/** The fixtures that each test gets anew. */
export interface TestFixtures {
  /** The test's database: its path, and its end. */
  fixture: FixtureDb;
  /** A connection to the test's database. */
  db: Database.Database;
}

/** How a fixture hands over its value, and waits until that is no longer used. */
export type Use<T> = (value: T) => Promise<void>;

/** A database for the time of one test. */
export interface Loan {
  readonly fixture: FixtureDb;
  /** Ends the test's use of it. */
  giveBack(): void;
}

/** Lends databases to the tests of one worker. */
export interface Lender {
  start(): Promise<Template>;
  lend(template: Template): Loan;
  /** Closes what the tests of the worker have shared, and what was made for the next one. */
  stop(template: Template): void;
}

const MODES: ReadonlySet<unknown> = new Set(['copy', 'memory', 'rollback']);

/** Checks the options at once, so that a mistake is found where it is made. */
export function lenderFor(given: TestFixturesOptions): Lender {
  checkNames(given, 'both', ['mode']);
  const { mode = 'copy', options, pragmas } = given;
  if (!MODES.has(mode)) {
    throw new TypeError('Expected the "mode" option to be one of copy, memory, rollback');
  }
  templateRequest(given);
  const copyOptions = copyRequest({ memory: mode === 'memory', options, pragmas });
  let shared: FixtureDb | undefined;
  const stopSharing = (): void => {
    const last = shared;
    shared = undefined;
    last?.close();
  };
  const lendShared = (template: Template): Loan => {
    shared ??= template.createDb(copyOptions);
    const scope = rollbackScope(shared.db);
    return {
      fixture: shared,
      giveBack() {
        try {
          scope.rollback();
        } catch (error) {
          // Its rows are not those of the template any more: the next test begins with another copy.
          stopSharing();
          throw error;
        }
      },
    };
  };
  const lendCopy = (template: Template): Loan => {
    const fixture = template.createDb(copyOptions);
    return { fixture, giveBack: () => fixture.close() };
  };
  return {
    start: () => templateFor(given),
    lend: mode === 'rollback' ? lendShared : lendCopy,
    stop(template) {
      dropSpare(template.path);
      stopSharing();
    },
  };
}

/** A fixture in the object form of Vitest and of Playwright. */
export type WorkerTemplate = [(context: object, use: Use<Template>) => Promise<void>, { scope: 'worker' }];

/** The worker's template, as the fixture that both test runners take. */
export function workerTemplate(lender: Lender): WorkerTemplate {
  return [
    // oxlint-disable-next-line no-empty-pattern -- the runners read from it that it needs no other fixture
    async ({}, use) => {
      const template = await lender.start();
      await use(template);
      lender.stop(template);
    },
    { scope: 'worker' },
  ];
}
