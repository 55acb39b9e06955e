// docs/errors.md: every text in it is thrown, and every fixed text of the driver is in it.
import { readFileSync, readdirSync, unlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import Database from 'ferrolite';
import { withFerrolite } from 'ferrolite/next';
import { checkHealth, healthHandler } from 'ferrolite/ops';
import { afterEach, describe, expect, it } from 'vitest';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { descriptorCalls } from './descriptor-calls.mts';
import { bulkCalls } from './errors.bulk.mts';
import { callbackCalls } from './errors.callbacks.mts';
import { checkpointCalls } from './errors.checkpoints.mts';
import { maintenanceCalls } from './errors.maintenance.mts';
import { migrateCalls } from './errors.migrate.mts';
import { planCalls } from './errors.plan.mts';
import { poolCalls } from './errors.pool.mts';
import { queryBuilderCalls } from './errors.query-builders.mts';
import { retryCalls } from './errors.retry.mts';
import { testingCalls } from './errors.testing.mts';
import { projectRoot, quoted, readPage, tables } from './markdown.mts';

const { closeDatabase, getDb } = Database;

/** Wrong calls on purpose. */
const Loose = Database as any;
const loose = getDb as (...args: unknown[]) => unknown;

interface Written {
  readonly name: string;
  readonly text: string;
}

const page = readPage('docs/errors.md');
const written: Written[] = tables(page)
  .filter(({ head }) => head[0] === 'Class' && head[1]?.startsWith('Text'))
  .flatMap(({ rows }) => rows.map(([name = '', text = '']) => ({ name, text: quoted(text)[0] ?? '' })));

/** What a text means that has `<...>` in it. */
function pattern(text: string): RegExp {
  const parts = text.split(/<[^<>]*>/).map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.+')}$`, 's');
}

const memory = (): Database.Database => new Database(':memory:');
const prepare = (sql: string): any => memory().prepare(sql);

/** Executes on a connection whose loop over `SELECT 1` is open. */
function whileIterating(run: (db: Database.Database, statement: Database.Statement) => unknown): unknown {
  const db = memory();
  const statement = db.prepare('SELECT 1');
  statement.iterate();
  return run(db, statement);
}

const require = createRequire(import.meta.url);

const calls: Readonly<Record<string, () => unknown>> = {
  'Expected first argument to be a string': () => new Loose(true),
  'Expected second argument to be an options object': () => new Loose('', 5),
  'Misspelled option "readOnly" should be "readonly"': () => new Loose('', { readOnly: true }),
  'Option "memory" was removed in v7.0.0 (use ":memory:" filename instead)': () =>
    new Loose('', { memory: true }),
  'Expected the "<name>" option to be a boolean': () => new Loose('', { readonly: undefined }),
  'In-memory/temporary databases cannot be readonly': () => new Loose('', { readonly: true }),
  'Expected the "timeout" option to be a positive integer': () => new Loose('', { timeout: -1 }),
  'Option "timeout" cannot be greater than 2147483647': () => new Loose('', { timeout: 2 ** 31 }),
  'Expected the "verbose" option to be a function': () => new Loose('', { verbose: true }),
  'Expected the "nativeBinding" option to be a string or addon object': () =>
    new Loose('', { nativeBinding: 5 }),
  'The "nativeBinding" option must name the addon of ferrolite <advice>': () =>
    new Loose('', { nativeBinding: {} }),
  'The "nativeBinding" option is only supported by the default better-sqlite3 entrypoint': () =>
    new (require('ferrolite/linux-x64'))('', { nativeBinding: undefined }),
  'Cannot open database because the directory does not exist': () =>
    new Database(join(tempDir(), 'none', 'a.db')),
  'Cannot open database because the path contains a null byte': () => new Database(`${tempDb()}\0`),

  ...descriptorCalls,

  'The database connection is not open': () => memory().close().prepare('SELECT 1'),
  'The supplied SQL string contains no statements': () => prepare('-- nothing'),
  'The supplied SQL string contains more than one statement': () => prepare('SELECT 1; SELECT 2'),
  'This statement does not return data. Use run() instead': () => prepare('BEGIN').get(),
  'The <name>() method is only for statements that return data': () => prepare('BEGIN').pluck(),
  'Expected first argument to be a boolean': () => prepare('SELECT 1').raw('yes'),
  'Expected the "simple" option to be a boolean': () =>
    memory().pragma('user_version', { simple: 1 } as never),
  'This statement is busy executing a query': () => whileIterating((_, statement) => statement.all()),
  'This database connection is busy executing a query': () => whileIterating((db) => db.exec('SELECT 1')),
  'Too many active database iterators': () => {
    const db = memory();
    for (let open = 0; open <= 65535; open += 1) db.prepare('SELECT 1').iterate();
  },
  'Expected first argument to be a function': () => memory().transaction('fn' as never),
  'Transaction function cannot return a promise': () => memory().transaction(() => Promise.resolve())(),
  'Statements can only be constructed by the db.prepare() method': () =>
    new (prepare('SELECT 1').constructor)(),
  'Disabled constructor': () => new (prepare('SELECT 1').iterate().constructor)(),
  'Illegal invocation': () => Reflect.apply(memory().exec as () => unknown, {}, []),
  'Expected second argument to be a string': () => new Database.SqliteError('text', 5 as never),

  ...bulkCalls,
  ...retryCalls,
  ...planCalls,
  ...callbackCalls,
  ...poolCalls,
  ...queryBuilderCalls,

  'SQLite3 can only bind numbers, strings, bigints, buffers, and null': () => prepare('SELECT ?').get(true),
  'Too few parameter values were provided': () => prepare('SELECT ?').get(),
  'Too many parameter values were provided': () => prepare('SELECT ?').get(1, 2),
  'Missing named parameters': () => prepare('SELECT :a').get(),
  'Missing named parameter "<name>"': () => prepare('SELECT :a').get({ b: 1 }),
  'You cannot specify named parameters in two different objects': () =>
    prepare('SELECT :a').get({ a: 1 }, { a: 1 }),
  'Named parameters can only be passed within plain objects': () => prepare('SELECT :a').get(new Map()),
  'The bind() method can only be invoked once per statement object': () =>
    prepare('SELECT ?').bind(1).bind(1),
  'This statement already has bound parameters': () => prepare('SELECT ?').bind(1).get(1),
  'The bound string, buffer, or bigint is too big': () => prepare('SELECT ?').get(2n ** 63n),

  'Expected first argument to be an options object': () => memory().serialize(5 as never),
  'Expected the "attached" option to be a string': () => memory().serialize({ attached: 5 } as never),
  'The "attached" option cannot be an empty string': () => memory().serialize({ attached: '' }),
  'unknown database <name>': () => memory().serialize({ attached: 'other' }),

  'Backup filename cannot be an empty string': () => memory().backup(' '),
  'Invalid backup filename ":memory:"': () => memory().backup(':memory:'),
  'Expected the "progress" option to be a function': () => memory().backup('a', { progress: 5 } as never),
  'Expected progress callback to return a number or undefined': () =>
    memory()
      .exec('CREATE TABLE t (a)')
      .backup(tempDb(), { progress: (() => null) as never }),
  'Cannot save backup because the directory does not exist': () =>
    memory().backup(join(tempDir(), 'none', 'a.db')),
  'Cannot save backup because the file is the database itself': () => {
    const path = tempDb();
    return new Database(path).backup(path);
  },
  SQLITE_BUSY: () => {
    const db = new Database(tempDb(), { timeout: 0 }).exec('CREATE TABLE t (a)');
    new Database(db.name).exec('BEGIN EXCLUSIVE');
    return db.backup(tempDb());
  },
  SQLITE_READONLY_DBMOVED: () => {
    const path = tempDb();
    return memory()
      .exec('CREATE TABLE t (a)')
      .backup(path, { progress: () => unlinkSync(path) });
  },

  FERROLITE_OPTIONS_CONFLICT: () => {
    const path = tempDb();
    getDb(path);
    return getDb(path, { profile: 'durable' });
  },
  FERROLITE_CANNOT_CREATE_DIRECTORY: () => {
    const path = tempDb();
    getDb(path);
    return getDb(join(path, 'below', 'a.db'));
  },
  'Unknown option "<name>" (the options are <names>)': () => loose(tempDb(), { wal: true }),
  'Expected the "profile" option to be one of default, readHeavy, writeHeavy, durable': () =>
    loose(tempDb(), { profile: 'fast' }),
  'Expected the "busyTimeoutMs" option to be an integer': () => getDb(tempDb(), { busyTimeoutMs: 0.5 }),
  'Expected the "busyTimeoutMs" option to be between 0 and 2147483647': () =>
    getDb(tempDb(), { busyTimeoutMs: -1 }),
  'SQLite has no pragma "<name>" ("<path>")': () => getDb(':memory:', { pragmas: { synchronus: 'off' } }),
  'Use the "busyTimeoutMs" option instead of the pragma busy_timeout': () =>
    getDb(tempDb(), { pragmas: { busy_timeout: 1 } }),
  'The "<name>" option is <value>, but the parameters of the URL say the opposite': () =>
    getDb('file:a.db?mode=ro', { readonly: false }),
  'Expected the parameter "mode" of <source> to be ro, rw or rwc, not "<value>"': () =>
    getDb('file:a.db?mode=r'),
  'Expected <source> to name a file, or ":memory:", but the path is empty': () => getDb(' '),
  'Expected first argument to be a Next.js configuration: an object, a function or a promise': () =>
    withFerrolite(5 as never),
  'Expected the Next.js configuration to be an object': () => withFerrolite(() => 5 as never)(),
  'Expected the "serverExternalPackages" option to be an array of strings': () =>
    withFerrolite({ serverExternalPackages: 'ferrolite' as never }),

  ...testingCalls,
  ...checkpointCalls,
  ...maintenanceCalls,
  ...migrateCalls,

  "Expected the \"kind\" option to be 'readiness' or 'liveness'": () =>
    healthHandler('a.db', { kind: 'ready' as never }),
  'Expected the "onResult" option to be a function': () => healthHandler('a.db', { onResult: 5 as never }),
  'Expected first argument to be a connection: a database in memory has no other': () =>
    checkHealth(':memory:'),
  'Expected the "<name>" option to be an integer': () => checkHealth(memory(), { deadlineMs: 0.5 }),
  'Expected the "<name>" option to be between 0 and <max>': () => checkHealth(memory(), { maxWalBytes: -1 }),
  SQLITE_CANTOPEN: () => new Database(tempDb(), { readonly: true }),
  SQLITE_NOTADB: () => new Database(join(projectRoot, 'package.json')).prepare('SELECT * FROM t'),
};

/** Rows that need another machine, another installation, or a defect; the loader has tests of its own. */
const elsewhere = [
  /^Out of memory$/,
  /^An unexpected error/,
  /^ferrolite[: ]/,
  /^FERROLITE_NO_WAL$/,
  // No call of a user gives these: cancelling has a reason, and threads are there.
  /^FERROLITE_(?:CANCELLED|NO_THREAD)$/,
  /^SQLITE_READONLY$/,
  /^Opening a database from a file descriptor is not supported on Windows$/,
  /^<n> errors while closing databases$/,
];

afterEach(() => closeDatabase());

async function caught(call: () => unknown): Promise<Error & { code?: string }> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('the call did not throw');
}

