/** What statements, `exec()` and `pragma()` do with every kind of SQL. */
import { attempt } from '../helpers/answer.mts';
import type { Database } from '../helpers/driver.mts';
import type { CaseBody, Cases } from './harness/case.mts';

const SCHEMA = `
  CREATE TABLE t (a INTEGER PRIMARY KEY, b);
  CREATE TABLE child (t REFERENCES t ON DELETE CASCADE);
  CREATE TABLE log (x);
  CREATE TRIGGER tr AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (new.b); END;
  CREATE VIEW v AS SELECT a FROM t;
  CREATE TRIGGER iv INSTEAD OF INSERT ON v BEGIN INSERT INTO t (b) VALUES (new.a); END;
  INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, 'three');
  INSERT INTO child VALUES (1), (1), (2);
`;

const all = [
  'SELECT 1',
  'SELECT * FROM t',
  'SELECT * FROM t WHERE 0',
  'VALUES (1), (2)',
  'WITH c AS (SELECT 1 AS a) SELECT * FROM c',
  "INSERT INTO t (b) VALUES ('four')",
  "INSERT INTO t (b) VALUES ('four'), ('five')",
  "INSERT INTO t VALUES (100, 'x')",
  "INSERT INTO t VALUES (-5, 'x')",
  'INSERT INTO t SELECT a + 10, b FROM t',
  "INSERT INTO t (b) VALUES ('four') RETURNING *",
  "INSERT INTO t (b) VALUES ('four'), ('five') RETURNING a",
  "INSERT OR IGNORE INTO t VALUES (1, 'x')",
  "INSERT OR REPLACE INTO t VALUES (1, 'x')",
  "INSERT INTO t VALUES (1, 'x') ON CONFLICT DO NOTHING",
  "INSERT INTO t VALUES (1, 'x') ON CONFLICT (a) DO UPDATE SET b = 'y'",
  "REPLACE INTO t VALUES (2, 'x')",
  'INSERT INTO v VALUES (7)',
  'INSERT INTO t DEFAULT VALUES',
  "UPDATE t SET b = 'x'",
  "UPDATE t SET b = 'x' WHERE a > 1",
  "UPDATE t SET b = 'x' WHERE 0",
  "UPDATE t SET b = 'x' RETURNING b",
  "UPDATE t SET b = 'x' FROM child WHERE child.t = t.a",
  "UPDATE t SET b = 'x' ORDER BY a DESC LIMIT 1",
  'DELETE FROM t',
  'DELETE FROM t WHERE a = 1',
  'DELETE FROM t WHERE a = 1 RETURNING a',
  'DELETE FROM t ORDER BY a LIMIT 1',
  'DELETE FROM log',
  'CREATE TABLE x (a)',
  'CREATE TABLE x AS SELECT * FROM t',
  'CREATE INDEX i ON t (b)',
  'CREATE VIEW x AS SELECT 1',
  'CREATE VIRTUAL TABLE x USING fts5(a)',
  'DROP TABLE t',
  'DROP TABLE child',
  'DROP VIEW v',
  'ALTER TABLE t ADD COLUMN c',
  'ALTER TABLE t RENAME TO u',
  'BEGIN',
  'BEGIN IMMEDIATE',
  'BEGIN EXCLUSIVE',
  'SAVEPOINT s',
  'VACUUM',
  'ANALYZE',
  'REINDEX',
  "ATTACH ':memory:' AS other",
  'PRAGMA user_version',
  'PRAGMA user_version = 5',
  'PRAGMA table_info(t)',
  'PRAGMA foreign_keys = OFF',
  'PRAGMA journal_mode',
  'PRAGMA journal_mode = MEMORY',
  'PRAGMA incremental_vacuum',
  'PRAGMA optimize',
  'PRAGMA nonsense',
  'PRAGMA data_version',
  'EXPLAIN QUERY PLAN SELECT * FROM t',
  'EXPLAIN QUERY PLAN DELETE FROM t',
  'SELECT last_insert_rowid(), changes(), total_changes()',
];

const onSchema =
  (body: (db: Database) => unknown): CaseBody =>
  ({ memory }) =>
    body(memory(SCHEMA));

/** What a statement has left behind. */
const traces = (db: Database): unknown => [
  db.inTransaction,
  attempt(() => db.prepare('SELECT * FROM t').raw().all()),
  attempt(() => db.prepare('SELECT count(*) FROM child').pluck().get()),
  db.prepare('SELECT last_insert_rowid(), changes(), total_changes()').raw().get(),
];

