import { customers, opportunities } from '../drizzle/schema.ts';
import { db } from './db.ts';

export function order(email: string, annualValue: number): Promise<number> {
  return db.transaction(async (tx) => {
    const [customer] = await tx.insert(customers).values({ email }).returning({ id: customers.id });
    if (customer === undefined || annualValue < 0) throw new Error('no order');
    await tx.insert(opportunities).values({ customerId: customer.id, annualValue });
    return customer.id;
  });
}
