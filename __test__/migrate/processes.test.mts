// Several processes that migrate at the same moment.
import Database from 'ferrolite';
import { runMigrations } from 'ferrolite/migrate';
import { expect, it } from 'vitest';
import { tempDb } from '../helpers/temp-db.mts';
import { FILES, Racers } from './race.mjs';
import { failure, filled, folderOf, migrator, names, opened } from './support.mts';

it('apply each migration once, in races of the same processes', { timeout: 120_000 }, async () => {
  const folder = folderOf(FILES);
  const racers = new Racers(4);
  try {
    for (let round = 0; round < 12; round += 1) {
      const path = tempDb();
      if (round % 2 === 0) new Database(path).exec('PRAGMA journal_mode = wal; VACUUM').close();
      expect(await racers.race(path, folder, 2 + (round % 3), { backup: round % 4 === 0 })).toBeUndefined();
    }
  } finally {
    racers.end();
  }
});

it('wait for the lock of another one', async () => {
  const path = tempDb();
  const folder = folderOf({ '1.sql': 'CREATE TABLE a (x)' });
  const holder = new Database(`${path}-migrating`).exec('BEGIN EXCLUSIVE');
  expect(await failure(runMigrations(path, folder, { lockTimeoutMs: 20 }))).toMatchObject({
    code: 'FERROLITE_MIGRATION_BUSY',
    message: `Waited more than 20 ms for another process that migrates "${path}"`,
  });
  const waiting = runMigrations(path, folder);
  setImmediate(() => holder.close());
  expect(names((await waiting).runs)).toEqual(['1']);
});

it('look again within the transaction, whatever the lock', async () => {
  const files = { '1.sql': 'CREATE TABLE a (x)' };
  const done = opened();
  await migrator(done, files).up();
  const writer = filled('CREATE TABLE old (x); BEGIN IMMEDIATE');
  const db = new Database(writer.name, { timeout: 0 });
  const waiting = migrator(db, files, { rehearse: false }).up();
  // While it waits for the writer, the writer does what it was about to do.
  setImmediate(() => {
    for (const sql of done.prepare('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL').pluck().all()) {
      writer.exec(String(sql));
    }
    const row = done.prepare('SELECT * FROM _ferrolite_migrations').raw().get() as unknown[];
    writer.prepare(`INSERT INTO _ferrolite_migrations VALUES (${row.map(() => '?').join(', ')})`).run(...row);
    writer.exec('COMMIT');
  });
  expect((await waiting).runs).toEqual([]);
  db.close();
});
