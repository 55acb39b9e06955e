// The copy before the first migration, and the way back to it.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'ferrolite';
import { runMigrations, type MigratorOptions } from 'ferrolite/migrate';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';
import { failure, filled, folderOf, opened, tables } from './support.mts';

const FILES = {
  '1_a.sql': 'CREATE TABLE a (x);',
  '2_b.sql': 'CREATE TABLE b (x); VACUUM; SELECT * FROM missing;',
};
/** A rehearsal would find what fails. */
const options: MigratorOptions = { rehearse: false, backup: true };
const copies = (db: Database.Database): string[] =>
  readdirSync(dirname(db.name)).filter((name) => name !== 'test.db');

describe.each(['delete', 'wal'])('a backup, in journal mode %s', (mode) => {
  const made = (): Database.Database =>
    filled(`PRAGMA journal_mode = ${mode}; CREATE TABLE old (x); INSERT INTO old VALUES (1)`);

  it('is the database of before', async () => {
    const db = made();
    const { backup } = await runMigrations(db, folderOf({ '1_a.sql': FILES['1_a.sql'] }), options);
    expect(backup).toMatch(/test\.db\.before-1_a-\d{8}T\d{9}Z$/);
    expect(tables(opened(backup))).toEqual(['old']);
    expect(tables(db)).toEqual(['a', 'old']);
    expect(
      (await runMigrations(db, folderOf({ '1_a.sql': FILES['1_a.sql'] }), options)).backup,
    ).toBeUndefined();
  });

  it('is gone back to when a migration fails, for all connections', async () => {
    const db = made();
    const other = opened(db.name);
    const before = other.prepare('SELECT x FROM old');
    const error = await failure(runMigrations(db, folderOf(FILES), options));
    expect(error.code).toBe('FERROLITE_MIGRATION_FAILED');
    expect(error.message).toMatch(
      /^The migration "2_b" failed at line 1: no such table: missing .*\. The database was put back to what it was before the first migration$/,
    );
    expect(before.pluck().all()).toEqual([1]);
    for (const each of [db, other]) {
      expect(tables(each)).toEqual(['old']);
      expect(each.pragma('journal_mode', { simple: true })).toBe(mode);
      expect(each.pragma('integrity_check', { simple: true })).toBe('ok');
    }
  });

  it('is not gone back to when others have written since', async () => {
    const db = made();
    const folder = folderOf({
      '1_a.sql': 'CREATE TABLE a (x); VACUUM;',
      '2_b.sql': 'SELECT * FROM missing;',
    });
    const write = new Database(db.name);
    // Called with the copy, once it was made.
    const prepareConnection = (): void => void write.exec('INSERT INTO old VALUES (2)');
    const error = await failure(runMigrations(db, folder, { ...options, prepareConnection }));
    write.close();
    expect(error.message).toContain(
      'The database was not put back, because others may have written to it since',
    );
    expect(db.prepare('SELECT x FROM old').pluck().all()).toContain(2);
    expect(tables(db)).toEqual(['a', 'old']);
  });
});

describe('backups', () => {
  it('are kept by number, and put where that is asked for', async () => {
    const db = filled('CREATE TABLE old (x)');
    const directory = tempDir();
    for (const day of [1, 2, 3, 4])
      writeFileSync(join(directory, `test.db.before-x-2020010${day}T000000000Z`), '');
    writeFileSync(join(directory, 'test.db.before-mine'), '');
    for (const end of ['', '-journal']) {
      writeFileSync(join(directory, `test.db.before-x-20200105T000000000Z.1-a.partial${end}`), '');
    }
    const { backup } = await runMigrations(db, folderOf({ '1.sql': 'SELECT 1' }), {
      backup: { directory, keep: 2 },
    });
    expect(copies(db)).toEqual([]);
    expect(readdirSync(directory).toSorted()).toEqual(
      [
        backup!.slice(directory.length + 1),
        'test.db.before-mine',
        'test.db.before-x-20200104T000000000Z',
      ].toSorted(),
    );
  });

  it('are kept, and not gone back to, where that is asked for', async () => {
    const db = filled('CREATE TABLE old (x)');
    const error = await failure(
      runMigrations(db, folderOf(FILES), { ...options, backup: { restore: false } }),
    );
    expect(error.message).not.toContain('put back');
    expect(tables(db)).toEqual(['a', 'b', 'old']);
    expect(copies(db)).toHaveLength(1);
  });

  it('cannot be made of a database in memory, or in a folder that is not there', async () => {
    const folder = folderOf(FILES);
    const error = await failure(runMigrations(opened(':memory:'), folder, options));
    expect(error.message).toBe(
      'A database in memory cannot be copied before migrations: leave the "backup" option out',
    );
    const db = filled('CREATE TABLE old (x)');
    const missing = join(tempDir(), 'none');
    await failure(runMigrations(db, folder, { ...options, backup: { directory: missing } }));
    expect(tables(db)).toEqual(['old']);
    expect(existsSync(missing)).toBe(false);
  });
});