const ways: Record<string, (db: Database, sql: string) => unknown> = {
  properties: (db, sql) => {
    const statement = db.prepare(sql);
    return [statement.reader, statement.readonly, statement.source === sql];
  },
  run: (db, sql) => db.prepare(sql).run(),
  'run twice': (db, sql) => {
    const statement = db.prepare(sql);
    return [statement.run(), attempt(() => statement.run())];
  },
  'run with safe integers': (db, sql) => db.prepare(sql).safeIntegers().run(),
  get: (db, sql) => db.prepare(sql).get(),
  all: (db, sql) => db.prepare(sql).all(),
  iterate: (db, sql) => [...db.prepare(sql).iterate()],
  exec: (db, sql) => db.exec(sql) === db,
  explain: (db, sql) => db.explain(`QUERY PLAN ${sql}`).length > 0,
};

const matrix: Cases = Object.fromEntries(
  all.flatMap((sql) =>
    Object.entries(ways).map(([way, run]): [string, CaseBody] => [
      `${way}: ${sql}`,
      onSchema((db) => [attempt(() => run(db, sql)), traces(db)]),
    ]),
  ),
);

/** Texts around a statement. */
const texts = [
  '',
  ' ',
  ';',
  ';;;',
  '-- comment',
  '/* comment */',
  '/* open',
  'SELECT 1',
  'SELECT 1;',
  'SELECT 1;;',
  'SELECT 1; ;',
  'SELECT 1; -- comment',
  'SELECT 1; /* comment */',
  'SELECT 1; /* open',
  'SELECT 1 -- comment',
  'SELECT 1 /* open',
  ';SELECT 1',
  '; ; SELECT 1',
  '-- comment\nSELECT 1',
  '/* a */ /* b */ SELECT 1',
  'SELECT 1; SELECT 2',
  'SELECT 1;SELECT 2;',
  'SELECT 1; nonsense',
  'SELECT 1; )',
  'SELECT 1\0',
  'SELECT 1; \0 SELECT 2',
  'SELECT 1;\0',
  '\0SELECT 1',
  'SELECT 1\0 nonsense',
  '\uFEFFSELECT 1',
  'SELECT 1;\uFEFF',
  'SELECT\u00a01',
  'SELECT 1\v',
  'SELECT 1;\f\t\r\n',
  "SELECT ';'",
  "SELECT '--', '/*'",
  'SELECT 1 AS "a;b"',
  'CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END',
  'SELECT 1; CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END',
  'SELECT \ud800',
  "SELECT 'a\ud800b'",
  "SELECT '\udc00'",
];

const pragmas = [
  'user_version',
  'user_version = 5',
  'user_version(7)',
  'main.user_version',
  'USER_VERSION',
  ' user_version ',
  'user_version; SELECT 1',
  'user_version;',
  'user_version -- comment',
  '',
  ';',
  'nonsense',
  'table_info(t)',
  'table_info(missing)',
  "table_info('t')",
  'table_xinfo(t)',
  'index_list(t)',
  'foreign_key_list(child)',
  'database_list',
  'collation_list',
  'journal_mode',
  'journal_mode = memory',
  'journal_mode = wal',
  'foreign_keys',
  'foreign_keys = off',
  'cache_size',
  'cache_size = -100',
  'integrity_check',
  'quick_check(1)',
  'foreign_key_check',
  'wal_checkpoint',
  'wal_checkpoint(TRUNCATE)',
  'encoding',
  "encoding = 'UTF-16'",
  'page_count',
  'freelist_count',
  'schema_version',
  'application_id = 0x7fffffff',
  'user_version = ?',
  'busy_timeout = 77',
  'incremental_vacuum(5)',
  'optimize',
  'shrink_memory',
];

