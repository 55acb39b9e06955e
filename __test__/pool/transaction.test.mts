// transaction(): the writer, held for a function that awaits.
import { describe, expect, it } from 'vitest';
import type { Pool, Transaction } from 'ferrolite/pool';
import { ENDLESS, poolWith, rejection, rejectionOnce, until } from './support.mts';

const SCHEMA = 'CREATE TABLE t (v UNIQUE)';
const values = (pool: Pool) => pool.all('SELECT v FROM t ORDER BY rowid', [], { pluck: true });
const insert = (tx: Transaction | Pool, v: unknown) => tx.run('INSERT INTO t VALUES (?)', [v]);
const never = () => new Promise<never>(() => undefined);

describe('a transaction', () => {
  it.each(['transaction', 'read'] as const)(
    'or a snapshot that has ended before its beginning was heard of rejects (%s)',
    async (method) => {
      const pool = poolWith(SCHEMA, { maxHoldMs: 1, maxAgeMs: 1 });
      await values(pool);
      const ended = pool[method](never);
      // JavaScript is busy meanwhile: both events are taken in one turn.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      expect((await rejection(ended)).code).toBe('FERROLITE_HOLD_TIMEOUT');
      expect(pool.stats().heldMs).toBe(undefined);
    },
  );

  it('is committed when its function has returned, whose value is that of the promise', async () => {
    const pool = poolWith(SCHEMA);
    const result = await pool.transaction(async (tx) => {
      expect(await insert(tx, 1)).toEqual({ changes: 1, lastInsertRowid: 1 });
      await tx.exec('INSERT INTO t VALUES (2); INSERT INTO t VALUES (3)');
      expect(await values(pool)).toEqual([]);
      expect(await tx.batch(['SELECT count(*) AS n FROM t'])).toEqual([[{ n: 3 }]]);
      return tx.all('SELECT v FROM t', [], { pluck: true });
    });
    expect(result).toEqual([1, 2, 3]);
    expect(await values(pool)).toEqual([1, 2, 3]);
  });

  it('includes calls that were not awaited', async () => {
    const pool = poolWith(SCHEMA);
    await pool.transaction((tx) => {
      void insert(tx, 1);
      void insert(tx, 2);
    });
    expect(await values(pool)).toEqual([1, 2]);
  });

  it('is rolled back when its function throws, and rejects with that', async () => {
    const pool = poolWith(SCHEMA);
    const thrown = { anything: true };
    const transaction = pool.transaction(async (tx) => {
      await insert(tx, 1);
      throw thrown;
    });
    await expect(transaction).rejects.toBe(thrown);
    expect(await values(pool)).toEqual([]);
  });

  it('goes on after a statement that failed', async () => {
    const pool = poolWith(SCHEMA);
    await pool.transaction(async (tx) => {
      await insert(tx, 1);
      expect((await rejection(insert(tx, 1))).code).toBe('SQLITE_CONSTRAINT_UNIQUE');
      expect((await rejection(tx.batch(['DELETE FROM t', 'broken']))).code).toBe('SQLITE_ERROR');
      await insert(tx, 2);
    });
    expect(await values(pool)).toEqual([1, 2]);
  });

  it('that SQLite has rolled back rejects, whatever its function returns', async () => {
    const pool = poolWith(SCHEMA);
    let later: unknown;
    const error = await rejection(
      pool.transaction(async (tx) => {
        await insert(tx, 1);
        await tx.run('INSERT OR ROLLBACK INTO t VALUES (1)').catch(() => undefined);
        later = await rejection(insert(tx, 2));
      }),
    );
    expect(error.code).toBe('FERROLITE_TRANSACTION_ENDED');
    expect(error.message).toContain('UNIQUE constraint failed');
    await until(() => later !== undefined);
    expect(later).toMatchObject({ code: 'FERROLITE_TRANSACTION_ENDED' });
    expect(await values(pool)).toEqual([]);
    await insert(pool, 3);
  });

  it('whose commit fails is rolled back and rejects', async () => {
    const pool = poolWith(
      'CREATE TABLE p (id PRIMARY KEY); CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED)',
    );
    const error = await rejection(pool.transaction((tx) => tx.run('INSERT INTO c VALUES (1)')));
    expect(error.code).toBe('SQLITE_CONSTRAINT_FOREIGNKEY');
    expect(await pool.all('SELECT * FROM c')).toEqual([]);
    await pool.run('INSERT INTO p VALUES (1)');
  });

  it('keeps other writes waiting, and reads go on', async () => {
    const pool = poolWith(SCHEMA);
    let other: Promise<unknown> | undefined;
    await pool.transaction(async (tx) => {
      other = insert(pool, 'after');
      await insert(tx, 'first');
      expect(await values(pool)).toEqual([]);
      await insert(tx, 'second');
    });
    await other;
    expect(await values(pool)).toEqual(['first', 'second', 'after']);
  });

  it('several are executed one after the other', async () => {
    const pool = poolWith('CREATE TABLE n (v); INSERT INTO n VALUES (0)');
    const increment = () =>
      pool.transaction(async (tx) => {
        const { v } = (await tx.get<{ v: number }>('SELECT v FROM n'))!;
        await tx.run('UPDATE n SET v = ?', [v + 1]);
      });
    await Promise.all(Array.from({ length: 50 }, increment));
    expect(await pool.get('SELECT v FROM n')).toEqual({ v: 50 });
  });

  it('used after its end is refused', async () => {
    const pool = poolWith(SCHEMA);
    let kept!: Transaction;
    await pool.transaction((tx) => void (kept = tx));
    expect((await rejection(insert(kept, 1))).code).toBe('FERROLITE_TRANSACTION_ENDED');
    await rejection(
      pool.transaction((tx) => {
        kept = tx;
        throw new Error('mine');
      }),
    );
    expect((await rejection(kept.all('SELECT 1'))).code).toBe('FERROLITE_TRANSACTION_ENDED');
    expect(await values(pool)).toEqual([]);
  });
});

