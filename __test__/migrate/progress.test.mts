// What is said while migrations are applied, and signals in between.
import Database from 'ferrolite';
import { migrateAll, type MigrationProgress } from 'ferrolite/migrate';
import { expect, it } from 'vitest';
import { tempDb } from '../helpers/temp-db.mts';
import { failure, folderOf, migrator, opened, tables } from './support.mts';

const FILES = {
  '001_a.up.sql': 'CREATE TABLE a (v)',
  '001_a.down.sql': 'DROP TABLE a',
  '002_b.up.sql': 'CREATE TABLE b (v)',
  '002_b.down.sql': 'DROP TABLE b',
};

const told = ({ stage, name, done, total }: MigrationProgress): string => `${stage} ${name} ${done}/${total}`;

it('says what is begun: on the copy, the backup, and for good', async () => {
  const steps: string[] = [];
  const onProgress = (step: MigrationProgress): void => void steps.push(told(step));
  const path = tempDb();
  const migrations = migrator(path, FILES, { backup: true, onProgress });
  await migrations.up();
  expect(steps.splice(0)).toEqual([
    'rehearse 001_a 0/2',
    'rehearse 002_b 1/2',
    'backup 001_a 0/2',
    'up 001_a 0/2',
    'up 002_b 1/2',
  ]);
  await migrations.down(2);
  expect(steps).toEqual([
    'rehearse 002_b 0/2',
    'rehearse 001_a 1/2',
    'backup 002_b 0/2',
    'down 002_b 0/2',
    'down 001_a 1/2',
  ]);
});

it('ends between two migrations when the signal is aborted, also by a timer', async () => {
  const aborting = new AbortController();
  const path = tempDb();
  const onProgress = ({ stage, name }: MigrationProgress): void => {
    // The event loop has a turn before the migration.
    if (stage === 'up' && name === '002_b') setImmediate(() => aborting.abort(new Error('enough')));
  };
  const later = { '003_c.up.sql': 'CREATE TABLE c (v)', '003_c.down.sql': 'DROP TABLE c' };
  const folder = folderOf({ ...FILES, ...later });
  const error = await failure(migrator(path, folder, { onProgress, signal: aborting.signal }).up());
  expect(error.message).toBe('enough');
  const db = opened(path);
  expect(tables(db)).toEqual(['a']);
  expect((await migrator(db, folder).up()).runs.map(({ name }) => name)).toEqual(['002_b', '003_c']);
});

it('is no failure of a plan when it is aborted', async () => {
  const aborting = new AbortController();
  const onProgress = (): void => aborting.abort(new Error('enough'));
  const plan = migrator(tempDb(), FILES, { onProgress, signal: aborting.signal }).plan();
  expect((await failure(plan)).message).toBe('enough');
});

it('lets others have a turn between the databases of a fleet that are up to date', async () => {
  const folder = folderOf(FILES);
  const paths = Array.from({ length: 6 }, () => tempDb());
  await migrateAll(paths, folder);
  const order: string[] = [];
  const onProgress = (): void => {
    if (order.length === 0) setImmediate(() => order.push('another'));
    order.push('database');
  };
  expect((await migrateAll(paths, folder, { concurrency: 1, onProgress })).unchanged).toBe(6);
  expect(order.indexOf('another')).toBeLessThan(6);
});

it('reports what the callback throws', async () => {
  const db = new Database(':memory:');
  const onProgress = (): void => {
    throw new RangeError('mine');
  };
  expect(await failure(migrator(db, FILES, { onProgress, rehearse: false }).up())).toBeInstanceOf(RangeError);
  db.close();
});

it('hears of the signal while it waits for a writer, whatever the timeout of the connection', async () => {
  const path = tempDb();
  const writer = opened(path).exec('PRAGMA journal_mode = wal; BEGIN IMMEDIATE');
  const db = new Database(path, { timeout: 600_000 });
  const aborting = new AbortController();
  const waiting = migrator(db, FILES, { rehearse: false, signal: aborting.signal }).up();
  setImmediate(() => aborting.abort(new Error('enough')));
  expect((await failure(waiting)).message).toBe('enough');
  writer.exec('COMMIT');
  expect(db.pragma('busy_timeout', { simple: true })).toBe(600_000);
  db.close();
});
