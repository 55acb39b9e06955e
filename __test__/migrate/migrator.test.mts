// Migrator: applying, undoing, and telling what was done.
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'ferrolite';
import { Migrator, readMigrations, runMigrations } from 'ferrolite/migrate';
import { openPool } from 'ferrolite/pool';
import { describe, expect, it } from 'vitest';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { failure, filled, folderOf, migrator, names, opened, tables } from './support.mts';

const FILES = {
  '001_a.up.sql': 'CREATE TABLE a (x);',
  '001_a.down.sql': 'DROP TABLE a;',
  '002_b.up.sql': 'CREATE TABLE b (x);',
  '002_b.down.sql': 'DROP TABLE b;',
};

describe('runMigrations()', () => {
  it('applies each migration once, to a path', async () => {
    const path = tempDb();
    const folder = folderOf(FILES);
    const { runs } = await runMigrations(path, folder);
    expect(names(runs)).toEqual(['001_a', '002_b']);
    expect((await runMigrations(path, folder)).runs).toEqual([]);
    expect(tables(opened(path))).toEqual(['a', 'b']);
  });

  it('creates the directory of a file, and leaves nothing beside it', async () => {
    const directory = tempDir();
    await runMigrations(join(directory, 'new', 'app.db'), folderOf(FILES));
    expect(readdirSync(join(directory, 'new'))).toEqual(['app.db']);
  });

  it('uses a connection that it is given, in memory too', async () => {
    const db = opened(':memory:');
    await runMigrations(db, folderOf(FILES));
    expect(tables(db)).toEqual(['a', 'b']);
    expect(db.open).toBe(true);
  });

  it('takes a connection that gives bigints', async () => {
    const db = opened();
    db.defaultSafeIntegers(true);
    const options = { applicationId: 7, rehearse: true, backup: true };
    const folder = folderOf(FILES);
    expect((await runMigrations(db, folder, options)).runs).toHaveLength(2);
    expect((await runMigrations(db, folder, options)).runs).toHaveLength(0);
    const { applied } = await new Migrator(db, folder).status();
    expect(typeof applied[0]?.durationMs).toBe('number');
    expect(await new Migrator(db, folder).verify()).toMatchObject({ ok: true });
  });

  it('takes a pool, and a file: URL of a folder', async () => {
    const path = tempDb();
    new Database(path).exec('CREATE TABLE old (x)').close();
    const pool = openPool(path);
    await runMigrations(pool, new URL(`file://${folderOf(FILES)}/`));
    expect(await pool.all('SELECT name FROM _ferrolite_migrations')).toHaveLength(2);
    await pool.close();
  });

  it('says the file, the line and the statement of what fails, and keeps what was applied before', async () => {
    const db = opened();
    const files = {
      '1_a.sql': 'CREATE TABLE a (x);',
      '2_b.sql': '\nCREATE TABLE b (x);\n\nINSERT INTO missing\n VALUES (1);',
    };
    const error = await failure(runMigrations(db, folderOf(files), { rehearse: false }));
    expect(error.code).toBe('FERROLITE_MIGRATION_FAILED');
    expect(error.message).toBe(
      'The migration "2_b" failed at line 4: no such table: missing (INSERT INTO missing VALUES (1);)',
    );
    expect((error.cause as { code: string }).code).toBe('SQLITE_ERROR');
    expect(tables(db)).toEqual(['a']);
    expect(db.inTransaction).toBe(false);
  });
});

describe('status()', () => {
  it('says what was applied and what is pending, and writes nothing', async () => {
    const db = opened();
    const folder = folderOf(FILES);
    const one = new Migrator(db, folder);
    expect(names((await one.status()).pending)).toEqual(['001_a', '002_b']);
    expect(db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()).toBe(0);
    const missing = tempDb();
    expect(names((await new Migrator(missing, folder).status()).pending)).toEqual(['001_a', '002_b']);
    expect(readdirSync(dirname(missing))).toEqual([]);
    await one.to(1);
    const { applied, pending, problems } = await one.status();
    expect([names(applied), names(pending), problems]).toEqual([['001_a'], ['002_b'], []]);
    expect(applied[0]).toMatchObject({ version: '001', origin: 'applied', stepsDone: undefined });
    expect(Date.parse(applied[0]!.appliedAt)).toBeLessThanOrEqual(Date.now());
  });
});

