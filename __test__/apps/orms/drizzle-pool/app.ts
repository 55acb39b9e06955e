// Drizzle on a pool: written for the installed package, as an application would.
import { eq, TransactionRollbackError } from 'drizzle-orm';
import { migrate } from 'better-sqlite3/drizzle';
import { customers, opportunities } from '../drizzle/schema.ts';
import { fails, finish, say } from '../transcript.ts';
import { db, pool } from './db.ts';
import { order } from './order.ts';

await migrate(db, { migrationsFolder: './migrations' });
await Promise.all([order('ada@example.com', 5), order('grace@example.com', 7)]);
await fails('rolled back', () => order('gone@example.com', -1));
const customer = { customer: { columns: { email: true } } } as const;
say('relations', await db.query.opportunities.findMany({ columns: { annualValue: true }, with: customer }));
const rollback = db.transaction(async (tx) => {
  await tx.delete(opportunities);
  return tx.rollback();
});
say(
  'its class is the one that is imported',
  await rollback.catch((error) => error instanceof TransactionRollbackError),
);
const ada = db.select({ id: customers.id }).from(customers).where(eq(customers.email, 'ada@example.com'));
say('get', await ada.get());
await pool.close();
finish();
