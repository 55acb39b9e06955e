// References that are set to NULL, and rows that triggers and definitions delete, without the SQL saying so.
import type Database from 'ferrolite';
import { runMigrations, type MigratorOptions } from 'ferrolite/migrate';
import { describe, expect, it } from 'vitest';
import { failure, filled, folderOf } from './support.mts';

const FAMILY = `
  CREATE TABLE parents (id INTEGER PRIMARY KEY);
  CREATE TABLE kids (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (id) ON DELETE SET NULL);
  INSERT INTO parents VALUES (1), (2);
  INSERT INTO kids VALUES (1, 1), (2, 2), (3, NULL);`;
const REBUILD = `
  CREATE TABLE new_parents (id INTEGER PRIMARY KEY, name TEXT);
  INSERT INTO new_parents (id) SELECT id FROM parents;
  DROP TABLE parents;
  ALTER TABLE new_parents RENAME TO parents;`;

const run = (db: Database.Database, sql: string, options?: MigratorOptions) =>
  runMigrations(db, folderOf({ '1.sql': sql }), options);
const kids = (db: Database.Database): unknown[] =>
  db.prepare('SELECT parent FROM kids ORDER BY id').pluck().all();

describe('references that SQLite sets to NULL', () => {
  it.each([
    ['a table is dropped that they refer to', REBUILD, '"kids" (parent) from 2 to 0'],
    [
      'it is renamed before',
      `ALTER TABLE parents RENAME TO old; CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT);
      INSERT INTO parents (id) SELECT id FROM old; DROP TABLE IF EXISTS main.old;`,
      '"kids" (parent) from 2 to 0',
    ],
    [
      'both are built anew, the first one too early',
      `${REBUILD} CREATE TABLE new_kids (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (id), x);
      INSERT INTO new_kids (id, parent) SELECT id, parent FROM kids; DROP TABLE kids; ALTER TABLE new_kids RENAME TO kids;`,
      '"kids" (parent) from 2 to 0',
    ],
    [
      'the new table refers to the old one',
      `CREATE TABLE new_kids (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (id) ON DELETE SET NULL);
      INSERT INTO new_kids SELECT * FROM kids; DROP TABLE kids; ${REBUILD} ALTER TABLE new_kids RENAME TO kids;`,
      '"kids" (parent) from 2 to 0',
    ],
    ['a row is replaced', 'REPLACE INTO parents VALUES (2);', '"kids" (parent) from 2 to 1'],
    [
      'a row is replaced by INSERT',
      'INSERT OR REPLACE INTO "parents" VALUES (2);',
      '"kids" (parent) from 2 to 1',
    ],
    [
      'a row is replaced by UPDATE',
      'INSERT INTO parents VALUES (3); UPDATE OR REPLACE parents SET id = 2 WHERE id = 3;',
      '"kids" (parent) from 2 to 1',
    ],
  ])('are refused when %s', async (_, sql, what) => {
    for (const rehearse of [true, false]) {
      const db = filled(FAMILY);
      const error = await failure(run(db, sql, { rehearse }));
      expect(error.code).toBe('FERROLITE_MIGRATION_ROWS');
      expect(error.message).toContain(
        `The migration "1" clears references that its SQL does not name: ${what}.`,
      );
      expect(kids(db)).toEqual([1, 2, null]);
    }
  });

  it('are refused for SET DEFAULT where there is none, and for keys of several columns', async () => {
    const db = filled(`CREATE TABLE parents (a, b, PRIMARY KEY (a, b)); INSERT INTO parents VALUES (1, 1);
      CREATE TABLE kids (x, y, FOREIGN KEY (x, y) REFERENCES parents ON DELETE SET DEFAULT); INSERT INTO kids VALUES (1, 1);`);
    const sql = `CREATE TABLE n (a, b, c, PRIMARY KEY (a, b)); INSERT INTO n SELECT a, b, 0 FROM parents; DROP TABLE parents;
      ALTER TABLE n RENAME TO parents;`;
    expect((await failure(run(db, sql))).message).toContain('"kids" (x, y) from 1 to 0');
  });

  it('are refused where they are set to a default', async () => {
    const db = filled(`CREATE TABLE parents (id INTEGER PRIMARY KEY); INSERT INTO parents VALUES (1), (2);
      CREATE TABLE kids (id, parent DEFAULT 1 REFERENCES parents ON DELETE SET DEFAULT); INSERT INTO kids VALUES (1, 1), (2, 2);`);
    expect((await failure(run(db, 'REPLACE INTO parents VALUES (2);'))).message).toContain(
      '"kids" (parent) from 1 to 0',
    );
    await run(db, 'REPLACE INTO parents VALUES (1);');
    expect(kids(db)).toEqual([1, 2]);
  });

  it('are let go when that is allowed', async () => {
    const db = filled(FAMILY);
    await run(db, REBUILD, { allowRowLoss: ['kids'] });
    expect(kids(db)).toEqual([null, null, null]);
  });

  it.each([
    ['enforcement is off', `PRAGMA foreign_keys = OFF; ${REBUILD}`, [1, 2, null]],
    ['the table is dropped for good', 'DROP TABLE parents;', [null, null, null]],
    ['rows are deleted by name', 'DELETE FROM parents WHERE id = 2;', [1, null, null]],
    [
      'they are put back afterwards',
      `CREATE TABLE kept AS SELECT * FROM kids; ${REBUILD}
      UPDATE kids SET parent = (SELECT parent FROM kept WHERE kept.id = kids.id); DROP TABLE kept;`,
      [1, 2, null],
    ],
    ['a new row is put in', 'REPLACE INTO parents VALUES (3);', [1, 2, null]],
  ])('are fine where %s', async (_, sql, expected) => {
    const db = filled(FAMILY);
    await run(db, sql);
    expect(kids(db)).toEqual(expected);
  });
});

