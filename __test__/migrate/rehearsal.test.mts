// Rehearsals: what a copy shows, and that nothing but the copy is touched.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type Database from 'ferrolite';
import { Migrator, runMigrations } from 'ferrolite/migrate';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';
import { failure, filled, folderOf, migrator, names, opened, tables } from './support.mts';

const SCHEMA = `
  CREATE TABLE parents (id INTEGER PRIMARY KEY);
  CREATE TABLE children (parent INTEGER REFERENCES parents (id) ON DELETE CASCADE);
  INSERT INTO parents VALUES (1), (2);
  INSERT INTO children VALUES (1), (2), (2);`;
const FILES = {
  '1_drop.sql': 'DELETE FROM children WHERE parent = 2; CREATE INDEX children_parent ON children (parent);',
  '2_add.sql': 'CREATE TABLE more AS SELECT * FROM parents;',
};
const beside = (db: Database.Database): string[] => readdirSync(dirname(db.name)).toSorted();

describe('plan()', () => {
  it.each(['delete', 'wal'])(
    'tries what is pending on a copy in memory, in journal mode %s',
    async (mode) => {
      const db = filled(`PRAGMA journal_mode = ${mode}; ${SCHEMA}`);
      const { migrations, problems, rehearsal } = await migrator(db, FILES).plan();
      expect([names(migrations), problems]).toEqual([['1_drop', '2_add'], []]);
      expect(rehearsal).toMatchObject({ error: undefined, skipped: undefined });
      expect(rehearsal?.bytes).toBeGreaterThan(0);
      expect(rehearsal?.migrations).toMatchObject([
        {
          name: '1_drop',
          rows: [{ table: 'children', before: 3, after: 1 }],
          schema: [{ type: 'index', name: 'children_parent', change: 'added' }],
        },
        {
          name: '2_add',
          rows: [{ table: 'more', before: undefined, after: 2 }],
          schema: [{ type: 'table', name: 'more', change: 'added' }],
        },
      ]);
      expect(tables(db)).toEqual(['children', 'parents']);
    },
  );

  it('copies what is larger, or has a connection to be prepared, into a file that is removed', async () => {
    const db = filled(`${SCHEMA} CREATE TABLE big (x); INSERT INTO big VALUES (zeroblob(40000000))`);
    const seen: string[][] = [];
    const source = `exports.up = (db) => { require('node:fs').writeFileSync(${JSON.stringify(join(tempDir(), 'x'))}, db.name); };`;
    const { rehearsal } = await migrator(db, { ...FILES, '3.cjs': source }).plan();
    expect(rehearsal).toMatchObject({ error: undefined, skipped: undefined });
    const prepareConnection = (copy: Database.Database): void => {
      copy.function('twice', (x: number) => 2 * x);
      seen.push(beside(db));
    };
    const one = new Migrator(db.name, folderOf({ '1.sql': 'INSERT INTO parents SELECT twice(5)' }), {
      prepareConnection,
    });
    expect((await one.plan()).rehearsal).toMatchObject({
      error: undefined,
      migrations: [{ rows: [{ table: 'parents', after: 3 }] }],
    });
    expect(seen.at(-1)).toEqual(['test.db', expect.stringMatching(/^test\.db-rehearsal-/)]);
    expect(beside(db)).toEqual(['test.db']);
  });

  it('says what fails, and what was done before', async () => {
    const db = filled(SCHEMA);
    const { rehearsal } = await migrator(db, { ...FILES, '3.sql': 'DROP TABLE parents' }).plan();
    expect(rehearsal?.error).toMatchObject({ code: 'FERROLITE_MIGRATION_ROWS' });
    expect(names(rehearsal!.migrations)).toEqual(['1_drop', '2_add']);
  });

  it('needs no database, and no rehearsal', async () => {
    const path = join(tempDir(), 'none.db');
    const files = { '1.sql': 'CREATE TABLE a (x)' };
    expect((await migrator(path, files).plan()).rehearsal?.error).toBeUndefined();
    expect((await migrator(path, files).plan({ rehearse: false })).rehearsal).toBeUndefined();
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  it('has the statements with their lines, and what is odd about them', async () => {
    const sql = 'PRAGMA foreign_keys = OFF;\nDROP TABLE parents;\nVACUUM;';
    const [planned] = (await migrator(filled(SCHEMA), { '1.sql': sql }).plan()).migrations;
    expect(planned).toMatchObject({
      statements: [
        { sql: 'DROP TABLE parents;', line: 2 },
        { sql: 'VACUUM;', line: 3 },
      ],
      isOneTransaction: false,
      warnings: [{ kind: 'drop-table', line: 2 }],
    });
    expect(planned?.notes).toHaveLength(3);
  });
});

describe('the warnings of a plan', () => {
  const kinds = async (sql: string, schema = 'CREATE TABLE t (a, b)'): Promise<string[]> =>
    (await migrator(filled(schema), { '1.sql': sql }).plan({ rehearse: false })).migrations[0]!.warnings.map(
      ({ kind }) => kind,
    );

  it.each([
    ['DROP TABLE IF EXISTS main.t', 'drop-table'],
    ['ALTER TABLE t DROP COLUMN b', 'drop-column'],
    ['ALTER TABLE t RENAME COLUMN b TO c', 'rename'],
    ['ALTER TABLE t RENAME TO u', 'rename'],
    ['ALTER TABLE t ADD COLUMN c TEXT NOT NULL', 'not-null'],
    ['DELETE FROM t', 'delete-all'],
    ['UPDATE t SET a = 1', 'update-all'],
  ])('%s: %s', async (sql, kind) => {
    expect(await kinds(sql)).toEqual([kind]);
  });

  it.each([
    'CREATE TABLE u (a NOT NULL)',
    "ALTER TABLE t ADD COLUMN c TEXT NOT NULL DEFAULT ''",
    'DELETE FROM t WHERE a = 1',
    'UPDATE t SET a = 1 WHERE b = 2',
    'CREATE INDEX t_a ON t (a)',
    'INSERT INTO t VALUES (1, 2)',
  ])('none: %s', async (sql) => {
    expect(await kinds(sql)).toEqual([]);
  });

  it('tell of an index on many rows, and of a table that is built anew', async () => {
    const many = `CREATE TABLE t (a, b);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000) INSERT INTO t SELECT i, i FROM n`;
    expect(await kinds('CREATE UNIQUE INDEX t_a ON main.t (a)', many)).toEqual(['build-index']);
    const sql =
      'CREATE TABLE "new" (a); INSERT INTO new SELECT a FROM t; DROP TABLE t; ALTER TABLE new RENAME TO t';
    expect(await kinds(sql)).toEqual(['drop-table', 'rebuild']);
  });
});

describe('the rehearsal before migrations', () => {
  it('keeps all of them from being applied when one would fail', async () => {
    const db = filled(SCHEMA);
    const error = await failure(runMigrations(db, folderOf({ ...FILES, '3.sql': 'SELECT * FROM missing' })));
    expect(error.message).toContain('"3" failed at line 1: no such table: missing');
    expect(tables(db)).toEqual(['children', 'parents']);
    expect(db.prepare('SELECT count(*) FROM children').pluck().get()).toBe(3);
  });

  it('counts rows that functions delete', async () => {
    const db = filled(SCHEMA);
    const folder = folderOf({ '1.cjs': 'exports.up = (db) => db.exec("DELETE FROM parents WHERE id = 2");' });
    expect((await failure(runMigrations(db, folder))).code).toBe('FERROLITE_MIGRATION_ROWS');
    const named = folderOf({
      '1.cjs':
        'exports.up = (db) => { db.prepare("DELETE FROM children WHERE parent = ?").run(2); db.exec("DELETE FROM parents WHERE id = 2"); };',
    });
    expect((await runMigrations(db, named)).runs).toHaveLength(1);
  });

  it('tells functions that it is one', async () => {
    const file = join(tempDir(), 'calls');
    const source = `const fs = require('node:fs');
      exports.up = (db, { name, isRehearsal }) => fs.appendFileSync(${JSON.stringify(file)}, name + isRehearsal + ' ');`;
    await runMigrations(opened(), folderOf({ '1.cjs': source }));
    expect(readFileSync(file, 'utf8')).toBe('1true 1false ');
    await runMigrations(opened(), folderOf({ '1.cjs': source }), { rehearse: false });
    await runMigrations(filled(SCHEMA), folderOf({ '1.cjs': source }), { rehearseMaxBytes: 0 });
    expect(readFileSync(file, 'utf8')).toBe('1true 1false 1false 1false ');
  });

  it('has the settings of the connection', async () => {
    const db = filled(`PRAGMA foreign_keys = OFF; ${SCHEMA}`);
    // With foreign keys enforced this would delete children, and be refused.
    await runMigrations(db, folderOf({ '1.sql': 'DELETE FROM parents' }), { foreignKeyCheck: false });
    expect(db.prepare('SELECT count(*) FROM children').pluck().get()).toBe(3);
  });

  it('ends where another file, or a function of the connection, would be used', async () => {
    const other = join(tempDir(), 'other.db');
    const one = migrator(filled(SCHEMA), { '1.sql': `ATTACH '${other}' AS o; CREATE TABLE o.t (x);` });
    expect((await one.plan()).rehearsal?.skipped).toBe(
      '"1" uses another file at line 1, which would not be a copy',
    );
    const db = filled(SCHEMA);
    db.function('twice', (x: number) => 2 * x);
    db.exec(`ATTACH '${other}' AS o; CREATE TABLE o.t (x)`);
    const attached = migrator(db, { '1.sql': 'INSERT INTO o.t VALUES (1)' });
    expect((await attached.plan()).rehearsal?.skipped).toMatch(/no such table: o\.t|unknown database o/);
    const two = migrator(db, { '1.sql': 'INSERT INTO parents SELECT twice(5)' });
    expect((await two.plan()).rehearsal?.skipped).toContain('no such function: twice');
    expect(names((await two.up()).runs)).toEqual(['1']);
  });
});
