// The same checks where test runners evaluate the package once more for each file, in one process.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../helpers/in-child.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { install } from '../runtime/fixture.cjs';
import { requireOfNewRealm } from './loader.cjs';

interface Result {
  readonly count: number;
  readonly failed: readonly string[];
}
type Results = Readonly<Record<'ferrolite' | 'better-sqlite3', Result>>;

const here = join(projectRoot, '__test__', 'realms');
const folder = tempDir('realms');
const resultsFolder = join(folder, 'results');
const pools = ['vmThreads', 'vmForks', 'threads', 'forks'];

/** In one realm better-sqlite3 takes generator functions of that realm only. */
const FOREIGN = ['a generator function of another realm as rows', 'columns of another realm'];

/** What better-sqlite3 makes natively belongs to the realm that Node began with, in whatever realm it is called. */
const NATIVE = [
  'a row of expand()',
  'a result of next()',
  'an iterator',
  'what run() answers',
  'what columns() answers',
  'what backup() gives',
  'a statement',
  'TypeError of an argument',
  'TypeError of a value',
  'TypeError of a closed database',
  'TypeError of a busy database',
  'TypeError of a statement without data',
  'TypeError of a wrong receiver',
  'TypeError of missing parameters',
  'RangeError of too few values',
  'RangeError of too many values',
  'RangeError of a missing name',
  'RangeError of a large bigint',
  'RangeError of a text without statement',
  'TypeError of the result of a function',
  'RangeError of the result of a function',
];

/** What it makes by means that it takes from the first realm that calls it belongs to that one. */
const OF_THE_FIRST_REALM = [
  'a row of get()',
  'the array of all()',
  'the rows of all()',
  'thousands of rows',
  'a row of raw()',
  'the values of pluck()',
  'a row of iterate()',
  'what pragma() answers',
  'what explain() answers',
  'SqliteError of prepare()',
  'SqliteError of run()',
  'SqliteError of exec()',
  'SqliteError of next()',
  'SqliteError of the constructor',
  'SqliteError of backup()',
];

/** What runners compare by class. Jest's `toStrictEqual` sees no difference between realms. */
const STRICT = ['a row of get(), toStrictEqual', 'all(), toStrictEqual'];

const first = [...NATIVE, ...FOREIGN];
const later = [...first, ...OF_THE_FIRST_REALM];

/** What better-sqlite3 fails in the first test file of a process, and in the second. */
const expected: Readonly<Record<string, readonly [string[], string[]]>> = {
  jest: [first, later],
  vmThreads: [first, [...later, ...STRICT]],
  vmForks: [first, [...later, ...STRICT]],
  vm: [first, [...later, ...STRICT]],
  threads: [FOREIGN, FOREIGN],
  forks: [FOREIGN, FOREIGN],
};

function run(script: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, REALM_RESULTS: resultsFolder },
  });
  if (status !== 0) throw new Error(`${script} ended with ${status}:\n${stdout}${stderr}`);
}

/** Two test files for each runner; both see the folder as a project of a user. */
function writeProject(): void {
  for (const driver of ['ferrolite', 'better-sqlite3']) install(driver, folder);
  for (const file of ['checks.cjs', 'run.cjs']) {
    cpSync(join(here, file), join(folder, 'node_modules', 'realm-checks', file));
  }
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const body = `test('realm', () => run(checks, { ferrolite, 'better-sqlite3': betterSqlite3 }, (a, b) => expect(a).toStrictEqual(b), RUNNER));\n`;
  const names = {
    checks: 'realm-checks/checks.cjs',
    run: 'realm-checks/run.cjs',
    ferrolite: 'ferrolite',
    betterSqlite3: 'better-sqlite3',
  };
  const lines = (line: (local: string, name: string) => string): string =>
    Object.entries(names)
      .map(([local, name]) => line(local, name))
      .join('\n');
  const required = lines((local, name) => `const ${local} = require('${name}');`);
  const imported = lines((local, name) => `import ${local} from '${name}';`);
  for (const directory of ['jest', 'vitest', 'results']) mkdirSync(join(folder, directory));
  for (const name of ['one', 'two']) {
    writeFileSync(join(folder, 'jest', `${name}.test.js`), `${required}\nconst RUNNER = 'jest';\n${body}`);
    writeFileSync(
      join(folder, 'vitest', `${name}.test.mjs`),
      `${imported}\nconst { RUNNER } = process.env;\n${body}`,
    );
  }
  const projects = pools.map((pool) => ({
    test: {
      name: pool,
      pool,
      globals: true,
      maxWorkers: 1,
      include: ['vitest/*.mjs'],
      env: { RUNNER: pool },
    },
  }));
  const config = `export default { test: { projects: ${JSON.stringify(projects)} } };\n`;
  writeFileSync(join(folder, 'vitest.config.mjs'), config);
}

