// Transactions of Kysely on a pool, which are begun and ended by separate calls.
import { Kysely, sql, type Generated } from 'kysely';
import { FerroliteDialect } from 'ferrolite/kysely';
import type { PoolOptions } from 'ferrolite/pool';
import { describe, expect, it } from 'vitest';
import { poolWith, rejection, until } from '../pool/support.mts';

interface Tables {
  customers: { id: Generated<number>; email: string };
}

function open(options: Omit<PoolOptions, 'path'> = {}) {
  const pool = poolWith('CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT UNIQUE)', options);
  return { pool, db: new Kysely<Tables>({ dialect: new FerroliteDialect({ pool }) }) };
}
type Db = Pick<Kysely<Tables>, 'insertInto' | 'selectFrom'>;

const add = (db: Db, email: string) => db.insertInto('customers').values({ email }).execute();
const emails = async (db: Db) =>
  (await db.selectFrom('customers').select('email').orderBy('id').execute()).map(({ email }) => email);

describe('transaction()', () => {
  it('is committed when its function has returned, and seen by others only then', async () => {
    const { db } = open();
    const result = await db.transaction().execute(async (trx) => {
      await add(trx, 'ada');
      expect(await emails(trx)).toEqual(['ada']);
      expect(await emails(db)).toEqual([]);
      return 5;
    });
    expect(result).toBe(5);
    expect(await emails(db)).toEqual(['ada']);
  });

  it('does not interleave with another one', async () => {
    const { db } = open();
    const raise = () =>
      db.transaction().execute(async (trx) => {
        const { length } = await emails(trx);
        await new Promise(setImmediate);
        await add(trx, `customer ${length}`);
      });
    await Promise.all(Array.from({ length: 20 }, raise));
    expect(await emails(db)).toEqual(Array.from({ length: 20 }, (_, n) => `customer ${n}`));
  });

  it('is rolled back when its function throws, and rejects with that', async () => {
    const { db } = open();
    const thrown = new Error('no');
    const ended = db.transaction().execute(async (trx) => {
      await add(trx, 'gone');
      throw thrown;
    });
    await expect(ended).rejects.toBe(thrown);
    expect(await emails(db)).toEqual([]);
  });

  it('goes on after a statement that failed', async () => {
    const { db } = open();
    await db.transaction().execute(async (trx) => {
      await add(trx, 'ada');
      expect((await rejection(add(trx, 'ada'))).code).toBe('SQLITE_CONSTRAINT_UNIQUE');
      await add(trx, 'grace');
    });
    expect(await emails(db)).toEqual(['ada', 'grace']);
  });

  // How far it has come when its time is over differs: it always rejects with the same.
  it('that is held too long is rolled back, and the writer is free', async () => {
    const { db, pool } = open({ maxHoldMs: 20 });
    const held = db.transaction().execute(async (trx) => {
      await add(trx, 'gone').catch(() => undefined);
      await until(() => pool.stats().heldMs === undefined);
      await add(trx, 'late');
    });
    expect((await rejection(held)).code).toBe('FERROLITE_HOLD_TIMEOUT');
    const idle = db.transaction().execute(() => until(() => pool.stats().heldMs === undefined));
    expect((await rejection(idle)).code).toBe('FERROLITE_HOLD_TIMEOUT');
    await add(db, 'next');
    expect(await emails(db)).toEqual(['next']);
  });

  it('that cannot be committed rejects, and the writer is free', async () => {
    const { db, pool } = open();
    await pool.exec('CREATE TABLE deals (customer REFERENCES customers (id) DEFERRABLE INITIALLY DEFERRED)');
    const trx = await db.startTransaction().execute();
    const inner = await trx.savepoint('one').execute();
    await sql`INSERT INTO deals VALUES (9)`.execute(inner);
    expect((await rejection(inner.commit().execute())).code).toBe('SQLITE_CONSTRAINT_FOREIGNKEY');
    await add(db, 'next');
    expect(await pool.all('SELECT * FROM deals')).toEqual([]);
  });

  it('that nobody ends is rolled back too', async () => {
    const { db, pool } = open({ maxHoldMs: 20 });
    const left = async (): Promise<void> => {
      const trx = await db.startTransaction().execute();
      await add(trx, 'gone').catch(() => undefined);
      await until(() => pool.stats().heldMs === undefined);
      await trx.commit().execute();
    };
    expect((await rejection(left())).code).toBe('FERROLITE_HOLD_TIMEOUT');
    expect(await emails(db)).toEqual([]);
  });

  it('says who holds the writer when it is not to be had', async () => {
    const { db } = open({ acquireTimeoutMs: 5 });
    const first = await db.startTransaction().execute();
    const error = await rejection(db.transaction().execute(emails));
    expect(error.code).toBe('FERROLITE_ACQUIRE_TIMEOUT');
    expect(error.message).toContain('A transaction has held it for');
    await first.rollback().execute();
  });

  it('that only reads sees one state of the database, and keeps nobody from writing', async () => {
    const { db } = open();
    await add(db, 'ada');
    await db
      .transaction()
      .setAccessMode('read only')
      .execute(async (trx) => {
        expect(await emails(trx)).toEqual(['ada']);
        await add(db, 'grace');
        expect(await emails(trx)).toEqual(['ada']);
        await rejection(add(trx, 'no'));
        const streamed: string[] = [];
        for await (const { email } of trx.selectFrom('customers').select('email').stream()) {
          streamed.push(email);
        }
        expect(streamed).toEqual(['ada']);
      });
    expect(await emails(db)).toEqual(['ada', 'grace']);
  });

  it('ends before the pool is closed', async () => {
    const { db, pool } = open();
    const trx = await db.startTransaction().execute();
    await add(trx, 'kept');
    const closed = pool.close();
    await trx.commit().execute();
    await closed;
    expect(pool.stats().threads).toBe(0);
  });
});

