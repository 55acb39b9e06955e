// What holds between threads of one process. Each connection belongs to one thread.
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { Worker } = require('node:worker_threads');
const { load, newPath } = require('./fixture.cjs');
const { Skipped } = require('./run-checks.cjs');

const WORKERS = 4;
const ROWS_PER_WORKER = 2000;

/** Starts a worker on one of the tasks of worker.cjs and resolves with its first message. */
function start(task, fixture, file) {
  const worker = new Worker(path.join(__dirname, 'worker.cjs'), { workerData: { task, fixture, file } });
  const message = new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the worker ended with code ${code} and said nothing`)));
  });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  return { worker, message, ended };
}

/** Resolves once the worker of the task "endless" is inside of its query, which holds a lock. */
async function untilInside({ message }, db) {
  assert.strictEqual(await message, 'ready');
  const isBusy = (error) => error.code === 'SQLITE_BUSY';
  for (;;) {
    try {
      db.exec('BEGIN IMMEDIATE; ROLLBACK');
    } catch (error) {
      if (!isBusy(error)) throw error;
      return;
    }
    await new Promise(setImmediate);
  }
}

/** The checks of every thread, in a worker. */
async function runInWorker(fixture) {
  const { message, ended } = start('checks', fixture);
  const results = await message;
  await ended;
  return results;
}

/** The last to close removes the log, which on Deno can be a thread that has ended already. */
async function logIsGone(file) {
  while (process.versions.deno && fs.existsSync(`${file}-wal`)) await new Promise(setImmediate);
  assert.ok(!fs.existsSync(`${file}-wal`));
}

const threadChecks = {
  'workers write at once, each to a file of its own': async (fixture) => {
    const files = Array.from({ length: WORKERS }, () => newPath(fixture));
    const workers = files.map((file) => start('write', fixture, file));
    const counts = await Promise.all(workers.map(({ message }) => message));
    await Promise.all(workers.map(({ ended }) => ended));
    assert.deepStrictEqual(
      counts,
      files.map(() => ROWS_PER_WORKER),
    );
    const Database = load(fixture);
    for (const file of files) {
      const db = new Database(file, { readonly: true });
      assert.strictEqual(db.prepare('SELECT count(*) FROM t').pluck().get(), ROWS_PER_WORKER);
      assert.strictEqual(db.pragma('integrity_check', { simple: true }), 'ok');
      db.close();
    }
  },

  'worker.terminate() with an open scan of a virtual table cleans up without its generator': async (
    fixture,
  ) => {
    const file = newPath(fixture);
    const { worker, message } = start('scan', fixture, file);
    assert.strictEqual(await message, 'scanning');
    await worker.terminate();
    await logIsGone(file);
    const Database = load(fixture);
    const db = new Database(file);
    assert.deepStrictEqual(db.prepare('SELECT x FROM t').pluck().all(), ['kept']);
    db.close();
  },

  'worker.terminate() with an open transaction rolls it back and frees the file': async (fixture) => {
    const file = newPath(fixture);
    const { worker, message } = start('hold', fixture, file);
    assert.strictEqual(await message, 'holding');
    await worker.terminate();
    const Database = load(fixture);
    // A lock that the ended thread left behind shows at once. Deno says that a worker has ended
    // while its thread still cleans up, so there the lock is waited for.
    const db = new Database(file, { timeout: process.versions.deno ? 10_000 : 0 });
    assert.deepStrictEqual(db.prepare('SELECT x FROM t').pluck().all(), ['committed']);
    db.exec("INSERT INTO t VALUES ('after')");
    assert.strictEqual(db.pragma('integrity_check', { simple: true }), 'ok');
    db.close();
    await logIsGone(file);
  },
};

// Deno lets a busy thread run on, whatever it runs: what terminate() does there stands in exit.cjs.
if (!process.versions.deno) {
  threadChecks['worker.terminate() inside of a query ends the thread and rolls back'] = async (fixture) => {
    if (fixture.driver !== 'ferrolite') throw new Skipped('the driver never ends such a thread');
    const Database = load(fixture);
    const file = newPath(fixture);
    const db = new Database(file, { timeout: 0 });
    db.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES ('committed')");
    const started = start('endless', fixture, file);
    await untilInside(started, db);
    await started.worker.terminate();
    db.exec("INSERT INTO t VALUES ('after')");
    assert.deepStrictEqual(db.prepare('SELECT x FROM t').pluck().all(), ['committed', 'after']);
    assert.strictEqual(db.pragma('integrity_check', { simple: true }), 'ok');
    db.close();
    assert.ok(!fs.existsSync(`${file}-wal`));
  };
}

module.exports = { start, untilInside, threadChecks, runInWorker, ROWS_PER_WORKER };
