// ferrolite/drizzle and ferrolite/kysely on the databases of a fleet.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { Kysely, type Generated } from 'kysely';
import { drizzle, migrate } from 'ferrolite/drizzle';
import { FerroliteDialect } from 'ferrolite/kysely';
import { openFleet } from 'ferrolite/pool';
import { expect, it, onTestFinished } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';

const SCHEMA = 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)';
const users = sqliteTable('users', { id: integer().primaryKey(), name: text().notNull() });

/** A fleet of which one database is open at a time: each call may have to open its own anew. */
function fleetOfOne() {
  const fleet = openFleet(tempDir(), { maxOpen: 1 });
  onTestFinished(() => fleet.close({ drainMs: 0 }));
  return fleet;
}

it('Drizzle has queries, transactions and batches on each database', async () => {
  const fleet = fleetOfOne();
  for (const name of ['acme', 'globex']) await fleet.pool(name).exec(SCHEMA);
  const [acme, globex] = [
    drizzle(fleet.pool('acme'), { schema: { users } }),
    drizzle({ client: fleet.pool('globex') }),
  ];
  expect(await acme.insert(users).values({ name: 'Ada' })).toEqual({ changes: 1, lastInsertRowid: 1 });
  const failed = globex.transaction(async (tx) => {
    await tx.insert(users).values({ name: 'Grace' });
    throw new Error('undone');
  });
  await expect(failed).rejects.toThrow('undone');
  await globex.batch([globex.insert(users).values({ name: 'Edsger' }), globex.select().from(users)]);
  expect(await acme.query.users.findMany()).toEqual([{ id: 1, name: 'Ada' }]);
  expect(await globex.select().from(users)).toEqual([{ id: 1, name: 'Edsger' }]);
  expect(acme.$client.name).toBe('acme');
});

it('Drizzle migrates each database once', async () => {
  const folder = tempDir();
  mkdirSync(join(folder, 'meta'));
  writeFileSync(join(folder, '0000_users.sql'), SCHEMA);
  const entries = [{ idx: 0, when: 1, tag: '0000_users', breakpoints: true }];
  writeFileSync(join(folder, 'meta', '_journal.json'), JSON.stringify({ entries }));
  const fleet = fleetOfOne();
  for (const name of ['acme', 'globex', 'acme']) {
    await migrate(drizzle(fleet.pool(name)), { migrationsFolder: folder });
  }
  expect(await drizzle(fleet.pool('globex')).select().from(users)).toEqual([]);
});

it('Kysely has queries, transactions and streams on each database, and leaves them to the fleet', async () => {
  const fleet = fleetOfOne();
  const [acme, globex] = ['acme', 'globex'].map(
    (name) =>
      new Kysely<{ users: { id: Generated<number>; name: string } }>({
        dialect: new FerroliteDialect({ pool: fleet.pool(name) }),
      }),
  );
  for (const name of ['acme', 'globex']) await fleet.pool(name).exec(SCHEMA);
  await acme!.transaction().execute(async (trx) => {
    await trx.insertInto('users').values({ name: 'Ada' }).execute();
    await trx.insertInto('users').values({ name: 'Grace' }).execute();
  });
  const names = [];
  for await (const { name } of acme!.selectFrom('users').select('name').orderBy('id').stream())
    names.push(name);
  expect(names).toEqual(['Ada', 'Grace']);
  expect(await globex!.selectFrom('users').selectAll().execute()).toEqual([]);
  await acme!.destroy();
  expect(fleet.isClosed).toBe(false);
  expect(await fleet.pool('acme').get('SELECT count(*) FROM users', [], { pluck: true })).toBe(2);
});
