// Calls of every kind at once, many of them given up at random moments, and what must be true afterwards: each is
// answered, and the file has exactly what was acknowledged. Free of the test runner: the long run uses it too.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'ferrolite';
import { openPool } from 'ferrolite/pool';

const COUNT = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT ?) SELECT x FROM n';

/** One of `choices`. */
const pick = (random, choices) => choices[Math.floor(random() * choices.length)];

/** Options of a call that is given up at some time, or not. */
function givenUp(random, controllers) {
  const how = random();
  if (how < 0.6) return {};
  if (how < 0.7) return { timeoutMs: Math.floor(random() * 20) };
  const controller = new AbortController();
  controllers.push(controller);
  return { signal: controller.signal };
}

/** Each inserts rows of its number, and answers how many are there if it is fulfilled. */
const writes = {
  run: async (pool, id, options) => {
    await pool.run('INSERT INTO t VALUES (?)', [id], options);
    return 1;
  },
  returning: async (pool, id, options) =>
    (await pool.all(`INSERT INTO t VALUES (?), (?) RETURNING ${id % 7}`, [id, id], options)).length,
  batch: async (pool, id, options) =>
    (
      await pool.batch(
        [
          ['INSERT INTO t VALUES (?)', [id]],
          ['INSERT INTO t VALUES (?)', [id]],
        ],
        options,
      )
    ).length,
  transaction: async (pool, id, { signal, timeoutMs }, random) =>
    pool.transaction(
      async (tx) => {
        await tx.run('INSERT INTO t VALUES (?)', [id]);
        await tx
          .transaction(async (inner) => {
            await inner.run('INSERT INTO t VALUES (?)', [id]);
            if (random() < 0.5) throw new Error('undone');
          })
          .catch(() => undefined);
        if (random() < 0.2) throw new Error('rolled back');
        return (await tx.get('SELECT count(*) AS n FROM t WHERE id = ?', [id])).n;
      },
      { ...(signal && { signal }), maxHoldMs: timeoutMs ?? 10_000, acquireTimeoutMs: 60_000 },
    ),
  refused: async (pool, id, options) => {
    await pool.run('INSERT INTO t VALUES (?), (NULL)', [id], options);
    return 1;
  },
  ending: async (pool, id, options) => {
    await pool.run('INSERT OR ROLLBACK INTO t VALUES (?), (NULL)', [id], options);
    return 1;
  },
};

const reads = {
  known: (pool, options) => pool.all('SELECT id FROM t LIMIT 10', [], options),
  unknown: (pool, options, random) => pool.get(`SELECT ${random()} AS r, count(*) FROM t`, [], options),
  long: (pool, options) => pool.all(COUNT, [200_000], { ...options, pluck: true }),
  stream: async (pool, options, random) => {
    const most = random() * 30_000;
    for await (const x of pool.iterate(COUNT, [50_000], { ...options, pluck: true })) if (x > most) break;
  },
  snapshot: (pool, { signal }) =>
    pool.read(
      async (snapshot) => {
        const { n } = await snapshot.get('SELECT count(*) AS n FROM t');
        const again = await snapshot.get('SELECT count(*) AS n FROM t');
        if (n !== again.n) throw new Error('DEFECT: a snapshot has changed');
      },
      { ...(signal && { signal }), maxAgeMs: 60_000 },
    ),
  pragma: (pool, options) => pool.get('PRAGMA user_version', [], options),
  broken: (pool, options) => pool.all('SELECT * FROM absent', [], options),
};

/**
 * One storm of `calls` calls on a file of its own.
 *
 * @param random - Numbers in [0, 1).
 * @returns How many were fulfilled and how many rejected.
 * @throws {Error} for what must not be.
 */
export async function storm({ calls, random, readers = 1 + Math.floor(random() * 4) }) {
  const folder = mkdtempSync(join(tmpdir(), 'ferrolite-storm-'));
  const file = join(folder, 'test.db');
  const pool = openPool(file, { readers });
  try {
    await pool.exec('CREATE TABLE t (id INTEGER NOT NULL)');
    const controllers = [];
    const expected = new Map();
    const outcome = { fulfilled: 0, rejected: 0 };
    const made = [];
    const settle = async (call, id, isWrite) => {
      try {
        const rows = await call;
        outcome.fulfilled += 1;
        if (isWrite) expected.set(id, rows);
      } catch (error) {
        outcome.rejected += 1;
        if (/defect/i.test(String(error))) throw error;
      }
    };
    for (let id = 1; id <= calls; id += 1) {
      const options = givenUp(random, controllers);
      const isWrite = random() < 0.6;
      const call = isWrite
        ? pick(random, Object.values(writes))(pool, id, options, random)
        : pick(random, Object.values(reads))(pool, options, random);
      made.push(settle(call, id, isWrite));
      if (random() < 0.1) await new Promise(setImmediate);
      if (random() < 0.3) controllers.splice(Math.floor(random() * controllers.length), 1)[0]?.abort();
    }
    for (const controller of controllers) if (random() < 0.5) controller.abort();
    await Promise.all(made);
    const { waiting, running, replaced } = pool.stats();
    if (replaced > 0) throw new Error(`${replaced} connections were replaced`);
    await pool.close();
    const db = new Database(file, { fileMustExist: true });
    const there = new Map(db.prepare('SELECT id, count(*) FROM t GROUP BY id').raw().all());
    const integrity = db.pragma('integrity_check', { simple: true });
    db.close();
    const wrong = [...new Set([...there.keys(), ...expected.keys()])].filter(
      (id) => there.get(id) !== expected.get(id),
    );
    if (wrong.length > 0 || integrity !== 'ok') {
      const list = wrong.slice(0, 10).map((id) => [id, expected.get(id), there.get(id)]);
      throw new Error(`rows that differ, as expected and as found: ${JSON.stringify(list)}; ${integrity}`);
    }
    return { ...outcome, waiting, running };
  } finally {
    await pool.close({ drainMs: 0 });
    rmSync(folder, { recursive: true, force: true });
  }
}
