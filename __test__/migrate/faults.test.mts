// Disks that are full, and files that nobody may write.
import { copyFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canMount, onTmpfs, readOnly } from '../client/support.mts';
import { inChild } from '../helpers/in-child.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { filled, folderOf, migrator, opened } from './support.mts';

const FOLDER = {
  '1_a.sql': 'CREATE TABLE a (x);',
  '2_b.sql': 'CREATE TABLE b (x); INSERT INTO b VALUES (zeroblob(8000000));',
};

/** Migrates on a disk that has room for the first migration. */
async function onFullDisk(directory: string, folder: string, what: 'alone' | 'backup' | 'rehearsal') {
  const Database = require('ferrolite') as typeof import('ferrolite');
  const { Migrator } = require('ferrolite/migrate') as typeof import('ferrolite/migrate');
  const fs = require('node:fs') as typeof import('node:fs');
  const path = `${directory}/app.db`;
  const db = new Database(path);
  db.exec('CREATE TABLE old (x); INSERT INTO old VALUES (zeroblob(2000000))');
  db.close();
  const one = new Migrator(path, folder, {
    rehearse: what === 'rehearsal',
    backup: what === 'backup',
    // The copy of what is prepared is a file, however small.
    ...(what === 'rehearsal' && { prepareConnection: () => undefined }),
  });
  const error = await one.up().then(
    () => undefined,
    (reason: Error & { code: string; cause?: { code?: string } }) => ({
      code: reason.code,
      cause: reason.cause?.code,
    }),
  );
  const { applied, pending } = await one.status();
  const after = new Database(path);
  const integrity = after.pragma('integrity_check', { simple: true });
  after.close();
  const names = (each: readonly { name: string }[]) => each.map(({ name }) => name);
  return {
    error,
    applied: names(applied),
    pending: names(pending),
    integrity,
    files: fs.readdirSync(directory),
  };
}

describe('a full disk', () => {
  const state = { integrity: 'ok', files: ['app.db'] };

  it.runIf(canMount)('leaves the migration that does not fit undone, and those before it applied', () => {
    const directory = tempDir();
    const outcome = inChild(onFullDisk, [directory, folderOf(FOLDER), 'alone'], {
      prefix: onTmpfs(directory, 5000),
    });
    expect(outcome).toEqual({
      ...state,
      error: { code: 'FERROLITE_MIGRATION_FAILED', cause: 'SQLITE_FULL' },
      applied: ['1_a'],
      pending: ['2_b'],
    });
  });

  it.runIf(canMount)('without room for a backup keeps all of them from being applied', () => {
    const directory = tempDir();
    const outcome = inChild(onFullDisk, [directory, folderOf(FOLDER), 'backup'], {
      prefix: onTmpfs(directory, 3000),
    });
    expect(outcome).toEqual({
      ...state,
      error: { code: 'FERROLITE_NO_SPACE', cause: undefined },
      applied: [],
      pending: ['1_a', '2_b'],
    });
  });

  it.runIf(canMount)('without room for a rehearsal keeps all of them from being applied', () => {
    for (const [size, error] of [
      // For the copy, but not for what is written to it.
      [6000, { code: 'FERROLITE_MIGRATION_FAILED', cause: 'SQLITE_FULL' }],
      [3000, { code: 'SQLITE_FULL' }],
    ] as const) {
      const directory = tempDir();
      const outcome = inChild(onFullDisk, [directory, folderOf(FOLDER), 'rehearsal'], {
        prefix: onTmpfs(directory, size),
      });
      expect(outcome).toEqual({ ...state, error, applied: [], pending: ['1_a', '2_b'] });
    }
  });
});

describe('a file that nobody may write', () => {
  it.runIf(canMount)('is fine where nothing is pending, and refused where something is', async () => {
    const db = filled('CREATE TABLE old (x)');
    const folder = folderOf({ '1.sql': 'CREATE TABLE a (x)' });
    await migrator(db, folder).up();
    const { name: path } = db.close();
    const directory = path.replace(/\/[^/]+$/, '');
    const run = async (file: string, migrations: string) => {
      const { runMigrations } = require('ferrolite/migrate') as typeof import('ferrolite/migrate');
      return runMigrations(file, migrations).then(
        ({ runs }) => runs.length,
        (error: { code: string }) => error.code,
      );
    };
    expect(inChild(run, [path, folder], { prefix: readOnly(directory) })).toBe(0);
    folderOf({ '2.sql': 'CREATE TABLE b (x)' }, folder);
    expect(inChild(run, [path, folder], { prefix: readOnly(directory) })).toMatch(
      /^SQLITE_(?:READONLY|CANTOPEN)/,
    );
  });
});

it('what a killed process has left in a journal is rolled back, by status() too', async () => {
  const db = filled('CREATE TABLE t (x); INSERT INTO t VALUES (1); PRAGMA cache_size = 5; BEGIN');
  // More than stays in memory: the file is changed, and the journal has what was there.
  db.exec('UPDATE t SET x = 2');
  for (let row = 0; row < 40; row += 1) db.exec('INSERT INTO t VALUES (randomblob(50000))');
  const killed = tempDb();
  for (const end of ['', '-journal']) copyFileSync(db.name + end, killed + end);
  db.exec('ROLLBACK');
  const one = migrator(killed, { '1.sql': 'ALTER TABLE t ADD COLUMN y' });
  expect((await one.status()).pending).toHaveLength(1);
  await one.up();
  expect(opened(killed).prepare('SELECT x FROM t').pluck().all()).toEqual([1]);
});
