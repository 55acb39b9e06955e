// Threads that nobody needs end, and start again.
import { expect, it } from 'vitest';
import { COUNT, ENDLESS, poolWith, rejection, until } from './support.mts';

const burst = (pool: ReturnType<typeof poolWith>) =>
  Promise.all(Array.from({ length: 50 }, () => pool.all(COUNT, [1000], { pluck: true })));

it('readers end when nobody needs them, the writer stays, and both serve the next call', async () => {
  const pool = poolWith('CREATE TABLE t (v)', { readers: 4, readerIdleMs: 1 });
  for (let round = 0; round < 5; round += 1) {
    await burst(pool);
    await until(() => pool.stats().threads === 1);
    expect(pool.stats()).toMatchObject({ readers: 0, idleReaders: 0, heldReaders: 0 });
    await pool.run('INSERT INTO t VALUES (?)', [round]);
    expect(await pool.get('SELECT count(*) AS n FROM t')).toEqual({ n: round + 1 });
  }
});

it('after a burst as many readers stay as are needed', async () => {
  const pool = poolWith('', { readers: 4, readerIdleMs: 20 });
  const stop = new AbortController();
  const calls = Array.from({ length: 4 }, () => pool.all(ENDLESS, [], { signal: stop.signal }));
  await until(() => pool.stats().running === 4);
  expect(pool.stats().readers).toBe(4);
  stop.abort();
  await Promise.allSettled(calls);
  // One call at a time needs one.
  while (pool.stats().readers > 1) await pool.get('SELECT 1');
  expect(await pool.get('SELECT 1 AS one')).toEqual({ one: 1 });
});

it('what a stream or a snapshot holds does not end', async () => {
  const pool = poolWith('CREATE TABLE t (v)', { readers: 1, readerIdleMs: 0 });
  let rows = 0;
  for await (const _ of pool.iterate(COUNT, [3])) {
    rows += 1;
    await pool.get('SELECT 1');
  }
  expect(rows).toBe(3);
  const seen = await pool.read(async (snapshot) => {
    await pool.run('INSERT INTO t VALUES (1)');
    await until(() => pool.stats().threads === 2);
    return snapshot.all('SELECT * FROM t');
  });
  expect(seen).toEqual([]);
});

it('pragmas and temporary tables of the writer outlast a pause', async () => {
  const pool = poolWith('', { readerIdleMs: 1 });
  await pool.exec('CREATE TEMP TABLE kept (v); INSERT INTO kept VALUES (1)');
  await until(() => pool.stats().readers === 0);
  expect(await pool.all('SELECT * FROM kept')).toEqual([{ v: 1 }]);
});

it('a read that is given up while its reader ends is answered', async () => {
  const pool = poolWith('', { readers: 2, readerIdleMs: 0 });
  const calls = Array.from({ length: 500 }, async (_, index) => {
    const controller = new AbortController();
    const call = pool.get('SELECT ? AS v', [index], { signal: controller.signal, pluck: true });
    if (index % 2 === 0) setImmediate(() => controller.abort());
    if (index % 5 === 0) await new Promise(setImmediate);
    return call.catch(() => index);
  });
  expect(await Promise.all(calls)).toEqual(calls.map((_, index) => index));
});

it('a wrong time is refused', async () => {
  const open = (readerIdleMs: unknown) => async () => poolWith('', { readerIdleMs: readerIdleMs as number });
  expect((await rejection(open(-1)())).message).toBe(
    'Expected the "readerIdleMs" option to be between 0 and 2147483647',
  );
  expect((await rejection(open('1')())).message).toBe('Expected the "readerIdleMs" option to be an integer');
});
