// ferrolite/kysely: what Kysely promises, on a pool.
import { Kysely, sql, type Generated } from 'kysely';
import { jsonArrayFrom } from 'kysely/helpers/sqlite';
import { Migrator } from 'kysely/migration';
import { FerroliteDialect } from 'ferrolite/kysely';
import { openPool, SqliteError, type PoolOptions } from 'ferrolite/pool';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tempDb } from '../helpers/temp-db.mts';
import { COUNT, ENDLESS, poolOn, poolWith, rejection, until } from '../pool/support.mts';

interface Tables {
  customers: { id: Generated<number>; email: string; metadata: string | null };
  deals: { id: Generated<number>; customer_id: number; cents: bigint | number; contract: Uint8Array | null };
}

const SCHEMA = `
  CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, metadata TEXT);
  CREATE TABLE deals (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    cents INTEGER NOT NULL,
    contract BLOB
  );`;
/** Past what a double holds: 2^53 + 1. */
const BIG = 9_007_199_254_740_993n;

function open(options: Omit<PoolOptions, 'path'> = {}) {
  const pool = poolWith(SCHEMA, options);
  return { pool, db: new Kysely<Tables>({ dialect: new FerroliteDialect({ pool }) }) };
}
type Db = Pick<Kysely<Tables>, 'insertInto' | 'selectFrom'>;

const add = (db: Db, email: string) =>
  db.insertInto('customers').values({ email, metadata: null }).executeTakeFirst();
const emails = async (db: Db) =>
  (await db.selectFrom('customers').select('email').orderBy('id').execute()).map(({ email }) => email);