describe('savepoints', () => {
  it('are undone alone, and can be undone again', async () => {
    const { db } = open();
    const trx = await db.startTransaction().execute();
    await add(trx, 'before');
    const one = await trx.savepoint('one').execute();
    await add(one, 'first');
    const two = await one.savepoint('two').execute();
    await add(two, 'second');
    const again = await two.rollbackToSavepoint('one').execute();
    expect(await emails(again)).toEqual(['before']);
    await add(again, 'third');
    const undone = await again.rollbackToSavepoint('one').execute();
    await add(undone, 'kept');
    await undone.commit().execute();
    expect(await emails(db)).toEqual(['before', 'kept']);
  });

  it('are released with those within them', async () => {
    const { db } = open();
    const trx = await db.startTransaction().execute();
    const one = await trx.savepoint('one').execute();
    const two = await one.savepoint('two').execute();
    await add(two, 'kept');
    const released = await two.releaseSavepoint('one').execute();
    await add(released, 'too');
    await released.commit().execute();
    expect(await emails(db)).toEqual(['kept', 'too']);
  });

  it('are rolled back with the transaction', async () => {
    const { db } = open();
    const trx = await db.startTransaction().execute();
    const one = await trx.savepoint('one').execute();
    await add(one, 'gone');
    await one.rollback().execute();
    expect(await emails(db)).toEqual([]);
    await add(db, 'next');
  });

  it("that do not exist are refused with SQLite's words", async () => {
    const { db } = open();
    const trx = await db.startTransaction().execute();
    const error = await rejection((trx as any).releaseSavepoint('none').execute());
    expect(error).toMatchObject({ code: 'SQLITE_ERROR', message: 'no such savepoint: none' });
    await trx.rollback().execute();
  });

  it('are no SQL', async () => {
    const { db } = open();
    expect((await rejection(sql`SAVEPOINT one`.execute(db))).message).toContain('not with SQL');
  });
});
