import { sql } from 'drizzle-orm';
import { check, index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { createInsertSchema, createUpdateSchema } from 'drizzle-zod';
import { z } from 'zod';

const createdAt = integer('created_at', { mode: 'timestamp_ms' })
  .notNull()
  .$defaultFn(() => new Date());

export const opportunities = sqliteTable(
  'opportunities',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    /** The number that another system knows it by. */
    reference: text().unique(),
    customer: text().notNull(),
    annualValue: real('annual_value').notNull(),
    metadata: text({ mode: 'json' }).$type<Record<string, unknown>>(),
    createdAt,
  },
  (table) => [check('annual_value_not_negative', sql`${table.annualValue} >= 0`)],
);

export const activities = sqliteTable(
  'activities',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    opportunityId: integer('opportunity_id')
      .notNull()
      .references(() => opportunities.id),
    note: text().notNull(),
    createdAt,
  },
  (table) => [index('activities_by_opportunity').on(table.opportunityId)],
);

// What a client may send. That an annual value is not negative, and a reference is unique, the database says itself.
const fields = {
  customer: z.string().trim().min(1).max(200),
  metadata: z.record(z.string(), z.unknown()).nullish(),
};

export const newOpportunity = createInsertSchema(opportunities, fields)
  .omit({ createdAt: true })
  .extend({ note: z.string().trim().min(1).max(2000).optional() })
  .strict();

export const changedOpportunity = createUpdateSchema(opportunities, {
  ...fields,
  customer: fields.customer.optional(),
})
  .omit({ id: true, createdAt: true })
  .strict()
  .refine((change) => Object.keys(change).length > 0, 'There is nothing to change.');

export const newActivity = createInsertSchema(activities, { note: z.string().trim().min(1).max(2000) })
  .pick({ note: true })
  .strict();

export const page = z.object({
  customer: z.string().optional(),
  /** Opportunities older than this one. */
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const byId = z.object({ id: z.coerce.number().int().positive() });
