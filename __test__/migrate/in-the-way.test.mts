// Connections that are in the way of migrations, and files that are no databases, are damaged, or go by several names.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'ferrolite';
import { runMigrations, type MigratorOptions } from 'ferrolite/migrate';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';
import { failure, filled, folderOf, migrator, names, opened, tables } from './support.mts';

const FILES = { '1.sql': 'CREATE TABLE a (x); DELETE FROM old WHERE x = 1;' };
const made = (mode: string): string =>
  filled(`PRAGMA journal_mode = ${mode}; CREATE TABLE old (x); INSERT INTO old VALUES (1), (2);`).close()
    .name;

/** A connection in the middle of reading. */
function reading(path: string): { end(): void } {
  const db = new Database(path);
  const rows = db.prepare('SELECT x FROM old').iterate();
  rows.next();
  let isOpen = true;
  const end = (): void => {
    if (isOpen) rows.return?.();
    isOpen = false;
    db.close();
  };
  onTestFinished(end);
  return { end };
}

describe('a database that somebody holds for longer than is waited', () => {
  it.each(['delete', 'wal'])('is left as it is, in journal mode %s', async (mode) => {
    const path = made(mode);
    const holder = opened(path).exec('BEGIN EXCLUSIVE');
    const options = { lockTimeoutMs: 30 };
    expect(await failure(runMigrations(path, folderOf(FILES), options))).toMatchObject({
      code: 'FERROLITE_MIGRATION_BUSY',
      message: 'Waited more than 30 ms for a writer of the database',
    });
    const connection = new Database(path, { timeout: 0 });
    expect((await failure(runMigrations(connection, folderOf(FILES), options))).code).toBe(
      'FERROLITE_MIGRATION_BUSY',
    );
    const one = migrator(path, FILES, options);
    if (mode === 'wal') expect(names((await one.status()).pending)).toEqual(['1']);
    else expect((await failure(one.plan())).code).toBe('FERROLITE_MIGRATION_BUSY');
    holder.exec('COMMIT');
    connection.close();
    await one.up();
    expect(tables(holder)).toEqual(['a', 'old']);
  });
});

describe('a reader that does not end', () => {
  it('is not in the way of a write-ahead log', async () => {
    const path = made('wal');
    const reader = reading(path);
    await runMigrations(
      path,
      folderOf({ ...FILES, '2.sql': 'CREATE TABLE b (x); VACUUM; CREATE TABLE c (x);' }),
      {
        lockTimeoutMs: 30,
      },
    );
    reader.end();
    expect(tables(opened(path))).toEqual(['a', 'b', 'c', 'old']);
  });

  it('ends the wait for it where there is none, and nothing was changed', async () => {
    const path = made('delete');
    const reader = reading(path);
    const one = migrator(path, FILES, { lockTimeoutMs: 30 });
    expect(await failure(one.up())).toMatchObject({
      code: 'FERROLITE_MIGRATION_BUSY',
      message: 'Waited more than 30 ms for readers of the database',
    });
    expect(tables(opened(path))).toEqual(['old']);
    reader.end();
    await one.up();
    expect(tables(opened(path))).toEqual(['a', 'old']);
  });

  it('keeps a write-ahead log from being given up', async () => {
    const path = made('wal');
    const reader = reading(path);
    const one = migrator(path, {
      '1.sql': 'CREATE TABLE a (x); PRAGMA journal_mode = delete; CREATE TABLE b (x);',
    });
    expect((await failure(one.up())).message).toContain('database is locked (PRAGMA journal_mode = delete;)');
    reader.end();
    await one.up();
    expect(tables(opened(path))).toEqual(['a', 'b', 'old']);
  });

  it('is waited for when a copy is put back', async () => {
    const path = made('delete');
    const other = opened(path);
    let reader: { end(): void } | undefined;
    let calls = 0;
    // Called with the migrator's connection, the copy's before it is checked, and when it is put back.
    const prepareConnection = (): void => {
      calls += 1;
      if (calls < 4) return;
      reader ??= reading(path);
      setImmediate(() => reader!.end());
    };
    const files = { '1.sql': 'CREATE TABLE a (x); VACUUM;', '2.sql': 'SELECT * FROM missing;' };
    const options = { rehearse: false, backup: true, prepareConnection };
    const error = await failure(runMigrations(path, folderOf(files), options));
    expect(error.message).toContain('The database was put back to what it was before the first migration');
    expect(reader).toBeDefined();
    expect(tables(other)).toEqual(['old']);
  });
});

it(
  'a reader that does not end keeps the copy from being put back, and the error says where it is',
  { timeout: 120_000 },
  async () => {
    const path = made('delete');
    const db = opened(path);
    let reader: { end(): void } | undefined;
    const files = {
      '1.sql': 'CREATE TABLE a (x);',
      '2.cjs': 'exports.up = () => { throw new Error("for good") }',
    };
    const callFunction: MigratorOptions['callFunction'] = (fn, connection, context) => {
      reader = reading(path);
      return fn(connection, context);
    };
    const options = { rehearse: false, backup: true, callFunction, lockTimeoutMs: 30 };
    const error = await failure(runMigrations(path, folderOf(files), options));
    expect(error.message).toMatch(
      /^The migration "2" failed at line 1: for good\. The database could not be put back \(Waited more than 30 ms for readers of the database\): the copy is at "/,
    );
    reader?.end();
    expect(tables(db)).toEqual(['a', 'old']);
  },
);

describe('what is no database', () => {
  it('is left as it is, with nothing beside it', async () => {
    for (const content of [randomBytes(8192), Buffer.alloc(4096, 'text ')]) {
      const path = join(tempDir(), 'app.db');
      writeFileSync(path, content);
      const error = await failure(runMigrations(path, folderOf(FILES), { backup: true }));
      expect(error).toMatchObject({
        code: 'SQLITE_NOTADB',
        message: `file is not a database (${JSON.stringify(path)}: it is encrypted, or no SQLite database)`,
      });
      expect(readFileSync(path).equals(content)).toBe(true);
      expect(readdirSync(dirname(path))).toEqual(['app.db']);
    }
  });

  it('or has lost a part is not migrated', async () => {
    const db = filled(
      'CREATE TABLE old (x); CREATE INDEX i ON old (x); INSERT INTO old VALUES (zeroblob(90000));',
    );
    db.close();
    truncateSync(db.name, 8192);
    const before = readFileSync(db.name);
    expect((await failure(runMigrations(db.name, folderOf(FILES)))).code).toBe('SQLITE_CORRUPT');
    expect(readFileSync(db.name).equals(before)).toBe(true);
    rmSync(dirname(db.name), { recursive: true });
  });
});

it('a database that is reached by a symbolic link has the same lock', async () => {
  const path = made('delete');
  const link = join(tempDir(), 'link.db');
  symlinkSync(path, link);
  const holder = opened(`${path}-migrating`).exec('BEGIN EXCLUSIVE');
  expect((await failure(runMigrations(link, folderOf(FILES), { lockTimeoutMs: 20 }))).code).toBe(
    'FERROLITE_MIGRATION_BUSY',
  );
  holder.exec('COMMIT');
});
