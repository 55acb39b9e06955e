// SQL of every kind: what is applied as it stands, and what is refused because a part of it would not be executed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'ferrolite';
import { runMigrations, type MigratorOptions } from 'ferrolite/migrate';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';
import { failure, filled, folderOf, migrator, opened, tables } from './support.mts';

const run = (db: Database.Database, sql: string, options?: MigratorOptions) =>
  runMigrations(db, folderOf({ '1.sql': sql }), options);
const all = (db: Database.Database, sql: string): unknown[] => db.prepare(sql).raw().all();

describe('SQL that is applied as it stands', () => {
  it.each<[string, string, string, string, unknown[]]>([
    [
      'a trigger with CASE, and semicolons in strings and comments',
      'CREATE TABLE a (x)',
      `CREATE TRIGGER t AFTER INSERT ON a WHEN CASE new.x WHEN 1 THEN 1 ELSE 0 END BEGIN
        SELECT CASE WHEN 1 THEN 2 END; /* ; END; */
        UPDATE a SET x = CASE WHEN x = 1 THEN 'a; END;' ELSE 2 END -- ; END;
        ;
      END /* the end */ ; INSERT INTO a VALUES (1);`,
      'SELECT x FROM a',
      [['a; END;']],
    ],
    [
      'names that are words of transactions',
      '',
      `CREATE TABLE begin ("end", "commit", "case");
      CREATE TRIGGER "end" AFTER INSERT ON begin BEGIN UPDATE begin SET "end" = 2; END;
      INSERT INTO begin VALUES (1, 1, 1);`,
      'SELECT "end" FROM begin',
      [[2]],
    ],
    [
      'a WITHOUT ROWID and STRICT table that is built anew',
      "CREATE TABLE a (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID; INSERT INTO a VALUES ('x')",
      `CREATE TABLE n (id TEXT PRIMARY KEY, y INT DEFAULT 1) STRICT, WITHOUT ROWID;
      INSERT INTO n (id) SELECT id FROM a; DROP TABLE a; ALTER TABLE n RENAME TO a;`,
      'SELECT * FROM a',
      [['x', 1]],
    ],
    [
      'generated columns',
      'CREATE TABLE a (x, y AS (x * 2) STORED); INSERT INTO a (x) VALUES (1), (2)',
      `CREATE TABLE n (x, y AS (x * 3) STORED); INSERT INTO n (x) SELECT x FROM a; DROP TABLE a;
      ALTER TABLE n RENAME TO a; ALTER TABLE a ADD COLUMN z AS (x + y);`,
      'SELECT * FROM a',
      [
        [1, 3, 4],
        [2, 6, 8],
      ],
    ],
    [
      'a full-text table that is built anew',
      "CREATE VIRTUAL TABLE a USING fts5(x); INSERT INTO a VALUES ('one two'), ('three')",
      `CREATE VIRTUAL TABLE n USING fts5(x, y); INSERT INTO n (x) SELECT x FROM a; DROP TABLE a;
      ALTER TABLE n RENAME TO a; INSERT INTO a (a) VALUES ('rebuild');`,
      "SELECT x FROM a('three')",
      [['three']],
    ],
    [
      'the table of a full-text index',
      `CREATE TABLE d (id INTEGER PRIMARY KEY, x); CREATE VIRTUAL TABLE a USING fts5(x, content=d, content_rowid=id);
      CREATE TRIGGER di AFTER INSERT ON d BEGIN INSERT INTO a (rowid, x) VALUES (new.id, new.x); END;
      CREATE TRIGGER dd AFTER DELETE ON d BEGIN INSERT INTO a (a, rowid, x) VALUES ('delete', old.id, old.x); END;
      INSERT INTO d VALUES (1, 'one'), (2, 'two')`,
      `CREATE TABLE n (id INTEGER PRIMARY KEY, x, y); INSERT INTO n (id, x) SELECT id, x FROM d; DROP TABLE d;
      ALTER TABLE n RENAME TO d;`,
      "SELECT rowid FROM a('two')",
      [[2]],
    ],
    [
      'an R*Tree that is built anew',
      'CREATE VIRTUAL TABLE a USING rtree(id, l, h); INSERT INTO a VALUES (1, 2, 3)',
      `CREATE VIRTUAL TABLE n USING rtree(id, l, h, +note); INSERT INTO n (id, l, h) SELECT * FROM a; DROP TABLE a;
      ALTER TABLE n RENAME TO a;`,
      'SELECT id, l, h FROM a WHERE l > 1',
      [[1, 2, 3]],
    ],
    [
      'a table with a view and a trigger that name it, with legacy_alter_table',
      `CREATE TABLE a (x); INSERT INTO a VALUES (1); CREATE VIEW v AS SELECT x FROM a; CREATE TABLE l (x);
      CREATE TRIGGER t AFTER INSERT ON l BEGIN UPDATE a SET x = 5; END`,
      `PRAGMA legacy_alter_table = ON; CREATE TABLE n (x, y); INSERT INTO n (x) SELECT x FROM a; DROP TABLE a;
      ALTER TABLE n RENAME TO a; INSERT INTO l VALUES (1);`,
      'SELECT x FROM v',
      [[5]],
    ],
    [
      'a table that refers to itself',
      `CREATE TABLE a (id INTEGER PRIMARY KEY, p REFERENCES a ON DELETE CASCADE);
      INSERT INTO a VALUES (1, NULL), (2, 1), (3, 2)`,
      `PRAGMA foreign_keys = OFF; CREATE TABLE n (id INTEGER PRIMARY KEY, p REFERENCES a ON DELETE CASCADE);
      INSERT INTO n SELECT * FROM a; DROP TABLE a; ALTER TABLE n RENAME TO a;`,
      'SELECT * FROM a',
      [
        [1, null],
        [2, 1],
        [3, 2],
      ],
    ],
    [
      'tables that refer to each other',
      `CREATE TABLE a (id INTEGER PRIMARY KEY, b REFERENCES b ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);
      CREATE TABLE b (id INTEGER PRIMARY KEY, a REFERENCES a ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);
      BEGIN; INSERT INTO a VALUES (1, 1); INSERT INTO b VALUES (1, 1); COMMIT`,
      `PRAGMA foreign_keys = OFF; CREATE TABLE n (id INTEGER PRIMARY KEY, b REFERENCES b ON DELETE CASCADE);
      INSERT INTO n SELECT * FROM a; DROP TABLE a; ALTER TABLE n RENAME TO a;`,
      'SELECT * FROM a JOIN b ON a.b = b.id',
      [[1, 1, 1, 1]],
    ],
    [
      'names in other scripts, of which SQLite folds A to Z alone',
      'CREATE TABLE Ärger (x); CREATE TABLE ärger (x); INSERT INTO Ärger VALUES (1)',
      `CREATE TABLE "t 😀" ("ключ"); INSERT INTO "t 😀" VALUES (1); CREATE TABLE n ("ключ" TEXT);
      INSERT INTO n SELECT * FROM "t 😀"; DROP TABLE "t 😀"; ALTER TABLE n RENAME TO "t 😀"; DELETE FROM ärger;`,
      'SELECT "ключ", x FROM "t 😀", Ärger',
      [['1', 1]],
    ],
    [
      'a temporary table of the name of another',
      'CREATE TABLE a (x); INSERT INTO a VALUES (1)',
      `CREATE TEMP TABLE a (x); INSERT INTO temp.a VALUES (7), (8); CREATE TABLE b AS SELECT x FROM temp.a;
      DROP TABLE temp.a; UPDATE a SET x = 2;`,
      'SELECT a.x, b.x FROM a, b',
      [
        [2, 7],
        [2, 8],
      ],
    ],
    [
      'what looks like a parameter in strings, names and the arguments of virtual tables',
      'CREATE TABLE a ("?" , ":x")',
      `INSERT INTO a VALUES ('?', '$1') /* :y */; UPDATE a SET "?" = '@z';
      CREATE VIRTUAL TABLE f USING fts5(x, tokenize = "unicode61 tokenchars '@:$'");`,
      'SELECT * FROM a',
      [['@z', '$1']],
    ],
  ])('%s', async (_, schema, sql, query, expected) => {
    const db = filled(schema);
    await run(db, sql);
    expect(all(db, query)).toEqual(expected);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  it('10,000 statements', async () => {
    const db = opened();
    const lines = Array.from({ length: 10_000 }, (_, x) => `INSERT INTO a VALUES (${x});`);
    await run(db, `CREATE TABLE a (x);\n${lines.join('\n')}`);
    expect(all(db, 'SELECT count(*), max(x) FROM a')).toEqual([[10_000, 9999]]);
    const error = await failure(
      runMigrations(db, folderOf({ '1.sql': `CREATE TABLE b (x);\n${lines.join('\n')} SELECT y;` }), {
        table: 'other',
      }),
    );
    expect(error.message).toContain('failed at line 10001: no such column: y (SELECT y;)');
  });

  it('10 MB of INSERT, in many statements and in one', async () => {
    const db = opened();
    const text = `é;''`.repeat(24);
    const row = (x: number): string => `(${x}, '${text}')`;
    const inserts = Array.from(
      { length: 100 },
      (_, part) =>
        `INSERT INTO a VALUES ${Array.from({ length: 1000 }, (__, x) => row(part * 1000 + x)).join(',\n')};`,
    );
    await run(
      db,
      `CREATE TABLE a (x, y);\n${inserts.join('\n')}\nINSERT INTO a VALUES (-1, '${`a'';\n`.repeat(2_500_000)}');`,
    );
    expect(all(db, 'SELECT count(*), sum(length(y) = 72), max(length(y)) FROM a')).toEqual([
      [100_001, 100_000, 10_000_000],
    ]);
  });

  it('pragmas that say how a new file is made have their effect', async () => {
    const db = opened();
    await run(
      db,
      "PRAGMA encoding = 'UTF-16le'; PRAGMA page_size = 8192; PRAGMA auto_vacuum = FULL; CREATE TABLE a (x);",
    );
    expect(['encoding', 'page_size', 'auto_vacuum'].map((name) => db.pragma(name, { simple: true }))).toEqual(
      ['UTF-16le', 8192, 1],
    );
  });

  it('pragmas of the connection have their value again', async () => {
    const db = opened();
    const names = ['busy_timeout', 'cache_spill', 'secure_delete', 'automatic_index', 'journal_size_limit'];
    const values = () => names.map((name) => db.pragma(name, { simple: true }));
    const before = values();
    await run(
      db,
      `PRAGMA busy_timeout = 1; PRAGMA cache_spill = 77; PRAGMA secure_delete = 1; PRAGMA automatic_index = 0;
       PRAGMA journal_size_limit = 5; CREATE TABLE a (x);`,
    );
    expect(values()).toEqual(before);
  });
});

describe('refused, with nothing changed, is', () => {
  it.each([
    [
      'what stands behind a NUL character',
      'CREATE TABLE a (x);\nINSERT INTO a VALUES (1);\0 INSERT INTO a VALUES (2);',
      'failed at line 2: SQLite reads nothing behind a NUL character; is the file UTF-8? (INSERT INTO a VALUES (1);',
    ],
    [
      'a comment that does not end',
      'CREATE TABLE a (x);\n/* to be done */ /* INSERT INTO a VALUES (1);',
      'failed at line 2: the comment does not end, and nothing behind it would be executed',
    ],
    [
      'a comment that ends where a Mac of old ends a line',
      'CREATE TABLE a (x);\r-- the rows\rINSERT INTO a VALUES (1);',
      'failed at line 1: the comment goes on behind a carriage return: end lines with a line feed',
    ],
    ...['?', '?2', ':name', '@name', '$name'].map((parameter) => [
      `the parameter ${parameter}`,
      `CREATE TABLE a (x); INSERT INTO a VALUES (${parameter});`,
      `failed at line 1: the parameter "${parameter}" would be NULL: nobody gives it a value`,
    ]),
    ...['memory', "'OFF'"].map((mode) => [
      `journal mode ${mode}`,
      `CREATE TABLE a (x); PRAGMA journal_mode = ${mode};`,
      'failed at line 1: a process that is killed would leave a damaged file: leave it out',
    ]),
    [
      'a trigger that does not end',
      'CREATE TABLE a (x); CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1;',
      'failed at line 1: incomplete input',
    ],
    [
      'a string that does not end',
      "CREATE TABLE a (x);\nINSERT INTO a VALUES ('x; ",
      'failed at line 2: unrecognized token',
    ],
    [
      'a command of the shell',
      'CREATE TABLE a (x);\n.mode csv\nSELECT 1;',
      'failed at line 2: near ".": syntax error',
    ],
    [
      'a trigger that rolls the transaction back',
      `CREATE TABLE a (x); CREATE TRIGGER t BEFORE INSERT ON a BEGIN SELECT RAISE(ROLLBACK, 'no'); END;
       INSERT INTO a VALUES (1);`,
      'failed at line 2: no (INSERT INTO a VALUES (1);)',
    ],
    [
      'a view of a table that is built anew, which SQLite cannot read meanwhile',
      'CREATE TABLE n (x); CREATE VIEW v AS SELECT x FROM old; DROP TABLE old; ALTER TABLE n RENAME TO old;',
      'failed at line 1: error in view v: no such table: main.old',
    ],
  ])('%s', async (_, sql, message) => {
    for (const rehearse of [true, false]) {
      const db = filled('CREATE TABLE old (x); INSERT INTO old VALUES (1)');
      const error = await failure(run(db, sql!, { rehearse }));
      expect(error).toMatchObject({
        code: 'FERROLITE_MIGRATION_FAILED',
        message: expect.stringContaining(message!),
      });
      expect(tables(db)).toEqual(['old']);
      expect(all(db, 'SELECT x FROM old')).toEqual([[1]]);
    }
  });

  it.each(['latin1', 'utf16le'] as const)('a file in %s', async (encoding) => {
    const folder = tempDir('migrations');
    const file = join(folder, '1.sql');
    writeFileSync(file, Buffer.from("\u00FFCREATE TABLE a (x); INSERT INTO a VALUES ('\u00E4');", encoding));
    const db = opened();
    expect((await failure(runMigrations(db, folder))).message).toBe(
      `The migration "1" failed: "${file}" is not encoded in UTF-8: characters of it would be lost`,
    );
    writeFileSync(file, "CREATE TABLE a (x); INSERT INTO a VALUES ('\uFFFD');");
    await runMigrations(db, folder);
    expect(all(db, 'SELECT x FROM a')).toEqual([['\uFFFD']]);
  });

  it.each([
    ['SQL', '2.sql', 'CREATE TABLE b (x); DROP TABLE _ferrolite_migrations;'],
    [
      'a function',
      '2.cjs',
      "exports.up = (db) => db.exec('CREATE TABLE b (x); DELETE FROM _ferrolite_migrations')",
    ],
  ])('%s that writes to the table of migrations', async (_, name, text) => {
    for (const rehearse of [true, false]) {
      const db = opened();
      const one = migrator(db, { '1.sql': 'CREATE TABLE a (x)', [name]: text }, { rehearse });
      const error = await failure(one.up());
      expect(error.message).toBe(
        'The migration "2" failed: it writes to the table that says which migrations were applied',
      );
      expect(tables(db)).toEqual(rehearse ? [] : ['a']);
    }
  });
});

it('tables of the connection, and of files that it has attached, are not in a rehearsal', async () => {
  const other = filled('CREATE TABLE k (x); INSERT INTO k VALUES (1), (2)').name;
  const db = filled(`CREATE TABLE old (x); ATTACH '${other}' AS other; CREATE TEMP TABLE own (x)`);
  await run(db, 'DELETE FROM k WHERE x = 1; INSERT INTO own VALUES (1);');
  expect(all(db, 'SELECT k.x, own.x FROM k, own')).toEqual([[2, 1]]);
});
