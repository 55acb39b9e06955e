// ferrolite/drizzle: what Drizzle promises, on a pool.
import { count, eq, sql, TransactionRollbackError } from 'drizzle-orm';
import { NoopCache } from 'drizzle-orm/cache/core';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { drizzle } from 'ferrolite/drizzle';
import { toHttpError } from 'ferrolite/ops';
import type { PoolOptions } from 'ferrolite/pool';
import { describe, expect, it } from 'vitest';
import { poolWith } from '../pool/support.mts';
import * as schema from './drizzle.schema.mts';

const { customers, deals } = schema;

/** Past what a double holds: 2^53 + 1. */
const BIG = 9_007_199_254_740_993n;

function open(options: Omit<PoolOptions, 'path'> = {}) {
  const queries: string[] = [];
  const logger = { logQuery: (query: string) => void queries.push(query) };
  const pool = poolWith(schema.SQL, options);
  return { pool, queries, db: drizzle(pool, { schema, logger }) };
}
type Db = ReturnType<typeof open>['db'];

const emails = async (db: Pick<Db, 'select'>) =>
  (await db.select({ email: customers.email }).from(customers).orderBy(customers.id)).map(
    ({ email }) => email,
  );
const add = (db: Pick<Db, 'insert'>, email: string) => db.insert(customers).values({ email });

/** The code of the driver's error in Drizzle's. */
async function code(promise: PromiseLike<unknown>): Promise<unknown> {
  const error = await Promise.resolve(promise).then(
    () => undefined,
    (thrown: unknown) => thrown as { code?: string; cause?: { code?: string } },
  );
  return error?.code ?? error?.cause?.code;
}

/** A promise, and what fulfils it. */
function gate(): { opened: Promise<void>; release: () => void } {
  let release!: () => void;
  const opened = new Promise<void>((resolve) => (release = resolve));
  return { opened, release };
}

