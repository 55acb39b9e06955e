import { BIG, BYTES, fails, finish, say } from '../transcript.ts';
import { Customer, Opportunity, orm } from './db.ts';

const { schema } = orm;
await schema.create();
say('schema', await schema.getUpdateSchemaSQL());

const em = orm.em.fork();
const ada = em.create(Customer, { email: 'ada@example.com', metadata: { tags: ['vip'] } });
em.create(Opportunity, { customer: ada, cents: BIG, contract: Buffer.from(BYTES) });
await em.flush();

const read = orm.em.fork();
const [loaded] = await read.find(Customer, {}, { populate: ['opportunities'] });
say('relations', [
  loaded?.email,
  loaded?.metadata,
  loaded?.opportunities.getItems().map((o) => [o.cents, o.contract]),
]);
if (loaded) loaded.metadata = { tags: ['changed'] };
await read.flush();
say(
  'update',
  await orm.em
    .fork()
    .findOneOrFail(Customer, { email: 'ada@example.com' })
    .then((c) => c.metadata),
);
say('query builder', await orm.em.fork().qb(Opportunity).select(['id']).orderBy({ id: 'asc' }).execute());

await orm.em.fork().transactional(async (tx) => {
  tx.create(Customer, { email: 'kept' });
});
await fails('rollback', () =>
  orm.em.fork().transactional(async (tx) => {
    await tx.insert(Customer, { email: 'gone' });
    throw new Error('no');
  }),
);
await orm.em.fork().transactional(async (tx) => {
  await fails('savepoint', () =>
    tx.transactional(async (inner) => {
      await inner.insert(Customer, { email: 'undone' });
      throw new Error('inner');
    }),
  );
});
say(
  'emails',
  (await orm.em.fork().find(Customer, {}, { orderBy: { id: 'asc' } })).map(({ email }) => email),
);

await fails('unique', () => orm.em.fork().insert(Customer, { email: 'kept' }));
await fails('foreign key', () => orm.em.fork().insert(Opportunity, { customer: 99, cents: 1n }));
await fails('no such table', () => orm.em.fork().execute('SELECT * FROM nowhere'));
say('delete', await orm.em.fork().nativeDelete(Customer, { email: 'kept' }));
await orm.close();
finish();
