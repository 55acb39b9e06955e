// Kysely on a pool: written for the installed package, as an application would.
import { fails, finish, say } from '../transcript.ts';
import { db } from './db.ts';
import { order } from './order.ts';

await db.schema
  .createTable('customers')
  .addColumn('id', 'integer', (column) => column.primaryKey())
  .addColumn('email', 'text', (column) => column.notNull().unique())
  .execute();
await db.schema
  .createTable('opportunities')
  .addColumn('id', 'integer', (column) => column.primaryKey())
  .addColumn('customer_id', 'integer', (column) => column.notNull().references('customers.id'))
  .addColumn('annual_value', 'real', (column) => column.notNull())
  .execute();
await Promise.all([order('ada@example.com', 5), order('grace@example.com', 7)]);
await fails('rolled back', () => order('gone@example.com', -1));
await fails('unique', () => order('ada@example.com', 1));
const joined = db
  .selectFrom('opportunities')
  .innerJoin('customers', 'customers.id', 'opportunities.customer_id')
  .select(['email', 'annual_value'])
  .orderBy('opportunities.id');
say('join', await joined.execute());
for await (const row of joined.stream()) say('stream', row);
await db.destroy();
finish();
