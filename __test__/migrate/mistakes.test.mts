// What is wrong with a call is said at once, and what is wrong with a function with its line.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { migrateAll, Migrator, runMigrations } from 'ferrolite/migrate';
import { describe, expect, it } from 'vitest';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { failure, filled, folderOf, migrator, opened, tables } from './support.mts';

const FILES = { '001_a.sql': 'CREATE TABLE a (x)', '003_c.sql': 'SELECT 1', 'R__views.sql': 'SELECT 2' };
const TARGET = 'Expected first argument to be the name or version of a migration';
const made = (): any => migrator(opened(), FILES);

describe('a call is refused', () => {
  it.each([
    [
      'plan() with an option that is misspelt',
      (one: any) => one.plan({ rehearsal: false }),
      'Unknown option "rehearsal" (the options are rehearse)',
    ],
    ['plan(null)', (one: any) => one.plan(null), 'Expected the options to be an object'],
    [
      'plan() with another value',
      (one: any) => one.plan({ rehearse: 'auto' }),
      'Expected the "rehearse" option to be a boolean',
    ],
    [
      'repair() with an option that is misspelt',
      (one: any) => one.repair({ forgetmissing: true }),
      'Unknown option "forgetmissing" (the options are forgetMissing)',
    ],
    [
      'repair() with another value',
      (one: any) => one.repair({ forgetMissing: 'yes' }),
      'Expected the "forgetMissing" option to be a boolean',
    ],
    ['to()', (one: any) => one.to(), TARGET],
    ['to(null)', (one: any) => one.to(null), TARGET],
    ['to(1.5)', (one: any) => one.to(1.5), TARGET],
    ['baseline({})', (one: any) => one.baseline({}), TARGET],
    [
      'to() with another version',
      (one: any) => one.to(2),
      'There is no migration "2" in the folder: the first is "001_a", the last "003_c"',
    ],
    [
      'to() with a repeatable one',
      (one: any) => one.to('R__views'),
      'The migration "R__views" is repeated whenever it has changed, and is no version: the first is "001_a", the last "003_c"',
    ],
  ])('%s', async (_, call, text) => {
    expect((await failure(call(made()))).message).toBe(text);
  });

  it('with what is no signal', () => {
    expect(() => new Migrator(tempDb(), tempDir(), { signal: {} as never })).toThrow(
      'Expected the "signal" option to be an AbortSignal',
    );
  });
});

it('undefined stands for an option that is not given', async () => {
  const one = made();
  expect((await one.plan({ rehearse: undefined })).rehearsal).toBeDefined();
  await one.up();
  expect(await one.repair({ forgetMissing: undefined })).toEqual({ accepted: [], forgotten: [], schema: [] });
});

it('the URL of a folder may be a text', async () => {
  const db = opened();
  await runMigrations(db, pathToFileURL(folderOf(FILES)).href);
  expect(tables(db)).toEqual(['a']);
});

it.each(['cjs', 'mjs'])('a function that throws is named with the line, in a file .%s', async (ending) => {
  const up = ending === 'cjs' ? 'exports.up = (db) =>' : 'export const up = (db) =>';
  const folder = folderOf({
    [`1_a.${ending}`]: `// First.\n${up} {\n  db.exec('CREATE TABLE a (x)');\n  db.exec('INSERT INTO missing VALUES (1)');\n};`,
  });
  const db = opened();
  const error = await failure(runMigrations(db, folder));
  expect(error.message).toBe('The migration "1_a" failed at line 4: no such table: missing');
  expect(tables(db)).toEqual([]);
});

it('a folder for copies that is not there is found before anything is tried', async () => {
  const db = filled('CREATE TABLE old (x)');
  const directory = join(tempDir(), 'none');
  const stages: string[] = [];
  const onProgress = ({ stage }: { stage: string }): void => void stages.push(stage);
  const error = await failure(runMigrations(db, folderOf(FILES), { backup: { directory }, onProgress }));
  expect(error).toMatchObject({
    code: 'FERROLITE_MIGRATION_BACKUP',
    message: `There is no folder "${directory}" for the copy of the database, so nothing was done`,
  });
  expect([stages, tables(db), existsSync(directory)]).toEqual([[], ['old'], false]);
});

it('what onProgress of migrateAll() throws ends the call, once those that were begun have ended', async () => {
  const paths = Array.from({ length: 6 }, () => tempDb());
  const folder = folderOf(FILES);
  let calls = 0;
  const onProgress = (): void => {
    calls += 1;
    if (calls === 1) throw new Error('enough');
  };
  const error = await failure(migrateAll(paths, folder, { concurrency: 2, onProgress }));
  expect(error.message).toBe('enough');
  // Time for others to be begun.
  await migrateAll(
    paths.map(() => tempDb()),
    folder,
  );
  expect(calls).toBe(2);
  expect(paths.filter((path) => existsSync(path))).toHaveLength(2);
});
