/**
 * Random SQL over a fixed set of names: tables `t0`, `t1`, `aux.t2`, views, virtual tables and functions. Whatever
 * stands in a FROM has the columns a, b and c, so that most statements compile.
 */
import * as fc from 'fast-check';

/** One of them, each as likely. */
export const pick = <const T extends readonly unknown[]>(...items: T): fc.Arbitrary<T[number]> =>
  fc.constantFrom(...items);

/** SQL of several parts: the template's text and one arbitrary, or fixed text, between each. */
export function sql(
  text: TemplateStringsArray,
  ...parts: (fc.Arbitrary<string> | string)[]
): fc.Arbitrary<string> {
  const given = parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part));
  return fc.tuple(...given).map((values) => String.raw({ raw: text }, ...values));
}

const literal = pick(
  'NULL',
  '0',
  '1',
  '2',
  '-1',
  '2.5',
  '-0.0',
  '9007199254740993',
  '9223372036854775807',
  "''",
  "'a'",
  "'B'",
  "'12'",
  "'漢'",
  "x''",
  "x'00ff'",
  ':v',
);
const column = pick('x.a', 'x.b', 'x.c', 'y.a', 'y.b', 'y.c');
const operator = pick(
  '+',
  '-',
  '*',
  '/',
  '%',
  '||',
  '=',
  '<',
  '>=',
  'IS',
  'IS NOT',
  'AND',
  'OR',
  '&',
  'LIKE',
  'GLOB',
);
/** Names that users register, and how many arguments they are called with. */
const userFunction = pick('f0(', 'f1(%s', 'f1(%s', 'f2(%s, %s', 'fv(%s', 'fv(%s, %s', 'fv(', 'f1(%s, %s');
const builtin = pick(
  'typeof(%s',
  'abs(%s',
  'length(%s',
  'quote(%s',
  'coalesce(%s, %s',
  'max(%s, %s',
  'nullif(%s, %s',
  'iif(%s, %s, 3',
  'json_array(%s, %s',
  'hex(%s',
);
const collation = pick('', '', ' COLLATE NOCASE', ' COLLATE RTRIM', ' COLLATE nowhere');

