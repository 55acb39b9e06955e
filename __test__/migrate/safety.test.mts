// What SQL does to transactions and foreign keys, and what is done about it.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import Database from 'ferrolite';
import { runMigrations } from 'ferrolite/migrate';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';
import { failure, filled, folderOf, migrator, names, opened, tables } from './support.mts';

const { scriptOf } = createRequire(import.meta.url)('../../dist/migrate/folder/script.js') as {
  scriptOf: (
    name: string,
    text: string,
    transaction?: boolean,
  ) => {
    steps: { inTransaction: boolean; statements: { sql: string }[] }[];
    foreignKeys: boolean | undefined;
    notes: string[];
  };
};

const PARENTS = `
  CREATE TABLE parents (id INTEGER PRIMARY KEY);
  CREATE TABLE children (parent INTEGER REFERENCES parents (id) ON DELETE CASCADE);
  INSERT INTO parents VALUES (1), (2);
  INSERT INTO children VALUES (1), (2), (2);`;
const REBUILD = `
  CREATE TABLE new_parents (id INTEGER PRIMARY KEY, name TEXT);
  INSERT INTO new_parents (id) SELECT id FROM parents;
  DROP TABLE parents;
  ALTER TABLE new_parents RENAME TO parents;`;

const count = (db: Database.Database, table: string): unknown =>
  db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
const run = (db: Database.Database, sql: string, options = {}) =>
  runMigrations(db, folderOf({ '1.sql': sql }), options);

describe('pragmas that SQLite ignores in a transaction', () => {
  it('foreign_keys holds for the whole migration, and has its value again afterwards', async () => {
    for (const before of [1, 0]) {
      const db = filled(PARENTS);
      db.pragma(`foreign_keys = ${before}`);
      await run(db, `PRAGMA foreign_keys=OFF;${REBUILD}PRAGMA foreign_keys=ON;`);
      expect([count(db, 'parents'), count(db, 'children')]).toEqual([2, 3]);
      expect(db.pragma('foreign_keys', { simple: true })).toBe(before);
    }
  });

  it('foreign_keys has its value again after a migration that fails', async () => {
    const db = filled(PARENTS);
    await failure(run(db, 'PRAGMA foreign_keys = 0; PRAGMA legacy_alter_table = 1; SELECT * FROM missing;'));
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
    expect(db.pragma('legacy_alter_table', { simple: true })).toBe(0);
  });

  it('a migration that would leave rows whose parents are gone is refused before COMMIT', async () => {
    const db = filled(PARENTS);
    const sql = 'PRAGMA foreign_keys=OFF; DELETE FROM parents WHERE id = 2;';
    const error = await failure(run(db, sql, { rehearse: false }));
    expect(error).toMatchObject({
      code: 'FERROLITE_MIGRATION_FOREIGN_KEYS',
      message:
        'The migration "1" would break foreign keys: 2 more rows refer from "children" to "parents", where nothing is',
    });
    expect(count(db, 'parents')).toBe(2);
    expect((await failure(run(db, sql))).code).toBe('FERROLITE_MIGRATION_FOREIGN_KEYS');
    await run(db, sql, { foreignKeyCheck: false });
    expect(count(db, 'children')).toBe(3);
  });

  it('rows that referred to nothing before are nobody’s fault', async () => {
    const db = filled(
      `${PARENTS} PRAGMA foreign_keys = OFF; INSERT INTO children VALUES (7); PRAGMA foreign_keys = ON;`,
    );
    await run(db, 'ALTER TABLE parents ADD COLUMN y;');
    expect(count(db, 'children')).toBe(4);
  });

  it('a function says by an export that foreign keys are off', async () => {
    const db = filled(PARENTS);
    const source = `exports.foreignKeys = false; exports.up = (db) => db.exec(\`${REBUILD}\`);`;
    await runMigrations(db, folderOf({ '1.cjs': source }));
    expect(count(db, 'children')).toBe(3);
  });
});

