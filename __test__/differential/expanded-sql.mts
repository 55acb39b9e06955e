/** `toString()` of statements and `explain()`: SQL as text. */
import { bindables } from '../compat/bindables.mts';
import { attempt } from '../helpers/answer.mts';
import type { Database } from '../helpers/driver.mts';
import { forEachValue, type CaseBody, type Cases } from './harness/case.mts';

const inMemory =
  (body: (db: Database) => unknown): CaseBody =>
  ({ memory }) =>
    body(memory('CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2)'));

const texts = [
  'SELECT 1',
  ' SELECT 1 ',
  'SELECT 1;',
  'SELECT 1 ; ; ',
  '/* before */ SELECT 1 /* behind */',
  '-- before\nSELECT 1 -- behind',
  'SELECT ?',
  'SELECT ?, ?',
  'SELECT ?2, ?1',
  'SELECT :a, @a, $a, :b',
  'SELECT \'?\', "?", [?], `?`, \':a\' FROM (SELECT 1 AS "?")',
  'SELECT ? -- ?\n, ? /* ? */',
  'INSERT INTO t VALUES (?, :b)',
  'PRAGMA user_version',
  'PRAGMA user_version = 5',
  'EXPLAIN SELECT 1',
  'BEGIN',
  'SELECT 1\0, 2',
  'SELECT "größe" FROM (SELECT 1 AS "größe")',
  "SELECT '漢🙂'",
  `SELECT '${'x'.repeat(300)}'`,
];

const plans = [
  '',
  ';',
  '-- nothing',
  'SELECT 1',
  'SELECT 1;',
  'SELECT 1; SELECT 2',
  'SELECT 1; -- comment',
  'nonsense',
  'SELECT * FROM missing',
  'QUERY PLAN',
  'QUERY PLAN SELECT 1',
  'QUERY PLAN SELECT * FROM t WHERE a = ?',
  'QUERY PLAN SELECT * FROM t JOIN t u ON t.a = u.b ORDER BY t.b',
  'QUERY PLAN INSERT INTO t SELECT * FROM t',
  'QUERY PLAN SELECT 1; SELECT 2',
  'EXPLAIN SELECT 1',
  'PRAGMA user_version',
  'BEGIN',
  'INSERT INTO t VALUES (1, 2)',
  'SELECT ?, :a, ?5',
  'CREATE TABLE x (a)',
  'QUERY\nPLAN SELECT 1',
  '/* comment */ SELECT 1',
];

export const cases: Cases = {
  ...Object.fromEntries(
    texts.map((sql): [string, CaseBody] => [
      `text of ${JSON.stringify(sql.slice(0, 60))}`,
      inMemory((db) => {
        const statement = db.prepare(sql);
        const before = [
          statement.source,
          statement.toString(),
          String(statement),
          `${statement as unknown as string}`,
        ];
        const bound = attempt(() =>
          statement
            .bind(
              ...(sql.includes('?2')
                ? [{ 1: 1n, 2: 'two' }]
                : [1n, 'two'].slice(0, sql.split('?').length - 1)),
              ...(/[:@$][ab]\b/u.test(sql) ? [{ a: 1.5, b: null }] : []),
            )
            .toString(),
        );
        return [before, bound, statement.toString(), statement.source];
      }),
    ]),
  ),
  ...forEachValue(bindables, 'bound for good in the text', ({ memory }, value) => {
    const statement = memory().prepare('SELECT ? AS a');
    return attempt(() => statement.bind(value).toString());
  }),
  'parameters of an execution are not in the text': inMemory((db) => {
    const statement = db.prepare('SELECT ? AS a');
    statement.get(5);
    const rows = statement.iterate(6);
    const during = statement.toString();
    rows.return();
    return [during, statement.toString()];
  }),
  'of a statement that is bound, run and closed': inMemory((db) => {
    const statement = db.prepare('SELECT ? AS a, ? AS b').bind(5, 'x');
    const before = [statement.toString(), statement.all(), statement.toString()];
    db.close();
    return [...before, statement.toString(), statement.source];
  }),
  'of a failed bind': inMemory((db) => {
    const statement = db.prepare('SELECT ?, ?');
    return [attempt(() => statement.bind(1)), statement.toString(), statement.bind(1, 2).toString()];
  }),
  'of a bind of nothing': inMemory((db) => db.prepare('SELECT 1').bind().toString()),
  'a long text that is bound': inMemory((db) =>
    [31, 32, 33, 100].map((length) => [
      db.prepare('SELECT ?').bind('é'.repeat(length)).toString(),
      db.prepare('SELECT ?').bind(Buffer.alloc(length, 1)).toString(),
    ]),
  ),
  'after the schema has changed': inMemory((db) => {
    const statement = db.prepare('SELECT *, ? FROM t').bind(5);
    db.exec('ALTER TABLE t ADD COLUMN c');
    return [statement.toString(), statement.get(), statement.toString()];
  }),
  'toString() takes no arguments': inMemory((db) => {
    const statement = db.prepare('SELECT ?').bind(5);
    return (statement.toString as (...args: unknown[]) => string).call(statement, true, 1);
  }),
  'toString() of something else': inMemory((db) => {
    const { toString } = db.prepare('SELECT 1');
    return [{}, null, 5, db].map((receiver) => attempt(() => toString.call(receiver)));
  }),
  ...Object.fromEntries(
    plans.map((sql): [string, CaseBody] => [
      `explain(${JSON.stringify(sql)})`,
      inMemory((db) => {
        const rows = db.explain(sql) as Record<string, unknown>[];
        if (!sql.startsWith('QUERY')) return [rows.length > 0, Object.keys(rows[0] ?? {})];
        // The numbers are estimates of the engine.
        return rows.map(({ detail, ...rest }) => [detail, Object.keys(rest)]);
      }),
    ]),
  ),
  'explain() runs nothing': inMemory((db) => {
    db.explain('DELETE FROM t');
    db.explain('DROP TABLE t');
    return db.prepare('SELECT * FROM t').all();
  }),
  'explain() gives objects, whatever the database': inMemory((db) => {
    db.defaultSafeIntegers();
    const [first] = db.explain('SELECT 1') as Record<string, unknown>[];
    return Object.entries(first ?? {}).map(([key, value]) => [key, typeof value]);
  }),
  'explain() of further arguments': inMemory((db) => db.explain('SELECT ?', 5).length > 0),
};
