// The pool on whatever runtime runs this file, on the main thread and in workers, and how it ends.
const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { load, newPath } = require('./fixture.cjs');
const { loadPool, ENDLESS } = require('./pool-calls.cjs');
const { start } = require('./threads.cjs');

const COUNT = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ?) SELECT i FROM n';

const logsOf = (file) => [`${file}-wal`, `${file}-shm`].filter((name) => fs.existsSync(name));

/** Checks of every thread. */
const poolChecks = {
  'reads and writes, alone and many at once': async (fixture) => {
    const pool = loadPool(fixture).openPool(newPath(fixture));
    await pool.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, x)');
    const written = await Promise.all(
      Array.from({ length: 500 }, (_, x) => pool.run('INSERT INTO t (x) VALUES (?)', [`row ${x}`])),
    );
    assert.deepStrictEqual(written[499], { changes: 1, lastInsertRowid: 500 });
    const values = {
      text: 'Zürich 東京',
      blob: Buffer.from([0, 255]),
      big: 2n ** 62n,
      real: 1.5,
      none: null,
    };
    const sql = 'SELECT @text AS text, @blob AS blob, @big AS big, @real AS real, @none AS none';
    assert.deepStrictEqual({ ...(await pool.get(sql, values, { safeIntegers: true })) }, values);
    const rows = await pool.all('SELECT * FROM t');
    assert.strictEqual(rows.length, 500);
    assert.deepStrictEqual({ ...rows[499] }, { id: 500, x: 'row 499' });
    await assert.rejects(pool.run('INSERT INTO t VALUES (1, 1)'), { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' });
    await pool.close();
  },

  'templates, whose values are parameters': async (fixture) => {
    const { openPool, sql } = loadPool(fixture);
    const pool = openPool(newPath(fixture));
    await pool.exec(sql`CREATE TABLE t (id INTEGER PRIMARY KEY, x)`);
    const hostile = "'); DROP TABLE t; --";
    await pool.run(sql`INSERT INTO t (x) VALUES ${sql.join([1, hostile].map((x) => sql`(${x})`))}`);
    const query = sql`SELECT ${sql.identifier('t', 'x')} FROM t WHERE id IN (${sql.join([1, 2])})`;
    assert.deepStrictEqual(await pool.all(query, { pluck: true }), [1, hostile]);
    assert.deepStrictEqual(await pool.transaction((tx) => tx.all(query, { pluck: true })), [1, hostile]);
    assert.throws(() => sql`SELECT ${undefined}`, TypeError);
    await assert.rejects(pool.all(query, [1]), TypeError);
    await pool.close();
  },

  'streams, transactions, snapshots and batches': async (fixture) => {
    const pool = loadPool(fixture).openPool(newPath(fixture));
    let sum = 0;
    for await (const { i } of pool.iterate(COUNT, [20_000])) sum += i;
    assert.strictEqual(sum, 200_010_000);
    await pool.batch(['CREATE TABLE t (x)', ['INSERT INTO t VALUES (?)', [1]]]);
    for (const method of ['transaction', 'read']) {
      const last = await pool[method](async (holder) => {
        for await (const { i } of holder.iterate(COUNT, [1e12])) {
          if (i % 1000 === 0) assert.strictEqual((await holder.get('SELECT x FROM t')).x, 1);
          if (i === 5000) return i;
        }
      });
      assert.strictEqual(last, 5000);
    }
    const seen = await pool.read(async (snapshot) => {
      await pool.transaction(async (tx) => {
        await tx.run('INSERT INTO t VALUES (2)');
        await tx.transaction((inner) => inner.run('INSERT INTO t VALUES (3)'));
      });
      return snapshot.all('SELECT x FROM t', [], { pluck: true });
    });
    assert.deepStrictEqual(seen, [1]);
    assert.deepStrictEqual(await pool.all('SELECT x FROM t', [], { pluck: true }), [1, 2, 3]);
    await assert.rejects(pool.all(ENDLESS, [], { timeoutMs: 20 }), { code: 'FERROLITE_TIMEOUT' });
    await pool.close();
    await assert.rejects(pool.all('SELECT 1'), { code: 'FERROLITE_POOL_CLOSED' });
  },

  'functions that are expressions, and functions in JavaScript': async (fixture) => {
    const pool = loadPool(fixture).openPool(newPath(fixture), { readers: 2 });
    pool.function('twice', '?1 * 2').function('greet', { deterministic: true }, "'Grüße, ' || :name");
    assert.strictEqual(
      await pool.get("SELECT greet('東京') || twice(21)", [], { pluck: true }),
      'Grüße, 東京42',
    );
    assert.strictEqual(await pool.transaction((tx) => tx.get('SELECT twice(2)', [], { pluck: true })), 4);
    pool.function('joined', { varargs: true }, (...values) => values.join());
    const joined = await pool.get(
      `SELECT count(joined(i)) AS n, joined(1, 'a', 2.5, '東京') AS j FROM (${COUNT})`,
      [500],
    );
    assert.deepStrictEqual({ ...joined }, { n: 500, j: '1,a,2.5,東京' });
    const thrown = new Error('thrown');
    pool.function('fail', () => {
      throw thrown;
    });
    await assert.rejects(
      pool.transaction((tx) => tx.run('SELECT fail()')),
      thrown,
    );
    assert.throws(() => pool.function('f', async () => 1), TypeError);
    assert.throws(() => pool.function('f', '(SELECT x FROM t)'), { name: 'SqliteError' });
    assert.throws(() => pool.function('lower', '1'), TypeError);
    await pool.close();
  },

  'a fleet opens a bounded number of its databases, and serves all': async (fixture) => {
    const directory = `${newPath(fixture)}-fleet`;
    const fleet = loadPool(fixture).openFleet(directory, { maxOpen: 2 });
    const names = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(names.map((name) => fleet.pool(name).exec('CREATE TABLE t (x)')));
    await Promise.all(names.map((name) => fleet.pool(name).run('INSERT INTO t VALUES (?)', [name])));
    for (const name of names) {
      assert.deepStrictEqual(await fleet.pool(name).all('SELECT x FROM t', [], { pluck: true }), [name]);
    }
    assert.strictEqual(fleet.stats().open, 2);
    assert.deepStrictEqual([await fleet.delete('c'), await fleet.list()], [true, ['a', 'b', 'd', 'e']]);
    assert.throws(() => fleet.pool('../a'), TypeError);
    await fleet.close();
    for (const name of names) assert.deepStrictEqual(logsOf(path.join(directory, `${name}.db`)), []);
    await assert.rejects(fleet.pool('a').get('SELECT 1'), { code: 'FERROLITE_FLEET_CLOSED' });
  },

  'the event loop turns while a query is executed': async (fixture) => {
    const pool = loadPool(fixture).openPool(newPath(fixture));
    const controller = new AbortController();
    const query = pool.all(ENDLESS, [], { signal: controller.signal });
    for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
    controller.abort(new Error('enough'));
    await assert.rejects(query, { message: 'enough' });
    await pool.close();
  },
};

/** Runs pool-child.cjs on the runtime that runs us. */
function runChild({ folder }, file, how) {
  const before = process.versions.deno
    ? ['run', '--allow-all', '--node-modules-dir=manual', '--no-config']
    : [];
  const args = [...before, path.join(__dirname, 'pool-child.cjs'), folder, file, how];
  const { status, signal, stdout, stderr, error } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (error) throw error;
  assert.strictEqual(signal, null, stderr);
  return { status, stdout, stderr };
}

function assertRolledBack(fixture, file) {
  const db = new (load(fixture))(file, { timeout: 10_000 });
  assert.deepStrictEqual(db.prepare('SELECT x FROM t').pluck().all(), ['kept']);
  assert.strictEqual(db.pragma('integrity_check', { simple: true }), 'ok');
  db.close();
  assert.deepStrictEqual(logsOf(file), []);
}

const endings = {
  'the end of a process with an idle pool comes by itself and leaves no log': (fixture) => {
    const file = newPath(fixture);
    const { status, stderr } = runChild(fixture, file, 'idle');
    assert.strictEqual(status, 0, stderr);
    assert.deepStrictEqual(logsOf(file), []);
    assertRolledBack(fixture, file);
  },

  'a process stays until its calls are answered': (fixture) => {
    const file = newPath(fixture);
    const { status, stdout, stderr } = runChild(fixture, file, 'pending');
    assert.strictEqual(status, 0, stderr);
    assert.strictEqual(stdout.trim(), '1');
  },

  ...Object.fromEntries(
    ['exit', 'throw'].map((how) => [
      `the end by ${how} with calls under way leaves no log, and of them nothing`,
      (fixture) => {
        const file = newPath(fixture);
        const { status, stderr } = runChild(fixture, file, how);
        assert.strictEqual(status, how === 'exit' ? 3 : 1, stderr);
        assert.deepStrictEqual(logsOf(file), []);
        assertRolledBack(fixture, file);
      },
    ]),
  ),

  'worker.terminate() with calls under way ends their threads and rolls back': async (fixture) => {
    for (let round = 0; round < 5; round++) {
      const file = newPath(fixture);
      const { worker, message } = start('pool', fixture, file);
      assert.strictEqual(await message, 'busy');
      await worker.terminate();
      // Deno says that a worker has ended while its thread still cleans up.
      while (process.versions.deno && logsOf(file).length > 0) await new Promise(setImmediate);
      assert.deepStrictEqual(logsOf(file), []);
      assertRolledBack(fixture, file);
    }
  },
};

module.exports = { poolChecks, poolEndings: endings };
