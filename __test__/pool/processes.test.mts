// Several processes that write to one file through pools of their own.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import Database from 'ferrolite';
import { expect, it } from 'vitest';
import { exitOf } from '../helpers/wait.mts';
import { tempDb } from '../helpers/temp-db.mts';

const PROCESSES = 8;
const TRANSACTIONS = 40;
const WRITER = `
  const { openPool } = require('ferrolite/pool');
  const [file, name, count] = process.argv.slice(1);
  (async () => {
    const pool = openPool(file, { busyTimeoutMs: 60_000, maxHoldMs: 60_000, acquireTimeoutMs: 60_000 });
    await pool.exec('CREATE TABLE IF NOT EXISTS counter (n INTEGER); CREATE TABLE IF NOT EXISTS log (name, n)');
    for (let round = 0; round < count; round += 1) {
      await pool.transaction(async (tx) => {
        const last = await tx.get('SELECT max(n) AS n FROM log');
        await tx.run('INSERT INTO log VALUES (?, ?)', [name, (last.n ?? 0) + 1]);
      });
      await Promise.all([1, 2, 3].map(() => pool.run('INSERT INTO counter VALUES (1)')));
    }
    await pool.close();
  })();
`;

it('none is refused, and no update of another is lost', async () => {
  const file = tempDb();
  const children = Array.from({ length: PROCESSES }, (_, index) =>
    spawn(process.execPath, ['-e', WRITER, file, `p${index}`, String(TRANSACTIONS)], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      stdio: ['ignore', 'inherit', 'inherit'],
    }),
  );
  const ends = await Promise.all(children.map(exitOf));
  expect(ends).toEqual(ends.map(() => ({ code: 0, signal: null })));
  const db = new Database(file);
  const total = PROCESSES * TRANSACTIONS;
  expect(db.prepare('SELECT count(*), count(DISTINCT n), max(n) FROM log').raw().get()).toEqual([
    total,
    total,
    total,
  ]);
  expect(db.prepare('SELECT count(*) FROM counter').pluck().get()).toBe(3 * total);
  db.close();
}, 120_000);
