// The types of ferrolite/drizzle and ferrolite/kysely.
import { eq } from 'drizzle-orm';
import { integer, sqliteTable, text, type BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core';
import { drizzle, migrate, type FerroliteDatabase, type FerroliteRunResult } from 'ferrolite/drizzle';
import { FerroliteDialect } from 'ferrolite/kysely';
import type { Changes, FleetPool, Pool } from 'ferrolite/pool';
import { Kysely } from 'kysely';
import Database from 'ferrolite';
import { expectTypeOf, test } from 'vitest';

const users = sqliteTable('users', { id: integer().primaryKey(), name: text().notNull() });
const pool = {} as Pool;
const tenant = {} as FleetPool;

test('drizzle() gives a database with the types of its schema', async () => {
  const db = drizzle(pool, { schema: { users } });
  expectTypeOf(db).toEqualTypeOf<FerroliteDatabase<{ users: typeof users }>>();
  expectTypeOf(db).toExtend<BaseSQLiteDatabase<'async', Changes, { users: typeof users }>>();
  expectTypeOf(db.$client).toEqualTypeOf<Pool>();
  const rows = db.select().from(users).where(eq(users.id, 1));
  expectTypeOf(await rows).toEqualTypeOf<{ id: number; name: string }[]>();
  expectTypeOf(await db.query.users.findFirst()).toEqualTypeOf<{ id: number; name: string } | undefined>();
  expectTypeOf(await db.insert(users).values({ name: 'x' })).toEqualTypeOf<FerroliteRunResult>();
  const [inserted, selected] = await db.batch([db.insert(users).values({ name: 'x' }), rows]);
  expectTypeOf(inserted).toEqualTypeOf<Changes>();
  expectTypeOf(selected).toEqualTypeOf<{ id: number; name: string }[]>();
  expectTypeOf(drizzle({ client: pool, schema: { users } })).toEqualTypeOf(db);
  // @ts-expect-error A connection is no pool.
  drizzle(new Database(':memory:'));
});

test('transactions take functions that await, and the options of the pool', async () => {
  const db = drizzle(pool);
  const id = await db.transaction(
    async (tx) => {
      const [user] = await tx.insert(users).values({ name: 'x' }).returning();
      await tx.transaction(async (inner) => inner.delete(users));
      return user?.id;
    },
    { behavior: 'immediate', maxHoldMs: 5, acquireTimeoutMs: 5, signal: AbortSignal.timeout(5) },
  );
  expectTypeOf(id).toEqualTypeOf<number | undefined>();
  // @ts-expect-error Its function gives a promise.
  void db.transaction(() => 5);
  // @ts-expect-error There is no such option.
  void db.transaction(async () => 5, { timeout: 5 });
  expectTypeOf(migrate(db, { migrationsFolder: 'x', maxHoldMs: 5 })).toEqualTypeOf<Promise<void>>();
});

test('FerroliteDialect takes a pool', () => {
  expectTypeOf(new Kysely<{ a: { x: number } }>({ dialect: new FerroliteDialect({ pool }) })).toEqualTypeOf<
    Kysely<{ a: { x: number } }>
  >();
  // @ts-expect-error A connection is no pool.
  void new FerroliteDialect({ pool: new Database(':memory:') });
});

test('both take the pool of a fleet', () => {
  const db = drizzle(tenant, { schema: { users } });
  expectTypeOf(db).toEqualTypeOf<FerroliteDatabase<{ users: typeof users }, FleetPool>>();
  expectTypeOf(db.$client).toEqualTypeOf<FleetPool>();
  expectTypeOf(drizzle({ client: tenant, schema: { users } })).toEqualTypeOf(db);
  expectTypeOf(drizzle<{ users: typeof users }>(tenant)).toEqualTypeOf(db);
  expectTypeOf(migrate(db, { migrationsFolder: 'x' })).toEqualTypeOf<Promise<void>>();
  void new FerroliteDialect({ pool: tenant });
});