describe('a transaction within another', () => {
  it('is undone alone when its function throws', async () => {
    const pool = poolWith(SCHEMA);
    await pool.transaction(async (tx) => {
      await insert(tx, 'outer');
      const inner = tx.transaction(async (nested) => {
        await insert(nested, 'undone');
        await nested.transaction((third) => insert(third, 'undone with it'));
        throw new Error('mine');
      });
      expect((await rejection(inner)).message).toBe('mine');
      await tx.transaction((nested) => insert(nested, 'kept'));
    });
    expect(await values(pool)).toEqual(['outer', 'kept']);
  });

  it('keeps the outer one from being used meanwhile, and is refused after its end', async () => {
    const pool = poolWith(SCHEMA);
    let inner!: Transaction;
    await pool.transaction(async (tx) => {
      await tx.transaction(async (nested) => {
        inner = nested;
        expect((await rejection(insert(tx, 1))).code).toBe('FERROLITE_TRANSACTION_NESTED');
        expect((await rejection(tx.transaction(() => 1))).code).toBe('FERROLITE_TRANSACTION_NESTED');
      });
      expect((await rejection(insert(inner, 1))).code).toBe('FERROLITE_TRANSACTION_ENDED');
      await insert(tx, 2);
    });
    expect(await values(pool)).toEqual([2]);
  });
});

