import { relations, sql } from 'drizzle-orm';
import { blob, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const customers = sqliteTable('customers', {
  id: integer().primaryKey(),
  email: text().notNull().unique(),
  metadata: text({ mode: 'json' }).$type<{ tags: string[] }>(),
  createdAt: integer('created_at', { mode: 'timestamp' })
    .notNull()
    .default(sql`(unixepoch())`),
});

export const opportunities = sqliteTable('opportunities', {
  id: integer().primaryKey(),
  customerId: integer('customer_id')
    .notNull()
    .references(() => customers.id, { onDelete: 'cascade' }),
  annualValue: real('annual_value').notNull(),
  cents: blob({ mode: 'bigint' }),
  contract: blob({ mode: 'buffer' }),
  won: integer({ mode: 'boolean' }).notNull().default(false),
});

export const customerRelations = relations(customers, ({ many }) => ({ opportunities: many(opportunities) }));

export const opportunityRelations = relations(opportunities, ({ one }) => ({
  customer: one(customers, { fields: [opportunities.customerId], references: [customers.id] }),
}));
