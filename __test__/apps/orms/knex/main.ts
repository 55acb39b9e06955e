import knex from 'knex';
import { Model, UniqueViolationError, type RelationMappings } from 'objection';
import { BIG, BYTES, fails, finish, say } from '../transcript.ts';
import { db } from './db.ts';

class Customer extends Model {
  declare id: number;
  declare email: string;
  declare metadata: { tags: string[] };
  declare opportunities: Opportunity[];
  static override tableName = 'customers';
  static override get jsonAttributes(): string[] {
    return ['metadata'];
  }
  static override get relationMappings(): RelationMappings {
    const join = { from: 'customers.id', to: 'opportunities.customer_id' };
    return { opportunities: { relation: Model.HasManyRelation, modelClass: Opportunity, join } };
  }
}
class Opportunity extends Model {
  declare id: number;
  static override tableName = 'opportunities';
}

await db.schema.createTable('customers', (table) => {
  table.increments('id');
  table.string('email').notNullable().unique();
  table.json('metadata');
});
await db.schema.createTable('opportunities', (table) => {
  table.increments('id');
  table.integer('customer_id').notNullable().references('customers.id');
  table.bigInteger('cents');
  table.binary('contract');
});
// SQLite cannot change a column: Knex builds the table anew.
await db.schema.alterTable('opportunities', (table) =>
  table.float('annual_value').notNullable().defaultTo(0).alter(),
);
say('columns', await db('opportunities').columnInfo());

say('insert', await db('customers').insert({ email: 'ada@example.com', metadata: '{"tags":["vip"]}' }));
const deal = { customer_id: 1, cents: BIG, contract: Buffer.from(BYTES) };
say(
  'returning',
  await db('opportunities')
    .insert([deal, { ...deal, cents: 7 }])
    .returning(['id', 'cents']),
);
say('update', await db('opportunities').where({ cents: 7 }).update({ contract: null }));
say(
  'join',
  await db('customers').join('opportunities', 'customers.id', 'customer_id').select('email', 'cents'),
);
say('raw', await db.raw('SELECT ? AS a, ? AS b', ['x', null]));
const safe = db('opportunities').select('cents').options({ safeIntegers: true });
say('bigint', await safe.orderBy('id'));
say('streamed', await db('opportunities').select('id').stream().toArray());

await db.transaction((trx) => trx('customers').insert({ email: 'kept' }));
await fails('rollback', () =>
  db.transaction(async (trx) => {
    await trx('customers').insert({ email: 'gone' });
    throw new Error('no');
  }),
);
await db.transaction(async (trx) => {
  await trx
    .transaction((inner) =>
      inner('customers')
        .insert({ email: 'undone' })
        .then(() => inner.rollback(new Error('inner'))),
    )
    .catch((error: unknown) => say('savepoint', error));
});
say('emails', await db('customers').pluck('email').orderBy('id'));
await fails('unique', () => db('customers').insert({ email: 'kept' }));
await fails('foreign key', () => db('opportunities').insert({ customer_id: 99 }));
await fails('no such table', () => db('nowhere').select());

Model.knex(db);
say('objection', await Customer.query().withGraphFetched('opportunities').orderBy('id'));
const inserted = await Customer.query().insertGraph({
  email: 'graph',
  metadata: { tags: [] },
  opportunities: [{}],
} as object);
say('objection graph', inserted);
try {
  await Customer.query().insert({ email: 'graph' });
} catch (error) {
  // Objection has classes of its own for the errors of some clients; this one is none of them.
  say('objection unique', [error instanceof UniqueViolationError, error]);
}
await db.destroy();

const readonly = knex({
  client: 'better-sqlite3',
  connection: { filename: 'app.db', options: { readonly: true } } as object,
  useNullAsDefault: true,
});
await fails('readonly', () => readonly('customers').insert({ email: 'no' }));
await readonly.destroy();
finish();
