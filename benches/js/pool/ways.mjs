// The ways to query without a pool and with one, behind one interface: `all(sql, parameters)` answers with a promise,
// `close()` ends it. Each way has a file of its own.
import { Worker } from 'node:worker_threads';
import { openPool } from 'ferrolite/pool';
import { loadDriver, openEqually, PRAGMAS } from '../drivers.mjs';

export const POOL = 'pool';
export const WORKER = 'better-sqlite3 in a worker';
export const MAIN = 'better-sqlite3';

/** A pool with the pragmas that the drivers have. */
export function equalPool(file, options = {}) {
  return openPool(file, { ...options, pragmas: { ...PRAGMAS, ...options.pragmas } });
}

/** Makes the file that a way opens: filled by its own driver, which has closed it. */
export async function prepareFile(way, file, fill) {
  const db = openEqually(await loadDriver(way === POOL ? 'ferrolite' : 'better-sqlite3'), file);
  fill(db);
  db.close();
}

async function onMain(file) {
  const db = openEqually(await loadDriver('better-sqlite3'), file);
  const statements = new Map();
  return {
    async all(sql, parameters = []) {
      let statement = statements.get(sql);
      if (statement === undefined) statements.set(sql, (statement = db.prepare(sql)));
      return statement.all(...parameters);
    },
    async close() {
      db.close();
    },
  };
}

/** One worker that answers messages, as applications write it. */
async function inWorker(file) {
  const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData: { file } });
  const waiting = new Map();
  let number = 0;
  await new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', resolve);
  });
  worker.on('message', ({ id, rows }) => {
    const resolve = waiting.get(id);
    waiting.delete(id);
    resolve(rows);
  });
  return {
    all: (sql, parameters = []) =>
      new Promise((resolve) => {
        number += 1;
        waiting.set(number, resolve);
        worker.postMessage({ id: number, sql, parameters });
      }),
    close: () => worker.terminate(),
  };
}

/** @param {{ readers?: number }} options of a pool; nobody else has any */
export async function openWay(way, file, options) {
  if (way === MAIN) return onMain(file);
  if (way === WORKER) return inWorker(file);
  const pool = equalPool(file, options);
  return { all: (sql, parameters) => pool.all(sql, parameters), close: () => pool.close() };
}
