// A running application finds out that a newer one has migrated its database.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'ferrolite';
import { migrateAll, Migrator, watchMigrations } from 'ferrolite/migrate';
import { getPool, openPool, type PoolOptions } from 'ferrolite/pool';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tempDb } from '../helpers/temp-db.mts';
import { deferred } from '../helpers/wait.mts';
import { failure, folderOf, opened } from './support.mts';

const OLD = { '001_a.sql': 'CREATE TABLE a (v)' };
const NEW = { ...OLD, '002_b.sql': 'CREATE TABLE b (v)', '003_c.sql': 'INSERT INTO a VALUES (1)' };

function pool(path: string, options: PoolOptions = {}): ReturnType<typeof openPool> {
  const made = openPool({ path, ...options });
  onTestFinished(() => made.close());
  return made;
}

describe.each([
  ['a connection', (path: string) => opened(path)],
  ['a pool', (path: string) => pool(path)],
  ['a pool with rows as arrays', (path: string) => pool(path, { raw: true })],
  ['a pool with tables apart', (path: string) => pool(path, { expand: true, maxRows: 1 })],
] as const)('%s', (_, make) => {
  it('tells of the migrations that another release has applied, once for each', async () => {
    const path = tempDb();
    const folder = folderOf(OLD);
    const told: string[][] = [];
    const database = make(path);
    using watch = watchMigrations(database, folder, { onNewer: (names) => void told.push([...names]) });
    // Nothing was migrated yet.
    expect(await watch.check()).toEqual([]);
    await new Migrator(path, folder).up();
    expect(await watch.check()).toEqual([]);
    const newer = new Migrator(path, folderOf(NEW));
    await newer.to('002');
    expect(await watch.check()).toEqual(['002_b']);
    await watch.check();
    await newer.up();
    expect(await watch.check()).toEqual(['002_b', '003_c']);
    expect(watch.newer).toEqual(['002_b', '003_c']);
    expect(told).toEqual([['002_b'], ['002_b', '003_c']]);
  });
});

it('goes by the folder as it was when the application has started', async () => {
  const path = tempDb();
  const folder = folderOf(OLD);
  await new Migrator(path, folder).up();
  using watch = watchMigrations(opened(path), folder);
  writeFileSync(join(folder, '002_b.sql'), 'CREATE TABLE b (v)');
  await new Migrator(path, folder).up();
  expect(await watch.check()).toEqual(['002_b']);
});

it('looks by itself, at once and again and again', async () => {
  const path = tempDb();
  const folder = folderOf(OLD);
  await new Migrator(path, folder).up();
  const told = deferred<readonly string[]>();
  using watch = watchMigrations(pool(path), folder, { intervalMs: 1, onNewer: told.resolve });
  await migrateAll([path], folderOf(NEW));
  expect((await told.promise)[0]).toBe('002_b');
  expect(watch.newer[0]).toBe('002_b');
});

it('tells an older release that starts, too', async () => {
  const path = tempDb();
  await new Migrator(path, folderOf(NEW)).up();
  const told = deferred<readonly string[]>();
  using watch = watchMigrations(opened(path), folderOf(OLD), { onNewer: told.resolve });
  expect(await told.promise).toEqual(['002_b', '003_c']);
  expect(watch.newer).toEqual(['002_b', '003_c']);
});

it('knows the table by its name', async () => {
  const path = tempDb();
  await new Migrator(path, folderOf(NEW), { table: 'my "own"' }).up();
  using watch = watchMigrations(opened(path), folderOf(OLD), { table: 'my "own"' });
  expect(await watch.check()).toEqual(['002_b', '003_c']);
});

it('check() rejects with what the query fails with, and the timer goes on', async () => {
  const path = tempDb();
  const db = opened(path).exec('CREATE TABLE _ferrolite_migrations (other)');
  using watch = watchMigrations(db, folderOf(OLD), { intervalMs: 1 });
  expect((await failure(watch.check())).message).toContain('no such column: name');
  db.exec('DROP TABLE _ferrolite_migrations');
  expect(await watch.check()).toEqual([]);
});

it('keeps nothing open: it ends with the connection', async () => {
  const path = tempDb();
  const db = new Database(path);
  const watch = watchMigrations(db, folderOf(OLD), { intervalMs: 1 });
  db.close();
  expect((await failure(watch.check())).message).toBe('The database connection is not open');
  rmSync(path);
});

it('refuses what it cannot look with', () => {
  const folder = folderOf(OLD);
  expect(() => watchMigrations('app.db' as never, folder)).toThrow('to be a connection or a pool');
  expect(() => watchMigrations({} as never, folder)).toThrow(TypeError);
  expect(() => watchMigrations(opened(), folder, { intervalMs: 0 })).toThrow('intervalMs');
  expect(() => watchMigrations(opened(), folder, { every: 5 } as never)).toThrow('every');
  expect(() => watchMigrations(opened(), folderOf({}))).toThrow('has no migration');
});

it('a pool of a module that awaits the migration is had only afterwards', async () => {
  const path = tempDb();
  const folder = folderOf({
    '1_a.mjs': 'export const up = async (db) => { await null; db.exec("CREATE TABLE t (v)"); };',
  });
  // As importers of a module with an await at its top wait for it.
  const ready = new Migrator(path, folder).up().then(() => getPool({ path }));
  const counts = await Promise.all(
    Array.from({ length: 3 }, async () => (await ready).all('SELECT count(*) AS n FROM t')),
  );
  expect(counts).toEqual([[{ n: 0 }], [{ n: 0 }], [{ n: 0 }]]);
  await (await ready).close();
});
