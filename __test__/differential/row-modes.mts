/** The forms of rows: objects, single values, arrays, objects of tables. */
import { attempt } from '../helpers/answer.mts';
import type { Database, Statement } from '../helpers/driver.mts';
import type { CaseBody, Cases } from './harness/case.mts';

const SCHEMA = `
  CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT, "odd ""name" TEXT, '$' TEXT);
  CREATE TABLE b (id INTEGER PRIMARY KEY, a_id REFERENCES a, name);
  CREATE TABLE "T 2" (x, y AS (x * 2) STORED, z AS (x * 3));
  CREATE TABLE "$" (name);
  CREATE VIEW v AS SELECT id, name AS other, name || '!' AS loud FROM a;
  CREATE VIEW w AS SELECT v.id, b.name FROM v JOIN b ON b.a_id = v.id;
  CREATE VIRTUAL TABLE f USING fts5(body);
  ATTACH ':memory:' AS other;
  CREATE TABLE other.a (id, name);
  CREATE TEMP TABLE tmp (name);
  INSERT INTO main.a VALUES (1, 'one', 'odd', 'dollar'), (2, 'two', NULL, NULL);
  INSERT INTO b VALUES (10, 1, 'ten'), (11, 1, 'eleven');
  INSERT INTO "T 2" (x) VALUES (5);
  INSERT INTO "$" VALUES ('in dollar');
  INSERT INTO f VALUES ('some text');
  INSERT INTO other.a VALUES (7, 'seven');
  INSERT INTO tmp VALUES ('temporary');
`;

const queries = [
  'SELECT * FROM a',
  'SELECT * FROM a, b',
  'SELECT * FROM a JOIN b ON b.a_id = a.id',
  'SELECT x.*, y.* FROM a x JOIN a y ON x.id < y.id',
  'SELECT a.*, b.name AS b_name FROM a JOIN b ON b.a_id = a.id',
  'SELECT a.id AS id, b.id AS id FROM a JOIN b ON b.a_id = a.id',
  'SELECT id, id, id FROM a',
  'SELECT 1',
  'SELECT 1, 1',
  'SELECT 1 AS x, 2 AS x, 3 AS X',
  'SELECT 1 AS \'\', 2 AS "  "',
  'SELECT 1 AS a, id FROM a',
  'SELECT id + 1, name || name, upper(name) FROM a',
  'SELECT count(*), max(id), id FROM a',
  'SELECT * FROM (SELECT * FROM a)',
  'SELECT * FROM (SELECT id AS other_id, name FROM a) AS sub',
  'SELECT sub.x FROM (SELECT id + 1 AS x FROM a) AS sub',
  'SELECT * FROM v',
  'SELECT * FROM v AS alias',
  'SELECT * FROM w',
  'WITH c AS (SELECT id, name FROM a) SELECT * FROM c',
  'WITH c(x, y) AS (SELECT id, name FROM a) SELECT * FROM c JOIN b ON b.a_id = c.x',
  'WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM r',
  'SELECT id, name FROM a UNION ALL SELECT id, name FROM b',
  'SELECT id FROM a UNION SELECT id FROM b',
  'SELECT id FROM a INTERSECT SELECT id FROM b',
  'VALUES (1, 2), (3, 4)',
  'SELECT column1, column2 FROM (VALUES (1, 2))',
  'SELECT * FROM "T 2"',
  'SELECT * FROM "$"',
  'SELECT "$".name, 1 AS name FROM "$"',
  'SELECT \'$\' AS x, "$" FROM a',
  'SELECT * FROM other.a',
  'SELECT * FROM main.a, other.a',
  'SELECT * FROM tmp',
  'SELECT * FROM temp.tmp AS t',
  'SELECT * FROM f',
  "SELECT *, rank, rowid FROM f WHERE f MATCH 'text'",
  "SELECT highlight(f, 0, '<', '>') FROM f('text')",
  'SELECT rowid, oid, _rowid_ FROM b',
  'SELECT rowid FROM a',
  'SELECT rowid AS r, * FROM "T 2"',
  'SELECT (SELECT name FROM b WHERE b.a_id = a.id) FROM a',
  'SELECT (SELECT name FROM b WHERE b.a_id = a.id) AS n FROM a',
  'SELECT EXISTS (SELECT 1 FROM b WHERE b.a_id = a.id) AS e FROM a',
  'SELECT row_number() OVER (ORDER BY id) AS n, name FROM a',
  'SELECT a.name COLLATE NOCASE FROM a',
  'SELECT +name, (name), CAST(name AS TEXT) FROM a',
  'SELECT name AS "a.name" FROM a',
  'SELECT name AS constructor, id AS toString, 1 AS hasOwnProperty FROM a',
  'SELECT 3 AS "2", 2 AS "10", 1 AS b, 0 AS "0", 5 AS "-1", 6 AS "01", 7 AS "1.5"',
  'SELECT 1 AS "__proto__x", 2 AS prototype',
  'SELECT id AS "größe", name AS "漢字", 1 AS "🙂" FROM a',
  'SELECT 1 AS "a\nb", 2 AS "tab\t"',
  'SELECT * FROM a NATURAL JOIN b',
  'SELECT * FROM a JOIN b USING (id)',
  'SELECT * FROM a LEFT JOIN b USING (id)',
  'SELECT * FROM a FULL JOIN b USING (id)',
  'SELECT * FROM json_each(\'[1, "two"]\')',
  'SELECT value FROM json_tree(\'{"a":[1]}\')',
  "SELECT * FROM pragma_table_info('a')",
  'SELECT type, name, tbl_name FROM sqlite_schema',
  'SELECT * FROM a WHERE 0',
  'INSERT INTO b VALUES (20, 2, 9) RETURNING *',
  'INSERT INTO b VALUES (21, 2, 9) RETURNING id, name AS n, 1 + 1, rowid',
  'UPDATE b SET name = 8 RETURNING *, name || 1',
  'DELETE FROM b RETURNING id AS gone',
  'INSERT INTO "T 2" (x) VALUES (6) RETURNING *',
  'PRAGMA user_version',
  'PRAGMA table_list(a)',
  'EXPLAIN QUERY PLAN SELECT * FROM a',
  'SELECT NULL, NULL AS n',
  "SELECT x'00ff' AS blob, 1.5 AS real, 'text' AS text, NULL AS nothing",
];

