// A hundred thousand calls in the queue, given up at every point: each is answered, and nothing stays.
import { describe, expect, it } from 'vitest';
import { inChild } from '../helpers/in-child.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { poolWith, rejection, until } from './support.mts';

const COUNT = 100_000;
/** Calls that are given up in one round, rounds, and those after which the process has what it needs. */
const GIVEN_UP = 20_000;
const ROUNDS = 12;
const FIRST_ROUNDS = 4;

/** Rounds of calls that wait and are given up, and how much memory (bytes) each has left behind the one before. */
async function giveUp(file: string, count: number, rounds: number) {
  const { openPool } = require('ferrolite/pool') as typeof import('ferrolite/pool');
  const { readdirSync } = require('node:fs') as typeof import('node:fs');
  const counted = () => ['task', 'fd'].map((name) => readdirSync(`/proc/self/${name}`).length);
  const pool = openPool(file, { readers: 1, readerIdleMs: Infinity });
  await pool.exec('CREATE TABLE IF NOT EXISTS t (v)');
  await pool.all('SELECT 1');
  const before = counted();
  const left: number[] = [];
  let settled = 0;
  let most = 0;
  for (let round = 0; round < rounds; round += 1) {
    let release!: () => void;
    const held = pool.transaction(() => new Promise<void>((resolve) => void (release = resolve)));
    while (pool.stats().heldMs === undefined) await new Promise(setImmediate);
    const controllers = Array.from({ length: count }, () => new AbortController());
    const calls = controllers.map(({ signal }, index) =>
      pool.run('INSERT INTO t VALUES (?)', [index], { signal }).catch(() => undefined),
    );
    most = Math.max(most, pool.stats().waiting);
    for (const controller of controllers) controller.abort();
    controllers.length = 0;
    settled += (await Promise.all(calls)).length;
    release();
    await held;
    while (pool.stats().waiting + pool.stats().running > 0) await new Promise(setImmediate);
    for (let collections = 0; collections < 3; collections += 1) {
      gc!();
      await new Promise(setImmediate);
    }
    left.push(process.memoryUsage().rss);
  }
  const rows = await pool.get('SELECT count(*) AS n FROM t');
  const after = counted();
  await pool.close();
  return { before, after, left, settled, most, rows };
}

describe('a hundred thousand calls', () => {
  it('are answered, each with what became of it', async () => {
    const pool = poolWith('CREATE TABLE t (v)');
    const calls = Array.from({ length: COUNT }, (_, index) => pool.run('INSERT INTO t VALUES (?)', [index]));
    expect((await rejection(pool.get('SELECT 1'))).code).toBe('FERROLITE_QUEUE_FULL');
    await Promise.all(calls);
    expect(await pool.get('SELECT count(*) AS n, count(DISTINCT v) AS d FROM t')).toEqual({
      n: COUNT,
      d: COUNT,
    });
    expect(pool.stats()).toMatchObject({ waiting: 0, running: 0 });
  }, 60_000);

  it('are refused when the pool is closed, each of them', async () => {
    const pool = poolWith('CREATE TABLE t (v)');
    void pool.transaction(() => new Promise(() => undefined)).catch(() => undefined);
    await until(() => pool.stats().heldMs !== undefined);
    const texts = ['SELECT v FROM t', 'INSERT INTO t VALUES (1)'];
    const calls = Array.from({ length: COUNT - 2 }, (_, index) =>
      // Texts that nobody knows wait for whoever finds out.
      pool.all(`${texts[index % 2]} -- ${index % 5000}`).then(
        () => 'read',
        (error: { code: string }) => error.code,
      ),
    );
    await pool.close({ drainMs: 0 });
    const outcomes = new Set(await Promise.all(calls));
    expect(outcomes.has('FERROLITE_POOL_CLOSED')).toBe(true);
    // Some were read before; an insertion gives no rows.
    expect([...outcomes].filter((code) => code !== 'FERROLITE_POOL_CLOSED' && code !== 'read')).toEqual([]);
    expect(pool.stats()).toMatchObject({ threads: 0, waiting: 0, running: 0 });
  }, 60_000);

  it.runIf(process.platform === 'linux')(
    'that are given up while they wait leave neither threads, nor handles, nor memory',
    () => {
      const { before, after, left, ...rest } = inChild(giveUp, [tempDb(), GIVEN_UP, ROUNDS], {
        flags: ['--expose-gc'],
      });
      expect(rest).toEqual({ settled: ROUNDS * GIVEN_UP, most: GIVEN_UP, rows: { n: 0 } });
      expect(after).toEqual(before);
      // The later rounds live in what the first ones have taken: a call that stayed would have 300 bytes.
      const grown = left[ROUNDS - 1]! - left[FIRST_ROUNDS - 1]!;
      expect(grown).toBeLessThan((ROUNDS - FIRST_ROUNDS) * GIVEN_UP * 150);
    },
    60_000,
  );
});

/** Holds the writer of a pool until what it gives is called. */
async function holdWriter(pool: ReturnType<typeof poolWith>): Promise<() => Promise<void>> {
  let end!: () => void;
  const held = pool.transaction(() => new Promise<void>((resolve) => (end = resolve)));
  await until(() => pool.stats().heldMs !== undefined && end !== undefined);
  return () => {
    end();
    return held;
  };
}

describe('a call that is given up after so many turns of the event loop', () => {
  const kinds = {
    run: (pool, signal) => pool.run('INSERT INTO t VALUES (1)', [], { signal }),
    'a write of an unknown text': (pool, signal) =>
      pool.all(`INSERT INTO t VALUES (1) RETURNING ${performance.now()}`, [], { signal }),
    batch: (pool, signal) => pool.batch(['INSERT INTO t VALUES (1)'], { signal }),
    exec: (pool, signal) => pool.exec('INSERT INTO t VALUES (1)', { signal }),
    transaction: (pool, signal) =>
      pool.transaction(
        async (tx) => {
          await tx.run('INSERT INTO t VALUES (1)');
          await tx.transaction((inner) => inner.run('SELECT 1').catch(() => undefined));
        },
        { signal },
      ),
  } satisfies Record<string, (pool: ReturnType<typeof poolWith>, signal: AbortSignal) => Promise<unknown>>;

  it.each(Object.entries(kinds))(
    '%s: is there exactly if it was fulfilled',
    async (_, call) => {
      const pool = poolWith('CREATE TABLE t (v)');
      let there = 0;
      let givenUp = 0;
      for (let turns = 0; turns < 300; turns += 1) {
        const controller = new AbortController();
        // Of the first the writer never hears, and the last of thirty is waited for.
        const release = turns === 0 ? await holdWriter(pool) : undefined;
        const made = call(pool, controller.signal).then(
          () => true,
          () => false,
        );
        const done = made.then(() => 'done');
        for (let turn = 0; turn < turns % 30; turn += 1) {
          if ((await Promise.race([done, new Promise(setImmediate)])) === 'done') break;
        }
        if (turns % 30 === 29) await made;
        controller.abort();
        if (await made) there += 1;
        else givenUp += 1;
        await release?.();
        expect(await pool.get('SELECT count(*) FROM t', [], { pluck: true })).toBe(there);
      }
      expect(Math.min(there, givenUp)).toBeGreaterThan(0);
      await until(() => pool.stats().waiting + pool.stats().running === 0);
    },
    60_000,
  );
});
