// iterate() of transactions and snapshots: rows as they are taken, between the other calls.
import { describe, expect, it } from 'vitest';
import type { Pool, QueryOptions, Snapshot, Transaction } from 'ferrolite/pool';
import { COUNT, poolWith, rejection, rejectionOnce, until } from './support.mts';
import { deferred } from '../helpers/wait.mts';

const SCHEMA = `CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER);
  WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 5000) INSERT INTO t SELECT x, x FROM n`;
const PLUCK = { pluck: true } as const;
/** More rows than any memory holds: who reads them ahead does not come back. */
const ENDLESSLY_MANY = 1e12;
const ENDED = {
  name: 'FerroliteError',
  code: 'FERROLITE_TRANSACTION_ENDED',
  message: 'This transaction has ended',
};

type Holder = Transaction | Snapshot;
const holders: [string, (pool: Pool, fn: (holder: Holder) => Promise<unknown>) => Promise<unknown>][] = [
  ['transaction', (pool, fn) => pool.transaction(fn)],
  ['read', (pool, fn) => pool.read(fn)],
  ['a transaction within one', (pool, fn) => pool.transaction((tx) => tx.transaction(fn))],
];
const many = (holder: Holder, options: QueryOptions = PLUCK) =>
  holder.iterate<number>(COUNT, [ENDLESSLY_MANY], options);

/** Takes what is left, and answers with the last row. */
async function drained<T>(rows: AsyncIterable<T>): Promise<T | undefined> {
  let last: T | undefined;
  for await (const row of rows) last = row;
  return last;
}

