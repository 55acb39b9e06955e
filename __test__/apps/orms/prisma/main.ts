import Database from 'better-sqlite3';
import { readFileSync } from 'node:fs';
import { BIG, BYTES, fails, finish, say } from '../transcript.ts';
import { prisma } from './db.ts';

// What `prisma migrate deploy` does with an engine of its own.
const sql = readFileSync(new URL('migrations/0001_first/migration.sql', import.meta.url), 'utf8');
new Database('app.db').exec(sql).close();

const createdAt = new Date('2026-01-02T03:04:05.678Z');
const note = { text: 'ä', cents: BIG, attachment: new Uint8Array(BYTES) };
const data = {
  customer: 'Ada',
  annualValue: 1200.5,
  metadata: { tags: ['vip'], nested: [1, null] },
  createdAt,
};
const include = { notes: true };
say('create', await prisma.opportunity.create({ data: { ...data, notes: { create: [note] } }, include }));
say(
  'create many',
  await prisma.opportunity.createMany({ data: [{ customer: 'Grace', annualValue: 1, createdAt }] }),
);
say('relations', await prisma.opportunity.findMany({ include, orderBy: { id: 'asc' }, take: 200 }));
const where = { metadata: { path: '$.tags[0]', equals: 'vip' } };
say('json condition', await prisma.opportunity.count({ where }));
const unique = { customer_annualValue: { customer: 'Grace', annualValue: 1 } };
say('update', await prisma.opportunity.update({ where: unique, data: { annualValue: { increment: 2 } } }));
const fresh = { ...data, customer: 'Bob' };
const key = { customer_annualValue: { customer: 'Bob', annualValue: 1200.5 } };
say(
  'upsert',
  await prisma.opportunity.upsert({ where: key, create: fresh, update: {}, select: { customer: true } }),
);
say('aggregate', await prisma.opportunity.aggregate({ _sum: { annualValue: true }, _count: true }));
say(
  'group',
  await prisma.opportunity.groupBy({ by: ['customer'], _count: true, orderBy: { customer: 'asc' } }),
);
say('raw', await prisma.$queryRaw`SELECT cents, attachment, text, 1.5 AS real, NULL AS empty FROM Note`);
say('execute', await prisma.$executeRaw`UPDATE Note SET text = ${'raw'} WHERE cents = ${BIG}`);

const create = (customer: string) =>
  prisma.opportunity.create({ data: { customer, annualValue: 5, createdAt } });
await prisma.$transaction([create('batch 1'), create('batch 2')]);
await fails('batch rollback', () => prisma.$transaction([create('gone'), create('batch 1')]));
await prisma.$transaction(async (tx) => {
  await tx.opportunity.create({ data: { customer: 'interactive', annualValue: 5, createdAt } });
});
await fails('interactive rollback', () =>
  prisma.$transaction(async (tx) => {
    await tx.opportunity.create({ data: { customer: 'gone', annualValue: 5, createdAt } });
    throw new Error('no');
  }),
);
await fails('a write from outside is part of the transaction', () =>
  prisma.$transaction(async () => {
    await create('outside');
    throw new Error('no');
  }),
);
const customers = await prisma.opportunity.findMany({ select: { customer: true }, orderBy: { id: 'asc' } });
say(
  'customers',
  customers.map(({ customer }) => customer),
);

const known = (error: unknown): unknown => {
  const { name, code, meta } = error as Error & { code?: string; meta?: object };
  return { name, code, meta };
};
const refused = async (step: string, act: () => Promise<unknown>): Promise<void> =>
  say(step, await act().then((value) => ({ succeeded: value }), known));
await refused('unique', () => create('batch 1'));
await refused('foreign key', () => prisma.note.create({ data: { text: '', cents: 0n, opportunityId: 99 } }));
await refused('not found', () => prisma.opportunity.update({ where: { id: 99 }, data: {} }));
await refused('no such table', () => prisma.$queryRaw`SELECT * FROM nowhere`);
say('delete', await prisma.note.deleteMany());
await prisma.$disconnect();
finish();
