/** Errors of SQLite: class, code, text; and `SqliteError` itself. */
import { inspect } from 'node:util';
import { attempt } from '../helpers/answer.mts';
import type { Database } from '../helpers/driver.mts';
import type { CaseBody, Cases } from './harness/case.mts';

const SCHEMA = `
  CREATE TABLE p (id INTEGER PRIMARY KEY, u UNIQUE, n NOT NULL DEFAULT 1, c CHECK (c > 0), CONSTRAINT named CHECK (n < 100));
  CREATE TABLE f (p REFERENCES p, d REFERENCES p DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE s (i INT, r REAL, t TEXT, b BLOB) STRICT;
  CREATE TABLE w (a, b, PRIMARY KEY (a, b)) WITHOUT ROWID;
  CREATE TABLE g (a, b AS (a * 2) NOT NULL CHECK (b < 100));
  CREATE UNIQUE INDEX ui ON p (n, c);
  CREATE UNIQUE INDEX expr ON g (b + 1);
  CREATE TRIGGER tr BEFORE DELETE ON p BEGIN SELECT RAISE(ABORT, 'not to be deleted'); END;
  CREATE TRIGGER tf BEFORE DELETE ON s BEGIN SELECT RAISE(FAIL, 'failed'); END;
  CREATE VIEW v AS SELECT id FROM p;
  INSERT INTO p VALUES (1, 'one', 1, 1), (2, 'two', 2, 2);
  INSERT INTO f VALUES (1, 2);
  INSERT INTO s VALUES (1, 1.0, 't', x'00');
  INSERT INTO w VALUES (1, 1);
  INSERT INTO g (a) VALUES (1);
`;

/** SQL that fails when it is compiled. */
const wrongSql = [
  'nonsense',
  'SELECT',
  'SELECT * FROM missing',
  'SELECT missing FROM p',
  'SELECT id, FROM p',
  'SELECT missing()',
  'SELECT abs()',
  'SELECT abs(1, 2)',
  "SELECT 'open",
  'SELECT "open',
  'SELECT "no such column"',
  'SELECT (1',
  'SELECT 1)',
  'SELECT #',
  'SELECT 1 FROM',
  'SELECT id FROM p, f x, p',
  'SELECT p.id FROM p p1',
  'SELECT * FROM p JOIN f USING (nothing)',
  'SELECT 1 UNION SELECT 1, 2',
  'SELECT (SELECT 1, 2)',
  'SELECT 1 IN (SELECT 1, 2)',
  'SELECT max(min(id)) FROM p',
  'SELECT id FROM p WHERE max(id) > 1',
  'SELECT row_number() FROM p',
  'SELECT id FROM p ORDER BY 5',
  'SELECT DISTINCT id FROM p GROUP BY 9',
  'SELECT * ',
  'SELECT load_extension(1)',
  'SELECT x FROM (SELECT 1 AS y)',
  'SELECT raise(ABORT, 1)',
  'SELECT ?1 FROM p WHERE :',
  'SELECT 9223372036854775808, 0x1ffffffffffffffff',
  'SELECT CAST(1 AS)',
  'SELECT CASE WHEN 1 END',
  'SELECT 1 COLLATE missing',
  'WITH c AS (SELECT * FROM c) SELECT * FROM c',
  'WITH c(x) AS (SELECT 1, 2) SELECT * FROM c',
  'INSERT INTO p',
  'INSERT INTO missing VALUES (1)',
  'INSERT INTO p VALUES (1)',
  'INSERT INTO p (id, missing) VALUES (1, 2)',
  'INSERT INTO p (id) VALUES (1, 2)',
  'INSERT INTO g (b) VALUES (1)',
  'INSERT INTO v VALUES (1)',
  'UPDATE p SET missing = 1',
  'UPDATE g SET b = 1',
  'UPDATE missing SET a = 1',
  'UPDATE v SET id = 1',
  'DELETE FROM missing',
  'DELETE FROM v',
  'DELETE FROM p WHERE',
  'CREATE TABLE p (a)',
  'CREATE TABLE x (a, a)',
  'CREATE TABLE x ()',
  'CREATE TABLE x (a WRONG STRICT) STRICT',
  'CREATE TABLE x (a PRIMARY KEY, b PRIMARY KEY)',
  'CREATE TABLE x (a) WITHOUT ROWID',
  'CREATE TABLE x (a AUTOINCREMENT)',
  'CREATE TABLE sqlite_x (a)',
  'CREATE TABLE other.x (a)',
  'CREATE INDEX ui ON p (id)',
  'CREATE INDEX x ON missing (id)',
  'CREATE INDEX x ON p (missing)',
  'CREATE INDEX x ON p (random())',
  'CREATE VIEW v AS SELECT 1',
  'CREATE TRIGGER tr AFTER INSERT ON p BEGIN SELECT 1; END',
  'CREATE TRIGGER x AFTER INSERT ON missing BEGIN SELECT 1; END',
  'CREATE VIRTUAL TABLE x USING missing',
  'CREATE VIRTUAL TABLE x USING fts5()',
  'DROP TABLE missing',
  'DROP TABLE v',
  'DROP VIEW p',
  'DROP INDEX missing',
  'ALTER TABLE missing RENAME TO x',
  'ALTER TABLE p RENAME COLUMN missing TO x',
  'ALTER TABLE p ADD COLUMN id',
  'ALTER TABLE p ADD COLUMN x NOT NULL',
  'ALTER TABLE p DROP COLUMN id',
  'ATTACH',
  'DETACH missing',
  'PRAGMA',
  'PRAGMA journal_mode =',
  'REINDEX missing',
  'ANALYZE missing.x',
  'EXPLAIN',
  'SAVEPOINT',
  'BEGIN nothing',
  `SELECT ${'('.repeat(1000)}1${')'.repeat(1000)}`,
  `SELECT ${Array.from({ length: 2001 }, () => '1').join()}`,
  `SELECT 1${' UNION SELECT 1'.repeat(501)}`,
  `SELECT * FROM ${Array.from({ length: 65 }, (_, i) => `p p${i}`).join()}`,
];

