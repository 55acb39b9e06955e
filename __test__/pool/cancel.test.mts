// Giving up: signals, times, limits, the bounded queue, streams that are left, the end of the pool.
import { describe, expect, it } from 'vitest';
import { getEventListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { openPool, type Pool } from 'ferrolite/pool';
import { tempDb } from '../helpers/temp-db.mts';
import { COUNT, ENDLESS, poolWith, rejection, until } from './support.mts';

const reason = new Error('enough');

/** A call that is executed until it is given up. */
async function running(
  pool: Pool,
  call: (signal: AbortSignal) => Promise<unknown>,
): Promise<() => Promise<void>> {
  const controller = new AbortController();
  const before = pool.stats().running;
  const made = call(controller.signal);
  await until(() => pool.stats().running > before);
  return async () => {
    controller.abort(reason);
    await expect(made).rejects.toBe(reason);
  };
}

describe('a signal', () => {
  it('ends what a reader and the writer execute, with its reason', async () => {
    const pool = poolWith();
    const read = await running(pool, (signal) => pool.all(ENDLESS, [], { signal }));
    const written = await running(pool, (signal) => pool.run(ENDLESS, [], { signal }));
    await read();
    await written();
    const script = await running(pool, (signal) => pool.exec(ENDLESS, { signal }));
    await script();
    expect(await pool.get('SELECT 1 AS one')).toEqual({ one: 1 });
  });

  it('ends waiting at once, though what is executed goes on', async () => {
    const pool = poolWith('CREATE TABLE t (v)', { readers: 1 });
    const reading = await running(pool, (signal) => pool.all(ENDLESS, [], { signal }));
    const writing = await running(pool, (signal) => pool.exec(ENDLESS, { signal }));
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = [
      pool.all('SELECT 1', [], { signal }),
      pool.run('INSERT INTO t VALUES (1)', [], { signal }),
      pool.batch(['INSERT INTO t VALUES (2)'], { signal }),
    ];
    controller.abort(reason);
    for (const one of waiting) await expect(one).rejects.toBe(reason);
    await reading();
    await writing();
    expect(await pool.all('SELECT * FROM t')).toEqual([]);
  });

  it('that was aborted before keeps the call from being made', async () => {
    const pool = poolWith('CREATE TABLE t (v)');
    const signal = AbortSignal.abort(reason);
    await expect(pool.run('INSERT INTO t VALUES (1)', [], { signal })).rejects.toBe(reason);
    expect(await pool.all('SELECT * FROM t')).toEqual([]);
  });

  it('that is aborted at any moment of a write leaves a write that is there exactly if it was fulfilled', async () => {
    const pool = poolWith('CREATE TABLE t (v)');
    const calls = Array.from({ length: 400 }, (_, index) => {
      const controller = new AbortController();
      const made = pool.run('INSERT INTO t VALUES (?)', [index], { signal: controller.signal });
      if (index % 3 === 0) setImmediate(() => controller.abort());
      if (index % 3 === 1) queueMicrotask(() => controller.abort());
      return made.then(() => index).catch(() => undefined);
    });
    const fulfilled = (await Promise.all(calls)).filter((index) => index !== undefined);
    expect(await pool.all('SELECT v FROM t ORDER BY v', [], { pluck: true })).toEqual(fulfilled);
  });
});

describe('a signal of many calls', () => {
  it('has one listener while there are some, whatever they are, and none afterwards', async () => {
    const pool = poolWith('CREATE TABLE t (v)');
    const controller = new AbortController();
    const { signal } = controller;
    const listeners = () => getEventListeners(signal, 'abort').length;
    const calls = Array.from({ length: 1000 }, (_, v) =>
      pool.run('INSERT INTO t VALUES (?)', [v], { signal }),
    );
    const held = pool.transaction((tx) => tx.all('SELECT * FROM t', [], { signal }), { signal });
    expect(listeners()).toBe(1);
    await Promise.all(calls);
    expect(await held).toHaveLength(1000);
    expect(listeners()).toBe(0);
    const others = Array.from({ length: 1000 }, () => pool.all(ENDLESS, [], { signal }));
    expect(listeners()).toBe(1);
    controller.abort(reason);
    const ended = await Promise.allSettled(others);
    expect(new Set(ended.map((one) => one.status === 'rejected' && one.reason))).toEqual(new Set([reason]));
    expect(listeners()).toBe(0);
  });

  it('is heard by those calls that come after others have ended', async () => {
    const pool = poolWith('CREATE TABLE t (v)');
    const controller = new AbortController();
    const { signal } = controller;
    await pool.run('INSERT INTO t VALUES (1)', [], { signal });
    const call = pool.all(ENDLESS, [], { signal });
    const snapshot = pool.read(() => new Promise(() => {}), { signal });
    controller.abort(reason);
    const ended = await Promise.allSettled([call, snapshot]);
    expect(ended).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
  });
});

describe('limits', () => {
  it('timeoutMs of the call or of the pool ends it', async () => {
    const pool = poolWith('', { timeoutMs: 20 });
    const error = {
      name: 'FerroliteError',
      code: 'FERROLITE_TIMEOUT',
      message: 'The call has taken more than 20 ms (timeoutMs)',
    };
    expect(await rejection(pool.all(ENDLESS))).toEqual(error);
    expect(await rejection(pool.exec(ENDLESS))).toEqual(error);
    expect((await rejection(pool.get(ENDLESS, [], { timeoutMs: 10 }))).message).toContain('10 ms');
  });

  it('maxRows and maxBytes refuse a result that has more, and undo what it has written', async () => {
    const pool = poolWith('CREATE TABLE t (v)');
    expect(await pool.all(COUNT, [10], { maxRows: 10 })).toHaveLength(10);
    expect((await rejection(pool.all(COUNT, [11], { maxRows: 10 }))).code).toBe('FERROLITE_TOO_MANY_ROWS');
    expect((await rejection(pool.all(COUNT, [1e9], { maxRows: 5000 }))).code).toBe('FERROLITE_TOO_MANY_ROWS');
    expect((await rejection(pool.all('SELECT zeroblob(2000)', [], { maxBytes: 1000 }))).code).toBe(
      'FERROLITE_TOO_MANY_BYTES',
    );
    expect(await pool.all('SELECT zeroblob(20)', [], { maxBytes: 1000 })).toHaveLength(1);
    const insert = 'INSERT INTO t VALUES (1), (2) RETURNING v';
    expect((await rejection(pool.all(insert, [], { maxRows: 1 }))).code).toBe('FERROLITE_TOO_MANY_ROWS');
    const inner = pool.transaction((tx) => tx.all(insert, [], { maxRows: 1 }).catch(() => 'refused'));
    expect(await inner).toBe('refused');
    expect(await pool.all('SELECT * FROM t')).toEqual([]);
  });

  it('maxQueue refuses calls beyond it, with its length', async () => {
    const pool = poolWith('', { maxQueue: 3 });
    const calls = [1, 2, 3].map((v) => pool.get('SELECT ? AS v', [v]));
    expect(await rejection(pool.get('SELECT 4'))).toEqual({
      name: 'FerroliteError',
      code: 'FERROLITE_QUEUE_FULL',
      message: 'The queue of the pool is full: 3 calls are under way (maxQueue)',
    });
    expect(await Promise.all(calls)).toEqual([{ v: 1 }, { v: 2 }, { v: 3 }]);
    expect(await pool.get('SELECT 5 AS v')).toEqual({ v: 5 });
  });

  it('a call in the background lets all others go first', async () => {
    const pool = poolWith('CREATE TABLE t (v)', { readers: 1 });
    const order: string[] = [];
    const stop = await running(pool, (signal) => pool.exec(ENDLESS, { signal }));
    const calls = [
      pool
        .run('INSERT INTO t VALUES (1)', [], { priority: 'background' })
        .then(() => order.push('background')),
      pool.run('INSERT INTO t VALUES (2)').then(() => order.push('first')),
      pool.run('INSERT INTO t VALUES (3)').then(() => order.push('second')),
    ];
    await stop();
    await Promise.all(calls);
    expect(order).toEqual(['first', 'second', 'background']);
  });
});

describe('iterate()', () => {
  it('works ahead by no more than a few batches', async () => {
    const pool = poolWith();
    const rows = pool.iterate<number>(COUNT, [1e12], { pluck: true });
    let last = 0;
    for await (const row of rows) {
      last = row;
      if (row === 5000) break;
    }
    expect(last).toBe(5000);
    await until(() => pool.stats().heldReaders === 0 && pool.stats().running === 0);
  });

  it('within a loop of another, and of other calls, does not wait for it', async () => {
    const pool = poolWith('', { readers: 1 });
    const seen: unknown[] = [];
    for await (const a of pool.iterate(COUNT, [2], { pluck: true })) {
      for await (const b of pool.iterate(COUNT, [2], { pluck: true })) {
        seen.push([a, b, await pool.get('SELECT 7', [], { pluck: true })]);
      }
    }
    expect(seen).toEqual([
      [1, 1, 7],
      [1, 2, 7],
      [2, 1, 7],
      [2, 2, 7],
    ]);
  });

  it('gives the rows before an error, then the error', async () => {
    const pool = poolWith();
    const sql = `SELECT abs(CASE x WHEN 40 THEN -9223372036854775808 ELSE x END) FROM (${COUNT})`;
    const seen: unknown[] = [];
    const loop = async (): Promise<void> => {
      for await (const row of pool.iterate(sql, [50], { pluck: true })) seen.push(row);
    };
    expect((await rejection(loop())).message).toBe('integer overflow');
    expect(seen).toHaveLength(39);
  });

  it('of a statement that writes gives its rows once that is committed', async () => {
    const pool = poolWith('CREATE TABLE t (v)');
    const seen: unknown[] = [];
    for await (const row of pool.iterate('INSERT INTO t VALUES (1), (2) RETURNING v', [], { pluck: true })) {
      seen.push(row, await pool.get('SELECT count(*) FROM t', [], { pluck: true }));
    }
    expect(seen).toEqual([1, 2, 2, 2]);
  });

  it('executes nothing before the first row is asked for', async () => {
    const pool = poolWith();
    const rows = pool.iterate('broken');
    expect(pool.stats().threads).toBe(0);
    expect((await rejection(rows.next())).code).toBe('SQLITE_ERROR');
  });

  it('ends with its signal', async () => {
    const pool = poolWith();
    const controller = new AbortController();
    const loop = async (): Promise<void> => {
      for await (const row of pool.iterate<number>(COUNT, [1e12], {
        pluck: true,
        signal: controller.signal,
      })) {
        if (row === 3000) controller.abort(reason);
      }
    };
    await expect(loop()).rejects.toBe(reason);
  });
});

describe('close()', () => {
  it('waits for what is under way, refuses what comes, and leaves nothing beside the file', async () => {
    const path = tempDb();
    const pool = openPool(path);
    await pool.exec('CREATE TABLE t (v)');
    let release!: () => void;
    const transaction = pool.transaction(async (tx) => {
      await new Promise<void>((resolve) => void (release = resolve));
      await tx.run('INSERT INTO t VALUES (2)');
    });
    const calls = Array.from({ length: 50 }, () => pool.run('INSERT INTO t VALUES (1)'));
    await until(() => pool.stats().heldMs !== undefined);
    const closed = pool.close();
    expect(pool.isClosed).toBe(true);
    const refused = { name: 'FerroliteError', code: 'FERROLITE_POOL_CLOSED', message: 'The pool is closed' };
    expect(await rejection(pool.all('SELECT 1'))).toEqual(refused);
    expect(await rejection(pool.transaction(() => 1))).toEqual(refused);
    expect(await rejection(pool.iterate('SELECT 1').next())).toEqual(refused);
    release();
    await transaction;
    await Promise.all(calls);
    await closed;
    await pool.close();
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(pool.stats()).toMatchObject({ threads: 0, waiting: 0, running: 0 });
    const other = openPool(path);
    expect(await other.get('SELECT count(*) AS n FROM t')).toEqual({ n: 51 });
    await other.close();
  });

  it('cancels what is under way once its time is over', async () => {
    const path = tempDb();
    const pool = openPool(path, { readers: 1 });
    const stream = pool.iterate(COUNT, [1e12]);
    await stream.next();
    const calls = [
      pool.all(ENDLESS),
      pool.exec(ENDLESS),
      pool.run('CREATE TABLE t (v)'),
      pool.transaction(() => new Promise(() => undefined)),
      pool.read(() => new Promise(() => undefined)),
    ].map(rejection);
    await until(() => pool.stats().running > 1);
    await pool.close({ drainMs: 0 });
    for (const error of await Promise.all(calls)) expect(error.code).toBe('FERROLITE_POOL_CLOSED');
    expect(existsSync(`${path}-wal`)).toBe(false);
  });

  it('of a pool that was never used, and by await using', async () => {
    const path = tempDb();
    await openPool(path).close();
    expect(existsSync(path)).toBe(false);
    const pool = openPool(path);
    await pool.run('CREATE TABLE t (v)');
    await pool[Symbol.asyncDispose]();
    expect(pool.isClosed).toBe(true);
  });
});
