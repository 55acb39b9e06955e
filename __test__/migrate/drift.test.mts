// What others change in the schema besides migrations.
import { join } from 'node:path';
import { chmodSync } from 'node:fs';
import type Database from 'ferrolite';
import { migrateAll, Migrator, runMigrations, schemaDiff } from 'ferrolite/migrate';
import { describe, expect, it } from 'vitest';
import { failure, filled, folderOf, migrator, names, opened, tables } from './support.mts';

const FILES = {
  '001_users.sql': `-- People.
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);
CREATE INDEX users_name ON users (name);`,
  '002_mail.up.sql': 'ALTER TABLE users ADD COLUMN mail TEXT;',
  '002_mail.down.sql': 'ALTER TABLE users DROP COLUMN mail;',
};

/** A database that was migrated, and what others have done to it since. */
async function drifted(
  change: string,
  files: Readonly<Record<string, string>> = FILES,
): Promise<{ db: Database.Database; folder: string; one: Migrator }> {
  const db = opened();
  const folder = folderOf(files);
  await runMigrations(db, folder);
  db.exec(change);
  return { db, folder, one: new Migrator(db, folder) };
}

const CHANGE = 'ALTER TABLE users ADD COLUMN age INTEGER; DROP INDEX users_name;';

describe('what others have changed or removed of what migrations made', () => {
  it('is refused with what has changed, since when, and where it was defined', async () => {
    const { folder, one } = await drifted(CHANGE);
    const { applied } = await one.status();
    const error = await failure(one.up());
    expect(error.code).toBe('FERROLITE_MIGRATION_DRIFT');
    expect(error.message).toBe(
      [
        `The schema is not what the migration "002_mail" has left at ${applied[1]!.appliedAt}:`,
        `~ table users, defined in ${join(folder, '002_mail.up.sql')}:1`,
        '    CREATE TABLE users (',
        '      id INTEGER PRIMARY KEY',
        '      name TEXT',
        '      mail TEXT',
        '+     age INTEGER',
        '    )',
        `- index users_name, defined in ${join(folder, '001_users.sql')}:3`,
        '-   CREATE INDEX users_name ON users (name)',
        'Put it back, accept it with repair(), or name it in "allowDrift"',
      ].join('\n'),
    );
  });

  it('is refused by every call that applies or undoes, before anything is done', async () => {
    const { db, folder, one } = await drifted(CHANGE);
    folderOf({ '003_more.sql': 'CREATE TABLE more (x)' }, folder);
    const calls = [() => one.up(), () => one.down(), () => one.to('001'), () => runMigrations(db, folder)];
    for (const call of calls) {
      expect((await failure(call())).code).toBe('FERROLITE_MIGRATION_DRIFT');
    }
    const { databases } = await migrateAll([db.name], folder);
    expect(databases[0]!.error).toMatchObject({ code: 'FERROLITE_MIGRATION_DRIFT' });
    expect(tables(db)).toEqual(['users']);
    expect((await one.status()).pending).toHaveLength(1);
  });

  it.runIf(process.getuid?.() !== 0)('is refused in a file that can only be read', async () => {
    const { db, folder } = await drifted(CHANGE);
    chmodSync(db.name, 0o444);
    expect((await failure(runMigrations(db.name, folder))).code).toBe('FERROLITE_MIGRATION_DRIFT');
  });

  it('is told by status(), verify() and plan()', async () => {
    const { one } = await drifted(CHANGE);
    const drift = [
      { type: 'table', name: 'users', change: 'changed', migration: '002_mail', line: 1 },
      { type: 'index', name: 'users_name', change: 'removed', migration: '001_users', line: 3 },
    ];
    for (const told of [await one.status(), await one.verify(), await one.plan()]) {
      expect(told.drift).toMatchObject(drift);
      expect(told.problems).toMatchObject([{ code: 'FERROLITE_MIGRATION_DRIFT', name: '002_mail' }]);
      expect(told.notices).toEqual([]);
    }
    expect((await one.verify()).ok).toBe(false);
  });

  it('is let be where that is allowed, by name or at all, and stays told until it is accepted', async () => {
    const { db, folder, one } = await drifted(CHANGE);
    folderOf({ '003_more.sql': 'CREATE TABLE more (x)' }, folder);
    expect((await failure(runMigrations(db, folder, { allowDrift: ['users'] }))).message).not.toContain(
      'table users',
    );
    const { runs } = await runMigrations(db, folder, { allowDrift: ['users', 'users_name'] });
    expect(names(runs)).toEqual(['003_more']);
    expect(await new Migrator(db, folder, { allowDrift: true }).verify()).toMatchObject({
      ok: true,
      drift: [],
      notices: [{ name: 'users' }, { name: 'users_name' }],
    });
    expect(names((await one.verify()).drift!)).toEqual(['users', 'users_name']);
    expect((await one.repair()).schema).toEqual([
      {
        type: 'table',
        name: 'users',
        change: 'changed',
        before: 'CREATE TABLE users ( id INTEGER PRIMARY KEY , name TEXT , mail TEXT )',
        after: 'CREATE TABLE users ( id INTEGER PRIMARY KEY , name TEXT , mail TEXT , age INTEGER )',
      },
      {
        type: 'index',
        name: 'users_name',
        change: 'removed',
        before: 'CREATE INDEX users_name ON users ( name )',
        after: undefined,
      },
    ]);
    expect(await one.verify()).toEqual({ ok: true, problems: [], drift: [], notices: [] });
    // Still the migrations' own.
    db.exec('ALTER TABLE users DROP COLUMN age');
    expect(names((await one.verify()).drift!)).toEqual(['users']);
  });

  it('is over once a migration has made it anew, or somebody has put it back', async () => {
    const { db, folder, one } = await drifted('DROP INDEX users_name');
    folderOf({ '003_index.sql': 'CREATE INDEX users_name ON users (name, mail)' }, folder);
    await runMigrations(db, folder, { allowDrift: true });
    expect((await one.verify()).ok).toBe(true);
    db.exec('DROP INDEX users_name');
    expect((await one.verify()).ok).toBe(false);
    db.exec('CREATE INDEX  users_name ON users(name, mail) -- again');
    expect((await one.verify()).ok).toBe(true);
  });

  it.each([
    ['functions have made', { '1.cjs': 'exports.up = (db) => db.exec("CREATE TABLE a (x)")' }, undefined],
    [
      'was there, and IF NOT EXISTS names',
      { '1.sql': 'SELECT 1;\n\nCREATE TABLE IF NOT EXISTS main."A" (x)' },
      3,
    ],
    [
      'was built anew',
      {
        '1.sql': 'CREATE TABLE a (y);',
        '2.sql': '\nCREATE TABLE b (x);\nDROP TABLE a;\nALTER TABLE b RENAME TO a',
      },
      2,
    ],
    ['was made in several transactions', { '1.sql': 'CREATE TABLE a (x);\nVACUUM; CREATE TABLE c (x);' }, 1],
  ])('is found in a table that %s', async (_, files, line) => {
    const db = filled(line === 3 ? 'CREATE TABLE a (x)' : 'SELECT 1');
    const one = migrator(db, files);
    await one.up();
    db.exec('ALTER TABLE a ADD COLUMN z');
    expect((await one.verify()).drift).toMatchObject([
      { name: 'a', migration: Object.keys(files).at(-1)!.split('.')[0], line },
    ]);
  });

  it('is found after a migration was undone, and after baseline()', async () => {
    const { db, one } = await drifted('SELECT 1');
    await one.down();
    expect((await one.verify()).ok).toBe(true);
    db.exec('ALTER TABLE users ADD COLUMN z');
    expect((await one.verify()).drift).toMatchObject([{ name: 'users', migration: '001_users', line: 2 }]);
    const other = filled(FILES['001_users.sql']);
    const based = migrator(other, FILES);
    await based.baseline('001');
    other.exec('DROP INDEX users_name');
    expect((await failure(based.up())).code).toBe('FERROLITE_MIGRATION_DRIFT');
  });

  it('is found in a database whose state does not say who has made what', async () => {
    const { db, one } = await drifted('CREATE TABLE others (x)');
    await one.repair();
    db.exec(`UPDATE _ferrolite_migrations
      SET schema = (SELECT json_group_array(json_remove(value, '$.by')) FROM json_each(schema)) WHERE schema IS NOT NULL`);
    db.exec('DROP INDEX users_name; DROP TABLE others');
    expect(await one.verify()).toMatchObject({
      drift: [{ name: 'users_name' }],
      notices: [{ name: 'others' }],
    });
  });

  it('is found while a migration of several transactions is interrupted, whose own changes are none', async () => {
    const db = opened();
    const folder = folderOf({ '1.sql': 'CREATE TABLE a (x); VACUUM; SELECT * FROM late;' });
    await failure(runMigrations(db, folder, { rehearse: false }));
    const one = new Migrator(db, folder);
    expect(await one.verify()).toMatchObject({ ok: true, drift: [], notices: [] });
    db.exec('ALTER TABLE a ADD COLUMN y');
    expect((await failure(one.up())).code).toBe('FERROLITE_MIGRATION_DRIFT');
  });

  it('is shown for ten objects, and by name for more', async () => {
    const all = Array.from({ length: 12 }, (_, index) => `t${index + 10}`);
    const { one } = await drifted(all.map((name) => `DROP TABLE ${name};`).join(''), {
      '1.sql': all.map((name) => `CREATE TABLE ${name} (x);`).join('\n'),
    });
    const { message } = await failure(one.up());
    expect(message).toContain('\n- table t19, defined in ');
    expect(message).toContain('\nand 2 more: "table t20", "table t21"\n');
  });
});