describe('to() and down()', () => {
  it('go up and down to a migration, by version or name', async () => {
    const db = opened();
    const one = migrator(db, FILES);
    await one.to('002_b');
    expect(tables(db)).toEqual(['a', 'b']);
    expect(await one.to('1')).toMatchObject({ runs: [{ name: '002_b', direction: 'down' }] });
    expect(tables(db)).toEqual(['a']);
    await one.to(0);
    expect(tables(db)).toEqual([]);
    expect((await failure(one.to('7'))).code).toBe('FERROLITE_NO_MIGRATION');
  });

  it('undo the last one, or several', async () => {
    const db = opened();
    const one = migrator(db, FILES);
    await one.up();
    await one.down();
    expect(tables(db)).toEqual(['a']);
    await one.up();
    expect(names((await one.down(2)).runs)).toEqual(['002_b', '001_a']);
    expect((await failure(one.down(0))).message).toBe('Expected first argument to be a positive integer');
  });

  it('undo nothing if one of them has no way down', async () => {
    const db = opened();
    const one = migrator(db, {
      '1.sql': 'CREATE TABLE a (x)',
      '2.up.sql': 'CREATE TABLE b (x)',
      '2.down.sql': 'DROP TABLE b',
    });
    await one.up();
    expect(await failure(one.down(2))).toMatchObject({
      code: 'FERROLITE_MIGRATION_NO_DOWN',
      message: 'The migration "1" cannot be undone: it has no way down',
    });
    expect(tables(db)).toEqual(['a', 'b']);
  });
});

describe('functions', () => {
  it.each([
    [
      'cjs',
      'exports.up = (db) => db.exec("CREATE TABLE a (x)"); exports.down = (db) => db.exec("DROP TABLE a");',
    ],
    [
      'mjs',
      'export const up = (db) => db.exec("CREATE TABLE a (x)"); export const down = (db) => db.exec("DROP TABLE a");',
    ],
    [
      'mjs',
      'export default { up: async (db) => { await null; db.exec("CREATE TABLE a (x)"); }, down: (db) => db.exec("DROP TABLE a") };',
    ],
    [
      'mts',
      'export function up(db: { exec(sql: string): void }): void { db.exec("CREATE TABLE a (x)"); }\nexport const down = (db: any) => db.exec("DROP TABLE a");',
    ],
  ])('of a .%s file are called in a transaction', async (extension, source) => {
    const db = opened();
    const one = migrator(db, { [`1_x.${extension}`]: source });
    await one.up();
    expect(tables(db)).toEqual(['a']);
    await one.down();
    expect(tables(db)).toEqual([]);
  });

  it('leave nothing when they throw', async () => {
    const db = opened();
    const files = {
      '1.cjs': 'exports.up = (db) => { db.exec("CREATE TABLE a (x)"); throw new Error("no"); };',
    };
    expect((await failure(runMigrations(db, folderOf(files)))).message).toBe(
      'The migration "1" failed at line 1: no',
    );
    expect(tables(db)).toEqual([]);
  });

  it.each([
    [
      'exports.up = (db) => db.exec("COMMIT");',
      'its function has ended the transaction that it was called in',
    ],
    ['exports.up = 5;', 'does not export a function up(db)'],
    ['exports.up = () => 1; exports.down = 5;', 'is not a function'],
    ['exports.up = () => 1; exports.foreignKeys = 5;', 'is not a boolean'],
    ['syntax error', 'cannot be loaded'],
  ])('%s is refused', async (source, message) => {
    const error = await failure(runMigrations(opened(), folderOf({ '1.cjs': source })));
    expect(error).toMatchObject({
      code: 'FERROLITE_MIGRATION_FAILED',
      message: expect.stringContaining(message),
    });
  });
});

