/** `backup()`. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, attemptAsync } from '../helpers/answer.mts';
import type { Database } from '../helpers/driver.mts';
import type { CaseBody, CaseDriver, Cases } from './harness/case.mts';

const rows = (count: number): string =>
  `CREATE TABLE t (a, b); WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < ${count}) INSERT INTO t SELECT x, zeroblob(3000) FROM c`;

/** What is in a file, read by a connection of its own. */
function contentOf({ Database }: CaseDriver, file: string): unknown {
  if (!existsSync(file)) return 'no file';
  return attempt(() => {
    const db = new Database(file, { readonly: true });
    const answer = [
      db.prepare('SELECT count(*), sum(a) FROM t').raw().get(),
      db.pragma('integrity_check'),
      db.pragma('journal_mode'),
    ];
    db.close();
    return answer;
  });
}

/** Backs up and tells how that went and what is there afterwards. */
const backsUp =
  (sql: string, options?: (db: Database, log: unknown[]) => object): CaseBody =>
  async (driver) => {
    const db = driver.memory(sql);
    const file = driver.path();
    const log: unknown[] = [];
    const answer = await attemptAsync(() =>
      options === undefined ? db.backup(file) : db.backup(file, options(db, log)),
    );
    return [
      answer,
      log,
      contentOf(driver, file),
      attempt(() => db.prepare('SELECT count(*) FROM t').pluck().get()),
    ];
  };

const logging = (log: unknown[], gives: (call: number) => unknown): ((...args: unknown[]) => unknown) => {
  let calls = 0;
  return function progress(this: unknown, ...args: unknown[]) {
    calls += 1;
    log.push(this, args);
    return gives(calls);
  };
};

const results: Record<string, (call: number) => unknown> = {
  undefined: () => undefined,
  '100': () => 100,
  '1000': () => 1000,
  '50 and then 10': (call) => (call < 3 ? 50 : 10),
  '0 and then 500': (call) => (call < 4 ? 0 : 500),
  'negative and then 500': (call) => (call < 4 ? -5 : 500),
  '33.4': () => 33.4,
  '33.5': () => 33.5,
  '0.4 and then 500': (call) => (call < 4 ? 0.4 : 500),
  Infinity: () => Infinity,
  '-Infinity and then 500': (call) => (call < 3 ? -Infinity : 500),
  '2 ** 40': () => 2 ** 40,
  NaN: () => NaN,
  null: () => null,
  'a text': () => '100',
  'a bigint': () => 100n,
  'a Number object': () => Object(100),
  'a promise': async () => 100,
  true: () => true,
};

