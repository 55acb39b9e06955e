import { BIG, BYTES, fails, finish, say } from '../transcript.ts';
import { Customers, dataSource, Opportunities } from './db.ts';

await dataSource.initialize();
await dataSource.synchronize();
say('synchronized twice', (await dataSource.driver.createSchemaBuilder().log()).upQueries.length);

const customers = dataSource.getRepository(Customers);
const opportunities = dataSource.getRepository(Opportunities);
const deal = { cents: String(BIG), contract: Buffer.from(BYTES) };
say(
  'save',
  await customers.save({ email: 'ada@example.com', metadata: { tags: ['vip'] }, opportunities: [deal] }),
);
say('insert', (await customers.insert({ email: 'grace@example.com' })).identifiers);
say('relations', await customers.find({ relations: { opportunities: true }, order: { id: 'ASC' } }));
const first = await opportunities.findOneOrFail({ where: { id: 1 }, relations: { customer: true } });
say('lazy', first);
say('update', await customers.update({ id: 2 }, { metadata: { tags: ['new'] } }));
const builder = opportunities.createQueryBuilder('o').innerJoin('o.customer', 'c');
say(
  'query builder',
  await builder.select(['c.email AS email', 'CAST(o.cents AS TEXT) AS cents']).getRawMany(),
);
say('count', await customers.countBy({ email: 'ada@example.com' }));
say('raw', await dataSource.query('SELECT ? AS a', ['x']));

await dataSource.transaction((manager) => manager.insert(Customers, { email: 'kept' }));
await fails('rollback', () =>
  dataSource.transaction(async (manager) => {
    await manager.insert(Customers, { email: 'gone' });
    throw new Error('no');
  }),
);
await fails('a write from outside is part of the transaction', () =>
  dataSource.transaction(async () => {
    await customers.insert({ email: 'outside' });
    throw new Error('no');
  }),
);
const runner = dataSource.createQueryRunner();
await runner.startTransaction();
await runner.manager.insert(Customers, { email: 'outer' });
await runner.startTransaction();
await runner.manager.insert(Customers, { email: 'inner' });
await runner.rollbackTransaction();
await runner.commitTransaction();
await runner.release();
say(
  'emails',
  (await customers.find({ order: { id: 'ASC' } })).map(({ email }) => email),
);

await fails('unique', () => customers.insert({ email: 'kept' }));
await fails('foreign key', () => opportunities.insert({ cents: '1', customer: { id: 99 } }));
await fails('no such table', () => dataSource.query('SELECT * FROM nowhere'));
say('remove', (await customers.delete({ email: 'kept' })).affected);
await dataSource.destroy();
finish();
