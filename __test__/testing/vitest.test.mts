// The fixtures in the real Vitest: both forms, all pools, workers that share one template.
import { describe, expect, it } from 'vitest';
import { runVitest } from './run-vitest.mts';
import { copiesIn, ownedFolders, templateFiles } from './support.mts';

const LIMIT_MS = 60_000;

const OBJECT_FORM = (options = ''): string => `
  import { appendFileSync } from 'node:fs';
  import { test as base } from 'vitest';
  import { vitestFixtures } from 'ferrolite/testing';
  export const test = base.extend(vitestFixtures({
    build({ db }) {
      appendFileSync('built.txt', 'built\\n');
      db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    },
    ${options}
  }));`;

const BUILDER_FORM = `
  import { test as base } from 'vitest';
  import { vitestBuilders } from 'ferrolite/testing';
  const { template, fixture, db } = vitestBuilders({ migrations: 'migrations' });
  export const test = base
    .extend('template', { scope: 'worker' }, template)
    .extend('fixture', fixture)
    .extend('db', db);`;

/** Each test changes the table and expects it as the template has it. */
const TESTS = (name: string): string => `
  import { expect } from 'vitest';
  import { test } from './test.mjs';
  for (const number of [1, 2, 3]) {
    test('${name}' + number, ({ db, fixture, template }) => {
      expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([1]);
      db.transaction(() => db.exec('INSERT INTO t VALUES (2); CREATE TABLE u (a)'))();
      expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(2);
      expect(fixture.path).not.toBe(template.path);
    });
  }`;

const GLOBAL_SETUP = `
  import { removeFixtures } from 'ferrolite/testing';
  export default () => () => removeFixtures();`;

const files = (setup: string): Record<string, string> => ({
  'test.mjs': setup,
  'a.test.mjs': TESTS('a'),
  'b.test.mjs': TESTS('b'),
  'c.test.mjs': `${TESTS('c')}
    import { readFileSync } from 'node:fs';
    test('built', ({ db }) => expect(readFileSync('built.txt', 'utf8')).toBe('built\\n'));`,
});
const passed = { a1: 'passed', a2: 'passed', a3: 'passed', b1: 'passed', b2: 'passed', b3: 'passed' };

describe('vitestFixtures()', () => {
  it.each(['forks', 'threads', 'vmForks', 'vmThreads'])(
    'gives each test a copy of a template that is built once: %s',
    async (pool) => {
      const run = await runVitest(files(OBJECT_FORM()), { pool, maxWorkers: 2, fileParallelism: true });
      expect(run.tests, run.output).toMatchObject({ ...passed, built: 'passed' });
      expect(run.code).toBe(0);
      expect(copiesIn(run.directory)).toEqual([]);
      expect(templateFiles(run.directory)).toEqual(['lock.db', 'test.db']);
    },
    LIMIT_MS,
  );

  it.each(['memory', 'rollback'])(
    'gives each test a database as the template has it: %s',
    async (mode) => {
      const run = await runVitest(files(OBJECT_FORM(`mode: '${mode}'`)), { maxWorkers: 2 });
      expect(run.tests, run.output).toMatchObject(passed);
      expect(copiesIn(run.directory)).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'gives the next test another copy when one has committed what was to be rolled back',
    async () => {
      const tests = `
        import { expect } from 'vitest';
        import { test } from './test.mjs';
        test('commits', ({ db }) => { db.exec('INSERT INTO t VALUES (2); COMMIT'); });
        test('next', ({ db }) => { expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([1]); });`;
      const run = await runVitest({ 'test.mjs': OBJECT_FORM("mode: 'rollback'"), 'a.test.mjs': tests });
      expect(run.tests, run.output).toEqual({ commits: 'failed', next: 'passed' });
      expect(run.output).toContain('The transaction that the test ran in was ended by the test');
    },
    LIMIT_MS,
  );
});

describe('vitestBuilders()', () => {
  it(
    'gives each test a copy, and leaves nothing with removeFixtures() at the end',
    async () => {
      const run = await runVitest(
        {
          'test.mjs': BUILDER_FORM,
          'migrations/1.sql': 'CREATE TABLE t (a); INSERT INTO t VALUES (1)',
          'setup.mjs': GLOBAL_SETUP,
          'a.test.mjs': TESTS('a'),
          'b.test.mjs': TESTS('b'),
        },
        { globalSetup: ['setup.mjs'], maxWorkers: 2 },
      );
      expect(run.tests, run.output).toEqual(passed);
      expect(run.code).toBe(0);
      expect(ownedFolders(run.directory)).toEqual([]);
    },
    LIMIT_MS,
  );
});