/** SQL that fails when it runs. */
const failing = [
  'INSERT INTO p VALUES (1, 9, 9, 9)',
  "INSERT INTO p VALUES (3, 'one', 9, 9)",
  'INSERT INTO p VALUES (3, 9, NULL, 9)',
  'INSERT INTO p VALUES (3, 9, 9, 0)',
  'INSERT INTO p VALUES (3, 9, 100, 9)',
  'INSERT INTO p VALUES (3, 9, 1, 1)',
  "INSERT INTO p VALUES ('text', 9, 9, 9)",
  'INSERT INTO p VALUES (1.5, 9, 9, 9)',
  'INSERT INTO f VALUES (9, 1)',
  'INSERT INTO f VALUES (1, 9)',
  'DELETE FROM p',
  'UPDATE p SET id = 9 WHERE id = 1',
  "INSERT INTO s VALUES ('x', 1.0, 't', x'00')",
  "INSERT INTO s VALUES (1, 'x', 't', x'00')",
  "INSERT INTO s VALUES (1, 1.0, x'00', x'00')",
  "INSERT INTO s VALUES (1, 1.0, 't', 't')",
  'DELETE FROM s',
  'INSERT INTO w VALUES (1, 1)',
  'INSERT INTO w VALUES (NULL, 1)',
  'INSERT INTO g (a) VALUES (NULL)',
  'INSERT INTO g (a) VALUES (99)',
  'INSERT INTO g (a) VALUES (1)',
  'INSERT OR FAIL INTO p VALUES (9, 9, 9, 9), (1, 8, 8, 8)',
  'INSERT OR ROLLBACK INTO p VALUES (1, 8, 8, 8)',
  'INSERT OR ABORT INTO p VALUES (9, 9, 9, 9), (1, 8, 8, 8)',
  'INSERT OR IGNORE INTO p VALUES (1, 8, 8, 8)',
  'INSERT OR REPLACE INTO p VALUES (1, 8, 8, 8)',
  'SELECT abs(-9223372036854775808)',
  "SELECT json('{')",
  "SELECT json_extract('{}', 'wrong')",
  "SELECT '[' ->> 1",
  'SELECT zeroblob(536870889)',
  "SELECT printf('%*c', 2147483647, 'x')",
  "SELECT 'a' LIKE 'b' ESCAPE 'long'",
  'SELECT strftime()',
  'SELECT (SELECT 1 UNION SELECT 2), sum(9223372036854775807) FROM p, f',
  'SELECT sum(x) FROM (SELECT 9223372036854775807 AS x UNION ALL SELECT 1)',
  'SELECT * FROM p LIMIT 1.5',
  "SELECT * FROM p LIMIT 'x'",
  'SELECT ntile(0) OVER () FROM p',
  'SELECT nth_value(id, 0) OVER () FROM p',
  'SELECT sum(id) OVER (ROWS -1 PRECEDING) FROM p',
  "ATTACH '/nowhere/missing/x.db' AS x",
  "ATTACH ':memory:' AS main",
  'DETACH main',
  'VACUUM INTO 5',
  'VACUUM missing',
  'BEGIN; BEGIN',
  'COMMIT',
  'ROLLBACK',
  'RELEASE missing',
  'ROLLBACK TO missing',
  "SELECT load_extension('x')",
  'PRAGMA wal_checkpoint(wrong)',
  'PRAGMA foreign_key_check(missing)',
  'PRAGMA integrity_check',
  'SELECT 1; nonsense',
];

