// better-sqlite3 in a worker: a message in, the rows out.
import { parentPort, workerData } from 'node:worker_threads';
import { loadDriver, openEqually } from '../drivers.mjs';

const db = openEqually(await loadDriver('better-sqlite3'), workerData.file);
const statements = new Map();
parentPort.on('message', ({ id, sql, parameters }) => {
  let statement = statements.get(sql);
  if (statement === undefined) statements.set(sql, (statement = db.prepare(sql)));
  parentPort.postMessage({ id, rows: statement.all(...parameters) });
});
parentPort.postMessage('open');