describe('queries', () => {
  it('give the values that were stored', async () => {
    const { db } = open();
    const createdAt = new Date('2026-01-02T03:04:05Z');
    const [ada] = await db
      .insert(customers)
      .values({ email: 'ada', metadata: { tags: ['vip'] }, createdAt })
      .returning();
    expect(ada).toEqual({ id: 1, email: 'ada', metadata: { tags: ['vip'] }, createdAt });
    const contract = Buffer.from([0, 255, 1]);
    await db.insert(deals).values({ customerId: 1, value: 1.5, cents: BIG, contract, won: true });
    expect(await db.select().from(deals)).toEqual([
      { id: 1, customerId: 1, value: 1.5, cents: BIG, contract, won: true },
    ]);
    const joined = await db.select().from(customers).leftJoin(deals, eq(deals.customerId, customers.id));
    expect(joined).toMatchObject([{ customers: { email: 'ada' }, deals: { won: true } }]);
  });

  it('that change data tell what they have changed', async () => {
    const { db } = open();
    expect(await add(db, 'ada')).toEqual({ changes: 1, lastInsertRowid: 1 });
    expect(await db.update(customers).set({ email: 'x' })).toMatchObject({ changes: 1 });
    expect(await db.run(sql`DELETE FROM customers`)).toMatchObject({ changes: 1 });
  });

  it('have the methods get, all, values and run', async () => {
    const { db } = open();
    await add(db, 'ada').run();
    const query = db.select({ id: customers.id, email: customers.email }).from(customers);
    expect(await query.get()).toEqual({ id: 1, email: 'ada' });
    expect(await query.all()).toEqual([{ id: 1, email: 'ada' }]);
    expect(await query.values()).toEqual([[1, 'ada']]);
    expect(await query.where(eq(customers.id, 9)).get()).toBe(undefined);
    expect(await db.$count(customers)).toBe(1);
  });

  it('in SQL give objects, whatever form the pool gives', async () => {
    for (const options of [{}, { raw: true }, { pluck: true }]) {
      const { db } = open(options);
      expect(await db.all(sql`SELECT ${1} AS a, 'x' AS b`)).toEqual([{ a: 1, b: 'x' }]);
      expect(await db.get(sql`SELECT ${BIG - 2n} AS a`)).toEqual({ a: Number(BIG - 2n) });
      expect(await db.values(sql`SELECT 1, 2`)).toEqual([[1, 2]]);
      expect(await db.get(sql`SELECT 1 WHERE 0`)).toBe(undefined);
    }
  });

  it('can be prepared, with placeholders', async () => {
    const { db } = open();
    await add(db, 'ada');
    const byEmail = db
      .select({ id: customers.id })
      .from(customers)
      .where(eq(customers.email, sql.placeholder('email')))
      .prepare();
    expect(await byEmail.get({ email: 'ada' })).toEqual({ id: 1 });
    expect(await byEmail.all({ email: 'nobody' })).toEqual([]);
  });

  it('follow relations', async () => {
    const { db } = open();
    await add(db, 'ada');
    await db.insert(deals).values([
      { customerId: 1, value: 1 },
      { customerId: 1, value: 2 },
    ]);
    const found = await db.query.customers.findMany({ with: { deals: { columns: { value: true } } } });
    expect(found).toMatchObject([{ email: 'ada', deals: [{ value: 1 }, { value: 2 }] }]);
    const first = await db.query.deals.findFirst({ with: { customer: true } });
    expect(first?.customer.email).toBe('ada');
    await db.transaction(async (tx) => {
      expect(await tx.query.customers.findMany()).toHaveLength(1);
    });
  });

  it('take no object among the values for named parameters', async () => {
    const { db } = open();
    const error: unknown = await db.run(sql`SELECT ${{ a: 1 }}`).then(undefined, (thrown) => thrown);
    expect((error as Error).cause).toMatchObject({
      name: 'TypeError',
      message: 'SQLite3 can only bind numbers, strings, bigints, buffers, and null',
    });
    expect(await db.all(sql`SELECT ${null} AS a`)).toEqual([{ a: null }]);
  });

  it('reject with an error of Drizzle whose cause is that of the driver', async () => {
    const { db } = open();
    await add(db, 'ada');
    expect(await code(add(db, 'ada'))).toBe('SQLITE_CONSTRAINT_UNIQUE');
    expect(await code(db.run(sql`INSERT INTO customers DEFAULT VALUES`))).toBe('SQLITE_CONSTRAINT_NOTNULL');
    expect(await code(db.insert(deals).values({ customerId: 9, value: 1 }))).toBe(
      'SQLITE_CONSTRAINT_FOREIGNKEY',
    );
    expect(await code(db.all(sql`SELECT * FROM nowhere`))).toBe('SQLITE_ERROR');
    const thrown: unknown = await add(db, 'ada').then(undefined, (error: unknown) => error);
    expect(toHttpError(thrown)).toMatchObject({ status: 409 });
  });

  it('use the logger and the casing of the configuration', async () => {
    const { pool, db, queries } = open();
    await db.select().from(customers);
    expect(queries).toEqual([expect.stringContaining('select "id", "email"')]);
    const people = sqliteTable('people', { id: integer().primaryKey(), firstName: text() });
    await pool.exec('CREATE TABLE people (id INTEGER PRIMARY KEY, first_name TEXT)');
    const snake = drizzle({ client: pool, casing: 'snake_case' });
    await snake.insert(people).values({ firstName: 'Ada' });
    expect(await snake.select().from(people)).toEqual([{ id: 1, firstName: 'Ada' }]);
    expect(snake.$client).toBe(pool);
  });

  it('tell the cache of the configuration what they change', async () => {
    const changed: unknown[] = [];
    class Cache extends NoopCache {
      override async onMutate(change: unknown): Promise<void> {
        changed.push(change);
      }
    }
    const { pool } = open();
    await drizzle(pool, { cache: new Cache() }).$cache.invalidate({ tables: ['x'] });
    expect(changed).toEqual([{ tables: ['x'] }]);
  });
});

