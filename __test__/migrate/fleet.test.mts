// migrateAll(): many databases.
import { join } from 'node:path';
import Database from 'ferrolite';
import { migrateAll, type MigrateAllOptions, type MigratedDatabase } from 'ferrolite/migrate';
import { openFleet } from 'ferrolite/pool';
import { describe, expect, it } from 'vitest';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { failure, folderOf, opened, tables } from './support.mts';

const FOLDER = { '1.sql': 'CREATE TABLE a (x);', '2.sql': 'INSERT INTO a VALUES (1);' };
const outcomes = (databases: readonly MigratedDatabase[]): string[] =>
  databases.map(({ outcome }) => outcome);

/** Files, of which those at `broken` have the table of the first migration already. */
function files(count: number, ...broken: number[]): string[] {
  return Array.from({ length: count }, (_, index) => {
    const path = tempDb();
    if (broken.includes(index)) new Database(path).exec('CREATE TABLE a (x)').close();
    return path;
  });
}

describe('migrateAll()', () => {
  it('migrates all databases of a fleet, those that are open too', async () => {
    const directory = tempDir();
    const fleet = openFleet(directory);
    for (const name of ['acme', 'globex', 'initech']) await fleet.pool(name).exec('CREATE TABLE old (x)');
    const heard: unknown[] = [];
    const onProgress: MigrateAllOptions['onProgress'] = ({ done, total }) => heard.push([done, total]);
    const result = await migrateAll(fleet, folderOf(FOLDER), { onProgress });
    expect(result).toMatchObject({ migrated: 3, unchanged: 0, failed: 0, skipped: 0 });
    expect(result.databases.map(({ name, path }) => [name, path])).toEqual(
      ['acme', 'globex', 'initech'].map((name) => [name, join(directory, `${name}.db`)]),
    );
    expect(heard).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    expect(await fleet.pool('acme').all('SELECT x FROM a')).toEqual([{ x: 1 }]);
    await fleet.close();
  });

  it('goes on where it was ended: what is up to date is only read', async () => {
    const paths = files(5);
    const folder = folderOf(FOLDER);
    expect((await migrateAll(paths.slice(0, 2), folder)).migrated).toBe(2);
    const before = opened(paths[0]);
    const version = before.pragma('data_version', { simple: true });
    expect(await migrateAll(new Set(paths), folder)).toMatchObject({ migrated: 3, unchanged: 2 });
    expect(before.pragma('data_version', { simple: true })).toBe(version);
  });

  it('says which has failed, and goes on to the others', async () => {
    const paths = files(4, 1);
    const { databases, failed } = await migrateAll(paths, folderOf(FOLDER), { concurrency: 2 });
    expect(failed).toBe(1);
    expect(outcomes(databases)).toEqual(['migrated', 'failed', 'migrated', 'migrated']);
    expect(databases[1]?.error).toMatchObject({ code: 'FERROLITE_MIGRATION_FAILED' });
    expect(tables(opened(paths[3]))).toEqual(['a']);
  });

  it('begins no further ones after so many failures, or when it is given up', async () => {
    const one = await migrateAll(files(5, 0, 2), folderOf(FOLDER), { concurrency: 1, maxFailures: 2 });
    expect(outcomes(one.databases)).toEqual(['failed', 'migrated', 'failed', 'skipped', 'skipped']);
    const controller = new AbortController();
    const two = await migrateAll(files(3), folderOf(FOLDER), {
      concurrency: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect(outcomes(two.databases)).toEqual(['migrated', 'skipped', 'skipped']);
  });

  it.each([
    [5, {}, 'Expected first argument to be a fleet or the paths of databases'],
    ['app.db', {}, 'Expected first argument to be a fleet or the paths of databases'],
    [[], { concurrency: 0 }, 'Expected the "concurrency" option to be between 1 and 1000'],
    [[], { maxFailures: 0.5 }, 'Expected the "maxFailures" option to be an integer'],
    [[], { onProgress: 5 }, 'Expected the "onProgress" option to be a function'],
    [[], { tabel: 5 }, 'Unknown option "tabel"'],
    [[], 5, 'Expected third argument to be an options object'],
  ])('refuses %j with %j', async (databases, options, message) => {
    const error = await failure(migrateAll(databases as never, folderOf(FOLDER), options as never));
    expect(error.message).toContain(message);
  });
});

describe('migrateAll() with a target', () => {
  const UNDOABLE = {
    '1_a.up.sql': 'CREATE TABLE a (x);',
    '1_a.down.sql': 'DROP TABLE a;',
    '2_b.up.sql': 'CREATE TABLE b (x);',
    '2_b.down.sql': 'DROP TABLE b;',
  };

  it('brings all to a migration, forth and back', async () => {
    const paths = files(3);
    const folder = folderOf(UNDOABLE);
    await migrateAll(paths.slice(0, 1), folder);
    const { migrated, databases } = await migrateAll(paths, folder, { to: '1_a' });
    expect(migrated).toBe(3);
    expect(databases.map(({ runs }) => runs.map(({ name, direction }) => `${direction} ${name}`))).toEqual([
      ['down 2_b'],
      ['up 1_a'],
      ['up 1_a'],
    ]);
    for (const path of paths) expect(tables(opened(path))).toEqual(['a']);
    expect(await migrateAll(paths, folder, { to: 1 })).toMatchObject({ migrated: 0, unchanged: 3 });
    expect(await migrateAll(paths, folder, { to: 0 })).toMatchObject({ migrated: 3 });
    for (const path of paths) expect(tables(opened(path))).toEqual([]);
  });

  it('undoes the last ones of each, and says which cannot be undone', async () => {
    const paths = files(2);
    const folder = folderOf({ ...UNDOABLE, '3_c.sql': 'CREATE TABLE c (x);' });
    await migrateAll(paths, folder);
    await migrateAll(paths, folderOf(UNDOABLE), { allowMissing: ['3_c'], down: 1 });
    for (const path of paths) expect(tables(opened(path))).toEqual(['a', 'c']);
    const { failed, databases } = await migrateAll(paths, folder, { down: 2 });
    expect([failed, databases[0]!.error]).toMatchObject([2, { code: 'FERROLITE_MIGRATION_NO_DOWN' }]);
  });

  it('is refused before any database is touched where it is no migration', async () => {
    const folder = folderOf(UNDOABLE);
    expect((await failure(migrateAll(files(1), folder, { to: 7 }))).code).toBe('FERROLITE_NO_MIGRATION');
    for (const options of [{ to: 1, down: 1 }, { down: 0 }, { to: true as never }]) {
      expect((await failure(migrateAll(files(1), folder, options))).name).toMatch(/^(?:Type|Range)Error$/);
    }
  });
});
