// What cannot work says what to do, and leaves nothing behind.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'ferrolite';
import { createFixtureDb, prepareTemplate, vitestFixtures } from 'ferrolite/testing';
import { describe, expect, it } from 'vitest';
import { inChild } from '../helpers/in-child.mts';
import { damagedOnPurpose } from '../helpers/sound-files.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { copiesIn, folderWith, rejection, templateFile, templateFiles } from './support.mts';

async function refused(options: object): Promise<{ code?: string; message: string; left: string[] }> {
  const directory = tempDir();
  const { code, message } = await rejection(createFixtureDb({ directory, ...options }));
  return { code: code!, message, left: [...copiesIn(directory), ...templateFiles(directory)] };
}

/** The lock stays: who waits for it must not lock another file than who comes later. */
const NOTHING = ['lock.db'];

describe('a template', () => {
  it.each([
    ['that is missing', () => tempDb(), 'does not exist: create it, or correct the "template" option', []],
    ['that is a folder', () => tempDir(), 'is no file', []],
    [
      'that is empty',
      () => {
        const path = tempDb();
        writeFileSync(path, '');
        return path;
      },
      'is empty: fill it, or correct the "template" option',
      [],
    ],
    [
      'that is text',
      () => {
        const path = tempDb();
        writeFileSync(path, 'x'.repeat(5000));
        return path;
      },
      'is encrypted, or no SQLite database',
      NOTHING,
    ],
    [
      'that is below a file',
      () => join(templateFile(), 'below.db'),
      /cannot be read: ENOTDIR|does not exist/,
      [],
    ],
  ] as const)('%s is named', async (_, make, text, left) => {
    const template = make();
    const error = await refused({ template });
    expect(error.message).toContain(`The template "${template}"`);
    expect(error.message).toMatch(text);
    expect(error.code).toBe('FERROLITE_NO_TEMPLATE');
    expect(error.left).toEqual(left);
  });

  it('that is cut short is named', async () => {
    const template = damagedOnPurpose(templateFile());
    truncateSync(template, 5000);
    const error = await refused({ template });
    expect(error.code).toBe('FERROLITE_NO_TEMPLATE');
    expect(error.message).toMatch(/^The template ".*" is damaged: .+/s);
    expect(error.left).toEqual(NOTHING);
  });
});

describe('a folder of migrations', () => {
  it.each([
    ['that is missing', () => join(tempDir(), 'none'), 'does not exist'],
    ['that is a file', () => templateFile(), 'is a file'],
    ['that has no .sql files', () => folderWith({ 'a.txt': '', 'down.sql': '' }), 'has no .sql files'],
  ])('%s is named', async (_, make, what) => {
    const migrations = make();
    const error = await refused({ migrations });
    expect(error.message).toContain(`The folder of migrations "${migrations}" ${what}`);
    expect(error.code).toBe('FERROLITE_NO_MIGRATIONS');
    expect(error.left).toEqual([]);
  });

  it('with a statement that fails names the file, the line and the statement', async () => {
    const migrations = folderWith({
      '1.sql': 'CREATE TABLE t (a);',
      '2/up.sql': "-- more\nINSERT INTO t VALUES ('\n;\n');\n\n  INSERT\n  INTO u VALUES (1);\n",
    });
    const error = await refused({ migrations });
    expect(error.message).toBe(
      'The migration "2/up.sql" failed at line 6: no such table: u (INSERT INTO u VALUES (1);)',
    );
    expect(error.code).toBe('FERROLITE_MIGRATION_FAILED');
    expect(error.left).toEqual(NOTHING);
  });

  it('with a transaction that is left open names the file', async () => {
    const error = await refused({ migrations: folderWith({ 'a.sql': 'BEGIN; CREATE TABLE t (a)' }) });
    expect(error.message).toBe('The migration "a.sql" leaves a transaction open: end it with COMMIT');
    expect(error.code).toBe('FERROLITE_MIGRATION_FAILED');
  });
});