describe('transaction()', () => {
  it('is committed when its function has returned, and seen by others only then', async () => {
    const { db } = open();
    const result = await db.transaction(async (tx) => {
      await add(tx, 'ada');
      expect(await emails(tx)).toEqual(['ada']);
      expect(await emails(db)).toEqual([]);
      return 5;
    });
    expect(result).toBe(5);
    expect(await emails(db)).toEqual(['ada']);
  });

  it('does not interleave with another one', async () => {
    const { db } = open();
    await add(db, 'start');
    const raise = () =>
      db.transaction(async (tx) => {
        const [{ n } = { n: -1 }] = await tx.select({ n: count() }).from(customers);
        await new Promise(setImmediate);
        await add(tx, `customer ${n}`);
      });
    await Promise.all(Array.from({ length: 20 }, raise));
    expect(await emails(db)).toEqual(['start', ...Array.from({ length: 20 }, (_, n) => `customer ${n + 1}`)]);
  });

  it('is rolled back when its function throws, and rejects with that', async () => {
    const { db } = open();
    const thrown = new Error('no');
    const ended = db.transaction(async (tx) => {
      await add(tx, 'gone');
      throw thrown;
    });
    await expect(ended).rejects.toBe(thrown);
    const given = db.transaction(async (tx) => {
      await add(tx, 'gone');
      tx.rollback();
    });
    await expect(given).rejects.toBeInstanceOf(TransactionRollbackError);
    expect(await emails(db)).toEqual([]);
  });

  it('goes on after a statement that failed', async () => {
    const { db } = open();
    await db.transaction(async (tx) => {
      await add(tx, 'ada');
      expect(await code(add(tx, 'ada'))).toBe('SQLITE_CONSTRAINT_UNIQUE');
      await add(tx, 'grace');
    });
    expect(await emails(db)).toEqual(['ada', 'grace']);
  });

  it('within a transaction is a savepoint', async () => {
    const { db } = open();
    await db.transaction(async (tx) => {
      await add(tx, 'outer');
      const undone = tx.transaction(async (inner) => {
        await add(inner, 'inner');
        await inner.transaction((innermost) => add(innermost, 'innermost'));
        expect(await emails(inner)).toEqual(['outer', 'inner', 'innermost']);
        throw new Error('undone');
      });
      await expect(undone).rejects.toThrow('undone');
      await tx.transaction((inner) => add(inner, 'kept'));
    });
    expect(await emails(db)).toEqual(['outer', 'kept']);
  });

  it.each(['deferred', 'immediate', 'exclusive'] as const)('takes the behavior %s', async (behavior) => {
    const { db } = open();
    await db.transaction((tx) => add(tx, behavior), { behavior });
    expect(await emails(db)).toEqual([behavior]);
  });

  it('that is held too long is rolled back, and the writer is free', async () => {
    const { db } = open();
    const held = db.transaction(
      async (tx) => {
        await add(tx, 'gone');
        await new Promise<never>(() => undefined);
      },
      { maxHoldMs: 20 },
    );
    // Where the insert came too late, its error is what ended it.
    expect(await code(held)).toMatch(/^FERROLITE_(?:HOLD_TIMEOUT|TRANSACTION_ENDED)$/);
    await add(db, 'next');
    expect(await emails(db)).toEqual(['next']);
  });

  it('takes the other options of the pool', async () => {
    const { db } = open();
    const { opened, release } = gate();
    const first = db.transaction(() => opened);
    expect(await code(db.transaction(async () => 1, { acquireTimeoutMs: 5 }))).toBe(
      'FERROLITE_ACQUIRE_TIMEOUT',
    );
    const signal = AbortSignal.abort(new Error('given up'));
    await expect(db.transaction(async () => 1, { signal })).rejects.toThrow('given up');
    release();
    await first;
  });
});

describe('batch()', () => {
  it('gives what each query gives', async () => {
    const { db } = open();
    const [added, returned, all, first, raw, values, none] = await db.batch([
      add(db, 'ada'),
      add(db, 'grace').returning({ id: customers.id }),
      db.select({ email: customers.email }).from(customers),
      db.query.customers.findFirst({ columns: { email: true } }),
      db.all(sql`SELECT 1 AS one`),
      db.values(sql`SELECT 1, 2`),
      db.get(sql`SELECT 2 AS two`),
    ]);
    expect({ added, returned, all, first, raw, values, none }).toEqual({
      added: { changes: 1, lastInsertRowid: 1 },
      returned: [{ id: 2 }],
      all: [{ email: 'ada' }, { email: 'grace' }],
      first: { email: 'ada' },
      raw: [{ one: 1 }],
      values: [[1, 2]],
      none: { two: 2 },
    });
  });

  it('has no effect when one query fails', async () => {
    const { db } = open();
    expect(await code(db.batch([add(db, 'ada'), add(db, 'ada')]))).toBe('SQLITE_CONSTRAINT_UNIQUE');
    expect(await emails(db)).toEqual([]);
  });
});

it('queries of a closed pool reject', async () => {
  const { db, pool } = open();
  await add(db, 'ada');
  await pool.close();
  expect(await code(emails(db))).toBe('FERROLITE_POOL_CLOSED');
  expect(await code(db.transaction(async () => 1))).toBe('FERROLITE_POOL_CLOSED');
});

it('a thousand rows at once are inserted in a transaction that awaits', async () => {
  const { db } = open();
  await db.transaction(async (tx) => {
    for (let batch = 0; batch < 3; batch += 1) {
      const rows = Array.from({ length: 1000 }, (_, n) => ({ email: `${batch}-${n}` }));
      await tx.insert(customers).values(rows);
    }
  });
  expect(await db.$count(customers)).toBe(3000);
});