describe('rows that are lost without the SQL saying so', () => {
  it.each([
    ['a table is dropped that others refer to', REBUILD],
    [
      'both are built anew, the first one too early',
      `${REBUILD}
      CREATE TABLE new_children (parent INTEGER REFERENCES parents (id), x);
      INSERT INTO new_children (parent) SELECT parent FROM children;
      DROP TABLE children;
      ALTER TABLE new_children RENAME TO children;`,
    ],
    [
      'a part of the lost rows is read',
      `${REBUILD}
      UPDATE parents SET name = (SELECT count(*) FROM children WHERE parent = id);`,
    ],
    ['rows are deleted that others refer to', 'DELETE FROM parents WHERE id = 2;'],
    ['rows are replaced that others refer to', 'REPLACE INTO parents VALUES (2);'],
  ])('are refused when %s', async (_, sql) => {
    const db = filled(PARENTS);
    expect((await failure(run(db, sql))).code).toBe('FERROLITE_MIGRATION_ROWS');
    const error = await failure(run(db, sql, { rehearse: false }));
    expect(error.code).toBe('FERROLITE_MIGRATION_ROWS');
    expect(error.message).toMatch(/deletes rows that its SQL does not name: "children" from 3 to [01]\./);
    expect([count(db, 'parents'), count(db, 'children')]).toEqual([2, 3]);
  });

  it('are let go when that is allowed', async () => {
    const db = filled(PARENTS);
    expect((await failure(run(db, REBUILD, { allowRowLoss: ['parents'] }))).code).toBe(
      'FERROLITE_MIGRATION_ROWS',
    );
    await run(db, REBUILD, { allowRowLoss: ['children'] });
    expect(count(db, 'children')).toBe(0);
  });

  it.each([
    ['a table that is dropped for good', 'DROP TABLE children;'],
    ['a table that DELETE names', 'DELETE FROM children; DELETE FROM "parents";'],
    [
      'a copy with WHERE',
      `PRAGMA foreign_keys = OFF;
      CREATE TABLE new_children AS SELECT parent FROM children WHERE parent = 1;
      DROP TABLE main.children;
      ALTER TABLE new_children RENAME TO [children];`,
    ],
    [
      'a copy with WHERE, of the table by another name',
      `PRAGMA foreign_keys = OFF;
      ALTER TABLE children RENAME TO old_children;
      CREATE TABLE children (parent INTEGER);
      INSERT INTO children SELECT parent FROM old_children WHERE parent = 1;
      DROP TABLE old_children;`,
    ],
    ['a table that is renamed', 'ALTER TABLE children RENAME TO kids; CREATE TABLE x (y); DROP TABLE x;'],
  ])('are not those of %s', async (_, sql) => {
    const db = filled(PARENTS);
    expect(names((await run(db, sql)).runs)).toEqual(['1']);
  });
});

describe('transactions in a migration', () => {
  it('are left out: all of it is one', async () => {
    const db = opened();
    const sql =
      'BEGIN; CREATE TABLE a (x); COMMIT; BEGIN IMMEDIATE TRANSACTION; CREATE TABLE b (x); SELECT * FROM missing; END;';
    expect((await failure(run(db, sql, { rehearse: false }))).message).toContain('no such table: missing');
    expect(tables(db)).toEqual([]);
  });

  it.each([
    ['BEGIN; SELECT 1;', 'the transaction that it begins does not end'],
    ['SELECT 1; COMMIT;', 'no transaction was begun'],
    ['BEGIN; BEGIN; COMMIT;', 'a transaction was begun before'],
    ['BEGIN; SELECT 1; ROLLBACK;', 'a migration cannot roll back what it has done'],
    ['-- nothing', 'it has no statements'],
    ['', 'it has no statements'],
    ['\uFEFF\r\n;;', 'it has no statements'],
  ])('%j is refused', async (sql, message) => {
    const error = await failure(run(opened(), sql));
    expect(error).toMatchObject({
      code: 'FERROLITE_MIGRATION_FAILED',
      message: expect.stringContaining(message),
    });
  });

  it('may have savepoints, triggers, CRLF and a byte order mark', async () => {
    const db = opened();
    const sql = `\uFEFFCREATE TABLE a (x);\r\nSAVEPOINT s; INSERT INTO a VALUES (1); ROLLBACK TO s; RELEASE s;\r\n
      CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a WHERE x = 2; SELECT CASE WHEN 1 THEN 2 END; END;\r\n
      INSERT INTO a VALUES (2); INSERT INTO a VALUES (3);`;
    await run(db, sql);
    expect(db.prepare('SELECT x FROM a').pluck().all()).toEqual([3]);
  });
});