describe('what is not as it was', () => {
  it('is refused with the line that was changed', async () => {
    const db = opened();
    const folder = folderOf({ '1_a.sql': 'CREATE TABLE a (\n  x\n);' });
    await runMigrations(db, folder);
    folderOf({ '1_a.sql': 'CREATE TABLE a (\n  y\n);' }, folder);
    const error = await failure(runMigrations(db, folder));
    expect(error.code).toBe('FERROLITE_MIGRATION_CHANGED');
    expect(error.message).toContain(`line 2 of "${join(folder, '1_a.sql')}" was "  x" and is "  y"`);
    const one = new Migrator(db, folder);
    expect(await one.repair()).toEqual({ accepted: ['1_a'], forgotten: [], schema: [] });
    expect((await one.verify()).ok).toBe(true);
  });

  it('is refused where a migration is missing, unless that is allowed', async () => {
    const db = opened();
    const folder = folderOf(FILES);
    await runMigrations(db, folder);
    rmSync(join(folder, '001_a.up.sql'));
    rmSync(join(folder, '001_a.down.sql'));
    expect((await failure(runMigrations(db, folder))).code).toBe('FERROLITE_MIGRATION_MISSING');
    expect((await runMigrations(db, folder, { allowMissing: ['001_a'] })).runs).toEqual([]);
    expect((await failure(runMigrations(db, folder, { allowMissing: ['other'] }))).code).toBe(
      'FERROLITE_MIGRATION_MISSING',
    );
    expect(await new Migrator(db, folder).repair({ forgetMissing: true })).toEqual({
      accepted: [],
      forgotten: ['001_a'],
      schema: [],
    });
    expect((await runMigrations(db, folder)).runs).toEqual([]);
  });

  it('is refused where a migration comes before one that was applied, unless that is allowed', async () => {
    const db = opened();
    const folder = folderOf({ '1.sql': 'CREATE TABLE a (x)', '3.sql': 'CREATE TABLE c (x)' });
    await runMigrations(db, folder);
    folderOf({ '2.sql': 'CREATE TABLE b (x)' }, folder);
    expect((await failure(runMigrations(db, folder))).code).toBe('FERROLITE_MIGRATION_ORDER');
    expect(tables(db)).toEqual(['a', 'c']);
    await runMigrations(db, folder, { allowOutOfOrder: true });
    expect(tables(db)).toEqual(['a', 'b', 'c']);
  });

  it('is not a migration whose file has become a module, or another kind of file', async () => {
    const db = opened();
    const folder = folderOf({ '1_a.sql': 'CREATE TABLE a (x)' });
    await runMigrations(db, folder);
    renameSync(join(folder, '1_a.sql'), join(folder, '1_a.up.sql'));
    expect((await runMigrations(db, folder)).runs).toEqual([]);
  });
});

describe('repeatable migrations', () => {
  it('are applied again when they have changed, after all others', async () => {
    const db = opened();
    const view = (x: number): string => `DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT ${x} AS x;`;
    const folder = folderOf({ 'R__v.sql': view(1), 'V1__a.sql': 'CREATE TABLE a (x)' });
    expect(names((await runMigrations(db, folder)).runs)).toEqual(['V1__a', 'R__v']);
    expect((await runMigrations(db, folder)).runs).toEqual([]);
    folderOf({ 'R__v.sql': view(2) }, folder);
    expect(names((await runMigrations(db, folder)).runs)).toEqual(['R__v']);
    expect(db.prepare('SELECT x FROM v').pluck().get()).toBe(2);
  });
});

describe('baseline()', () => {
  it('records without executing', async () => {
    const db = filled('CREATE TABLE a (x)');
    const one = migrator(db, FILES);
    expect(await one.baseline('001')).toEqual(['001_a']);
    expect(names((await one.up()).runs)).toEqual(['002_b']);
    expect((await one.status()).applied.map(({ origin }) => origin)).toEqual(['baseline', 'applied']);
  });
});

describe('application_id', () => {
  it('is given to a new file, and another one is refused', async () => {
    const path = tempDb();
    const folder = folderOf(FILES);
    await runMigrations(path, folder, { applicationId: 7 });
    await runMigrations(path, folder, { applicationId: 7 });
    const error = await failure(runMigrations(path, folder, { applicationId: 8 }));
    expect(error).toMatchObject({
      code: 'FERROLITE_OTHER_APPLICATION',
      message: "The database is another application's: its application_id is 7, and not 8",
    });
    const other = filled('CREATE TABLE other (x)');
    expect((await failure(runMigrations(other, folder, { applicationId: 8 }))).code).toBe(
      'FERROLITE_OTHER_APPLICATION',
    );
    expect(tables(other)).toEqual(['other']);
  });
});