const modes: Record<string, (statement: Statement) => Statement> = {
  flat: (statement) => statement,
  pluck: (statement) => statement.pluck(),
  expand: (statement) => statement.expand(),
  raw: (statement) => statement.raw(),
};

const byQuery: Cases = Object.fromEntries(
  queries.map((sql): [string, CaseBody] => [
    sql.replaceAll('\n', ' ').replaceAll('\t', ' '),
    ({ memory }) =>
      Object.entries(modes).map(([mode, set]) => {
        const db = memory(SCHEMA);
        return [
          mode,
          attempt(() => set(db.prepare(sql)).all()),
          attempt(() => set(db.prepare(sql)).get()),
          attempt(() => [...set(db.prepare(sql)).iterate()]),
        ];
      }),
  ]),
);

const columnsByQuery: Cases = Object.fromEntries(
  queries.map((sql): [string, CaseBody] => [
    `columns() of ${sql.replaceAll('\n', ' ').replaceAll('\t', ' ')}`,
    ({ memory }) => {
      const statement = memory(SCHEMA).prepare(sql);
      return [statement.columns(), statement.reader, statement.readonly];
    },
  ]),
);

/** Every order in which modes can be switched on and off, and what the last of it gives. */
const toggles = ['pluck', 'expand', 'raw'].flatMap((name) => [
  [name, true],
  [name, false],
]) as ['pluck' | 'expand' | 'raw', boolean][];
const sequences = toggles.flatMap((first) => [
  [first],
  ...toggles.flatMap((second) => [[first, second], ...toggles.map((third) => [first, second, third])]),
]);

const bySequence: Cases = Object.fromEntries(
  sequences.map((sequence): [string, CaseBody] => [
    `after ${sequence.map(([name, on]) => `${name}(${on})`).join('.')}`,
    ({ memory }) => {
      const statement = memory(SCHEMA).prepare('SELECT id, name FROM a');
      for (const [name, on] of sequence) statement[name](on);
      return statement.get();
    },
  ]),
);

const onA = (body: (statement: Statement, db: Database) => unknown): CaseBody => {
  return ({ memory }) => {
    const db = memory(SCHEMA);
    return body(db.prepare('SELECT id, name FROM a'), db);
  };
};