describe('what no migration has made', () => {
  it('stops nothing, and is a notice until it is accepted', async () => {
    const { db, folder, one } = await drifted(
      'CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER); CREATE TABLE sessions (sid)',
    );
    folderOf({ '003_more.sql': 'CREATE TABLE more (x)' }, folder);
    expect(names((await one.up()).runs)).toEqual(['003_more']);
    for (const told of [await one.status(), await one.verify(), await one.plan()]) {
      expect(told).toMatchObject({ problems: [], drift: [] });
      expect(told.notices).toEqual([
        {
          type: 'table',
          name: '_litestream_seq',
          change: 'added',
          before: undefined,
          after: 'CREATE TABLE _litestream_seq ( id INTEGER PRIMARY KEY , seq INTEGER )',
        },
        expect.objectContaining({ name: 'sessions' }),
      ]);
    }
    await one.repair();
    expect(await one.verify()).toEqual({ ok: true, problems: [], drift: [], notices: [] });
    db.exec('ALTER TABLE sessions ADD COLUMN expires; DROP TABLE _litestream_seq');
    expect(await one.verify()).toMatchObject({
      ok: true,
      drift: [],
      notices: [
        { name: 'sessions', change: 'changed' },
        { name: '_litestream_seq', change: 'removed' },
      ],
    });
  });

  it('may have been there before the first migration', async () => {
    const db = filled('CREATE TABLE sessions (sid)');
    const one = migrator(db, FILES);
    await one.up();
    expect((await one.verify()).notices).toEqual([]);
    db.exec('ALTER TABLE sessions ADD COLUMN expires');
    expect(await one.verify()).toMatchObject({ ok: true, notices: [{ name: 'sessions' }] });
  });

  it('is not what SQLite and virtual tables make by themselves', async () => {
    const { one } = await drifted(
      'CREATE TABLE z (x INTEGER PRIMARY KEY AUTOINCREMENT); CREATE INDEX z_x ON z (x); ANALYZE; CREATE VIRTUAL TABLE f USING fts5(text)',
      { '1.sql': 'CREATE TABLE a (x); CREATE VIRTUAL TABLE docs USING fts5(text);' },
    );
    expect(await one.verify()).toMatchObject({
      ok: true,
      notices: [{ name: 'z_x' }, { name: 'f' }, { name: 'z' }],
    });
  });
});

it('schemaDiff() gives the lines of a change', () => {
  const change = { type: 'table', name: 't', change: 'changed' } as const;
  expect(
    schemaDiff({ ...change, before: 'CREATE TABLE t ( a TEXT , b )', after: 'CREATE TABLE t ( a , b )' }),
  ).toEqual(['~ table t', '    CREATE TABLE t (', '-     a TEXT', '+     a', '      b', '    )']);
  expect(
    schemaDiff({ ...change, change: 'added', before: undefined, after: 'CREATE TABLE t ( a )' }),
  ).toEqual(['+ table t', '+   CREATE TABLE t (a)']);
});
