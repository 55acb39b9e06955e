// Operations on whatever runtime runs this file.
const assert = require('node:assert');
const fs = require('node:fs');
const { load, newPath } = require('./fixture.cjs');

const FILL =
  'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000) INSERT INTO t SELECT i FROM n';

function filled(fixture) {
  const file = newPath(fixture);
  const Database = load(fixture);
  new Database(file).exec(`CREATE TABLE t (v); CREATE INDEX t_v ON t (v); ${FILL}`).close();
  return file;
}

async function* later(rows) {
  yield* rows;
}

const opsChecks = {
  'a query is explained, and an index suggested that it then uses': async (fixture) => {
    const { explainQuery } = load(fixture, '/ops');
    const { openPool } = load(fixture, '/pool');
    const file = filled(fixture);
    const Database = load(fixture);
    const db = new Database(file);
    db.exec('DROP INDEX t_v; ANALYZE');
    const sql = 'SELECT v FROM t WHERE v = ?';
    const pool = openPool(file);
    for (const each of [db, pool]) {
      const { problems, suggestions, actual } = await explainQuery(each, sql, [5], { execute: true });
      assert.deepStrictEqual(
        problems.map(({ problem }) => problem),
        ['full scan'],
      );
      assert.strictEqual(suggestions[0].sql, 'CREATE INDEX "t_v" ON "t" ("v")');
      assert.deepStrictEqual([actual.rows, actual.fullScanSteps], [1, 2999]);
    }
    db.exec('CREATE INDEX t_v ON t (v)');
    assert.deepStrictEqual((await explainQuery(db, sql)).problems, []);
    await pool.close();
    db.close();
  },

  'a transaction is repeated while another connection has the lock': async (fixture) => {
    const { withRetry } = load(fixture, '/ops');
    const { openPool } = load(fixture, '/pool');
    const Database = load(fixture);
    const file = newPath(fixture);
    const db = new Database(file);
    db.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (x)');
    const other = new Database(file);
    const insert = () => db.prepare('INSERT INTO t VALUES (1)').run().changes;
    const onRetry = () => other.inTransaction && other.exec('ROLLBACK');
    other.exec('BEGIN IMMEDIATE');
    assert.strictEqual(await withRetry(db, insert, { onRetry }), 1);
    await assert.rejects(
      withRetry(db, async () => insert()),
      TypeError,
    );
    other.exec('BEGIN IMMEDIATE');
    await assert.rejects(withRetry(db, insert, { deadlineMs: 5 }), { code: 'FERROLITE_RETRY_DEADLINE' });
    const pool = openPool(file, { busyTimeoutMs: 0 });
    const add = (tx) => tx.run('INSERT INTO t VALUES (2)');
    assert.strictEqual((await withRetry(pool, add, { onRetry })).changes, 1);
    await assert.rejects(
      withRetry(pool, () => withRetry(pool, add)),
      TypeError,
    );
    await pool.close();
    other.close();
    db.close();
  },

  'many rows are inserted, by a connection and by a pool, and a wrong one is named': async (fixture) => {
    const { exportRows, importCsv, insertMany } = load(fixture, '/ops');
    const { openPool } = load(fixture, '/pool');
    const Database = load(fixture);
    const file = newPath(fixture);
    const db = new Database(file);
    db.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT, n REAL, big, bytes BLOB)');
    const rows = Array.from({ length: 3000 }, (_, id) => {
      return { id, text: `Zürich 東京 ${id}`, n: id / 3, big: 2n ** 62n, bytes: Buffer.from([id % 256]) };
    });
    const wrong = [...rows];
    wrong[2500] = { ...rows[2500], id: 7 };
    await assert.rejects(insertMany(db, 't', wrong), { code: 'FERROLITE_ROW', row: 2500 });
    await insertMany(db, 't', rows);
    const pool = openPool(file);
    await assert.rejects(insertMany(pool, 't', later(rows)), { code: 'FERROLITE_ROW', row: 0 });
    const others = rows.map(({ id, ...values }) => Object.assign({ id: id + 3000 }, values));
    assert.strictEqual((await insertMany(pool, 't', later(others))).changes, 3000);
    const all = db.prepare('SELECT * FROM t ORDER BY id').safeIntegers().all();
    assert.strictEqual(all.length, 6000);
    assert.deepStrictEqual({ ...all[5999] }, { ...others[2999], id: 5999n });
    const text = await new Response(exportRows(db, 'SELECT id, text FROM t')).text();
    assert.strictEqual(text, await new Response(exportRows(pool, 'SELECT id, text FROM t')).text());
    db.exec('CREATE TABLE u (id INTEGER, text TEXT)');
    await importCsv(pool, 'u', new Blob([text]).stream());
    assert.strictEqual(db.prepare('SELECT count(*) FROM u JOIN t USING (id, text)').pluck().get(), 6000);
    await pool.close();
    db.close();
  },

  'maintenance works off the main thread, tells its progress and can be given up': async (fixture) => {
    const ops = load(fixture, '/ops');
    const file = filled(fixture);
    const heard = [];
    const onProgress = ({ done, total }) => heard.push([done, total]);
    assert.deepStrictEqual((await ops.optimize(file)).objects, ['t']);
    assert.deepStrictEqual((await ops.reindex(file, { onProgress })).objects, ['t_v']);
    assert.deepStrictEqual(heard, [
      [0, 1],
      [1, 1],
    ]);
    assert.strictEqual((await ops.vacuum(file)).truncated, true);
    for (const check of [ops.quickCheck, ops.integrityCheck, ops.foreignKeyCheck]) {
      assert.strictEqual((await check(file)).ok, true);
    }
    const reason = new Error('given up');
    const controller = new AbortController();
    // Of several statements, so that one is left to be given up.
    const given = ops.vacuum(file, { signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(given, reason);
  },

  'a schedule does once what is due': async (fixture) => {
    const ops = load(fixture, '/ops');
    const file = filled(fixture);
    const schedule = ops.startMaintenance(file, { checkIntervalMs: 86_400_000 });
    const runs = await schedule.runDue();
    assert.deepStrictEqual(
      schedule.lastRuns().map(({ task, outcome }) => [task, outcome]),
      [
        ['optimize', 'ok'],
        ['quickCheck', 'ok'],
      ],
    );
    assert.ok(runs.length <= 2);
    assert.deepStrictEqual(await schedule.runDue(), []);
    await schedule.stop();
  },

  'locks are told, and their loss': async (fixture) => {
    const ops = load(fixture, '/ops');
    const Database = load(fixture);
    const file = filled(fixture);
    const db = new Database(file);
    db.exec('BEGIN IMMEDIATE');
    const { own, text } = await ops.diagnoseBusy(db);
    assert.match(text, /^Locks of /);
    // Windows has no such locks to tell of.
    if (process.platform !== 'win32') {
      assert.strictEqual(own.level, 'RESERVED');
      assert.ok(own.writeHeldMs >= 0);
      assert.strictEqual(own.ofThread.length, 1);
    }
    assert.strictEqual(ops.lockCheck(db).lost.length, 0);
    if (process.platform === 'linux') {
      assert.strictEqual(ops.lockCheck(db).status, 'ok');
      fs.closeSync(fs.openSync(file, 'r'));
      assert.strictEqual(ops.lockCheck(db).status, 'unhealthy');
    }
    db.exec('ROLLBACK').close();
  },
};

module.exports = { opsChecks };