export const cases: Cases = {
  ...matrix,
  ...Object.fromEntries(
    texts.map((sql): [string, CaseBody] => [
      `the text ${JSON.stringify(sql)}`,
      onSchema((db) => [
        attempt(() => db.prepare(sql).all()),
        attempt(() => db.prepare(sql).source === sql),
        attempt(() => db.exec(sql) === db),
        attempt(() => db.explain(`QUERY PLAN ${sql}`).length),
        attempt(() => db.pragma(sql)),
      ]),
    ]),
  ),
  ...Object.fromEntries(
    pragmas.map((source): [string, CaseBody] => [
      `pragma ${source}`,
      onSchema((db) => [
        attempt(() => db.pragma(source)),
        attempt(() => db.pragma(source, { simple: true })),
        attempt(() => db.pragma(source, { simple: false })),
        attempt(() => db.pragma(source, {})),
        attempt(() => db.pragma(source, null)),
      ]),
    ]),
  ),
  'exec stops at the first error': onSchema((db) => [
    attempt(() =>
      db.exec(
        "INSERT INTO t VALUES (10, 'x'); INSERT INTO t VALUES (1, 'y'); INSERT INTO t VALUES (11, 'z')",
      ),
    ),
    traces(db),
  ]),
  'exec stops at an error in a transaction': onSchema((db) => [
    attempt(() => db.exec("BEGIN; INSERT INTO t VALUES (10, 'x'); nonsense; COMMIT")),
    traces(db),
  ]),
  'exec of a long script': onSchema((db) => {
    db.exec(Array.from({ length: 500 }, (_, index) => `INSERT INTO log VALUES (${index})`).join(';\n'));
    return db.prepare('SELECT count(*), sum(x) FROM log').raw().get();
  }),
  'exec of RETURNING writes everything': onSchema((db) => {
    db.exec("INSERT INTO t VALUES (10, 'x'), (11, 'y') RETURNING a");
    return traces(db);
  }),
  'exec with unbound parameters': onSchema((db) => {
    db.exec('INSERT INTO log VALUES (?); INSERT INTO log VALUES (:a)');
    return db.prepare('SELECT x, typeof(x) FROM log').raw().all();
  }),
  'run of RETURNING writes everything': onSchema((db) => [
    db.prepare("INSERT INTO t VALUES (10, 'x'), (11, 'y') RETURNING a").run(),
    traces(db),
  ]),
  'get of RETURNING writes everything': onSchema((db) => [
    db.prepare("INSERT INTO t VALUES (10, 'x'), (11, 'y') RETURNING a").get(),
    traces(db),
  ]),
  'get of RETURNING with a conflict in a later row': onSchema((db) => [
    attempt(() => db.prepare("INSERT INTO t VALUES (10, 'x'), (1, 'y') RETURNING a").get()),
    traces(db),
  ]),
  'get of RETURNING that writes nothing': onSchema((db) => [
    db.prepare('DELETE FROM t WHERE 0 RETURNING a').get(),
    db.prepare('DELETE FROM t WHERE 0 RETURNING a').all(),
  ]),
  'changes after statements of every kind': onSchema((db) =>
    [
      "INSERT INTO t (b) VALUES ('x'), ('y')",
      'SELECT 1',
      'CREATE TABLE x (a)',
      "UPDATE t SET b = 'z' WHERE a = 1",
      'DELETE FROM t WHERE a = 1',
      'DELETE FROM t',
      'DROP TABLE x',
      'BEGIN',
      'COMMIT',
      'PRAGMA user_version = 1',
    ].map((sql) => [sql, db.prepare(sql).run()]),
  ),
  'the last rowid of several tables': onSchema((db) => {
    db.exec('CREATE TABLE w (a PRIMARY KEY) WITHOUT ROWID');
    return [
      db.prepare("INSERT INTO t VALUES (50, 'x')").run(),
      db.prepare('INSERT INTO log VALUES (1)').run(),
      db.prepare('INSERT INTO w VALUES (5)').run(),
      db.prepare("UPDATE t SET b = 'y' WHERE a = 50").run(),
      db.prepare('DELETE FROM log').run(),
      db.prepare("INSERT INTO t VALUES (1, 'x') ON CONFLICT DO NOTHING").run(),
    ];
  }),
  'statements of one text are apart': onSchema((db) => {
    const [one, other] = [db.prepare('SELECT a FROM t'), db.prepare('SELECT a FROM t')];
    one.pluck();
    const rows = one.iterate();
    return [one === other, rows.next(), other.get(), other.busy, rows.return()];
  }),
  'further arguments of prepare() and exec()': onSchema((db) => [
    db.prepare('SELECT 1 AS a', 5, {}).get(),
    db.exec('SELECT 1', 5).open,
  ]),
  'close() finalizes statements': onSchema((db) => {
    const statement = db.prepare('SELECT * FROM t');
    const bound = db.prepare('SELECT ?').bind(5);
    statement.get();
    db.close();
    return [
      ...(
        [
          'run',
          'get',
          'all',
          'iterate',
          'bind',
          'columns',
          'pluck',
          'raw',
          'expand',
          'safeIntegers',
          'toString',
        ] as const
      ).map((method) =>
        attempt(() => {
          const result = (statement[method] as () => unknown)();
          return result === statement ? 'itself' : result;
        }),
      ),
      statement.busy,
      statement.source,
      bound.toString(),
    ];
  }),
  'close() rolls back': ({ Database, path }) => {
    const file = path();
    const db = new Database(file).exec('CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)');
    return [db.close().inTransaction, new Database(file).prepare('SELECT * FROM t').all()];
  },
  'SQL in UTF-16 databases': ({ memory }) => {
    const db = memory("PRAGMA encoding = 'UTF-16'");
    db.exec("CREATE TABLE größe (漢 TEXT, b BLOB); INSERT INTO größe VALUES ('🙂ÿ', x'00ff')");
    return [
      db.prepare('SELECT * FROM größe').all(),
      db.prepare('SELECT * FROM größe').columns(),
      db.pragma('encoding'),
      db.prepare("SELECT upper('ÿ'), length('🙂')").raw().get(),
    ];
  },
};
