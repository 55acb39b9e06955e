import { and, count, desc, eq, sql, sum } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { createInsertSchema, createSelectSchema } from 'drizzle-zod';
import { BIG, BYTES, fails, finish, say } from '../transcript.ts';
import { db, sqlite } from './db.ts';
import { customers, opportunities } from './schema.ts';

const createdAt = new Date('2026-01-02T03:04:05Z');

// Migrations: a second call finds nothing to do.
migrate(db, { migrationsFolder: './migrations' });
migrate(db, { migrationsFolder: './migrations' });
say('migrations', db.get(sql`SELECT count(*) AS applied FROM __drizzle_migrations`));

// Queries.
const ada = { email: 'ada@example.com', metadata: { tags: ['vip'] }, createdAt };
say('insert returning', db.insert(customers).values(ada).returning().get());
say('insert run', db.insert(customers).values({ email: 'grace@example.com', createdAt }).run());
const deal = { customerId: 1, annualValue: 1200.5, cents: BIG, contract: Buffer.from(BYTES), won: true };
say(
  'insert all',
  db
    .insert(opportunities)
    .values([deal, { customerId: 1, annualValue: 7 }])
    .returning()
    .all(),
);
say('select', db.select().from(opportunities).orderBy(desc(opportunities.annualValue)).all());
const total = { customer: customers.email, deals: count(), value: sum(opportunities.annualValue) };
const joined = db
  .select(total)
  .from(customers)
  .leftJoin(opportunities, eq(opportunities.customerId, customers.id));
say('join', await joined.groupBy(customers.id).orderBy(customers.id));
const byEmail = db
  .select()
  .from(customers)
  .where(eq(customers.email, sql.placeholder('email')))
  .prepare();
say('prepared', [byEmail.get({ email: 'ada@example.com' }), byEmail.get({ email: 'nobody' })]);
const lost = db
  .delete(opportunities)
  .where(and(eq(opportunities.won, false), eq(opportunities.customerId, 1)));
say('delete with limit', lost.limit(1).run());
const upsert = db.insert(customers).values({ ...ada, metadata: { tags: [] } });
say(
  'upsert',
  upsert.onConflictDoUpdate({ target: customers.email, set: { metadata: { tags: ['new'] } } }).run(),
);
say('raw', [
  db.all(sql`SELECT ${BIG} AS big`),
  db.values(sql`SELECT 1, 'a'`),
  db.get(sql`SELECT NULL AS empty`),
]);

// Relational queries.
// SQLite makes the nested rows as JSON, which has no place for blobs.
const deals = { columns: { contract: false, cents: false } } as const;
say('relational', await db.query.customers.findMany({ with: { opportunities: deals } }));
await fails('relational blob', () => db.query.customers.findMany({ with: { opportunities: true } }));
say(
  'relational first',
  db.query.opportunities.findFirst({ with: { customer: { columns: { email: true } } } }).sync(),
);

// Transactions are synchronous.
const emails = (): string[] =>
  db
    .select({ email: customers.email })
    .from(customers)
    .all()
    .map(({ email }) => email);
for (const behavior of ['deferred', 'immediate', 'exclusive'] as const) {
  const insert = (): string =>
    db.transaction(
      (tx) => {
        tx.insert(customers).values({ email: behavior, createdAt }).run();
        return String(sqlite.inTransaction);
      },
      { behavior },
    );
  say(`transaction ${behavior}`, insert());
}
await fails('rollback', () =>
  db.transaction((tx) => {
    tx.insert(customers).values({ email: 'gone', createdAt }).run();
    tx.rollback();
  }),
);
db.transaction((tx) => {
  tx.insert(customers).values({ email: 'outer', createdAt }).run();
  try {
    tx.transaction((inner) => {
      inner.insert(customers).values({ email: 'inner', createdAt }).run();
      throw new Error('inner');
    });
  } catch (error) {
    say('savepoint', error);
  }
});
await fails('asynchronous', () => db.transaction(async () => undefined));
say('after transactions', emails());

// Errors.
await fails('unique', () => db.insert(customers).values({ email: 'ada@example.com', createdAt }).run());
await fails('foreign key', () => db.insert(opportunities).values({ customerId: 99, annualValue: 1 }).run());
await fails('not null', () => db.run(sql`INSERT INTO opportunities (customer_id) VALUES (1)`));
await fails('no such table', () => db.all(sql`SELECT * FROM nowhere`));

// drizzle-zod.
const body = createInsertSchema(customers, { email: (email) => email.check((it) => void it) });
say('zod insert', body.safeParse({ email: 'new@example.com' }).success);
say(
  'zod refuses',
  body.safeParse({ email: 5 }).error?.issues.map(({ code, path }) => ({ code, path })),
);
say('zod select', createSelectSchema(opportunities).parse(db.select().from(opportunities).get()));

// The other ways to open.
say('by name', drizzle(':memory:').get(sql`SELECT 1 AS one`));
say('by connection', drizzle({ connection: { source: ':memory:' } }).get(sql`SELECT 2 AS two`));
say('client', db.$client === sqlite);

sqlite.close();
finish();