function resultsOf(runner: string): Results[] {
  const files = readdirSync(resultsFolder).filter((name) => name.startsWith(`${runner}-`));
  return files
    .toSorted()
    .map((name) => JSON.parse(readFileSync(join(resultsFolder, name), 'utf8')) as Results);
}

beforeAll(() => {
  writeProject();
  const modules = join(projectRoot, 'node_modules');
  run(join(modules, 'jest', 'bin', 'jest.js'), '--runInBand', '--cacheDirectory=.jest', 'jest/');
  run(join(modules, 'vitest', 'vitest.mjs'), 'run');
  run(join(here, 'vm.cjs'), folder);
}, 120_000);

describe.each(Object.keys(expected))('in two files of %s', (runner) => {
  it('ferrolite belongs to the realm that calls', () => {
    const results = resultsOf(runner);
    expect(results.map(({ ferrolite }) => ferrolite.failed)).toEqual([[], []]);
    expect(results.every(({ ferrolite }) => ferrolite.count > later.length)).toBe(true);
  });

  it('better-sqlite3 belongs to another realm here and there', () => {
    const failed = resultsOf(runner).map((result) => result['better-sqlite3'].failed.toSorted());
    expect(failed).toEqual(expected[runner]!.map((names) => names.toSorted()));
  });
});

describe('two realms of one thread', () => {
  it('bind their own values, whatever the other has bound', () => {
    const [one, other] = [requireOfNewRealm(folder), requireOfNewRealm(folder)];
    const openIn = (require: (name: string) => unknown) =>
      new (require('ferrolite') as typeof import('ferrolite'))(':memory:');
    const pair = openIn(one).prepare('SELECT ? AS x, ? AS y');
    expect(pair.get(1, 'a')).toMatchObject({ x: 1, y: 'a' });
    // More parameters than any statement so far.
    const count = 20_000;
    const list = Array.from({ length: count }, (_, index) => index);
    const sum = `SELECT sum(column1) FROM (VALUES ${list.map(() => '(?)').join()})`;
    expect(openIn(other).prepare(sum).pluck().get(list)).toBe((count * (count - 1)) / 2);
    expect(pair.get(42, 'b')).toMatchObject({ x: 42, y: 'b' });
  });

  it('have classes of their own, and refuse the objects of the other', () => {
    const [one, other] = [requireOfNewRealm(folder), requireOfNewRealm(folder)].map(
      (require) => require('ferrolite') as typeof import('ferrolite'),
    );
    expect(new one!(':memory:')).toBeInstanceOf(one);
    expect(new one!(':memory:')).not.toBeInstanceOf(other);
    expect(() => other!.prototype.prepare.call(new one!(':memory:'), 'SELECT 1')).toThrow(
      'Illegal invocation',
    );
  });

  it('give promises and results of their own', async () => {
    const require = requireOfNewRealm(folder);
    const { truncateWal, getDb, closeDatabase } = require('ferrolite') as typeof import('ferrolite');
    const path = tempDb();
    getDb(path).exec('CREATE TABLE t (a)');
    const promise = truncateWal({ path });
    // The realm's own classes, seen from outside.
    const realm = Object.getPrototypeOf(getDb).constructor(
      'return { Promise, Object }',
    )() as typeof globalThis;
    expect(promise).toBeInstanceOf(realm.Promise);
    expect(Object.getPrototypeOf(await promise)).toBe(realm.Object.prototype);
    closeDatabase(path);
  });
});