describe('time', () => {
  it('maxHoldMs ends one whose function hangs: rolled back, with where it was started', async () => {
    const pool = poolWith(SCHEMA);
    let kept: Transaction | undefined;
    const attempt = () =>
      pool.transaction(
        async (tx) => {
          kept = tx;
          await insert(tx, 1);
          await never();
        },
        { maxHoldMs: 30 },
      );
    const error = await rejectionOnce(attempt, () => kept !== undefined);
    expect(error.code).toBe('FERROLITE_HOLD_TIMEOUT');
    expect(error.message).toMatch(
      /^The transaction was held for more than 30 ms \(maxHoldMs\) and rolled back/,
    );
    expect(error.message).toContain('transaction.test.mts');
    expect((await rejection(insert(kept!, 2))).code).toBe('FERROLITE_HOLD_TIMEOUT');
    await insert(pool, 3);
    expect(await values(pool)).toEqual([3]);
  });

  it('maxHoldMs ends one within it whose function hangs', async () => {
    const pool = poolWith(SCHEMA);
    let inner: Promise<unknown> | undefined;
    const outer = () =>
      pool.transaction(
        (tx) => {
          inner = tx.transaction(() => new Promise(() => {}));
          return inner;
        },
        { maxHoldMs: 30 },
      );
    const error = await rejectionOnce(outer, () => inner !== undefined);
    expect(error.code).toBe('FERROLITE_HOLD_TIMEOUT');
    expect(await rejection(inner!)).toEqual(error);
  });

  it('maxHoldMs ends a statement that does not', async () => {
    const pool = poolWith(SCHEMA);
    const error = await rejection(pool.transaction((tx) => tx.all(ENDLESS), { maxHoldMs: 30 }));
    expect(error.code).toBe('FERROLITE_HOLD_TIMEOUT');
    await insert(pool, 1);
  });

  it('acquireTimeoutMs ends waiting, with who holds the writer and where that was started', async () => {
    const pool = poolWith(SCHEMA);
    let release!: () => void;
    const holder = pool.transaction(function holdsTheWriter() {
      return new Promise<void>((resolve) => void (release = resolve));
    });
    await until(() => pool.stats().heldMs !== undefined);
    const error = await rejection(pool.transaction(() => 1, { acquireTimeoutMs: 20 }));
    expect(error.code).toBe('FERROLITE_ACQUIRE_TIMEOUT');
    expect(error.message).toMatch(
      /^Waited more than 20 ms for the writer \(acquireTimeoutMs\)\. A transaction has held it/,
    );
    expect(error.message).toContain('transaction.test.mts');
    release();
    await holder;
    expect(await pool.transaction(() => 2)).toBe(2);
  });

  it('a signal ends waiting and holding', async () => {
    const pool = poolWith(SCHEMA);
    const reason = new Error('enough');
    const holding = new AbortController();
    const waiting = new AbortController();
    const holder = pool.transaction(
      async (tx) => {
        await insert(tx, 1);
        await tx.all(ENDLESS);
      },
      { signal: holding.signal },
    );
    const waiter = pool.transaction(() => 1, { signal: waiting.signal });
    await until(() => pool.stats().heldMs !== undefined);
    waiting.abort(reason);
    await expect(waiter).rejects.toBe(reason);
    holding.abort(reason);
    await expect(holder).rejects.toBe(reason);
    await expect(pool.transaction(() => 1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await values(pool)).toEqual([]);
  });
});

describe('read()', () => {
  it('goes on after the schema has changed', async () => {
    const pool = poolWith(SCHEMA, { readers: 1 });
    const tables = () =>
      pool.read((snapshot) => snapshot.get('SELECT count(*) FROM sqlite_schema', [], { pluck: true }));
    const before = (await tables()) as number;
    for (const added of [1, 2]) {
      await pool.exec(`CREATE TABLE added_${added} (x)`);
      expect(await tables()).toBe(before + added);
    }
  });

  it('sees one state of the database', async () => {
    const pool = poolWith(SCHEMA);
    await insert(pool, 1);
    const seen = await pool.read(async (snapshot) => {
      const before = await snapshot.all('SELECT v FROM t', [], { pluck: true });
      await insert(pool, 2);
      return [
        before,
        await snapshot.get('SELECT count(*) FROM t', [], { pluck: true }),
        (await values(pool)).length,
      ];
    });
    expect(seen).toEqual([[1], 1, 2]);
  });

  it('several hold readers of their own, and others go on', async () => {
    const pool = poolWith(SCHEMA, { readers: 1 });
    await pool.read(async (outer) => {
      await pool.read(async (inner) => {
        expect(await values(pool)).toEqual([]);
        expect([await outer.get('SELECT 1 AS one'), await inner.get('SELECT 1 AS one')]).toEqual([
          { one: 1 },
          { one: 1 },
        ]);
        expect(pool.stats().heldReaders).toBe(2);
      });
    });
    expect(await values(pool)).toEqual([]);
    await until(() => pool.stats().heldReaders === 0);
  });

  it('ends when it is too old, and is refused after its end', async () => {
    const pool = poolWith(SCHEMA);
    let kept: { all(sql: string): Promise<unknown> } | undefined;
    const attempt = () =>
      pool.read(
        (snapshot) => {
          kept = snapshot;
          return never();
        },
        { maxAgeMs: 20 },
      );
    const error = await rejectionOnce(attempt, () => kept !== undefined);
    expect(error.code).toBe('FERROLITE_HOLD_TIMEOUT');
    expect(error.message).toMatch(/^The snapshot was held for more than 20 ms \(maxAgeMs\)/);
    expect((await rejection(kept!.all('SELECT 1'))).code).toBe('FERROLITE_HOLD_TIMEOUT');
  });
});
