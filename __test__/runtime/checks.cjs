// What every thread of every runtime must do. Facts of better-sqlite3 13, so both drivers pass.
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { load, newPath } = require('./fixture.cjs');

/** Each storage class and each way a text travels: ASCII, Latin-1, beyond it, NUL, long. */
const ROWS = [
  { id: 1, i: 0, r: -0.5, t: '', b: Buffer.alloc(0), n: null },
  { id: 2, i: 2 ** 31 - 1, r: 1e308, t: 'plain ASCII', b: Buffer.from([0, 255]), n: null },
  { id: 3, i: -(2 ** 31), r: Infinity, t: 'Grüße', b: Buffer.from('blob'), n: null },
  { id: 4, i: 2 ** 53 - 1, r: 0.1, t: '東京 🗼', b: Buffer.alloc(5000, 7), n: null },
  { id: 5, i: -(2 ** 53 - 1), r: -1, t: 'before\0after', b: Buffer.from([1]), n: null },
  { id: 6, i: 42, r: 3.25, t: 'long '.repeat(2000), b: Buffer.from([2]), n: null },
];

async function withDatabase(fixture, use) {
  const Database = load(fixture);
  const db = new Database(newPath(fixture));
  try {
    return await use(db, Database);
  } finally {
    db.close();
  }
}

function createRows(db) {
  db.exec('CREATE TABLE v (id INTEGER PRIMARY KEY, i INTEGER, r REAL, t TEXT, b BLOB, n)');
  const insert = db.prepare('INSERT INTO v VALUES (:id, :i, :r, :t, :b, :n)');
  for (const row of ROWS) assert.strictEqual(insert.run(row).changes, 1);
}

