import { db } from './db.ts';

export function order(email: string, annualValue: number): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const customer = await trx
      .insertInto('customers')
      .values({ email })
      .returning('id')
      .executeTakeFirstOrThrow();
    if (annualValue < 0) throw new Error('no order');
    await trx
      .insertInto('opportunities')
      .values({ customer_id: customer.id, annual_value: annualValue })
      .execute();
    return customer.id;
  });
}
