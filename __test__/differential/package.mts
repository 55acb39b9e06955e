/** The package: how it is loaded, what it exports, and what threads share. */
import { createRequire } from 'node:module';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { attempt } from '../helpers/answer.mts';
import type { DatabaseConstructor } from '../helpers/driver.mts';
import type { CaseBody, CaseDriver, Cases } from './harness/case.mts';

const platforms = [
  'linux-x64',
  'linux-arm64',
  'linuxmusl-x64',
  'linuxmusl-arm64',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64',
  'win32-arm64',
];
const deep = [
  'lib',
  'lib/database',
  'lib/database.js',
  'lib/sqlite-error',
  'build/Release/better_sqlite3.node',
  'index.js',
  'nothing',
  'README.md',
];

const requireFrom = ({ home }: CaseDriver, specifier: string): unknown => createRequire(home)(specifier);
const codeOf = (fn: () => unknown): unknown => {
  try {
    return typeof fn();
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

/** The message of a thread that posts one and ends: both can come in one turn of the event loop. */
async function messageOf(worker: Worker): Promise<unknown> {
  const [[message]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  return message as unknown;
}

/** Runs code in a thread of its own, which has `Database` and `home`, and gives what it returns. */
async function inThread(driver: CaseDriver, body: string): Promise<unknown> {
  const code = `
    const { createRequire } = require('node:module');
    const { parentPort, workerData } = require('node:worker_threads');
    const Database = createRequire(workerData.home)(workerData.name);
    const file = workerData.file;
    const attempt = (fn) => { try { return fn(); } catch (error) { return String(error); } };
    parentPort.postMessage((() => { ${body} })());
  `;
  const worker = new Worker(code, {
    eval: true,
    workerData: { home: driver.home, name: driver.name, file: driver.path() },
  });
  return messageOf(worker);
}

const inThreads =
  (body: string): CaseBody =>
  (driver) =>
    inThread(driver, body);

export const cases: Cases = {
  'the export': (driver) => {
    const Database = requireFrom(driver, driver.name) as DatabaseConstructor;
    return [
      Database === driver.Database,
      typeof Database,
      Database.name,
      Database.length,
      Object.keys(Database).includes('SqliteError'),
    ];
  },
  'package.json can be read': (driver) => {
    const manifest = requireFrom(driver, `${driver.name}/package.json`) as { name: string; main: string };
    return [manifest.name === driver.name, typeof manifest.main];
  },
  ...Object.fromEntries(
    deep.map((path): [string, CaseBody] => [
      `no way to ${path}`,
      (driver) => codeOf(() => requireFrom(driver, `${driver.name}/${path}`)),
    ]),
  ),
  'an entry for each platform': (driver) =>
    platforms.map((platform) => [
      platform,
      attempt(() => typeof createRequire(driver.home).resolve(`${driver.name}/${platform}`)),
    ]),
  'threads have classes of their own': inThreads(`
    const db = new Database(':memory:');
    return [typeof Database, db.open, db.prepare('SELECT 1 AS a').get(), db instanceof Database];
  `),
  'a thread fails alone': inThreads(`
    const db = new Database(':memory:');
    return [attempt(() => db.exec('nonsense')), attempt(() => db.prepare('SELECT ?').get()), db.prepare('SELECT 5 AS a').get()];
  `),
  'callbacks in a thread': inThreads(`
    const db = new Database(':memory:', { verbose: (sql) => log.push(sql) });
    const log = [];
    db.function('f', (x) => x * 2);
    db.aggregate('g', { start: 0, step: (a, b) => a + b });
    db.table('t', { columns: ['a'], *rows() { yield [1]; yield [2]; } });
    return [db.prepare('SELECT f(a) FROM t').pluck().all(), db.prepare('SELECT g(a) FROM t').pluck().get(), log];
  `),
  'transactions in a thread': inThreads(`
    const db = new Database(file);
    db.exec('CREATE TABLE t (a)');
    const add = db.transaction((a, fails) => { db.prepare('INSERT INTO t VALUES (?)').run(a); if (fails) throw new Error('fails'); });
    return [attempt(() => add(1)), attempt(() => add(2, true)), db.prepare('SELECT a FROM t').all(), db.close().open];
  `),
  'rows and results can be sent': inThreads(`
    const db = new Database(':memory:').exec('CREATE TABLE t (a)');
    return [db.prepare("SELECT 1 AS a, 'x' AS b, NULL AS c, x'00ff' AS d, 1.5 AS e").get(), db.prepare('INSERT INTO t VALUES (1)').run(), db.prepare('SELECT 1 AS a').columns()];
  `),
  'databases, statements and iterators cannot be sent': inThreads(`
    const db = new Database(':memory:');
    const statement = db.prepare('SELECT 1');
    const name = (value) => { try { parentPort.postMessage(value); return 'sent'; } catch (error) { return error.name; } };
    return [name(db.function('f', () => 1)), name(statement)];
  `),
  'a file between threads': async (driver) => {
    const file = driver.path();
    const db = new driver.Database(file).exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a)');
    const insert = db.prepare('INSERT INTO t VALUES (?)');
    insert.run('from here');
    const worker = new Worker(
      `
      const { createRequire } = require('node:module');
      const { parentPort, workerData } = require('node:worker_threads');
      const db = new (createRequire(workerData.home)(workerData.name))(workerData.file);
      db.prepare("INSERT INTO t VALUES ('from there')").run();
      parentPort.postMessage(db.prepare('SELECT a FROM t').all());
      db.close();
      `,
      { eval: true, workerData: { home: driver.home, name: driver.name, file } },
    );
    const seen = await messageOf(worker);
    return [seen, db.prepare('SELECT a FROM t').all()];
  },
  'a lock between threads': async (driver) => {
    const file = driver.path();
    const db = new driver.Database(file, { timeout: 0 }).exec('CREATE TABLE t (a); BEGIN IMMEDIATE');
    const worker = new Worker(
      `
      const { createRequire } = require('node:module');
      const { parentPort, workerData } = require('node:worker_threads');
      const db = new (createRequire(workerData.home)(workerData.name))(workerData.file, { timeout: 0 });
      try { db.exec('INSERT INTO t VALUES (1)'); } catch (error) { parentPort.postMessage([error.name, error.code, error.message]); }
      `,
      { eval: true, workerData: { home: driver.home, name: driver.name, file } },
    );
    const seen = await messageOf(worker);
    return [seen, db.exec('COMMIT').open];
  },
};
