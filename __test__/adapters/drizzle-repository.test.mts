// Repositories with a base class, written once for the database and for its transactions.
import { eq, getTableColumns, type InferInsertModel, type InferSelectModel } from 'drizzle-orm';
import type { BaseSQLiteDatabase, SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { drizzle, type FerroliteRunResult } from 'ferrolite/drizzle';
import { expect, it } from 'vitest';
import { poolWith } from '../pool/support.mts';
import * as schema from './drizzle.schema.mts';

/** The database, or a transaction of it. */
type Executor = BaseSQLiteDatabase<'async', FerroliteRunResult, typeof schema>;

const ROWS_OF_A_STATEMENT = 1000;

abstract class Repository<Table extends SQLiteTable & { id: SQLiteColumn }> {
  readonly executor: Executor;
  abstract readonly table: Table;

  constructor(executor: Executor) {
    this.executor = executor;
  }

  async byId(id: number): Promise<InferSelectModel<Table> | undefined> {
    const rows = await this.executor
      .select(getTableColumns(this.table))
      .from(this.table as SQLiteTable)
      .where(eq(this.table.id, id));
    return rows[0] as InferSelectModel<Table> | undefined;
  }

  /** All of them, or none. */
  insertMany(rows: readonly InferInsertModel<Table>[]): Promise<number> {
    return this.executor.transaction(async (tx) => {
      let inserted = 0;
      for (let start = 0; start < rows.length; start += ROWS_OF_A_STATEMENT) {
        const part = rows.slice(start, start + ROWS_OF_A_STATEMENT);
        inserted += (await tx.insert(this.table).values(part as never)).changes;
      }
      return inserted;
    });
  }
}

class Customers extends Repository<typeof schema.customers> {
  readonly table = schema.customers;
}

const many = (count: number) => Array.from({ length: count }, (_, n) => ({ email: `customer ${n}` }));

it('insert thousands of rows, or none of them', async () => {
  const db = drizzle(poolWith(schema.SQL), { schema });
  const customers = new Customers(db);
  expect(await customers.insertMany(many(2500))).toBe(2500);
  expect(await customers.byId(2500)).toMatchObject({ email: 'customer 2499' });
  await expect(
    customers.insertMany([
      ...many(1500).map(({ email }) => ({ email: `x${email}` })),
      { email: 'customer 7' },
    ]),
  ).rejects.toThrow();
  expect(await db.$count(schema.customers)).toBe(2500);
});

it('work within a transaction as well', async () => {
  const db = drizzle(poolWith(schema.SQL), { schema });
  const ended = db.transaction(async (tx) => {
    const customers = new Customers(tx);
    expect(await customers.insertMany(many(3))).toBe(3);
    expect(await customers.byId(3)).toMatchObject({ email: 'customer 2' });
    tx.rollback();
  });
  await expect(ended).rejects.toThrow('Rollback');
  expect(await new Customers(db).byId(1)).toBe(undefined);
});
