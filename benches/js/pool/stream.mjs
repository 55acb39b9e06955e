// Growth of the process while a million rows go to a consumer that is slower than SQLite.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { loadDriver, openEqually } from '../drivers.mjs';
import { equalPool, MAIN, POOL, prepareFile } from './ways.mjs';

const SQL = `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT ?)
  SELECT x AS id, 'Customer ' || x AS customer, x * 0.5 AS value, 'Called on Monday, will answer' AS note FROM n`;
/** The consumer awaits a millisecond after so many. */
const ROWS_BETWEEN = 1000;

/** `all()` of a synchronous driver: the rows are there before the first is consumed. */
async function* onMain(file, rows) {
  const db = openEqually(await loadDriver('better-sqlite3'), file);
  yield* db.prepare(SQL).all(rows);
  db.close();
}

async function* fromPool(file, rows) {
  const pool = equalPool(file);
  yield* pool.iterate(SQL, [rows]);
  await pool.close();
}

/** A worker that posts what it reads: nothing tells it to wait. */
async function* fromWorker(file, rows) {
  const worker = new Worker(new URL('stream-worker.mjs', import.meta.url), {
    workerData: { file, sql: SQL, rows },
  });
  const chunks = [];
  let wake = () => {};
  worker.on('message', (chunk) => {
    chunks.push(chunk);
    wake();
  });
  for (;;) {
    while (chunks.length === 0) await new Promise((resolve) => (wake = resolve));
    const chunk = chunks.shift();
    if (chunk === null) break;
    yield* chunk;
  }
  await worker.terminate();
}

export async function run(home, { way, rows }) {
  const file = join(home, 'stream.db');
  await prepareFile(way, file, (db) => db.exec('CREATE TABLE t (v)'));
  const source = way === POOL ? fromPool : way === MAIN ? onMain : fromWorker;
  // Threads and code are there before anything is counted.
  for await (const row of source(file, 100)) if (row.id === 0) throw new Error('no such row');
  globalThis.gc();
  const before = process.memoryUsage.rss();
  let highest = before;
  let seen = 0;
  for await (const row of source(file, rows)) {
    seen += 1;
    if (row.id !== seen) throw new Error(`row ${row.id} in the place of ${seen}`);
    if (seen % ROWS_BETWEEN !== 0) continue;
    await sleep(1);
    highest = Math.max(highest, process.memoryUsage.rss());
  }
  if (seen !== rows) throw new Error(`${seen} rows`);
  return { growthBytes: highest - before };
}
