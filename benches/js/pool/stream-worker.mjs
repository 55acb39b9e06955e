// Posts the rows of a query, a thousand at a time, and null at the end.
import { parentPort, workerData } from 'node:worker_threads';
import { loadDriver, openEqually } from '../drivers.mjs';

const CHUNK = 1000;

const { file, sql, rows } = workerData;
const db = openEqually(await loadDriver('better-sqlite3'), file);
let chunk = [];
for (const row of db.prepare(sql).iterate(rows)) {
  chunk.push(row);
  if (chunk.length < CHUNK) continue;
  parentPort.postMessage(chunk);
  chunk = [];
}
db.close();
parentPort.postMessage(chunk);
parentPort.postMessage(null);