const checks = {
  'reads back each type by get, all and iterate': (fixture) =>
    withDatabase(fixture, (db) => {
      createRows(db);
      const select = db.prepare('SELECT * FROM v ORDER BY id');
      assert.deepStrictEqual(select.all(), ROWS);
      assert.deepStrictEqual([...select.iterate()], ROWS);
      const one = db.prepare('SELECT * FROM v WHERE id = ?');
      for (const row of ROWS) assert.deepStrictEqual(one.get(row.id), row);
      assert.strictEqual(one.get(99), undefined);
      assert.ok(Buffer.isBuffer(one.get(2).b));
    }),

  'reads more rows than a batch holds': (fixture) =>
    withDatabase(fixture, (db) => {
      const sql = `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5000)
                   SELECT x, x * 0.5 AS half, 'text ' || x AS t, 'ü' || x AS u, '京' || x AS w FROM n`;
      const expected = Array.from({ length: 5000 }, (_, index) => {
        const x = index + 1;
        return { x, half: x * 0.5, t: `text ${x}`, u: `ü${x}`, w: `京${x}` };
      });
      const select = db.prepare(sql);
      assert.deepStrictEqual(select.all(), expected);
      assert.deepStrictEqual([...select.iterate()], expected);
    }),

  'gives raw rows, plucked values and bigints': (fixture) =>
    withDatabase(fixture, (db) => {
      createRows(db);
      const select = db.prepare('SELECT id, t FROM v WHERE id = 2');
      assert.deepStrictEqual(select.raw().get(), [2, 'plain ASCII']);
      assert.strictEqual(select.pluck().get(), 2);
      const big = db.prepare('SELECT ? AS x').safeIntegers();
      assert.deepStrictEqual(big.get(-(2n ** 63n)), { x: -(2n ** 63n) });
      assert.deepStrictEqual(big.get(1), { x: 1 });
    }),

  'commits a transaction and rolls a failed one back': (fixture) =>
    withDatabase(fixture, (db) => {
      db.exec('CREATE TABLE t (x)');
      const insert = db.prepare('INSERT INTO t VALUES (?)');
      const insertAll = db.transaction((values) => {
        for (const value of values) insert.run(value);
        if (values.includes('stop')) throw new RangeError('stop');
        return values.length;
      });
      assert.strictEqual(insertAll(['a', 'b']), 2);
      assert.throws(() => insertAll(['c', 'stop']), RangeError);
      assert.strictEqual(db.inTransaction, false);
      assert.deepStrictEqual(db.prepare('SELECT x FROM t').pluck().all(), ['a', 'b']);
    }),

  'serializes a database and opens the image': (fixture) =>
    withDatabase(fixture, (db, Database) => {
      createRows(db);
      const image = db.serialize();
      assert.ok(Buffer.isBuffer(image));
      const copy = new Database(image);
      assert.strictEqual(copy.memory, true);
      assert.deepStrictEqual(copy.prepare('SELECT * FROM v ORDER BY id').all(), ROWS);
      copy.close();
    }),

  'backs up a database in steps': (fixture) =>
    withDatabase(fixture, async (db, Database) => {
      createRows(db);
      db.exec('CREATE TABLE large (x); INSERT INTO large VALUES (zeroblob(1000000))');
      const file = newPath(fixture);
      const seen = [];
      const backup = db.backup(file, { progress: ({ remainingPages }) => void seen.push(remainingPages) });
      assert.ok(backup instanceof Promise);
      const { totalPages, remainingPages } = await backup;
      assert.strictEqual(remainingPages, 0);
      assert.deepStrictEqual(seen, [totalPages, totalPages - 100, totalPages - 200]);
      const copy = new Database(file);
      assert.deepStrictEqual(copy.prepare('SELECT * FROM v ORDER BY id').all(), ROWS);
      copy.close();
      const stop = () => {
        throw new RangeError('stop');
      };
      const failed = newPath(fixture);
      await assert.rejects(db.backup(failed, { progress: stop }), RangeError);
      assert.ok(!fs.existsSync(failed));
    }),

  'throws SqliteError with the extended code': (fixture) =>
    withDatabase(fixture, (db, Database) => {
      db.exec("CREATE TABLE t (x UNIQUE); INSERT INTO t VALUES ('a')");
      const isUnique = (error) =>
        error instanceof Database.SqliteError &&
        error instanceof Error &&
        error.code === 'SQLITE_CONSTRAINT_UNIQUE' &&
        error.message === 'UNIQUE constraint failed: t.x';
      assert.throws(() => db.prepare('INSERT INTO t VALUES (?)').run('a'), isUnique);
      assert.throws(() => db.prepare('SELECT nothing'), { code: 'SQLITE_ERROR' });
      assert.throws(() => db.prepare('SELECT ?').get(true), TypeError);
      assert.strictEqual(db.prepare('SELECT count(*) FROM t').pluck().get(), 1);
    }),

  'closes, and leaves no write-ahead log': (fixture) => {
    const Database = load(fixture);
    const file = newPath(fixture);
    const db = new Database(file);
    assert.strictEqual(db.pragma('journal_mode = WAL', { simple: true }), 'wal');
    db.exec('CREATE TABLE t (x)');
    assert.ok(fs.existsSync(`${file}-wal`));
    assert.strictEqual(db.close(), db);
    assert.strictEqual(db.open, false);
    assert.ok(!fs.existsSync(`${file}-wal`));
    const isClosed = (error) => error instanceof TypeError && /not open/.test(error.message);
    assert.throws(() => db.prepare('SELECT 1'), isClosed);
  },

  'is one module for require and import, with named exports': async (fixture) => {
    const Database = load(fixture);
    const names = ['SqliteError', ...clientNames(Database)];
    const file = path.join(fixture.folder, 'names.mjs');
    const source = `import Database, { ${names.join(', ')} } from '${fixture.driver}';
export default { Database, ${names.join(', ')} };\n`;
    fs.writeFileSync(file, source);
    const { default: imported } = await import(pathToFileURL(file).href);
    assert.strictEqual(imported.Database, Database);
    for (const name of names) assert.strictEqual(imported[name], Database[name], name);
  },
};

/** The client's functions, when the package has them. */
function clientNames(Database) {
  const names = ['getSqlite', 'getDb', 'closeDatabase', 'truncateWal', 'closeOnSignals', 'instrumentSqlite'];
  return names.filter((name) => typeof Database[name] === 'function');
}

module.exports = { checks };
