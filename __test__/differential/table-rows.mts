/** Virtual tables of the user: parameters and rows. */
import { bindables } from '../compat/bindables.mts';
import { attempt, describeValue, Described } from '../helpers/answer.mts';
import { forEachValue, type CaseBody, type Cases } from './harness/case.mts';
import { all, inMemory, threeRows } from './harness/tables.mts';
import { sqlValues } from './harness/values.mts';

const rows = threeRows;
const asParameters = (safeIntegers: boolean): Cases =>
  Object.fromEntries(
    sqlValues.map((sql) => [
      `${sql} as a parameter${safeIntegers ? ', with safe integers' : ''}`,
      inMemory((db) => {
        const seen: Described[] = [];
        db.table('m', {
          safeIntegers,
          columns: ['a'],
          parameters: ['x'],
          *rows(value: unknown) {
            seen.push(new Described(describeValue(value)));
            yield [value];
          },
        });
        return [all(db, `SELECT typeof(a), quote(a), typeof(x), quote(x) FROM m(${sql})`), seen];
      }),
    ]),
  );

/** A table of the columns `a` and `b` that yields what is given. */
const yielding = (...values: unknown[]): CaseBody =>
  inMemory((db) => {
    db.table('m', {
      columns: ['a', 'b'],
      *rows() {
        yield* values;
      },
    });
    return [
      attempt(() => db.prepare('SELECT * FROM m').all()),
      attempt(() => all(db, 'SELECT b FROM m')),
      attempt(() => all(db, 'SELECT count(*) FROM m')),
      attempt(() => all(db, 'SELECT 1')),
    ];
  });

const shapes: Cases = {
  'a row as an array': yielding([1, 2]),
  'a row as an object': yielding({ a: 1, b: 2 }),
  'a row as an object in another order': yielding({ b: 2, a: 1 }),
  'rows of both kinds': yielding([1, 2], { b: 4, a: 3 }, [5, 6]),
  'an object without prototype': yielding(Object.assign(Object.create(null), { a: 1, b: 2 })),
  'an instance of a class': yielding(Object.assign(new (class Row {})(), { a: 1, b: 2 })),
  'inherited values': yielding(Object.create({ a: 1, b: 2 })),
  'partly inherited values': yielding(Object.assign(Object.create({ a: 1 }), { b: 2 })),
  'values that are not enumerable': yielding(
    Object.defineProperty({ a: 1 }, 'b', { value: 2, enumerable: false }),
  ),
  'a getter': yielding({
    a: 1,
    get b() {
      return 2;
    },
  }),
  'a getter that throws': yielding({
    a: 1,
    get b() {
      throw new RangeError('from the getter');
    },
  }),
  'a symbol as a key': yielding({ a: 1, b: 2, [Symbol('s')]: 3 }),
  'one key too many': yielding({ a: 1, b: 2, c: 3 }),
  'one key too few': yielding({ a: 1 }),
  'one key exchanged': yielding({ a: 1, c: 2 }),
  'keys in another case': yielding({ A: 1, B: 2 }),
  'an empty object': yielding({}),
  'an empty array': yielding([]),
  'an array that is too short': yielding([1]),
  'an array that is too long': yielding([1, 2, 3]),
  'an array with holes': yielding(Array.from({ length: 2 })),
  'a sparse array': yielding([, 2]), // oxlint-disable-line no-sparse-arrays
  'an array with a getter': yielding(Object.defineProperty([1, 2], 0, { get: () => 5 })),
  'an array with additional keys': yielding(Object.assign([1, 2], { c: 3 })),
  'a proxy of an array': yielding(new Proxy([1, 2], {})),
  'a proxy of an object': yielding(new Proxy({ a: 1, b: 2 }, {})),
  'a typed array': yielding(new Uint8Array([1, 2])),
  'a Buffer': yielding(Buffer.from([1, 2])),
  'a Map': yielding(new Map(Object.entries({ a: 1, b: 2 }))),
  'a function with properties': yielding(Object.assign(() => 1, { a: 1, b: 2 })),
  'a text': yielding('ab'),
  'a number': yielding(12),
  null: yielding(null),
  undefined: yielding(undefined),
  'a promise': yielding(Promise.resolve([1, 2])),
  'a second row that is wrong': yielding([1, 2], [3]),
  'undefined as a value': yielding([undefined, 1], { a: undefined, b: 1 }),
  'no rows at all': yielding(),
  ...forEachValue(bindables, 'as a value of a row', ({ memory }, value) => {
    const db = memory().table('m', {
      columns: ['a'],
      *rows() {
        yield [value];
      },
    });
    return [
      attempt(() => db.prepare('SELECT a, typeof(a), rowid FROM m').raw().safeIntegers().all()),
      db.open,
    ];
  }),
  ...forEachValue(bindables, 'as a value that no column asks for', ({ memory }, value) => {
    const db = memory().table('m', {
      columns: ['a', 'b'],
      *rows() {
        yield { a: 1, b: value };
      },
    });
    return attempt(() => db.prepare('SELECT a FROM m').raw().all());
  }),
};