const call = (name: fc.Arbitrary<string>, argument: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(name, argument, argument).map(([text, one, other]) => {
    const values = [one, other];
    return `${text.replaceAll('%s', () => values.shift() ?? '1')})`;
  });

/** Expressions, two levels deep. */
const leaf = fc.oneof({ weight: 3, arbitrary: column }, { weight: 2, arbitrary: literal });
const simple = fc.oneof(
  { weight: 5, arbitrary: leaf },
  { weight: 3, arbitrary: call(userFunction, leaf) },
  { weight: 2, arbitrary: call(builtin, leaf) },
  { weight: 2, arbitrary: sql`(${leaf} ${operator} ${leaf})` },
);
export const expression = fc.oneof(
  { weight: 5, arbitrary: simple },
  { weight: 2, arbitrary: call(userFunction, simple) },
  { weight: 2, arbitrary: sql`(${simple} ${operator} ${simple}${collation})` },
  { weight: 1, arbitrary: sql`CASE WHEN ${simple} THEN ${leaf} ELSE ${simple} END` },
  { weight: 1, arbitrary: sql`CAST(${simple} AS ${pick('TEXT', 'INTEGER', 'REAL', 'BLOB', 'NUMERIC')})` },
  { weight: 1, arbitrary: sql`(${simple} IN (${leaf}, ${leaf}))` },
  {
    weight: 1,
    arbitrary: sql`(SELECT ${pick('max(z.a)', 'z.b', 'count(*)', 's1(z.a)')} FROM ${pick('t0', 'v0', 'vt', 'vt(x.a)')} z)`,
  },
  {
    weight: 1,
    arbitrary: sql`EXISTS (SELECT 1 FROM ${pick('t1', 'vt', 'm0', 'aux.t2')} z WHERE z.a = ${leaf})`,
  },
);

/** What stands in a FROM; `%x` is the alias of what stands before it. */
const source = fc.oneof(
  { weight: 5, arbitrary: pick('t0', 't1', 'aux.t2', 'main.t0') },
  { weight: 2, arbitrary: pick('v0', 'v1', 'v2') },
  {
    weight: 3,
    arbitrary: pick('vt', 'vt(2)', 'vt(3, 1)', 'vt(%x.a)', 'vt(NULL)', 'm0', 'm1', 'mod', "vt('a', :v)"),
  },
  {
    weight: 1,
    arbitrary: pick(
      '(SELECT b AS a, a AS b, f1(c) AS c FROM t0)',
      '(SELECT a, count(*) AS b, s1(c) AS c FROM t1 GROUP BY a)',
    ),
  },
  {
    weight: 1,
    arbitrary: pick(
      '(SELECT column1 AS a, column2 AS b, column2 AS c FROM (VALUES (1, 2), (NULL, 3)))',
      'nowhere',
    ),
  },
);
const join = pick('JOIN', 'JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'CROSS JOIN', ',');
const on = fc.oneof(pick('x.a = y.a', 'x.b IS y.c', 'y.q = x.a', 'y.p = 2'), expression);

interface From {
  readonly text: string;
  readonly joined: boolean;
}
const from: fc.Arbitrary<From> = fc.oneof(
  { weight: 4, arbitrary: source.map((text) => ({ text: `${text} AS x`, joined: false })) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(source, join, source, on, pick('ON', 'ON', 'USING'))
      .map(([one, kind, other, condition, how]) => {
        // The engines differ in what x.* is behind USING in a right join.
        const using = how === 'USING' && !/RIGHT|FULL/.test(kind);
        const constraint = kind === ',' ? '' : using ? ' USING (a)' : ` ON ${condition}`;
        return { text: `${one} AS x ${kind} ${other.replaceAll('%x', 'x')} AS y${constraint}`, joined: true };
      }),
  },
);

const frame = fc.oneof(
  fc.constant(''),
  sql` ${pick('ROWS', 'RANGE', 'GROUPS')} BETWEEN ${pick('UNBOUNDED PRECEDING', '1 PRECEDING', 'CURRENT ROW')} AND ${pick('CURRENT ROW', '1 FOLLOWING', 'UNBOUNDED FOLLOWING')}${pick('', ' EXCLUDE CURRENT ROW', ' EXCLUDE TIES')}`,
  sql` ${pick('ROWS', 'GROUPS')} 2 PRECEDING`,
);
/** Not group_concat, of which the engines differ over empty values. */
const windowFunction = fc.oneof(
  pick('row_number()', 'rank()', 'dense_rank()', 'ntile(2)', 'count(*)', 'lag(x.a)', 'lead(x.b, 2, 0)'),
  sql`${pick('sum', 'total', 'min', 'first_value', 's1', 's1', 's2', 'w1', 'w1', 'w1')}(${leaf})`,
);
const over = sql`${windowFunction}${pick('', '', '', ' FILTER (WHERE x.a > 1)')} OVER (${pick('', 'PARTITION BY x.b ')}${pick('', 'ORDER BY x.a', 'ORDER BY x.c, x.a', 'ORDER BY x.a')}${frame})`;
const aggregate = fc.oneof(
  sql`${pick('count', 'sum', 'avg', 'min', 'max', 'group_concat', 'total', 's1', 's1', 'w1', 'w1', 's2')}(${pick('', '', 'DISTINCT ')}${leaf})`,
  sql`${pick('s2', 'group_concat', 'w2')}(${leaf}, ${leaf})`,
  // By no plain column, which SQLite below 3.54 takes for the column of that name of another table.
  sql`${pick('s1', 'w1', 'group_concat')}(${leaf} ORDER BY quote(${leaf})${pick('', ' DESC')})`,
  sql`${pick('s0()', 's1(x.b)', 'count(*)')} FILTER (WHERE ${leaf})`,
);

const where = fc.oneof(
  { weight: 2, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: sql` WHERE ${expression}` },
);
const order = pick('', '', ' ORDER BY 1', ' ORDER BY 1 DESC, 2', ' ORDER BY x.a', ' ORDER BY f1(x.b)');
const limit = pick('', '', '', ' LIMIT 2', ' LIMIT 3 OFFSET 1');
const distinct = pick('', '', '', 'DISTINCT ');

/** Without a join there is no y. */
const select = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(from, text).map(([{ text: tables, joined }, rest]) =>
    rest
      .replace('%from', () => tables)
      .replaceAll(joined ? '%y' : /\by\.(?=[abc]\b)/g, 'x.')
      .replaceAll('%x', 'x'),
  );

const plain = select(
  sql`SELECT ${distinct}${expression}, ${expression} AS "e"${pick('', ', x.*', ', *')} FROM %from${where}${order}${limit}`,
);
const grouped = select(
  sql`SELECT ${aggregate}, ${aggregate} AS "e"${pick('', ', x.a')} FROM %from${where}${pick('', ' GROUP BY x.a', ' GROUP BY x.a', ' GROUP BY f1(x.b)', ' GROUP BY 2')}${pick('', '', ' HAVING count(*) > 1', ' HAVING s1(x.a) IS NOT NULL')}${pick('', ' ORDER BY 1')}${limit}`,
);
const windowed = select(sql`SELECT x.a, ${over}, ${over} AS "e" FROM %from${where}${order}${limit}`);
const simpleSelect = select(sql`SELECT x.a, ${expression} FROM %from${where}`);

/** Statements that only read. */
export const query = fc.oneof(
  { weight: 5, arbitrary: plain },
  { weight: 4, arbitrary: grouped },
  { weight: 4, arbitrary: windowed },
  {
    weight: 1,
    arbitrary: sql`${simpleSelect} ${pick('UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT')} ${simpleSelect} ORDER BY 1, 2`,
  },
  {
    weight: 1,
    arbitrary: sql`WITH RECURSIVE n(a, b, c) AS (SELECT 1, f1(1), 'x' UNION ALL SELECT a + 1, ${pick('f1(b)', 'f2(a, b)', 'b')}, c FROM n WHERE a < 4) SELECT x.a, ${pick('x.b', 's1(x.b) OVER (ORDER BY x.a)', 'fv(x.a, x.b, x.c)')} FROM n x ${pick('', 'JOIN vt y ON y.q = x.a', 'LEFT JOIN t0 y USING (a)')}`,
  },
);

const target = pick('t0', 't1', 'aux.t2', 'v0', 'v1', 'vt', 'm0');
const returning = pick('', '', ' RETURNING *', ' RETURNING a, f1(b) AS r', ' RETURNING s1(a)');
const conflict = pick('', '', ' OR IGNORE', ' OR REPLACE', ' OR ROLLBACK', ' OR ABORT', ' OR FAIL');
const bare = expression.map((text) => text.replaceAll(/\b[xy]\.(?=[abc]\b)/g, ''));
const constant = fc.oneof(literal, call(userFunction, literal));

/** Statements that write. */
export const change = fc.oneof(
  {
    weight: 4,
    arbitrary: sql`INSERT${conflict} INTO ${target} (a, b, c) VALUES (${constant}, ${constant}, ${constant})${pick('', ', (1, 2, 3)')}${returning}`,
  },
  {
    weight: 2,
    arbitrary: sql`INSERT${conflict} INTO ${target} (a, b) ${select(sql`SELECT ${expression}, ${expression} FROM %from${where} LIMIT 3`)}${returning}`,
  },
  {
    weight: 1,
    arbitrary: sql`INSERT INTO ${pick('t0', 't1')} (a, b) VALUES (${constant}, ${constant}) ON CONFLICT ${pick('DO NOTHING', '(a) DO UPDATE SET b = f1(excluded.b)', '(a) DO UPDATE SET b = excluded.b WHERE b IS NOT 2')}${returning}`,
  },
  {
    weight: 3,
    arbitrary: sql`UPDATE${conflict} ${target} SET ${pick('a', 'b', 'c')} = ${bare}${pick('', ' WHERE a IS NOT NULL', ' WHERE f1(b)', ' WHERE a > 1')}${returning}`,
  },
  {
    weight: 1,
    arbitrary: sql`UPDATE ${pick('t0', 't1')} AS x SET b = y.b FROM ${pick('t1', 'aux.t2', 'vt', 'm0', 'v0')} AS y WHERE x.a = y.a${pick('', ' RETURNING x.a')}`,
  },
  {
    weight: 2,
    arbitrary: sql`DELETE FROM ${target}${pick('', ' WHERE a > 1', ' WHERE f1(a)', ' WHERE a IN (SELECT q FROM vt)', ' WHERE b IS NULL')}${returning}`,
  },
);

/** Statements about the schema and the transaction. */
export const control = pick(
  'BEGIN',
  'BEGIN IMMEDIATE',
  'COMMIT',
  'ROLLBACK',
  'SAVEPOINT one',
  'SAVEPOINT two',
  'RELEASE one',
  'RELEASE two',
  'ROLLBACK TO one',
  'ROLLBACK TO two',
  "ATTACH ':memory:' AS more",
  'CREATE TABLE more.t2 AS SELECT * FROM t0',
  'DETACH more',
  'DETACH aux',
  'DROP VIEW v2',
  'CREATE VIEW v2 AS SELECT s1(a) AS a, b, count(*) AS c FROM t0 GROUP BY b',
  'CREATE TEMP TABLE t0 (a, b, c)',
  'DROP TABLE temp.t0',
  'DROP TABLE m0',
  "CREATE VIRTUAL TABLE m0 USING mod('x', 2)",
  'CREATE VIRTUAL TABLE m1 USING mod(fails)',
  'CREATE VIRTUAL TABLE aux.m1 USING mod(1)',
  'CREATE TRIGGER g5 AFTER UPDATE ON t0 BEGIN SELECT f1(new.a), RAISE(IGNORE) WHERE new.b = 1; END',
  'DROP TRIGGER g5',
  'CREATE INDEX i0 ON t0 (b, f1(a))',
  'CREATE INDEX i1 ON t1 (b) WHERE a > 1',
  'DROP INDEX i1',
  'ALTER TABLE t1 ADD COLUMN d DEFAULT (1)',
  'ALTER TABLE t0 RENAME TO t0',
  'ANALYZE',
);