describe('the texts of docs/errors.md', () => {
  const here = written.filter(({ text }) => !elsewhere.some((known) => known.test(text)));

  it.each(here.map(({ name, text }) => [name, text] as const))('%s: %s', async (name, text) => {
    const call = calls[text];
    expect(call, 'this text has no call that throws it').toBeDefined();
    const error = await caught(call!);
    expect(error.name).toBe(name);
    if (/^[A-Z_]+$/.test(text)) expect(error.code).toBe(text);
    else expect(error.message).toMatch(pattern(text));
  });

  it('are all that are called here', () => {
    expect(Object.keys(calls).filter((text) => !written.some((row) => row.text === text))).toEqual([]);
  });

  it('include every fixed text that the driver throws', () => {
    const files = ['ts/errors.ts', 'ts/options.ts', 'ts/batch/encode-params.ts', 'ts/next/index.ts'];
    const folders = ['core', 'testing', 'ops', 'migrate'].flatMap((folder) =>
      readdirSync(join(projectRoot, 'ts', folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => `ts/${folder}/${name}`),
    );
    const thrown = [...files, ...folders].flatMap((file) => {
      const source = readFileSync(join(projectRoot, file), 'utf8');
      const literals = source.matchAll(/new (?:Type|Range)?Error\(\s*'((?:[^'\\]|\\.)*)'/g);
      return [...literals].map((match) => match[1] ?? '');
    });
    expect(thrown.length).toBeGreaterThan(20);
    const isWritten = (text: string): boolean => written.some((row) => pattern(row.text).test(text));
    expect(thrown.filter((text) => !isWritten(text))).toEqual([]);
  });
});