const running: Cases = {
  'rowids count from 1': inMemory((db) => {
    db.table('m', { columns: ['a', 'b'], rows });
    return [
      all(db, 'SELECT rowid, _rowid_, oid, a FROM m'),
      all(db, 'SELECT a FROM m WHERE rowid = 2'),
      all(db, 'SELECT rowid FROM m WHERE a > 1'),
      all(db, 'SELECT x.rowid, y.rowid FROM m x, m y'),
    ];
  }),
  'a generator is run for each execution': inMemory((db) => {
    let runs = 0;
    db.table('m', {
      columns: ['a'],
      *rows() {
        runs += 1;
        yield [runs];
      },
    });
    const statement = db.prepare('SELECT a FROM m').pluck();
    return [
      statement.get(),
      statement.get(),
      statement.all(),
      [...statement.iterate()],
      statement.run(),
      runs,
    ];
  }),
  'a generator is run for each row of an outer loop': inMemory((db) => {
    const seen: unknown[] = [];
    db.table('m', {
      columns: ['a'],
      parameters: ['x'],
      *rows(x: unknown) {
        seen.push(x);
        yield [x];
        yield [x];
      },
    });
    return [all(db, 'SELECT t.a, m.a FROM t, m(t.a)'), seen];
  }),
  'one next() per row, and none ahead': inMemory((db) => {
    const log: unknown[] = [];
    db.table('m', {
      columns: ['a'],
      *rows() {
        for (let row = 1; row < 5; row += 1) {
          log.push(`made ${row}`);
          yield [row];
        }
        log.push('end');
      },
    });
    for (const row of db.prepare('SELECT a FROM m').pluck().iterate()) {
      log.push(`got ${String(row)}`);
      if (row === 3) break;
    }
    return [log, all(db, 'SELECT a FROM m LIMIT 1'), log];
  }),
  'a generator without an end, with LIMIT': inMemory((db) => {
    db.table('m', {
      columns: ['a'],
      *rows() {
        for (let row = 1; ; row += 1) yield [row];
      },
    });
    return [
      all(db, 'SELECT a FROM m LIMIT 3'),
      all(db, 'SELECT a FROM m LIMIT 2 OFFSET 5'),
      db.prepare('SELECT a FROM m').get(),
    ];
  }),
  'the value that a generator returns is ignored': inMemory((db) => {
    db.table('m', {
      columns: ['a'],
      *rows() {
        yield [1];
        return [2];
      },
    });
    return all(db, 'SELECT a FROM m');
  }),
  'what yield gives is undefined, and this too': inMemory((db) => {
    const seen: unknown[] = [];
    db.table('m', {
      columns: ['a'],
      *rows(this: unknown) {
        seen.push(this === undefined ? 'undefined' : typeof this);
        seen.push(yield [1]);
        seen.push(yield [2]);
      },
    });
    return [all(db, 'SELECT a FROM m'), seen];
  }),
  'yield* of an array and of another generator': inMemory((db) => {
    db.table('m', {
      columns: ['a', 'b'],
      *rows() {
        yield* [
          [7, 8],
          [9, 10],
        ];
        yield* threeRows();
      },
    });
    return all(db, 'SELECT * FROM m');
  }),
  "rows made of other statements' rows": ({ memory }) => {
    const [source, db] = [memory('CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2), (3, 4)'), memory()];
    db.table('m', {
      columns: ['a', 'b'],
      *rows() {
        yield* source.prepare('SELECT * FROM t').iterate() as Iterable<unknown>;
      },
    });
    return [all(db, 'SELECT * FROM m'), source.prepare('SELECT 1').get()];
  },
  'NULL as a parameter gives no rows and no call': inMemory((db) => {
    let runs = 0;
    db.table('m', {
      columns: ['a'],
      parameters: ['x', 'y'],
      *rows() {
        runs += 1;
        yield [1];
      },
    });
    return [
      all(db, 'SELECT * FROM m(NULL)'),
      all(db, 'SELECT * FROM m(1, NULL)'),
      all(db, 'SELECT * FROM m(?, 1)', null),
      runs,
      all(db, 'SELECT * FROM m(1, 1)'),
      runs,
    ];
  }),
  'a blob as a parameter is echoed as it was': inMemory((db) => {
    db.table('m', {
      columns: ['a'],
      parameters: ['x'],
      *rows(x: Buffer) {
        x.fill(7);
        yield [x];
      },
    });
    return all(db, "SELECT hex(a), hex(x) FROM m(x'0102')");
  }),
  'a row that is changed after it was yielded': inMemory((db) => {
    const row = [1, Buffer.from([1])];
    db.table('m', {
      columns: ['a', 'b'],
      *rows() {
        yield row;
        row[0] = 2;
        yield row;
      },
    });
    const seen: unknown[] = [];
    for (const each of db.prepare('SELECT a, hex(b) FROM m').raw().iterate()) {
      row[0] = 9;
      seen.push(each);
    }
    return seen;
  }),
  'an error in the middle': inMemory((db) => {
    db.table('m', {
      columns: ['a'],
      *rows() {
        yield [1];
        throw new RangeError('from the generator');
      },
    });
    const seen: unknown[] = [];
    return [
      attempt(() => {
        for (const row of db.prepare('SELECT a FROM m').pluck().iterate()) seen.push(row);
      }),
      seen,
      attempt(() => all(db, 'SELECT a FROM m')),
      attempt(() => all(db, 'SELECT a FROM m LIMIT 1')),
      attempt(() => db.exec('INSERT INTO t SELECT a FROM m').open),
      all(db, 'SELECT count(*) FROM t'),
    ];
  }),
  'safe integers by default': inMemory((db) => {
    db.defaultSafeIntegers();
    db.table('m', {
      columns: ['a'],
      parameters: ['x'],
      *rows(x: unknown) {
        yield [typeof x];
      },
    });
    db.defaultSafeIntegers(false);
    return all(db, 'SELECT a, x FROM m(5)');
  }),
  'a table in a view, a trigger and a CTE': inMemory((db) => {
    db.table('m', { columns: ['a', 'b'], rows });
    db.exec('CREATE VIEW v AS SELECT a * 10 AS a FROM m');
    db.exec('CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t WHERE a IN (SELECT a FROM m); END');
    db.exec('INSERT INTO t VALUES (50)');
    return [
      all(db, 'SELECT * FROM v'),
      all(db, 'SELECT * FROM t'),
      all(db, 'WITH c AS (SELECT a FROM m) SELECT sum(a) FROM c'),
    ];
  }),
  'columns that are asked for twice': inMemory((db) =>
    all(db.table('m', { columns: ['a', 'b'], rows }), 'SELECT a, a, b, b FROM m'),
  ),
  'many rows': inMemory((db) => {
    db.table('m', {
      columns: ['a', 'b'],
      parameters: ['count'],
      *rows(count: number) {
        for (let row = 0; row < count; row += 1) yield [row, `text ${row}`];
      },
    });
    return [
      all(db, 'SELECT count(*), sum(a), max(b) FROM m(5000)'),
      db.prepare('SELECT b FROM m(3000)').pluck().all().length,
    ];
  }),
  'many columns': inMemory((db) => {
    const columns = Array.from({ length: 500 }, (_, index) => `c${index}`);
    db.table('m', {
      columns,
      *rows() {
        yield Object.fromEntries(columns.map((name, index) => [name, index]).reverse());
      },
    });
    return all(db, 'SELECT c0, c250, c499 FROM m');
  }),
};

export const cases: Cases = { ...asParameters(false), ...asParameters(true), ...shapes, ...running };
