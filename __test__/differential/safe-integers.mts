/** Integers as numbers or bigints: by statement, by database, in callbacks, in results. */
import { attempt } from '../helpers/answer.mts';
import type { Database } from '../helpers/driver.mts';
import type { CaseBody, Cases } from './harness/case.mts';

const integers = [
  '0',
  '1',
  '-1',
  '2147483647',
  '2147483648',
  '-2147483648',
  '-2147483649',
  '4294967296',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740991',
  '-9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
  '-9223372036854775807',
];

const onDefaults =
  (body: (db: Database, setting: unknown) => unknown): CaseBody =>
  ({ memory }) =>
    [undefined, false, true].map((setting) => {
      const db = memory('CREATE TABLE t (a)');
      if (setting !== undefined) db.defaultSafeIntegers(setting);
      return [setting, attempt(() => body(db, setting))];
    });

export const cases: Cases = {
  ...Object.fromEntries(
    integers.map((sql) => [
      `${sql} in every mode`,
      (({ memory }) =>
        [false, true].map((safe) => {
          const statement = memory().prepare(`SELECT ${sql} AS a, -(${sql}.0) AS b`).safeIntegers(safe);
          return [
            statement.get(),
            statement.all(),
            [...statement.iterate()],
            statement.raw().get(),
            statement.pluck().get(),
            statement.expand().get(),
          ];
        })) satisfies CaseBody,
    ]),
  ),
  ...Object.fromEntries(
    integers.map((sql) => [
      `${sql} as the last rowid`,
      (({ memory }) =>
        [false, true].map((safe) => {
          const db = memory('CREATE TABLE t (id INTEGER PRIMARY KEY)');
          return [
            db.prepare(`INSERT INTO t VALUES (${sql})`).safeIntegers(safe).run(),
            db.prepare('SELECT 1').safeIntegers(safe).run(),
          ];
        })) satisfies CaseBody,
    ]),
  ),
  'by default': onDefaults((db) => [
    db.prepare('SELECT 5 AS a').get(),
    db.prepare('INSERT INTO t VALUES (1)').run(),
    db.pragma('user_version'),
    db.pragma('user_version', { simple: true }),
    db.explain('SELECT 1')[0],
    db.prepare('SELECT 5 AS a').safeIntegers(false).get(),
    db.prepare('SELECT 5 AS a').safeIntegers().get(),
    db.prepare('SELECT count(*) AS a FROM t').all(),
  ]),
  'functions by default': onDefaults((db) => {
    db.function('kind', (value: unknown) => typeof value);
    db.function('forced', { safeIntegers: false }, (value: unknown) => typeof value);
    db.function('big', { safeIntegers: true }, (value: unknown) => typeof value);
    return db.prepare('SELECT kind(5), forced(5), big(5), kind(5.0), big(5.0)').raw().get();
  }),
  'aggregates by default': onDefaults((db) => {
    db.aggregate('kind', { step: (_: unknown, value: unknown) => typeof value });
    db.aggregate('big', { safeIntegers: true, step: (_: unknown, value: unknown) => typeof value });
    return db.prepare('SELECT kind(5), big(5)').raw().get();
  }),
  'tables by default': onDefaults((db) => {
    const definition = {
      columns: ['a'],
      parameters: ['x'],
      *rows(value: unknown) {
        yield [typeof value];
      },
    };
    db.table('kind', definition);
    db.table('big', { ...definition, safeIntegers: true });
    db.table('module', () => definition);
    db.exec('CREATE VIRTUAL TABLE v USING module');
    return ['kind', 'big', 'v'].map((name) => db.prepare(`SELECT a FROM ${name}(5)`).pluck().get());
  }),
  'what was made before keeps its setting': ({ memory }) => {
    const db = memory('CREATE TABLE t (a)');
    const statement = db.prepare('SELECT 5 AS a');
    db.function('kind', (value: unknown) => typeof value);
    const transaction = db.transaction(() => db.prepare('SELECT 5').pluck().get());
    db.defaultSafeIntegers();
    const seen = [
      statement.get(),
      db.prepare('SELECT kind(5)').pluck().get(),
      transaction(),
      db.pragma('user_version'),
    ];
    db.defaultSafeIntegers(false);
    return [seen, db.prepare('SELECT 5').get(), statement.get()];
  },
  'a table that is made before and used after': ({ memory }) =>
    [true, false].flatMap((atFirst) =>
      [true, false].map((then) => {
        const db = memory().defaultSafeIntegers(atFirst);
        const definition = {
          columns: ['a'],
          parameters: ['x'],
          *rows(value: unknown) {
            yield [typeof value];
          },
        };
        db.table('own', definition);
        db.table('module', () => definition);
        db.defaultSafeIntegers(then).exec('CREATE VIRTUAL TABLE v USING module');
        db.defaultSafeIntegers(!then);
        return ['own', 'v'].map((name) => db.prepare(`SELECT a FROM ${name}(5)`).pluck().get());
      }),
    ),
  'the setting of an iterator is that of its start': ({ memory }) => {
    const statement = memory().prepare('SELECT 1 AS a UNION SELECT 2');
    const rows = statement.iterate();
    const first = rows.next();
    return [
      first,
      attempt(() => statement.safeIntegers()),
      rows.next(),
      rows.next(),
      statement.safeIntegers().all(),
    ];
  },
  'changes are a number always': ({ memory }) => {
    const db = memory('CREATE TABLE t (a)').defaultSafeIntegers();
    return [db.prepare('INSERT INTO t VALUES (1), (2)').run(), db.prepare('DELETE FROM t').run()];
  },
  'columns() and properties are not concerned': ({ memory }) => {
    const statement = memory().defaultSafeIntegers().prepare('SELECT 5 AS a');
    return [statement.columns(), statement.reader, statement.busy];
  },
  'a bigint comes back as a number without the setting': ({ memory }) =>
    memory()
      .prepare('SELECT ? AS a, ? + 1 AS b')
      .get(2n ** 53n + 1n, 2n ** 62n),
  'of a closed database': ({ memory }) => {
    const db = memory();
    const statement = db.prepare('SELECT 1');
    db.close();
    return [db.defaultSafeIntegers() === db, statement.safeIntegers() === statement];
  },
};
