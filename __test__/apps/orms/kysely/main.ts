import { sql, type Kysely } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/sqlite';
import { Migrator } from 'kysely/migration';
import { BIG, BYTES, fails, finish, say } from '../transcript.ts';
import { db, sqlite } from './db.ts';

const migration = {
  async up(on: Kysely<any>): Promise<void> {
    await on.schema
      .createTable('customers')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('email', 'text', (column) => column.notNull().unique())
      .addColumn('metadata', 'text')
      .execute();
    await on.schema
      .createTable('opportunities')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('customer_id', 'integer', (column) => column.notNull().references('customers.id'))
      .addColumn('cents', 'integer', (column) => column.notNull())
      .addColumn('contract', 'blob')
      .execute();
  },
};
const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ '001': migration }) } });
say('migrate', await migrator.migrateToLatest());
say('migrate again', await migrator.migrateToLatest());
const tables = await db.introspection.getTables();
say(
  'introspection',
  tables.map(({ name, columns }) => [name, columns.map((column) => column.dataType)]),
);

const metadata = JSON.stringify({ tags: ['vip'] });
say('insert', await db.insertInto('customers').values({ email: 'ada@example.com', metadata }).execute());
const deal = { customer_id: 1, cents: BIG, contract: BYTES };
say(
  'returning',
  await db
    .insertInto('opportunities')
    .values([deal, { ...deal, cents: 7 }])
    .returning('id')
    .execute(),
);
say(
  'update',
  await db.updateTable('opportunities').set({ contract: null }).where('cents', '=', 7).executeTakeFirst(),
);
const nested = db
  .selectFrom('customers')
  .select((eb) => [
    'email',
    jsonArrayFrom(
      eb
        .selectFrom('opportunities')
        .select(['id'])
        .whereRef('customer_id', '=', 'customers.id')
        .orderBy('id'),
    ).as('deals'),
  ]);
say('relations', await nested.execute());
const rounded = db.selectFrom('opportunities').select(['cents', 'contract']).where('id', '=', 1);
say('a number beyond 2^53 is rounded', await rounded.executeTakeFirst());
sqlite.defaultSafeIntegers(true);
say('bigint', await rounded.executeTakeFirst());
say(
  'insert id',
  await db.insertInto('customers').values({ email: 'big', metadata: null }).executeTakeFirst(),
);
sqlite.defaultSafeIntegers(false);

const streamed: unknown[] = [];
for await (const row of db.selectFrom('opportunities').select('id').stream()) streamed.push(row);
say('stream', streamed);
for await (const row of db.selectFrom('opportunities').select('id').stream()) {
  say('stream left early', row);
  break;
}

await db.transaction().execute(async (trx) => {
  await trx.insertInto('customers').values({ email: 'kept', metadata: null }).execute();
});
await fails('rollback', () =>
  db.transaction().execute(async (trx) => {
    await trx.insertInto('customers').values({ email: 'gone', metadata: null }).execute();
    throw new Error('no');
  }),
);
const controlled = await db.startTransaction().execute();
const saved = await controlled.savepoint('one').execute();
await saved.insertInto('customers').values({ email: 'undone', metadata: null }).execute();
await (await saved.rollbackToSavepoint('one').execute()).commit().execute();
say('emails', await db.selectFrom('customers').select('email').orderBy('id').execute());

await fails('unique', () => db.insertInto('customers').values({ email: 'kept', metadata: null }).execute());
await fails('foreign key', () =>
  db.insertInto('opportunities').values({ customer_id: 99, cents: 0 }).execute(),
);
await fails('no such table', () => sql`SELECT * FROM nowhere`.execute(db));
say('delete', await db.deleteFrom('opportunities').executeTakeFirst());
await db.destroy();
say('open', sqlite.open);
finish();
