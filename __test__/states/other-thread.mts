/** A thread of this process with a connection of its own, which holds locks on the file of a case. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CaseDriver } from '../differential/harness/case.mts';

const HOLDER = `
  const { createRequire } = require('node:module');
  const { parentPort, workerData } = require('node:worker_threads');
  const Database = createRequire(workerData.home)(workerData.name);
  let db;
  parentPort.on('message', ({ file, sql }) => {
    db?.close();
    db = new Database(file).exec('PRAGMA synchronous = OFF; ' + sql);
    // Reads of a connection last as long as one of its statements runs.
    db.prepare('SELECT count(*) FROM t').get();
    parentPort.postMessage('held');
  });
`;

/** One thread for each driver: to start one for every case would take most of the time. */
const threads = new Map<string, Worker>();

function threadOf({ home, name }: CaseDriver): Worker {
  const started = threads.get(name);
  if (started !== undefined) return started;
  const thread = new Worker(HOLDER, { eval: true, workerData: { home, name } });
  threads.set(name, thread);
  return thread;
}

/** Lets the thread execute `sql` on the database in `file`, instead of what it has held before. */
export async function holdInOtherThread(driver: CaseDriver, file: string, sql: string): Promise<void> {
  const thread = threadOf(driver);
  thread.ref();
  const held = once(thread, 'message');
  thread.postMessage({ file, sql });
  await held;
  // It ends with the process and does not keep it.
  thread.unref();
}
