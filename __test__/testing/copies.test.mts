// The copy of a large template is made ahead, while a test runs.
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type Database from 'ferrolite';
import { prepareTemplate, type FixtureDb, type Template } from 'ferrolite/testing';
import { describe, expect, it } from 'vitest';
import { tryInChild } from '../helpers/in-child.mts';
import { tempDir } from '../helpers/temp-db.mts';
import { runVitest } from './run-vitest.mts';
import { copiesIn, ownedFolders, rowsOf } from './support.mts';

const LARGE_BYTES = 2_000_000;

const large = (directory: string): Promise<Template> =>
  prepareTemplate({
    directory,
    build({ db }: { db: Database.Database }) {
      db.exec(`CREATE TABLE t (a); INSERT INTO t VALUES (1); CREATE TABLE b AS SELECT zeroblob(2000000)`);
    },
  });

/** Lets the event loop run until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

/** The folder beside those of `fixtures`, once a whole copy lies in it. */
async function spareBeside(directory: string, template: Template, ...fixtures: FixtureDb[]): Promise<string> {
  const home = dirname(dirname(fixtures[0]!.path));
  const taken = new Set(fixtures.map(({ path }) => basename(dirname(path))));
  let found = '';
  await until(() => {
    found = copiesIn(directory).find((name) => !taken.has(name)) ?? '';
    const file = join(home, found, basename(template.path));
    return found !== '' && statSync(file, { throwIfNoEntry: false })?.size === statSync(template.path).size;
  });
  return join(home, found);
}

describe('a copy made ahead', () => {
  it('is what the next test gets, whole and private', async () => {
    const directory = tempDir();
    const template = await large(directory);
    const [one, two] = [template.createDb(), template.createDb()];
    const spare = await spareBeside(directory, template, one, two);
    one.db.exec('DELETE FROM t');
    two.db.exec('DELETE FROM t');
    const fixtures = [one, two];
    // If this thread has not heard of it yet, the copy is made on the spot and the one ahead waits on.
    while (!fixtures.some(({ path }) => dirname(path) === spare)) {
      await new Promise((resolve) => setImmediate(resolve));
      fixtures.push(template.createDb());
    }
    const last = fixtures.at(-1)!;
    expect(statSync(last.path).size).toBeGreaterThan(LARGE_BYTES);
    expect(rowsOf(last.db)).toEqual([1]);
    expect(last.db.pragma('integrity_check', { simple: true })).toBe('ok');
    for (const fixture of fixtures) await fixture[Symbol.asyncDispose]();
  });

  it('is not made for who asks once, nor of a small template', async () => {
    const directory = tempDir();
    const once = (await large(directory)).createDb();
    expect(copiesIn(directory)).toHaveLength(1);
    once.close();
    const small = await prepareTemplate({ directory, build: () => undefined });
    const fixtures = [small.createDb(), small.createDb()];
    expect(copiesIn(directory)).toHaveLength(2);
    for (const fixture of fixtures) fixture.close();
  });

  it('that fails is no error: the next copy is made on the spot, and says what is wrong', async () => {
    const directory = tempDir();
    const template = await large(directory);
    const [one, two] = [template.createDb(), template.createDb()];
    const spare = await spareBeside(directory, template, one, two);
    rmSync(template.path);
    mkdirSync(template.path);
    const fixtures: FixtureDb[] = [one, two];
    const errors: unknown[] = [];
    // The one that is ready is given; another cannot be made.
    while (errors.length === 0 || !fixtures.some(({ path }) => dirname(path) === spare)) {
      try {
        fixtures.push(template.createDb());
      } catch (error) {
        errors.push(error);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(errors[0]).toMatchObject({ code: 'FERROLITE_FIXTURE_FILES' });
    expect(String(errors[0])).toContain('Cannot copy the template to');
    for (const fixture of fixtures) fixture.close();
    await until(() => copiesIn(directory).length === 0);
    rmSync(template.path, { recursive: true });
  });

  it('goes when the process exits', () => {
    const directory = tempDir();
    const exit = async (place: string): Promise<unknown> => {
      const { prepareTemplate: prepare } = require('ferrolite/testing');
      const template = await prepare({
        directory: place,
        build: ({ db }: any) => db.exec('CREATE TABLE b AS SELECT zeroblob(2000000)'),
      });
      const count = [template.createDb(), template.createDb(), template.createDb()].length;
      process.exitCode = 0;
      setImmediate(() => process.exit());
      return count;
    };
    expect(tryInChild(exit, [directory]).value).toBe(3);
    expect(ownedFolders(directory)).toEqual([]);
  });

  it('goes with the worker of a test runner', { timeout: 60_000 }, async () => {
    const setup = `
      import { test as base } from 'vitest';
      import { vitestFixtures } from 'ferrolite/testing';
      export const test = base.extend(vitestFixtures({
        build: ({ db }) => db.exec('CREATE TABLE b AS SELECT zeroblob(2000000)'),
      }));`;
    const tests = `
      import { expect } from 'vitest';
      import { test } from './test.mjs';
      for (const number of [1, 2, 3, 4]) {
        test('large ' + number, ({ db }) => {
          expect(db.prepare('SELECT count(*) FROM b').pluck().get()).toBe(1);
          db.exec('DELETE FROM b');
        });
      }`;
    for (const pool of ['forks', 'threads']) {
      const run = await runVitest({ 'test.mjs': setup, 'a.test.mjs': tests }, { pool });
      expect(Object.values(run.tests), run.output).toEqual(['passed', 'passed', 'passed', 'passed']);
      expect(copiesIn(run.directory), pool).toEqual([]);
    }
  });
});
