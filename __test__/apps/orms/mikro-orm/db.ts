import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';

export const Customer = defineEntity({
  name: 'Customer',
  properties: {
    id: p.integer().primary(),
    email: p.string().unique(),
    metadata: p.json<{ tags: string[] }>().nullable(),
    opportunities: () => p.oneToMany(Opportunity).mappedBy('customer'),
  },
});

export const Opportunity = defineEntity({
  name: 'Opportunity',
  properties: {
    id: p.integer().primary(),
    cents: p.bigint(),
    contract: p.blob().nullable(),
    customer: () => p.manyToOne(Customer),
  },
});

export const orm = await MikroORM.init({ dbName: 'app.db', entities: [Customer, Opportunity] });