describe.each(holders)('iterate() in %s', (_holder, hold) => {
  it.each([0, 1, 16, 17, 1001, 40_000])('gives %d rows complete and in order', async (count) => {
    const pool = poolWith();
    const seen: unknown[] = [];
    await hold(pool, async (holder) => {
      for await (const row of holder.iterate(COUNT, [count], PLUCK)) seen.push(row);
    });
    expect(seen).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  });

  it('reads no further ahead than two batches', async () => {
    const pool = poolWith();
    const last = await hold(pool, async (holder) => {
      for await (const row of many(holder)) if (row === 5000) return row;
      return undefined;
    });
    expect(last).toBe(5000);
  });

  it('leaves room for other calls, and for other streams', async () => {
    const pool = poolWith(SCHEMA);
    await hold(pool, async (holder) => {
      const other = many(holder);
      let rows = 0;
      for await (const id of holder.iterate<number>('SELECT id FROM t ORDER BY id', [], PLUCK)) {
        rows += 1;
        if (id % 500 !== 0) continue;
        expect(await holder.get('SELECT v FROM t WHERE id = ?', [id], PLUCK)).toBe(id);
        expect((await other.next()).value).toBe(id / 500);
      }
      expect(rows).toBe(5000);
      await other.return(undefined);
    });
  });

  it('takes templates, row modes and limits', async () => {
    const pool = poolWith();
    await hold(pool, async (holder) => {
      const rows = holder.iterate('SELECT 1 AS a, ? AS b', [2n], { raw: true, safeIntegers: true });
      expect((await rows.next()).value).toEqual([1n, 2n]);
      expect(await rows.next()).toEqual({ done: true, value: undefined });
      const limited = many(holder, { pluck: true, maxRows: 100 });
      const failed = drained(limited);
      expect((await rejection(failed)).code).toBe('FERROLITE_TOO_MANY_ROWS');
      expect((await rejection(holder.iterate('broken').next())).code).toBe('SQLITE_ERROR');
      expect((await rejection(holder.iterate('SELECT ?').next())).message).toBe(
        'Too few parameter values were provided',
      );
      expect(await holder.get('SELECT 1', [], PLUCK)).toBe(1);
    });
  });

  it('that is left, or whose signal is aborted, ends alone', async () => {
    const pool = poolWith();
    await hold(pool, async (holder) => {
      for await (const row of many(holder)) if (row === 3) break;
      const controller = new AbortController();
      const reason = new Error('enough');
      const seen: number[] = [];
      const loop = (async () => {
        for await (const row of many(holder, { pluck: true, signal: controller.signal })) {
          seen.push(row);
          if (row === 20) controller.abort(reason);
        }
      })();
      await expect(loop).rejects.toBe(reason);
      expect(seen.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      await until(() => pool.stats().running === 0);
      expect(await holder.get('SELECT 1', [], PLUCK)).toBe(1);
    });
  });

  it('ends with it: what was read is given, then the loop rejects', async () => {
    const pool = poolWith();
    let rows: AsyncGenerator<number> | undefined;
    await hold(pool, async (holder) => {
      rows = many(holder);
      expect((await rows.next()).value).toBe(1);
    });
    const rest = drained(rows!);
    expect(await rejection(rest)).toEqual(ENDED);
    await hold(pool, async (holder) => {
      rows = many(holder);
    });
    expect(await rejection(rows!.next())).toEqual(ENDED);
    expect(pool.stats()).toMatchObject({ running: 0, waiting: 0 });
  });

  it('ends with one that is given up', async () => {
    const pool = poolWith();
    const controller = new AbortController();
    const reason = new Error('given up');
    let rows: AsyncGenerator<number> | undefined;
    const held = pool[hold === holders[1]![1] ? 'read' : 'transaction'](
      async (holder: Holder) => {
        rows = many(holder);
        await rows.next();
        controller.abort(reason);
        await drained(rows);
      },
      { signal: controller.signal },
    );
    await expect(held).rejects.toBe(reason);
    await expect(drained(rows!)).resolves.toBe(undefined);
  });
});

describe('iterate() in a transaction', () => {
  it('goes on over rows that the loop changes', async () => {
    const pool = poolWith(SCHEMA);
    await pool.transaction(async (tx) => {
      for await (const id of tx.iterate<number>('SELECT id FROM t WHERE v > 0 ORDER BY id', [], PLUCK)) {
        if (id % 50 === 0) await tx.run('UPDATE t SET v = -v WHERE id = ?', [id]);
        if (id % 500 === 0) await tx.transaction((inner) => inner.run('DELETE FROM t WHERE id = ?', [id]));
      }
    });
    expect(await pool.get('SELECT count(*) AS n, sum(v < 0) AS changed FROM t')).toEqual({
      n: 4990,
      changed: 90,
    });
  });

  it('has its first rows from the moment of its beginning', async () => {
    const pool = poolWith(SCHEMA);
    await pool.transaction(async (tx) => {
      const first = tx.iterate('SELECT v FROM t ORDER BY id', [], PLUCK).next();
      void tx.run('UPDATE t SET v = -1');
      expect((await first).value).toBe(1);
    });
  });

  it('survives an inner transaction that is undone', async () => {
    const pool = poolWith(SCHEMA);
    await pool.transaction(async (tx) => {
      let rows = 0;
      for await (const id of tx.iterate<number>('SELECT id FROM t ORDER BY id', [], PLUCK)) {
        rows += 1;
        if (id % 1000 !== 0) continue;
        const undone = tx.transaction(async (inner) => {
          await inner.run('DELETE FROM t WHERE id < ?', [id]);
          throw new Error('undone');
        });
        await expect(undone).rejects.toThrow('undone');
      }
      expect(rows).toBe(5000);
    });
    expect(await pool.get('SELECT count(*) FROM t', [], PLUCK)).toBe(5000);
  });

  it('ends with the part of the transaction that it was begun in', async () => {
    const pool = poolWith(SCHEMA);
    await pool.transaction(async (tx) => {
      const rows = await tx.transaction(async (inner) => {
        const begun = many(inner);
        await begun.next();
        return { begun };
      });
      const rest = drained(rows.begun);
      expect(await rejection(rest)).toEqual(ENDED);
      expect(await tx.get('SELECT 1', [], PLUCK)).toBe(1);
    });
  });

  it('keeps tables from being dropped, as in SQLite', async () => {
    const pool = poolWith(SCHEMA);
    await pool.transaction(async (tx) => {
      const rows = tx.iterate('SELECT id FROM t', [], PLUCK);
      await rows.next();
      expect((await rejection(tx.exec('DROP TABLE t'))).code).toBe('SQLITE_LOCKED');
      await rows.return(undefined);
      await tx.exec('DROP TABLE t');
    });
    expect(await pool.get("SELECT count(*) FROM sqlite_schema WHERE name = 't'", [], PLUCK)).toBe(0);
  });

  it('of a statement that writes executes it as a whole', async () => {
    const pool = poolWith(SCHEMA);
    await pool.transaction(async (tx) => {
      const returned = [];
      for await (const id of tx.iterate('DELETE FROM t WHERE id <= 3 RETURNING id', [], PLUCK)) {
        returned.push(id);
        expect(await tx.get('SELECT count(*) FROM t', [], PLUCK)).toBe(4997);
      }
      expect(returned).toEqual([1, 2, 3]);
    });
    const refused = pool.read(async (snapshot) => {
      await drained(snapshot.iterate('DELETE FROM t RETURNING id'));
    });
    expect((await rejection(refused)).code).toBe('SQLITE_READONLY');
  });

  it('ends with maxHoldMs, also where nothing is asked for', async () => {
    const pool = poolWith(SCHEMA);
    let rows: AsyncGenerator<number> | undefined;
    const held = () =>
      pool.transaction(
        async (tx) => {
          rows = many(tx);
          await rows.next();
          await new Promise(() => undefined);
        },
        { maxHoldMs: 20 },
      );
    const { code } = await rejectionOnce(held, () => rows !== undefined);
    expect(code).toBe('FERROLITE_HOLD_TIMEOUT');
    const rest = drained(rows!);
    expect((await rejection(rest)).code).toBe('FERROLITE_HOLD_TIMEOUT');
  });

  it('ends with a rollback of SQLite', async () => {
    const pool = poolWith(`${SCHEMA}; CREATE UNIQUE INDEX v ON t (v)`);
    let rows: AsyncGenerator<number> | undefined;
    const lost = pool.transaction(async (tx) => {
      rows = many(tx);
      await rows.next();
      await tx.run('INSERT OR ROLLBACK INTO t (v) VALUES (1)');
    });
    expect((await rejection(lost)).code).toBe('FERROLITE_TRANSACTION_ENDED');
    const rest = drained(rows!);
    expect((await rejection(rest)).code).toBe('FERROLITE_TRANSACTION_ENDED');
  });

  it('keeps nothing from being closed', async () => {
    const pool = poolWith(SCHEMA);
    const { promise: begun, resolve } = deferred();
    const ended = rejection(
      pool.transaction(async (tx) => {
        for await (const row of many(tx)) {
          if (row === 1) resolve();
          await new Promise(setImmediate);
        }
      }),
    );
    await begun;
    await pool.close({ drainMs: 0 });
    expect((await ended).code).toBe('FERROLITE_POOL_CLOSED');
  });
});