describe('options', () => {
  it.each([
    [undefined, 'Expected first argument to be an options object'],
    [{}, 'Expected one of the options "template", "migrations" and "build"'],
    [{ templat: 'a' }, /^Unknown option "templat" \(the options are template, migrations, /],
    [{ template: '' }, 'Expected the "template" option to be a path or a file: URL'],
    [{ migrations: 5 }, 'Expected the "migrations" option to be a path or a file: URL'],
    [{ build: 'sql' }, 'Expected the "build" option to be a function'],
    [{ template: 'a', key: 1 }, 'Expected the "key" option to be a string'],
    [{ template: 'a', directory: '' }, 'Expected the "directory" option to be a path'],
    [
      { template: 'a', buildTimeoutMs: Number.NaN },
      'Expected the "buildTimeoutMs" option to be a number of milliseconds',
    ],
    [{ template: 'a', memory: 'yes' }, 'Expected the "memory" option to be a boolean'],
    [{ template: 'a', options: 5 }, 'Expected the "options" option to be an object'],
    [{ template: 'a', pragmas: null }, 'Expected the "pragmas" option to be an object'],
  ])('%j are refused', async (options, message) => {
    const error = await rejection(createFixtureDb(options as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toMatch(message);
  });

  it('of fixtures are refused where they are made', () => {
    expect(() => vitestFixtures({ template: 'a', mode: 'fast' as never })).toThrow(
      'Expected the "mode" option to be one of copy, memory, rollback',
    );
    expect(() => vitestFixtures({ template: 'a', memory: true } as never)).not.toThrow();
  });

  it('of createDb() are refused, and pragmas that fail close the copy', async () => {
    const directory = tempDir();
    const template = await prepareTemplate({ directory, template: templateFile() });
    expect(() => template.createDb({ path: 'x' } as never)).toThrow('Unknown option "path"');
    const fixture = template.createDb({ pragmas: { 'not a pragma': 1 } });
    expect(() => fixture.db).toThrow(/syntax error/);
    fixture.close();
    expect(copiesIn(directory)).toEqual([]);
  });
});

describe('a place for fixtures', () => {
  it('that is a file is named', async () => {
    const directory = templateFile();
    const error = await rejection(prepareTemplate({ directory, build: () => undefined }));
    expect(error.message).toMatch(/^Cannot create the folder of fixtures ".*": E.*"directory" option$/);
    expect(error.code).toBe('FERROLITE_FIXTURE_FILES');
  });

  it('that somebody else has taken is refused', async () => {
    const directory = tempDir();
    symlinkSync(tempDir(), join(directory, `ferrolite-testing-${process.getuid?.()}`));
    const error = await rejection(prepareTemplate({ directory, build: () => undefined }));
    expect(error.message).toMatch(/^Cannot use ".*" for fixtures, because it is no folder\. Remove it, /);
    expect(error.code).toBe('FERROLITE_FIXTURE_FILES');
  });

  it.runIf(process.getuid?.() === 0)('that belongs to another user is refused', () => {
    const directory = tempDir();
    chmodSync(directory, 0o777);
    chmodSync(join(directory, '..'), 0o711);
    mkdirSync(join(directory, 'ferrolite-testing-65534'), { mode: 0o777 });
    const attempt = async (place: string): Promise<unknown> => {
      const fixtures = require('ferrolite/testing');
      process.setuid?.(65534);
      return fixtures.prepareTemplate({ directory: place, build: () => undefined }).catch(String);
    };
    expect(inChild(attempt, [directory])).toMatch(/because it does not belong to \w+\. Remove it/);
  });
});

const canMount = spawnSync('unshare', ['-m', 'true']).status === 0;

describe('a full disk', () => {
  /** Makes fixtures in a file system of 1 MB. */
  async function onSmallDisk(place: string, template: string): Promise<unknown> {
    const { execFileSync } = require('node:child_process');
    const fs = require('node:fs');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place]);
    const { createFixtureDb: create, prepareTemplate: prepare } = require('ferrolite/testing');
    const files = (): string[] =>
      fs
        .readdirSync(place, { recursive: true, withFileTypes: true })
        .filter((entry: { isFile(): boolean }) => entry.isFile())
        .map((entry: { name: string }) => entry.name);
    const failed = async (make: () => Promise<unknown>): Promise<unknown> => {
      const error = await make().then(
        () => undefined,
        (reason) => reason,
      );
      return { code: error?.code, message: error?.message, files: files() };
    };
    const large = ({ db }: any) => db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(3000000))');
    const half = ({ db }: any) => db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(300000))');
    const answers = [
      await failed(() => prepare({ directory: place, build: large })),
      await failed(() => prepare({ directory: place, template })),
    ];
    const ready = await prepare({ directory: place, build: half });
    ready.createDb();
    ready.createDb();
    answers.push(await failed(async () => ready.createDb()));
    answers.push(await failed(() => create({ directory: place, build: half })));
    return answers;
  }

  it.runIf(canMount)('is named with its reason, and nothing half-made stays', () => {
    const template = tempDb();
    new Database(template).exec('CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(3000000))').close();
    const answers = inChild(onSmallDisk, [tempDir(), template], { prefix: ['unshare', '-m'] });
    const code = 'FERROLITE_FIXTURE_FILES';
    const advice =
      'Make room there and see that it can be written, or choose another place with the "directory" option';
    const kept = ['lock.db', 'lock.db', 'lock.db', 'test.db', 'test.db', 'test.db'];
    expect(answers).toMatchObject([
      { code, message: `Cannot fill the template: database or disk is full. ${advice}`, files: ['lock.db'] },
      { code, files: ['lock.db', 'lock.db'] },
      { code, message: expect.stringMatching(/^Cannot copy the template to ".*": ENOSPC/) },
      { code },
    ]);
    for (const { files } of (answers as { files: string[] }[]).slice(2))
      expect(files.toSorted()).toEqual(kept);
  });
});