describe('queries', () => {
  it('give the values that were stored', async () => {
    const { db } = open({ safeIntegers: true });
    await add(db, 'ada');
    const contract = Uint8Array.of(0, 255, 1);
    await db.insertInto('deals').values({ customer_id: 1, cents: BIG, contract }).execute();
    const [deal] = await db.selectFrom('deals').selectAll().execute();
    expect(deal).toEqual({ id: 1n, customer_id: 1n, cents: BIG, contract: Buffer.from(contract) });
  });

  it('that change data tell what they have changed', async () => {
    const { db } = open();
    expect(await add(db, 'ada')).toMatchObject({ insertId: 1n, numInsertedOrUpdatedRows: 1n });
    const updated = await db.updateTable('customers').set({ email: 'x' }).executeTakeFirst();
    expect(updated.numUpdatedRows).toBe(1n);
    expect((await db.deleteFrom('customers').executeTakeFirst()).numDeletedRows).toBe(1n);
    expect(await sql`INSERT INTO customers (email) VALUES ('raw')`.execute(db)).toEqual({
      rows: [],
      numAffectedRows: 1n,
      insertId: 1n,
    });
  });

  it('that change data and give rows are executed once', async () => {
    const { db } = open();
    const insert = db.insertInto('customers').values({ email: 'ada', metadata: null });
    expect(await insert.returning('id').execute()).toEqual([{ id: 1 }]);
    const raw = sql<{ id: number }>`INSERT INTO customers (email) VALUES ('raw') RETURNING id`;
    expect((await raw.execute(db)).rows).toEqual([{ id: 2 }]);
    const modified = db.insertInto('customers').values({ email: 'grace', metadata: null });
    const query = modified.modifyEnd(sql`RETURNING id`).compile();
    expect((await db.executeQuery(query)).rows).toEqual([{ id: 3 }]);
    expect(await emails(db)).toEqual(['ada', 'raw', 'grace']);
  });

  it('give objects, whatever form the pool gives', async () => {
    for (const options of [{ raw: true }, { pluck: true }, { expand: true }]) {
      const { db } = open(options);
      expect((await sql`SELECT 1 AS a, 2 AS b`.execute(db)).rows).toEqual([{ a: 1, b: 2 }]);
    }
  });

  it('nest rows as JSON', async () => {
    const { db } = open();
    await add(db, 'ada');
    await db.insertInto('deals').values({ customer_id: 1, cents: 5, contract: null }).execute();
    const nested = db
      .selectFrom('customers')
      .select((eb) => [
        'email',
        jsonArrayFrom(eb.selectFrom('deals').select('cents').whereRef('customer_id', '=', 'customers.id')).as(
          'deals',
        ),
      ]);
    expect(await nested.execute()).toEqual([{ email: 'ada', deals: '[{"cents":5}]' }]);
  });

  it('take no object among the values for named parameters', async () => {
    const { db } = open();
    const error = await rejection(sql`SELECT ${{ a: 1 }}`.execute(db));
    expect(error).toMatchObject({ name: 'TypeError' });
  });

  it("reject with the driver's errors", async () => {
    const { db } = open();
    await add(db, 'ada');
    expect((await rejection(add(db, 'ada'))).code).toBe('SQLITE_CONSTRAINT_UNIQUE');
    const orphan = db.insertInto('deals').values({ customer_id: 9, cents: 0, contract: null });
    expect((await rejection(orphan.execute())).code).toBe('SQLITE_CONSTRAINT_FOREIGNKEY');
    await expect(sql`SELECT * FROM nowhere`.execute(db)).rejects.toBeInstanceOf(SqliteError);
  });

  it.each([undefined, 'cancel query'] as const)(
    'end by a signal (%s)',
    async (inflightQueryAbortStrategy) => {
      const { db, pool } = open();
      const controller = new AbortController();
      const options = { signal: controller.signal, inflightQueryAbortStrategy };
      const running = sql.raw(ENDLESS).execute(db, options);
      await until(() => pool.stats().running === 1);
      const printed: unknown[] = [];
      const { error } = console;
      console.error = (...args) => void printed.push(args);
      onTestFinished(() => void (console.error = error));
      controller.abort(new Error('given up'));
      await expect(running).rejects.toThrow('given up');
      await until(() => pool.stats().running === 0);
      // A query whose answer comes later says that the one before has ended.
      await emails(db);
      expect(printed).toEqual([]);
    },
  );

  it('several at once are executed by several readers', async () => {
    const { db, pool } = open({ readers: 2 });
    const controller = new AbortController();
    const endless = [1, 2].map(() => sql.raw(ENDLESS).execute(db, { signal: controller.signal }));
    await until(() => pool.stats().running === 2);
    controller.abort(new Error('given up'));
    const results = await Promise.allSettled(endless);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('stream()', () => {
  it.each([1, 7, 100, 1000])('gives all rows in chunks of %d', async (size) => {
    const { db } = open();
    const query = db.selectFrom(sql<{ x: number }>`(${sql.raw(COUNT.replace('?', '100'))})`.as('n'));
    let sum = 0;
    for await (const { x } of query.select('x').stream(size)) sum += x;
    expect(sum).toBe(5050);
    await db.transaction().execute(async (trx) => {
      await add(trx, 'ada');
      for await (const { email } of trx.selectFrom('customers').select('email').stream(size)) {
        expect(email).toBe('ada');
      }
    });
  });

  it('frees the reader when the loop is left', async () => {
    const { db, pool } = open();
    await add(db, 'ada');
    await add(db, 'grace');
    for await (const { email } of db.selectFrom('customers').select('email').orderBy('id').stream(1)) {
      expect(email).toBe('ada');
      break;
    }
    await until(() => pool.stats().heldReaders === 0);
  });
});

describe('migrations', () => {
  const up = async (db: Kysely<any>): Promise<void> => {
    await db.schema
      .createTable('a')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .execute();
    await db.insertInto('a').values({ id: 1 }).execute();
  };
  const fail = async (): Promise<void> => {
    throw new Error('no');
  };
  const migrator = (db: Kysely<any>, migrations: Record<string, { up: typeof up }>) =>
    new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const openOn = (path: string) => new Kysely<any>({ dialect: new FerroliteDialect({ pool: poolOn(path) }) });

  it('are applied once, also by several at once', async () => {
    const path = tempDb();
    const all = Array.from({ length: 4 }, () => openOn(path));
    const results = await Promise.all(all.map((db) => migrator(db, { one: { up } }).migrateToLatest()));
    expect(results.map(({ error }) => error)).toEqual(all.map(() => undefined));
    expect(results.flatMap((result) => result.results)).toHaveLength(1);
    expect(await all[0]!.selectFrom('a').selectAll().execute()).toEqual([{ id: 1 }]);
  });

  it('leave nothing of those that were applied with one that fails', async () => {
    const db = openOn(tempDb());
    const { error } = await migrator(db, { one: { up }, two: { up: fail } }).migrateToLatest();
    expect(error).toEqual(new Error('no'));
    expect((await db.introspection.getTables()).map(({ name }) => name)).toEqual([]);
  });
});

it('destroy() closes the pool', async () => {
  const pool = openPool(tempDb());
  const db = new Kysely<Tables>({ dialect: new FerroliteDialect({ pool }) });
  await sql`SELECT 1`.execute(db);
  await db.destroy();
  expect(pool.isClosed).toBe(true);
});

it('queries of a closed pool reject', async () => {
  const { db, pool } = open();
  await pool.close();
  expect((await rejection(emails(db))).code).toBe('FERROLITE_POOL_CLOSED');
  expect((await rejection(db.transaction().execute(emails))).code).toBe('FERROLITE_POOL_CLOSED');
});
