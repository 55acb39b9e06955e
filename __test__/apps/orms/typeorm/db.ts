import { DataSource, EntitySchema } from 'typeorm';

export interface Customer {
  id: number;
  email: string;
  metadata: { tags: string[] } | null;
  opportunities: Opportunity[];
}

export interface Opportunity {
  id: number;
  cents: string;
  contract: Buffer | null;
  customer: Customer;
}

export const Customers = new EntitySchema<Customer>({
  name: 'customers',
  columns: {
    id: { type: Number, primary: true, generated: true },
    email: { type: String, unique: true },
    metadata: { type: 'simple-json', nullable: true },
  },
  relations: {
    opportunities: { type: 'one-to-many', target: 'opportunities', inverseSide: 'customer', cascade: true },
  },
});

export const Opportunities = new EntitySchema<Opportunity>({
  name: 'opportunities',
  columns: {
    id: { type: Number, primary: true, generated: true },
    cents: { type: 'bigint' },
    contract: { type: 'blob', nullable: true },
  },
  relations: { customer: { type: 'many-to-one', target: 'customers', inverseSide: 'opportunities' } },
});

export const dataSource = new DataSource({
  type: 'better-sqlite3',
  database: 'app.db',
  enableWAL: true,
  entities: [Customers, Opportunities],
});