const changes: Cases = {
  'the mode of an iterator is that of its start': onA((statement) => {
    const rows = statement.raw().iterate();
    const first = rows.next();
    return [first, attempt(() => statement.pluck()), [...rows], statement.pluck().all()];
  }),
  'modes are kept between executions': onA((statement) => {
    statement.raw();
    return [statement.get(), statement.all(), [...statement.iterate()], statement.get(), statement.columns()];
  }),
  'rows are ordinary objects': onA((statement) => {
    const row = statement.get() as Record<string, unknown>;
    const descriptor = Object.getOwnPropertyDescriptor(row, 'id');
    row['id'] = 5;
    row['added'] = 6;
    delete row['name'];
    return [
      descriptor,
      row,
      Object.getPrototypeOf(row) === Object.prototype,
      Object.isExtensible(row),
      statement.get(),
    ];
  }),
  'expanded rows are ordinary objects': onA((statement) => {
    const row = statement.expand().get() as Record<string, Record<string, unknown>>;
    return [
      Object.getOwnPropertyDescriptor(row, 'a'),
      Object.getPrototypeOf(row) === Object.prototype,
      Object.getPrototypeOf(row['a']) === Object.prototype,
    ];
  }),
  'raw rows are ordinary arrays': onA((statement) => {
    const row = statement.raw().get() as unknown[];
    row.push(5);
    return [row, Array.isArray(row), Object.getPrototypeOf(row) === Array.prototype];
  }),
  'each row is an object of its own': onA((statement) => {
    const [first, second] = statement.all() as object[];
    return [first === second, statement.get() === statement.get()];
  }),
  'a column that is added': onA((statement, db) => {
    const star = db.prepare('SELECT * FROM a');
    const seen = [star.get(), star.columns().length];
    db.exec('ALTER TABLE main.a ADD COLUMN added DEFAULT 5');
    return [
      seen,
      star.columns().length,
      star.get(),
      star.columns().length,
      star.raw().get(),
      star.expand().all(),
      statement.get(),
    ];
  }),
  'a column that is renamed': onA((statement, db) => {
    const star = db.prepare('SELECT * FROM a');
    star.get();
    db.exec('ALTER TABLE main.a RENAME COLUMN name TO title');
    return [star.columns(), star.get(), star.columns(), attempt(() => statement.get())];
  }),
  'a column that is dropped': onA((_, db) => {
    const star = db.prepare('SELECT * FROM "T 2"');
    const before = star.all();
    db.exec('ALTER TABLE "T 2" DROP COLUMN z');
    return [before, star.all(), star.columns()];
  }),
  'a table that is dropped and made anew': onA((_, db) => {
    const star = db.prepare('SELECT * FROM b');
    const before = [star.all(), star.columns()];
    db.exec('DROP TABLE b; CREATE TABLE b (only)');
    return [before, star.all(), star.columns(), db.exec('DROP TABLE b') && attempt(() => star.all())];
  }),
  'a table that is renamed': onA((statement, db) => {
    const expanded = db.prepare('SELECT * FROM b').expand();
    const before = expanded.get();
    db.exec('ALTER TABLE b RENAME TO c');
    return [before, attempt(() => expanded.get()), statement.get()];
  }),
  'a view that is made anew': onA((_, db) => {
    const star = db.prepare('SELECT * FROM v');
    const before = star.get();
    db.exec('DROP VIEW v; CREATE VIEW v AS SELECT 5 AS five, 6 AS six');
    return [before, star.get(), star.expand().get(), star.columns()];
  }),
  'columns() on statements without data': ({ memory }) => {
    const db = memory(SCHEMA);
    return ['INSERT INTO tmp VALUES (1)', 'CREATE TABLE x (a)', 'BEGIN', 'PRAGMA user_version = 5'].map(
      (sql) =>
        ['columns', 'pluck', 'expand', 'raw'].map((method) =>
          attempt(() => db.prepare(sql)[method as 'columns']()),
        ),
    );
  },
  'columns() gives fresh objects': onA((statement) => {
    const [first, second] = [statement.columns(), statement.columns()];
    return [first === second, first[0] === second[0], Object.getPrototypeOf(first[0]) === Object.prototype];
  }),
  'many columns': ({ memory }) => {
    const list = Array.from({ length: 2000 }, (_, index) => `${index} AS c${index}`).join();
    const statement = memory().prepare(`SELECT ${list}`);
    return [
      Object.keys(statement.get() as object).length,
      (statement.raw().get() as unknown[]).length,
      Object.keys((statement.expand().get() as { $: object }).$).length,
      statement.columns().length,
    ];
  },
};

export const cases: Cases = { ...byQuery, ...columnsByQuery, ...bySequence, ...changes };