describe('new()', () => {
  it.each([
    [{}, ['001_add_users.sql'], ''],
    [{ '0009_a.sql': 'SELECT 1' }, ['0010_add_users.sql'], ''],
    [{ 'V2__a.sql': 'SELECT 1' }, ['V3__add_users.sql'], ''],
    [{ '1.up.sql': 'SELECT 1' }, ['2_add_users.up.sql', '2_add_users.down.sql'], ''],
    [{ '1_a/migration.sql': 'SELECT 1' }, ['2_add_users/migration.sql'], ''],
    [{ '1.sql': '-- migrate:up\nSELECT 1' }, ['2_add_users.sql'], '-- migrate:up\n\n-- migrate:down\n'],
    [{ '1.sql': '-- +goose Up\nSELECT 1' }, ['2_add_users.sql'], '-- +goose Up\n\n-- +goose Down\n'],
  ])('in a folder with %j writes %j', (files, written, text) => {
    const folder = folderOf(files as unknown as Record<string, string>);
    const paths = new Migrator(tempDb(), folder).new(' add users! ');
    expect(paths).toEqual(written.map((name) => join(folder, name)));
    expect(readFileSync(paths[0]!, 'utf8')).toBe(text);
  });

  it('begins with the date and time where the last one does', () => {
    const folder = folderOf({ '2025-01-01-000000_a/up.sql': 'a', '2025-01-01-000000_a/down.sql': 'b' });
    const [path] = new Migrator(tempDb(), folder).new('b');
    expect(path).toMatch(/\d{4}-\d\d-\d\d-\d{6}_b[\\/]up\.sql$/);
    expect(readMigrations(folder)).toHaveLength(2);
    // Of another clock: what comes behind it cannot have the time.
    const later = folderOf({ '9998-01-01-000000_a/up.sql': 'a' });
    new Migrator(tempDb(), later).new('b');
    expect(names(readMigrations(later))[1]).toMatch(/_b$/);
  });

  it('writes a time where the last one is a time', () => {
    const folder = folderOf({ '20200101000000_a.sql': 'SELECT 1' });
    const [path] = new Migrator(tempDb(), folder).new('b', 'ts');
    expect(path).toMatch(/\/20\d{12}_b\.ts$/);
  });

  it('leaves a folder with a journal to drizzle-kit, and refuses names without letters', () => {
    const folder = folderOf({ 'meta/_journal.json': '{"entries":[]}' });
    const one = new Migrator(tempDb(), folder);
    expect(() => one.new('x')).toThrow('drizzle-kit generate --custom');
    expect(() => one.new('!')).toThrow('Expected first argument to be a name with letters');
    expect(() => one.new('a', 'py' as never)).toThrow("Expected second argument to be 'sql', 'ts' or 'js'");
  });
});

describe('wrong arguments', () => {
  const folder = folderOf(FILES);
  it.each([
    [() => new Migrator(5 as never, folder), 'Expected first argument to be a database, a pool or a path'],
    [() => new Migrator(':memory:', folder), 'not one in memory'],
    [
      () => new Migrator(tempDb(), 5 as never),
      'Expected second argument to be the path or the file: URL of a folder',
    ],
    [() => new Migrator(tempDb(), folder, 5 as never), 'Expected third argument to be an options object'],
    [() => new Migrator(tempDb(), folder, { tabel: 'x' } as never), 'Unknown option "tabel"'],
    [
      () => new Migrator(tempDb(), folder, { table: '' }),
      'Expected the "table" option to be the name of a table',
    ],
    [() => new Migrator(tempDb(), folder, { adopt: 'x' as never }), 'Expected the "adopt" option to be'],
    [
      () => new Migrator(tempDb(), folder, { allowMissing: 5 as never }),
      'to be a boolean or an array of names',
    ],
    [() => new Migrator(tempDb(), folder, { prepareConnection: 5 as never }), 'to be a function'],
  ])('%s', (call, message) => {
    expect(call).toThrow(message);
  });

  it('are a connection in a transaction, a closed one, and a table of somebody else', async () => {
    const db = filled('CREATE TABLE t (x); BEGIN');
    expect((await failure(runMigrations(db, folder))).message).toBe(
      'Migrations cannot be applied within a transaction',
    );
    db.exec('COMMIT; INSERT INTO t VALUES (1)');
    expect((await failure(runMigrations(db, folder, { table: 't' }))).code).toBe('FERROLITE_MIGRATION_NAME');
    db.close();
    expect((await failure(runMigrations(db, folder))).message).toBe('The database connection is not open');
  });

  it('are databases that are only read', async () => {
    const path = filled('CREATE TABLE t (x)').name;
    const db = new Database(path, { readonly: true });
    const message = 'Migrations write to the database, but it was opened or named for reading only';
    expect((await failure(runMigrations(db, folder))).message).toBe(message);
    db.close();
    expect((await failure(runMigrations(`file:${path}?mode=ro`, folder))).message).toBe(message);
    expect(names((await new Migrator(`file:${path}?mode=ro`, folder).status()).pending)).toEqual([
      '001_a',
      '002_b',
    ]);
  });

  it('are files that are no databases', async () => {
    const path = tempDb();
    writeFileSync(
      path,
      'no database, but text that is long enough for a header of one hundred bytes'.repeat(9),
    );
    expect((await failure(runMigrations(path, folder))).code).toBe('SQLITE_NOTADB');
    rmSync(dirname(path), { recursive: true });
  });
});
