// Code of the user that runs inside a query: calls through Node-API, which each runtime has its own form of.
const assert = require('node:assert');
const { load, newPath } = require('./fixture.cjs');

function withMemory(fixture, use) {
  const Database = load(fixture);
  const db = new Database(':memory:');
  try {
    return use(db, Database);
  } finally {
    db.close();
  }
}

/** What `fn` throws, whatever it is. */
function thrownBy(fn) {
  try {
    fn();
  } catch (thrown) {
    return { thrown };
  }
  return undefined;
}

const numbers = 'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000) ';

const checks = {
  'passes every kind of value to a function and back': (fixture) =>
    withMemory(fixture, (db) => {
      const values = [1.5, -0, 2n ** 62n, '', 'ASCII', 'Grüße', '東京 🗼', 'a\0b', 'x'.repeat(5000), null];
      const seen = [];
      db.function('echo', { safeIntegers: true }, (value) => {
        seen.push(value);
        return value;
      });
      const echo = db.prepare('SELECT echo(?)').pluck().safeIntegers();
      for (const value of values) assert.deepStrictEqual(echo.get(value), value);
      assert.deepStrictEqual(seen, values);
      const bytes = echo.get(new Uint8Array([0, 255]));
      assert.deepStrictEqual([Buffer.isBuffer(bytes), [...bytes]], [true, [0, 255]]);
      assert.deepStrictEqual([Buffer.isBuffer(seen.at(-1)), [...seen.at(-1)]], [true, [0, 255]]);
    }),

  'throws what a callback has thrown, the very same value': (fixture) =>
    withMemory(fixture, (db) => {
      let value;
      db.function('f', () => {
        throw value;
      });
      db.table('t', () => {
        throw value;
      });
      const select = db.prepare('SELECT f() AS f');
      for (value of [new RangeError('r'), { an: 'object' }, 'text', 7, 0, '', null, undefined]) {
        for (const call of [() => select.get(), () => select.all(), () => [...select.iterate()]]) {
          assert.deepStrictEqual(thrownBy(call), { thrown: value });
        }
        assert.deepStrictEqual(
          thrownBy(() => db.exec('SELECT f()')),
          { thrown: value },
        );
        assert.deepStrictEqual(
          thrownBy(() => db.exec('CREATE VIRTUAL TABLE v USING t')),
          { thrown: value },
        );
      }
      assert.strictEqual(db.prepare('SELECT 1').pluck().get(), 1);
    }),

  'throws from prepare() what connecting a table has thrown': (fixture) => {
    const Database = load(fixture);
    const file = newPath(fixture);
    const definition = () => ({
      columns: ['a'],
      *rows() {
        yield [1];
      },
    });
    new Database(file).table('m', definition).exec('CREATE VIRTUAL TABLE t USING m').close();
    const failure = new Error('from the factory');
    const db = new Database(file).table('m', () => {
      throw failure;
    });
    assert.deepStrictEqual(
      thrownBy(() => db.prepare('SELECT * FROM t')),
      { thrown: failure },
    );
    db.table('m', definition);
    assert.deepStrictEqual(db.prepare('SELECT * FROM t').all(), [{ a: 1 }]);
    db.close();
  },

  'aggregates rows, and moves windows over them': (fixture) =>
    withMemory(fixture, (db) => {
      db.aggregate('total', {
        start: () => 0,
        step: (sum, value) => sum + value,
        inverse: (sum, value) => sum - value,
        result: (sum) => sum * 2,
      });
      assert.strictEqual(db.prepare(`${numbers} SELECT total(i) FROM n`).pluck().get(), 3000 * 3001);
      const sql = 'SELECT total(i) OVER (ORDER BY i ROWS 1 PRECEDING) FROM n LIMIT 3';
      assert.deepStrictEqual(
        db
          .prepare(numbers + sql)
          .pluck()
          .all(),
        [2, 6, 10],
      );
    }),

  'reads a virtual table, and ends its generator early': (fixture) =>
    withMemory(fixture, (db) => {
      let ended = 0;
      db.table('sequence', {
        columns: ['value'],
        parameters: ['first', 'count'],
        *rows(first, count) {
          try {
            for (let index = 0; index < count; index++) yield [first + index];
          } finally {
            ended += 1;
          }
        },
      });
      const select = db.prepare('SELECT value FROM sequence(10, ?)').pluck();
      assert.deepStrictEqual(select.all(3), [10, 11, 12]);
      assert.strictEqual(select.get(1000), 10);
      for (const value of select.iterate(1000)) if (value === 12) break;
      assert.strictEqual(ended, 3);
    }),

  'executes statements of another database inside a function': (fixture) =>
    withMemory(fixture, (db, Database) => {
      const other = new Database(':memory:');
      const read = other.prepare(`${numbers} SELECT i, '京' || i AS w, CAST(i AS BLOB) AS b FROM n`);
      db.function('f', (x) => {
        const rows = read.all();
        return `${x} ${rows.length} ${rows[2999].w} ${rows[999].b}`;
      });
      const rows = db.prepare("SELECT column1 AS a, f(column1) AS f, 'ü' AS u FROM (VALUES (1), (2))").all();
      assert.deepStrictEqual(rows, [
        { a: 1, f: '1 3000 京3000 1000', u: 'ü' },
        { a: 2, f: '2 3000 京3000 1000', u: 'ü' },
      ]);
      other.close();
    }),

  'refuses to touch its own connection inside a function': (fixture) =>
    withMemory(fixture, (db) => {
      db.function('f', () => db.exec('SELECT 1').open);
      const { thrown } = thrownBy(() => db.prepare('SELECT f()').get());
      assert.ok(thrown instanceof TypeError && /busy executing a query/.test(thrown.message));
      assert.strictEqual(db.exec('SELECT 1').open, true);
    }),

  'tells verbose of every statement': (fixture) => {
    const Database = load(fixture);
    const seen = [];
    const db = new Database(':memory:', { verbose: (sql) => seen.push(sql) });
    db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    db.prepare('SELECT * FROM t WHERE a = ?').all('é');
    db.close();
    assert.deepStrictEqual(seen, [
      'CREATE TABLE t (a);',
      'INSERT INTO t VALUES (1)',
      "SELECT * FROM t WHERE a = 'é'",
    ]);
  },
};

/**
 * Opens a scan of a virtual table whose rows go through a window, and takes one row: for whoever ends this thread or
 * process to clean up.
 */
function openScan(db) {
  db.aggregate('total', {
    start: () => ({}),
    varargs: true,
    step: (all) => all,
    inverse: (all) => all,
    result: () => 1,
  });
  db.table('endless', {
    columns: ['value'],
    *rows() {
      for (;;) yield [1];
    },
  });
  const rows = db.prepare('SELECT total(value) OVER (ROWS 1 PRECEDING) FROM endless').iterate();
  rows.next();
  return rows;
}

module.exports = { callbackChecks: checks, openScan };