const onSchema =
  (body: (db: Database) => unknown): CaseBody =>
  ({ memory }) => {
    const db = memory(SCHEMA);
    return [
      attempt(() => body(db)),
      db.inTransaction,
      attempt(() => db.prepare('SELECT count(*) FROM p').pluck().get()),
    ];
  };
const named = (sql: string): string => (sql.length > 70 ? `${sql.slice(0, 60)}... ${sql.length}` : sql);

export const cases: Cases = {
  ...Object.fromEntries(
    wrongSql.map((sql) => [`prepare(${named(sql)})`, onSchema((db) => db.prepare(sql).reader)]),
  ),
  ...Object.fromEntries(wrongSql.map((sql) => [`exec(${named(sql)})`, onSchema((db) => db.exec(sql).open)])),
  ...Object.fromEntries(
    failing.map((sql) => [
      `${named(sql)}`,
      onSchema((db) => [
        attempt(() => db.exec(sql).open),
        attempt(() => db.prepare(sql).run()),
        attempt(() => db.prepare(sql).all()),
      ]),
    ]),
  ),
  SqliteError: ({ SqliteError }) => {
    const error = new SqliteError('message', 'SQLITE_ERROR');
    return [
      error,
      SqliteError.name,
      SqliteError.length,
      error instanceof Error,
      error instanceof SqliteError,
      Object.prototype.toString.call(error),
      String(error),
      Object.entries(Object.getOwnPropertyDescriptors(error)).map(
        ([key, { writable, enumerable, configurable }]) => [key, writable, enumerable, configurable],
      ),
      Object.getOwnPropertyDescriptor(SqliteError.prototype, 'name'),
      Reflect.ownKeys(SqliteError.prototype).map(String),
      Object.getPrototypeOf(SqliteError) === Error,
      Object.keys(error),
      JSON.stringify(error),
      error.stack?.startsWith('SqliteError: message'),
      inspect(error).startsWith('SqliteError: message'),
    ];
  },
  'SqliteError without new': ({ SqliteError }) => {
    try {
      (SqliteError as unknown as () => void)();
    } catch (error) {
      return (error as Error).name;
    }
    return 'made';
  },
  'SqliteError without arguments': ({ SqliteError }) => new SqliteError(),
  'SqliteError with a cause': ({ SqliteError }) => new SqliteError('m', 'C', { cause: 1 }).cause,
  'a subclass of SqliteError': ({ SqliteError }) => {
    class Mine extends SqliteError {
      extra = 5;
    }
    const error = new Mine('m', 'C');
    return [error, error.name, error.extra, error instanceof SqliteError];
  },
  'properties of SqliteError can be changed': ({ SqliteError }) => {
    const error = new SqliteError('m', 'C') as Error & { code: string };
    error.code = 'other';
    error.name = 'Renamed';
    error.message = 'changed';
    return [error, String(error)];
  },
  'an error of SQLite': onSchema((db) => {
    try {
      db.exec('nonsense');
    } catch (error) {
      return [
        error,
        error instanceof (db.constructor as unknown as { SqliteError: new () => Error }).SqliteError,
        Object.keys(error as object),
        (error as Error).stack?.split('\n')[0],
        JSON.stringify(error),
      ];
    }
    return 'no error';
  }),
  'the stack of an error names its caller': onSchema((db) => {
    function namedCaller(): unknown {
      return db.prepare('nonsense');
    }
    try {
      namedCaller();
    } catch (error) {
      return (error as Error).stack?.includes('namedCaller');
    }
    return 'no error';
  }),
  'errors are new each time': onSchema((db) => {
    const caught = [1, 2].map(() => {
      try {
        db.exec('nonsense');
      } catch (error) {
        return error;
      }
      return undefined;
    });
    return caught[0] === caught[1];
  }),
  'a value over the limit': ({ memory }) =>
    memory()
      .prepare('SELECT length(?)')
      .get(Buffer.alloc(2 ** 29 - 23)),
  'SQL over the limit': ({ memory }) => {
    const db = memory();
    const length = 1_000_001;
    return [
      attempt(() => db.prepare(`SELECT 1${' '.repeat(length)}`).get()),
      attempt(() => db.exec(' '.repeat(length)).open),
    ];
  },
  'a full database': ({ memory }) => {
    const db = memory('CREATE TABLE t (a)');
    db.pragma('max_page_count = 3');
    return [
      attempt(() => db.prepare('INSERT INTO t VALUES (zeroblob(50000))').run()),
      db.prepare('SELECT count(*) FROM t').get(),
    ];
  },
  'a read-only database': ({ Database, path }) => {
    const file = path();
    new Database(file).exec('CREATE TABLE t (a)').close();
    const db = new Database(file, { readonly: true });
    return [
      'INSERT INTO t VALUES (1)',
      'CREATE TABLE x (a)',
      'PRAGMA user_version = 5',
      'VACUUM',
      'BEGIN IMMEDIATE',
      'PRAGMA journal_mode = WAL',
    ].map((sql) => [attempt(() => db.exec(sql).open), attempt(() => db.exec('COMMIT').open)]);
  },
  query_only: onSchema((db) => {
    db.pragma('query_only = ON');
    return db.prepare('INSERT INTO w VALUES (5, 5)').run();
  }),
  'a locked database': ({ Database, path }) => {
    const file = path();
    const one = new Database(file, { timeout: 0 }).exec('CREATE TABLE t (a)');
    const other = new Database(file, { timeout: 0 });
    one.exec('BEGIN EXCLUSIVE');
    return [
      'SELECT * FROM t',
      'INSERT INTO t VALUES (1)',
      'BEGIN IMMEDIATE',
      'PRAGMA user_version',
      'PRAGMA journal_mode = WAL',
    ].map((sql) => attempt(() => other.exec(sql).open));
  },
  'a snapshot that is too old': ({ Database, path }) => {
    const file = path();
    const one = new Database(file, { timeout: 0 }).exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a)');
    const other = new Database(file, { timeout: 0 }).exec('BEGIN');
    other.prepare('SELECT * FROM t').all();
    one.exec('INSERT INTO t VALUES (1)');
    return [attempt(() => other.exec('INSERT INTO t VALUES (2)').open), other.inTransaction];
  },
  'a table that is locked by its own loop': onSchema((db) => {
    db.unsafeMode();
    const rows = db.prepare('SELECT id FROM p').iterate();
    rows.next();
    const tries = [
      attempt(() => db.exec('DROP TABLE p').open),
      attempt(() => db.exec('VACUUM').open),
      attempt(() => db.exec('DROP TABLE g').open),
    ];
    rows.return();
    return tries;
  }),
  'a schema of another connection': ({ Database, path }) => {
    const file = path();
    const one = new Database(file).exec('CREATE TABLE t (a)');
    const other = new Database(file);
    const statement = other.prepare('SELECT * FROM t');
    one.exec('DROP TABLE t');
    return [attempt(() => statement.all()), attempt(() => other.prepare('SELECT * FROM t'))];
  },
};
