// The worker's side of threads.cjs: one task, chosen by workerData.
const { parentPort, workerData } = require('node:worker_threads');
const { callbackChecks, openScan } = require('./callbacks.cjs');
const { checks } = require('./checks.cjs');
const { load } = require('./fixture.cjs');
const { poolChecks } = require('./pool.cjs');
const { busyPool } = require('./pool-calls.cjs');
const { runChecks } = require('./run-checks.cjs');
const { ROWS_PER_WORKER } = require('./threads.cjs');

const tasks = {
  checks(fixture) {
    const all = { ...checks, ...callbackChecks };
    return runChecks('worker', fixture.driver === 'ferrolite' ? { ...all, ...poolChecks } : all, fixture);
  },

  async pool(fixture, file) {
    const pool = await busyPool(fixture, file);
    // The listener keeps this thread alive until it is terminated, and the pool with it.
    parentPort.on('message', () => pool.close());
    return 'busy';
  },

  scan(fixture, file) {
    const Database = load(fixture);
    const db = new Database(file);
    db.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES ('kept')");
    const rows = openScan(db);
    parentPort.on('message', () => rows.next());
    return 'scanning';
  },

  write(fixture, file) {
    const Database = load(fixture);
    const db = new Database(file);
    db.pragma('journal_mode = WAL');
    db.exec('CREATE TABLE t (x)');
    const insert = db.prepare('INSERT INTO t VALUES (?)');
    db.transaction(() => {
      for (let x = 0; x < ROWS_PER_WORKER; x++) insert.run(`row ${x}`);
    })();
    const count = db.prepare('SELECT x FROM t').all().length;
    db.close();
    return count;
  },

  hold(fixture, file) {
    const Database = load(fixture);
    const db = new Database(file);
    db.pragma('journal_mode = WAL');
    db.exec("CREATE TABLE t (x); INSERT INTO t VALUES ('committed'); BEGIN IMMEDIATE");
    db.prepare('INSERT INTO t VALUES (?)').run('uncommitted');
    // The listener keeps this thread alive until it is terminated, and the database with it.
    parentPort.on('message', () => db.close());
    return 'holding';
  },

  endless(fixture, file) {
    const Database = load(fixture);
    const db = new Database(file);
    // Reads the schema, so that the lock that untilInside() sees is that of the query.
    db.exec('SELECT x FROM t');
    parentPort.postMessage('ready');
    db.exec(`BEGIN; INSERT INTO t VALUES ('lost');
             WITH RECURSIVE n(i) AS (SELECT 1 FROM t UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n`);
  },

  checkpointer(fixture, file) {
    const db = load(fixture).getSqlite({ path: file });
    db.exec('CREATE TABLE t (x)');
    load(fixture, '/ops').startCheckpointer(db);
    // The listener keeps this thread alive until it is terminated.
    parentPort.on('message', () => db.close());
    return 'started';
  },

  client(fixture, file) {
    const db = load(fixture).getSqlite({ path: file });
    db.exec("CREATE TABLE t (x); INSERT INTO t VALUES ('kept')");
    return 'written';
  },
};

async function main() {
  const { task, fixture, file } = workerData;
  parentPort.postMessage(await tasks[task](fixture, file));
}

main().catch((error) => {
  throw error;
});