export const cases: Cases = {
  'of an empty database': backsUp('CREATE TABLE t (a)'),
  'of nothing at all': async (driver) => {
    const file = driver.path();
    const answer = await attemptAsync(() => driver.memory().backup(file));
    return [answer, existsSync(file)];
  },
  'of some rows': backsUp(rows(10)),
  'of many rows': backsUp(rows(400)),
  ...Object.fromEntries(
    Object.entries(results).map(([name, gives]): [string, CaseBody] => [
      `progress gives ${name}`,
      backsUp(rows(250), (_, log) => ({ progress: logging(log, gives) })),
    ]),
  ),
  'progress throws at its third call': backsUp(rows(400), (_, log) => ({
    progress: logging(log, (call) => {
      if (call === 3) throw new RangeError('from progress');
    }),
  })),
  'progress of a small database': backsUp('CREATE TABLE t (a)', (_, log) => ({
    progress: logging(log, () => undefined),
  })),
  'is a promise in every case': ({ memory, path }) => {
    const db = memory();
    const promises = [db.backup(path()), db.backup(), db.backup(''), db.backup(path(), 5)];
    for (const promise of promises) promise.catch(() => undefined);
    return promises.map((promise) => [
      promise instanceof Promise,
      Object.getPrototypeOf(promise) === Promise.prototype,
    ]);
  },
  ...Object.fromEntries(
    [
      [],
      [5],
      [null],
      [''],
      ['  '],
      [':memory:'],
      [' :memory: '],
      [undefined, {}],
      ['PATH', 5],
      ['PATH', { attached: '' }],
      ['PATH', { attached: 'missing' }],
      ['PATH', { attached: null }],
      ['PATH', { progress: 5 }],
      ['PATH', { progress: null }],
      ['PATH', { progress: undefined }],
      ['PATH', null],
      ['PATH', []],
    ].map((args): [string, CaseBody] => [
      `backup(${JSON.stringify(args).slice(1, -1)})`,
      async ({ memory, path }) => {
        const file = path();
        return attemptAsync(() =>
          memory('CREATE TABLE t (a)').backup(...args.map((arg) => (arg === 'PATH' ? file : arg))),
        );
      },
    ]),
  ),
  'into a folder that is not there': async ({ memory, folder }) =>
    attemptAsync(() => memory().backup(join(folder(), 'missing', 'x.db'))),
  'into a folder': async ({ memory, folder }) =>
    attemptAsync(() => memory('CREATE TABLE t (a)').backup(folder())),
  'onto another file': async (driver) => {
    const file = driver.path();
    writeFileSync(file, 'this is no database, '.repeat(500));
    return [
      await attemptAsync(() => driver.memory('CREATE TABLE t (a)').backup(file)),
      contentOf(driver, file),
    ];
  },
  'onto an empty file': async (driver) => {
    const file = driver.path();
    writeFileSync(file, '');
    return [
      await attemptAsync(() => driver.memory('CREATE TABLE t (a)').backup(file)),
      contentOf(driver, file),
    ];
  },
  'onto another database': async (driver) => {
    const file = driver.path();
    new driver.Database(file).exec(`${rows(300)}; CREATE TABLE other (x)`).close();
    return [
      await attemptAsync(() => driver.memory('CREATE TABLE t (a); INSERT INTO t VALUES (7)').backup(file)),
      contentOf(driver, file),
    ];
  },
  'onto a database in WAL mode': async (driver) => {
    const file = driver.path();
    new driver.Database(file).exec('PRAGMA journal_mode = WAL; CREATE TABLE other (x)').close();
    return [
      await attemptAsync(() => driver.memory('CREATE TABLE t (a); INSERT INTO t VALUES (7)').backup(file)),
      contentOf(driver, file),
    ];
  },
  'onto a database of other pages': async (driver) => {
    const file = driver.path();
    new driver.Database(file).exec('PRAGMA page_size = 512; CREATE TABLE other (x)').close();
    return [await attemptAsync(() => driver.memory(rows(5)).backup(file)), contentOf(driver, file)];
  },
  'an aborted backup onto another database': async (driver) => {
    const file = driver.path();
    new driver.Database(file).exec('CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2)').close();
    let calls = 0;
    const answer = await attemptAsync(() =>
      driver.memory(rows(400)).backup(file, {
        progress: () => {
          calls += 1;
          if (calls === 3) throw new RangeError('aborted');
        },
      }),
    );
    return [answer, contentOf(driver, file)];
  },
  'of a file': async (driver) => {
    const file = driver.path();
    return [await attemptAsync(() => driver.onDisk(rows(30)).backup(file)), contentOf(driver, file)];
  },
  'of a file in WAL mode': async (driver) => {
    const file = driver.path();
    const db = driver.onDisk(`PRAGMA journal_mode = WAL; ${rows(30)}`);
    return [await attemptAsync(() => db.backup(file)), contentOf(driver, file)];
  },
  'of a read-only database': async (driver) => {
    const [source, file] = [driver.path(), driver.path()];
    new driver.Database(source).exec(rows(30)).close();
    const db = new driver.Database(source, { readonly: true });
    return [await attemptAsync(() => db.backup(file)), contentOf(driver, file)];
  },
  'of a database from a Buffer': async (driver) => {
    const file = driver.path();
    const db = new driver.Database(driver.memory(rows(30)).serialize());
    return [await attemptAsync(() => db.backup(file)), contentOf(driver, file)];
  },
  'of an attached database': async (driver) => {
    const file = driver.path();
    const db = driver.memory(
      "ATTACH ':memory:' AS other; CREATE TABLE other.t (a); INSERT INTO other.t VALUES (5)",
    );
    return [await attemptAsync(() => db.backup(file, { attached: 'other' })), contentOf(driver, file)];
  },
  'of temp': async (driver) => {
    const file = driver.path();
    const db = driver.memory('CREATE TEMP TABLE t (a); INSERT INTO t VALUES (5)');
    return [await attemptAsync(() => db.backup(file, { attached: 'temp' })), contentOf(driver, file)];
  },
  'of a closed database': async ({ memory, path }) => attemptAsync(() => memory().close().backup(path())),
  'closing while it waits': async (driver) => {
    const file = driver.path();
    const db = driver.memory(rows(400));
    const backup = attemptAsync(() => db.backup(file));
    db.close();
    return [await backup, existsSync(file)];
  },
  'closing in progress': async (driver) => {
    const file = driver.path();
    const db = driver.memory(rows(400));
    let calls = 0;
    const answer = await attemptAsync(() =>
      db.backup(file, {
        progress: () => {
          calls += 1;
          if (calls === 3) db.close();
        },
      }),
    );
    return [answer, calls, existsSync(file)];
  },
  'writes of the connection meanwhile': async (driver) => {
    const file = driver.path();
    const db = driver.memory(rows(400));
    let calls = 0;
    const answer = await attemptAsync(() =>
      db.backup(file, {
        progress: () => {
          calls += 1;
          if (calls === 2) db.exec('INSERT INTO t VALUES (1000, 1)');
        },
      }),
    );
    return [answer, contentOf(driver, file), db.prepare('SELECT count(*) FROM t').pluck().get()];
  },
  'use of the connection meanwhile': async (driver) => {
    const file = driver.path();
    const db = driver.memory(rows(400));
    const seen: unknown[] = [];
    const answer = await attemptAsync(() =>
      db.backup(file, {
        progress: () => {
          seen.push(
            attempt(() => db.prepare('SELECT count(*) FROM t').pluck().get()),
            attempt(() => db.pragma('user_version')),
            db.inTransaction,
          );
        },
      }),
    );
    return [answer, seen.slice(0, 6)];
  },
  'two backups at once': async (driver) => {
    const files = [driver.path(), driver.path()];
    const db = driver.memory(rows(250));
    const answers = await Promise.all(files.map((file) => attemptAsync(() => db.backup(file))));
    return [answers, files.map((file) => contentOf(driver, file))];
  },
  'blanks around the name': async (driver) => {
    const file = driver.path();
    return [
      await attemptAsync(() => driver.memory('CREATE TABLE t (a)').backup(`  ${file} \n`)),
      contentOf(driver, file),
    ];
  },
  'a database that is opened meanwhile': async (driver) => {
    const file = driver.path();
    const db = driver.memory(rows(300));
    let opened: unknown = 'nothing';
    const answer = await attemptAsync(() =>
      db.backup(file, {
        progress: ({ totalPages, remainingPages }: { totalPages: number; remainingPages: number }) => {
          if (totalPages === remainingPages)
            opened = attempt(() =>
              new driver.Database(file, { timeout: 0 }).prepare('SELECT 1').pluck().get(),
            );
        },
      }),
    );
    return [answer, opened];
  },
  'the arguments of progress are new each time': async ({ memory, path }) => {
    const seen: object[] = [];
    await memory(rows(300)).backup(path(), {
      progress: (info: object) => {
        seen.push(info);
      },
    });
    return [
      seen.length,
      new Set(seen).size === seen.length,
      Object.getPrototypeOf(seen[0]) === Object.prototype,
    ];
  },
  'the names of options are looked for': async ({ memory, path }) => {
    const log: string[] = [];
    const options = new Proxy(
      {},
      {
        has: (_, key) => {
          log.push(`has ${String(key)}`);
          return false;
        },
        get: (_, key) => {
          log.push(`get ${String(key)}`);
          return undefined;
        },
      },
    );
    return [await attemptAsync(() => memory('CREATE TABLE t (a)').backup(path(), options)), log];
  },
};
