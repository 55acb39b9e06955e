/** Tables with every kind of value that Drizzle stores in SQLite. */
import { relations } from 'drizzle-orm';
import { blob, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const customers = sqliteTable('customers', {
  id: integer().primaryKey(),
  email: text().notNull().unique(),
  metadata: text({ mode: 'json' }).$type<{ tags: string[] }>(),
  createdAt: integer('created_at', { mode: 'timestamp' }),
});

export const deals = sqliteTable('deals', {
  id: integer().primaryKey(),
  customerId: integer('customer_id')
    .notNull()
    .references(() => customers.id),
  value: real().notNull(),
  cents: blob({ mode: 'bigint' }),
  contract: blob({ mode: 'buffer' }),
  won: integer({ mode: 'boolean' }).notNull().default(false),
});

export const customerRelations = relations(customers, ({ many }) => ({ deals: many(deals) }));
export const dealRelations = relations(deals, ({ one }) => ({
  customer: one(customers, { fields: [deals.customerId], references: [customers.id] }),
}));

export const SQL = `
  CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, metadata TEXT, created_at INTEGER);
  CREATE TABLE deals (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    value REAL NOT NULL,
    cents BLOB,
    contract BLOB,
    won INTEGER NOT NULL DEFAULT 0
  );`;
