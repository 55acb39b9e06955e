// Version 1 of Drizzle has relations of its own kind and takes a client by name only.
import Database from 'better-sqlite3';
import { defineRelations, eq, sql } from 'drizzle-orm-1';
import { drizzle } from 'drizzle-orm-1/better-sqlite3';
import { blob, integer, sqliteTable, text } from 'drizzle-orm-1/sqlite-core';
import { BIG, BYTES, fails, finish, say } from '../transcript.ts';

const customers = sqliteTable('customers', {
  id: integer().primaryKey(),
  email: text().notNull().unique(),
  metadata: text({ mode: 'json' }).$type<{ tags: string[] }>(),
});
const opportunities = sqliteTable('opportunities', {
  id: integer().primaryKey(),
  customerId: integer()
    .notNull()
    .references(() => customers.id),
  cents: blob({ mode: 'bigint' }),
  contract: blob({ mode: 'buffer' }),
});
const relations = defineRelations({ customers, opportunities }, (r) => ({
  customers: { opportunities: r.many.opportunities() },
  opportunities: { customer: r.one.customers({ from: r.opportunities.customerId, to: r.customers.id }) },
}));

const client = new Database('app.db');
client.exec(`CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, metadata TEXT);
  CREATE TABLE opportunities (id INTEGER PRIMARY KEY, customerId INTEGER NOT NULL REFERENCES customers,
    cents BLOB, contract BLOB)`);
const db = drizzle({ client, relations });

say(
  'insert',
  db
    .insert(customers)
    .values({ email: 'ada@example.com', metadata: { tags: ['vip'] } })
    .returning()
    .get(),
);
const deal = { customerId: 1, cents: BIG, contract: Buffer.from(BYTES) };
say('insert run', db.insert(opportunities).values(deal).run());
say('relational', await db.query.customers.findMany({ with: { opportunities: true } }));
say('select', db.select().from(customers).where(eq(customers.id, 1)).all());
say(
  'transaction',
  db.transaction((tx) => tx.insert(customers).values({ email: 'b' }).run(), { behavior: 'immediate' }),
);
await fails('rollback', () =>
  db.transaction((tx) => {
    tx.insert(customers).values({ email: 'gone' }).run();
    throw new Error('no');
  }),
);
await fails('unique', () => db.insert(customers).values({ email: 'b' }).run());
await fails('foreign key', () => db.insert(opportunities).values({ customerId: 99 }).run());
say('count', db.get(sql`SELECT count(*) AS n FROM customers`));
say('client', db.$client === client);
client.close();
finish();
