// What must belong to the realm that calls: evaluated once in each realm, by whatever runs tests there.
//
// A check throws, or gives false, where it does not hold. In a program with one realm better-sqlite3 fails
// those of the last part that have a table, and no other.
const vm = require('node:vm');

/** Another realm, as the inside of a test runner is to the outside. */
const foreign = (code) => vm.runInNewContext(`(${code})`);

const isObject = (value) => Object.getPrototypeOf(value) === Object.prototype && value instanceof Object;
const isArray = (value) => Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype;
const isBuffer = (value) => Buffer.isBuffer(value) && Object.getPrototypeOf(value) === Buffer.prototype;

/** Whether a promise is of this realm, and what it gives. */
async function awaited(promise) {
  if (Object.getPrototypeOf(promise) !== Promise.prototype) throw new Error('a promise of another realm');
  return await promise;
}

/** Whether `fn` throws an instance of exactly this class. */
function throws(fn, type) {
  try {
    fn();
  } catch (error) {
    return error.constructor === type && error instanceof type && error instanceof Error;
  }
  throw new Error('nothing was thrown');
}

/** @param {{ Database: Function, equal: (a: unknown, b: unknown) => void, newPath: () => string }} realm */
module.exports = ({ Database, equal, newPath }) => {
  const open = (sql = '') => new Database(':memory:').exec(sql);
  const withRows = () =>
    open(
      "CREATE TABLE t (i INTEGER, s TEXT, b BLOB); INSERT INTO t VALUES (1, 'one', x'01'), (2, 'two', x'')",
    );
  const select = (sql = 'SELECT * FROM t') => withRows().prepare(sql);
  const ROW = () => ({ i: 1, s: 'one', b: Buffer.from([1]) });
  const isSqliteError = (fn) => throws(fn, Database.SqliteError);
  /** Registers a function, and what it was called with. */
  const called = (sql, fn, prepare = () => undefined) => {
    const seen = [];
    const db = withRows();
    prepare(db);
    db.function('f', { varargs: true }, (...args) => {
      seen.push(...args);
      return fn?.(...args) ?? null;
    });
    db.prepare(sql).all();
    return seen;
  };
  const table = (rows, more) =>
    open()
      .table('rows', { columns: ['a'], rows, ...more })
      .prepare('SELECT a FROM rows');

  return {
    // What a query gives.
    'a row of get()': () => isObject(select().get()),
    'a row of get(), toStrictEqual': () => equal(select().get(), ROW()),
    'the array of all()': () => isArray(select().all()),
    'the rows of all()': () => select().all().every(isObject),
    'all(), toStrictEqual': () => equal(select('SELECT i FROM t').all(), [{ i: 1 }, { i: 2 }]),
    'thousands of rows': () => {
      const sql =
        'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 3000) SELECT x FROM n';
      const rows = open().prepare(sql);
      return rows.all().every(isObject) && rows.all().every(isObject) && rows.raw().all().every(isArray);
    },
    'a row of raw()': () => isArray(select().raw().get()) && select().raw().all().every(isArray),
    'a row of expand()': () => isObject(select().expand().get()) && isObject(select().expand().get().t),
    'the values of pluck()': () => isArray(select().pluck().all()),
    'a row of iterate()': () => [...select().iterate()].every(isObject),
    'a result of next()': () => {
      const rows = select().iterate();
      const results = [rows.next(), rows.return(), rows.next()];
      return results.every(isObject);
    },
    'an iterator': () =>
      Object.getPrototypeOf(Object.getPrototypeOf(select().iterate())) === Object.prototype,
    'what run() answers': () => {
      const result = withRows().prepare('DELETE FROM t').run();
      equal(result, { changes: 2, lastInsertRowid: 2 });
      return isObject(result);
    },
    'what columns() answers': () => {
      const columns = select('SELECT i, 1 AS x FROM t').columns();
      equal(columns, [
        { name: 'i', column: 'i', table: 't', database: 'main', type: 'INTEGER' },
        { name: 'x', column: null, table: null, database: null, type: null },
      ]);
      return isArray(columns) && columns.every(isObject);
    },
    'what pragma() answers': () => {
      const rows = open().pragma('user_version');
      equal(rows, [{ user_version: 0 }]);
      return isArray(rows) && rows.every(isObject) && isArray(open().pragma('user_version = 1'));
    },
    'what explain() answers': () => {
      const rows = open().explain('SELECT 1');
      return isArray(rows) && rows.every(isObject);
    },
    'a blob': () => isBuffer(select().get().b) && isBuffer(select('SELECT b FROM t WHERE i = 2').get().b),
    'a long blob': () => isBuffer(open().prepare('SELECT randomblob(100000)').pluck().get()),
    'a blob is the Uint8Array that a Buffer is': () =>
      select().get().b instanceof Uint8Array === Buffer.alloc(0) instanceof Uint8Array,
    'a database': () => open() instanceof Database && open().constructor === Database,
    'a statement': () => Object.getPrototypeOf(Object.getPrototypeOf(select())) === Object.prototype,
    'a function of transaction()': () =>
      Object.getPrototypeOf(open().transaction(() => undefined)) === Function.prototype,
    'an image': () => {
      const image = withRows().serialize();
      return isBuffer(image) && new Database(image).prepare('SELECT i FROM t').pluck().get() === 1;
    },

    'what backup() gives': async () => {
      const seen = [];
      const db = open('CREATE TABLE t (b); INSERT INTO t VALUES (zeroblob(1000000))');
      const result = await awaited(db.backup(newPath(), { progress: (info) => void seen.push(info) }));
      return isObject(result) && seen.length > 0 && seen.every(isObject);
    },

    // What is thrown.
    'SqliteError of prepare()': () => isSqliteError(() => open().prepare('nonsense')),
    'SqliteError of run()': () => {
      const db = open('CREATE TABLE t (x UNIQUE); INSERT INTO t VALUES (1)');
      return isSqliteError(() => db.prepare('INSERT INTO t VALUES (1)').run());
    },
    'SqliteError of exec()': () => isSqliteError(() => open().exec('nonsense')),
    'SqliteError of next()': () => {
      const rows = open().prepare("SELECT json('{') FROM (SELECT 1)").iterate();
      return isSqliteError(() => rows.next());
    },
    'SqliteError of the constructor': () => isSqliteError(() => new Database('.')),
    'new SqliteError()': () => new Database.SqliteError('m', 'SQLITE_ERROR') instanceof Error,
    'TypeError of an argument': () => throws(() => open().prepare(1), TypeError),
    'TypeError of an option': () => throws(() => new Database('', { readonly: 1 }), TypeError),
    'TypeError of a value': () => throws(() => open().prepare('SELECT ?').get(true), TypeError),
    'TypeError of a closed database': () => {
      const db = open();
      const statement = db.prepare('SELECT 1');
      db.close();
      return throws(() => db.prepare('SELECT 1'), TypeError) && throws(() => statement.get(), TypeError);
    },
    'TypeError of a busy database': () => {
      const db = open();
      db.prepare('SELECT 1 UNION SELECT 2').iterate().next();
      return throws(() => db.exec('SELECT 1'), TypeError);
    },
    'TypeError of a statement without data': () => throws(() => open().prepare('BEGIN').get(), TypeError),
    'TypeError of a wrong receiver': () => throws(() => select().get.call({}), TypeError),
    'TypeError of a promise in a transaction': () =>
      throws(() => open().transaction(() => ({ then() {} }))(), TypeError),
    'TypeError of missing parameters': () => throws(() => open().prepare('SELECT @a').get(), TypeError),
    'TypeError of backup()': async () => {
      const error = await awaited(open().backup(1)).catch((reason) => reason);
      return error.constructor === TypeError;
    },
    'SqliteError of backup()': async () => {
      const error = await awaited(open().backup(newPath(), { attached: 'x' })).catch((reason) => reason);
      return error.constructor === Database.SqliteError && error instanceof Error;
    },
    'RangeError of too few values': () => throws(() => open().prepare('SELECT ?').get(), RangeError),
    'RangeError of too many values': () => throws(() => open().prepare('SELECT 1').get(1), RangeError),
    'RangeError of a missing name': () => throws(() => open().prepare('SELECT @a').get({}), RangeError),
    'RangeError of a large bigint': () =>
      throws(
        () =>
          open()
            .prepare('SELECT ?')
            .get(2n ** 64n),
        RangeError,
      ),
    'RangeError of a text without statement': () => throws(() => open().prepare(''), RangeError),
    'TypeError of the result of a function': () => throws(() => called('SELECT f()', () => ({})), TypeError),
    'RangeError of the result of a function': () =>
      throws(() => called('SELECT f()', () => 2n ** 64n), RangeError),
    'TypeError of a row of a table': () =>
      throws(
        () =>
          table(function* () {
            yield 1;
          }).get(),
        TypeError,
      ),
    'TypeError of the definition of a table': () =>
      throws(() => open().table('t', { columns: [] }), TypeError),

    // What functions of the user are given.
    'a blob for a function': () => called('SELECT f(b) FROM t').every(isBuffer),
    'a blob for an aggregate': () => {
      const seen = [];
      withRows()
        .aggregate('g', {
          start: () => [],
          step: (all, value) => void seen.push(all, value),
          result: () => 0,
        })
        .prepare('SELECT g(b) FROM t')
        .get();
      return isArray(seen[0]) && isBuffer(seen[1]);
    },
    'a blob for a table': () => {
      const seen = [];
      const rows = function* (parameter) {
        seen.push(parameter);
        yield [parameter];
      };
      const statement = open()
        .table('rows', { columns: ['a'], rows })
        .prepare("SELECT a FROM rows(x'00')");
      return isBuffer(statement.pluck().get()) && isBuffer(seen[0]);
    },
    'this for a module': () => {
      const seen = [];
      open()
        .table('m', function (...args) {
          seen.push(this, args);
          return { columns: ['a'], *rows() {} };
        })
        .exec('CREATE VIRTUAL TABLE v USING m(x)');
      return isObject(seen[0]) && isArray(seen[1]);
    },
    'what a function throws': () => {
      const error = new RangeError('mine');
      try {
        called('SELECT f()', () => {
          throw error;
        });
      } catch (thrown) {
        return thrown === error && thrown instanceof RangeError;
      }
      return false;
    },

    // What comes from another realm.
    'named parameters of another realm': () =>
      open().prepare('SELECT @a').pluck().get(foreign('{ a: 7n }')) === 7,
    'an array of another realm as parameters': () =>
      open().prepare('SELECT ?').pluck().get(foreign('[7n]')) === 7,
    'a typed array of another realm as parameter': () => {
      const hex = open().prepare('SELECT hex(?)').pluck();
      return (
        hex.get(foreign('new Uint8Array([1, 255])')) === '01FF' &&
        hex.get(foreign('new Uint16Array([257])')) === '0101' &&
        hex.get(foreign('new Float64Array(0)')) === ''
      );
    },
    'options of another realm': () => new Database(':memory:', foreign('{ timeout: 7 }')).open,
    'an options object of another realm for pragma()': () =>
      open().pragma('user_version', foreign('{ simple: true }')) === 0,
    'a function of another realm': () => {
      const db = open().function('f', foreign('() => new Uint8Array([1])'));
      return db.prepare('SELECT hex(f())').pluck().get() === '01';
    },
    'an error of another realm': () => {
      const error = foreign('new Error("foreign")');
      try {
        called('SELECT f()', () => {
          throw error;
        });
      } catch (thrown) {
        return thrown === error;
      }
      return false;
    },
    'a function of another realm in a transaction': () => open().transaction(foreign('(x) => x'))(7) === 7,
    'a promise of another realm in a transaction': () =>
      throws(() => open().transaction(foreign('async () => 1'))(), TypeError),
    'a generator function of another realm as rows': () =>
      table(foreign('function* () { yield [7n]; yield { a: 8n }; }')).pluck().all().join() === '7,8',
    'columns of another realm': () => {
      const definition = foreign("{ columns: ['a'], *rows() { yield [7n]; } }");
      return open().table('rows', definition).prepare('SELECT a FROM rows').pluck().get() === 7;
    },
  };
};