describe('statements that cannot be in a transaction', () => {
  const files = (other: string) => ({
    '1.sql': `PRAGMA journal_mode = WAL;
      ATTACH '${other}' AS other;
      CREATE TABLE a (x);
      CREATE TABLE other.b (x);
      INSERT INTO a VALUES (1);
      VACUUM;
      INSERT INTO a VALUES (2);`,
  });

  it('are executed between transactions, and nothing stays attached', async () => {
    const db = opened();
    const other = join(tempDir(), 'other.db');
    await runMigrations(db, folderOf(files(other)));
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(count(db, 'a')).toBe(2);
    expect(db.prepare('SELECT name FROM pragma_database_list').pluck().all()).toEqual(['main']);
    expect(existsSync(other)).toBe(true);
  });

  it('make a migration that is resumed where it was interrupted', async () => {
    const db = opened();
    const other = join(tempDir(), 'other.db');
    const folder = folderOf(files(other));
    db.exec('CREATE TABLE later (x)');
    const failing = files(other)['1.sql'].replace('VALUES (2)', 'SELECT x FROM source');
    folderOf({ '1.sql': failing }, folder);
    expect((await failure(runMigrations(db, folder))).message).toContain('at line 7: no such table: source');
    const one = migrator(db, folder);
    const { applied, pending } = await one.status();
    expect([applied[0]?.stepsDone, names(pending)]).toEqual([4, ['1']]);
    db.exec('CREATE TABLE source (x); INSERT INTO source VALUES (5)');
    await one.up();
    expect(db.prepare('SELECT x FROM a').pluck().all()).toEqual([1, 5]);
    expect((await one.status()).applied[0]?.stepsDone).toBeUndefined();
  });

  it('are all, where the file asks for no transaction', () => {
    const steps = (sql: string) =>
      scriptOf('x', sql, false).steps.map(({ inTransaction, statements }) => [
        inTransaction,
        statements.length,
      ]);
    expect(steps('SELECT 1; SELECT 2; BEGIN; SELECT 3; SELECT 4; COMMIT; VACUUM; SELECT 5;')).toEqual([
      [true, 1],
      [true, 1],
      [true, 2],
      [false, 1],
      [true, 1],
    ]);
  });

  it('are told', () => {
    const { foreignKeys, notes } = scriptOf(
      'x',
      'PRAGMA foreign_keys(no); PRAGMA synchronous = 0; BEGIN; SELECT 1; COMMIT; PRAGMA main.wal_checkpoint(FULL); DETACH x',
    );
    expect(foreignKeys).toBe(false);
    expect(notes.join('\n')).toBe(
      [
        'line 1: PRAGMA wal_checkpoint is executed by itself, outside of the transaction',
        'line 1: DETACH is executed by itself, outside of the transaction',
        'foreign keys are not enforced meanwhile: set before the transaction, where SQLite heeds it, and checked before COMMIT',
        'line 1: a pragma that SQLite does not heed in a transaction is set before it',
        'its own BEGIN and COMMIT are left out: all of it is one transaction',
        'it is not one transaction: when it is interrupted, it is resumed at the step that was not finished',
      ].join('\n'),
    );
  });
});

describe('a writer that is in the way', () => {
  it('is waited for as long as the options say, and the event loop runs meanwhile', async () => {
    const other = filled('CREATE TABLE t (x); BEGIN IMMEDIATE');
    const db = new Database(other.name, { timeout: 0 });
    const folder = folderOf({ '1.sql': 'CREATE TABLE a (x)' });
    const error = await failure(runMigrations(db, folder, { lockTimeoutMs: 30 }));
    expect(error).toMatchObject({
      code: 'FERROLITE_MIGRATION_BUSY',
      message: 'Waited more than 30 ms for a writer of the database',
    });
    setImmediate(() => other.exec('COMMIT'));
    await runMigrations(db, folder);
    expect(tables(db)).toEqual(['a', 't']);
    db.close();
    expect(readdirSync(dirname(other.name))).toEqual(['test.db']);
  });

  it('is not waited for any more once that is given up', async () => {
    const other = filled('CREATE TABLE t (x); BEGIN IMMEDIATE');
    const db = new Database(other.name, { timeout: 0 });
    const controller = new AbortController();
    const given = failure(
      runMigrations(db, folderOf({ '1.sql': 'SELECT 1' }), { signal: controller.signal }),
    );
    setImmediate(() => controller.abort(new Error('given up')));
    expect((await given).name).toMatch(/Error/);
    db.close();
    other.exec('COMMIT');
  });
});