describe('references that a function clears', () => {
  const call = (body: string, options?: MigratorOptions): [Database.Database, Promise<unknown>] => {
    const db = filled(FAMILY);
    return [db, runMigrations(db, folderOf({ '1.cjs': `exports.up = (db) => { ${body} };` }), options)];
  };

  it.each([
    ['by DROP TABLE', `db.exec(\`${REBUILD}\`)`],
    ['by REPLACE with a parameter', 'db.prepare("REPLACE INTO parents VALUES (?)").run(2)'],
  ])('are refused in the rehearsal, %s', async (_, body) => {
    const [db, done] = call(body);
    expect((await failure(done)).message).toContain(
      'clears references that its SQL does not name: "kids" (parent)',
    );
    expect(kids(db)).toEqual([1, 2, null]);
  });

  it('are fine where it names them, or means it', async () => {
    for (const body of [
      `db.exec(\`${REBUILD}\`); db.exec('UPDATE kids SET parent = id WHERE id < 3')`,
      'db.exec("UPDATE kids SET parent = NULL; REPLACE INTO parents VALUES (2)")',
      'db.exec("DELETE FROM parents WHERE id = 2")',
    ]) {
      const [, done] = call(body);
      await done;
    }
  });
});

it('rows that go with a table are lost, whatever else is deleted from them or copied', async () => {
  const self = `CREATE TABLE t (id INTEGER PRIMARY KEY, up REFERENCES t ON DELETE CASCADE); INSERT INTO t VALUES (1, NULL), (2, 1);`;
  const rebuild = `CREATE TABLE n (id INTEGER PRIMARY KEY, up REFERENCES t ON DELETE CASCADE); INSERT INTO n SELECT * FROM t;
    DROP TABLE t; ALTER TABLE n RENAME TO t;`;
  for (const other of [
    'REPLACE INTO t VALUES (1, NULL);',
    'CREATE TABLE part AS SELECT id FROM t WHERE id > 1;',
    'INSERT OR IGNORE INTO t SELECT * FROM t WHERE id = 1;',
    'DELETE FROM t WHERE id = 7;',
  ]) {
    for (const sql of [rebuild + other, other + rebuild]) {
      const db = filled(self);
      const error = await failure(run(db, sql));
      expect(error.message).toMatch(/deletes rows that its SQL does not name: "t" from 2 to [01]/);
    }
  }
  for (const other of [
    'CREATE TABLE part AS SELECT id FROM t WHERE id > 1;',
    'INSERT OR IGNORE INTO t SELECT * FROM t WHERE id = 1;',
  ]) {
    const file = { '1.cjs': `exports.up = (db) => db.exec(\`${rebuild} ${other}\`)` };
    expect((await failure(runMigrations(filled(self), folderOf(file)))).code).toBe(
      'FERROLITE_MIGRATION_ROWS',
    );
  }
  const db = filled(self);
  await run(db, `PRAGMA foreign_keys = OFF; ${rebuild} REPLACE INTO t VALUES (1, NULL);`);
  expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(2);
});

it('10,000 rows that are replaced are not counted for each', async () => {
  const db =
    filled(`${FAMILY} CREATE TABLE many (id INTEGER PRIMARY KEY, parent REFERENCES parents ON DELETE SET NULL);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) INSERT INTO many SELECT i, NULL FROM n;`);
  const lines = Array.from({ length: 10_000 }, (_, id) => `REPLACE INTO parents VALUES (${id + 3});`);
  await run(db, lines.join(''), { rehearse: false });
  expect(db.prepare('SELECT count(*) FROM parents').pluck().get()).toBe(10_002);
});

describe('rows that INSERT and UPDATE delete are counted without a rehearsal too, where', () => {
  it.each([
    [
      'a trigger says so',
      'CREATE TABLE a (x); INSERT INTO a VALUES (1); CREATE TRIGGER t AFTER UPDATE ON a BEGIN DELETE FROM b; END;',
      'UPDATE a SET x = 2;',
    ],
    [
      'a trigger of the migration says so',
      'CREATE TABLE a (x);',
      'CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; END; INSERT INTO a VALUES (1);',
    ],
    [
      'a constraint says so',
      `CREATE TABLE a (x PRIMARY KEY ON CONFLICT REPLACE); INSERT INTO a VALUES (1);
      CREATE TABLE c (x REFERENCES a ON DELETE CASCADE); INSERT INTO c VALUES (1);`,
      'INSERT INTO a VALUES (1);',
    ],
  ])('%s', async (_, schema, sql) => {
    const db = filled(`CREATE TABLE b (x); INSERT INTO b VALUES (1); ${schema}`);
    const error = await failure(run(db, sql, { rehearse: false }));
    expect(error.message).toMatch(/deletes rows that its SQL does not name: "[bc]" from 1 to 0/);
  });
});
