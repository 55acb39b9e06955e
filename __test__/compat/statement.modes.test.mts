import { describe, expect, it } from 'vitest';
import { describeDrivers, sameAnswer, sameError } from '../helpers/drivers.mts';

const schema = "CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x'), (9007199254740993, NULL)";
const modes = ['pluck', 'raw'] as const;

describeDrivers('Statement#pluck() and Statement#raw()', (driver) => {
  it('return the statement and change its rows', () => {
    const statement = driver.memory(schema).prepare('SELECT a, b FROM t LIMIT 1');
    expect(statement.pluck()).toBe(statement);
    expect([statement.get(), statement.all(), [...statement.iterate()]]).toEqual([1, [1], [1]]);
    expect(statement.raw()).toBe(statement);
    expect([statement.get(), statement.all(), [...statement.iterate()]]).toEqual([
      [1, 'x'],
      [[1, 'x']],
      [[1, 'x']],
    ]);
    expect(statement.raw(false).get()).toEqual({ a: 1, b: 'x' });
  });

  it('exclude each other; turning off matters for the current mode only', () => {
    const statement = driver.memory(schema).prepare('SELECT a, b FROM t LIMIT 1');
    expect(statement.pluck().raw().get()).toEqual([1, 'x']);
    expect(statement.raw().pluck(false).get()).toEqual([1, 'x']);
    expect(statement.raw().pluck().get()).toBe(1);
    expect(statement.raw(false).get()).toBe(1);
    expect(statement.pluck(false).get()).toEqual({ a: 1, b: 'x' });
  });

  it('keep duplicate names apart in raw rows', () => {
    const statement = driver.memory().prepare('SELECT 1 AS a, 2 AS a').raw();
    expect(statement.get()).toEqual([1, 2]);
    expect(Array.isArray(statement.get())).toBe(true);
  });

  it('return undefined for a missing row and null for a NULL', () => {
    const db = driver.memory();
    expect(db.prepare('SELECT NULL').pluck().get()).toBe(null);
    expect(db.prepare('SELECT NULL WHERE 0').pluck().get()).toBe(undefined);
    expect(db.prepare('SELECT NULL WHERE 0').raw().get()).toBe(undefined);
  });

  it('are allowed on a closed database', () => {
    const db = driver.memory();
    const statement = db.prepare('SELECT 1');
    db.close();
    expect(statement.pluck().raw().safeIntegers().raw(false)).toBe(statement);
  });
});

describeDrivers('Statement#safeIntegers()', (driver) => {
  it('gives every INTEGER as a bigint and leaves REAL alone', () => {
    const statement = driver.memory().prepare("SELECT 1 AS i, 1.0 AS r, 1e300 AS big, NULL AS n, x'01' AS b");
    expect(statement.safeIntegers()).toBe(statement);
    expect(statement.get()).toStrictEqual({ i: 1n, r: 1, big: 1e300, n: null, b: Buffer.from([1]) });
    expect(statement.safeIntegers(false).get()).toStrictEqual({
      i: 1,
      r: 1,
      big: 1e300,
      n: null,
      b: Buffer.from([1]),
    });
  });

  it('combines with pluck and raw', () => {
    const statement = driver.memory(schema).prepare('SELECT a, b FROM t').safeIntegers();
    expect(statement.pluck().all()).toStrictEqual([1n, 9007199254740993n]);
    expect(statement.raw().all()).toStrictEqual([
      [1n, 'x'],
      [9007199254740993n, null],
    ]);
  });

  it('is allowed on statements without data', () => {
    const statement = driver.memory(schema).prepare('INSERT INTO t VALUES (1, 2)').safeIntegers();
    expect(statement.run()).toStrictEqual({ changes: 1, lastInsertRowid: 3n });
  });
});

describe('toggles', () => {
  const message = 'Expected first argument to be a boolean';
  it.each([[undefined], [null], [0], [1], ['true'], [{}], [new Boolean(true)]])('refuse %o', (toggle) => {
    for (const method of [...modes, 'safeIntegers'] as const) {
      sameError((driver) => driver.memory().prepare('SELECT 1')[method](toggle), 'TypeError', message);
    }
  });

  it.each(modes)('%s is only for statements that return data', (method) => {
    for (const sql of ['CREATE TABLE u (a)', 'BEGIN', 'PRAGMA user_version = 3']) {
      for (const toggle of [[], [true], [false], [1]]) {
        sameAnswer((driver) => {
          const statement = driver.memory().prepare(sql);
          return statement[method](...toggle);
        });
      }
      sameError(
        (driver) => driver.memory().prepare(sql)[method](),
        'TypeError',
        `The ${method}() method is only for statements that return data`,
      );
    }
  });

  it('safeIntegers refuses a wrong argument on any statement', () => {
    sameError((driver) => driver.memory().prepare('BEGIN').safeIntegers(1), 'TypeError', message);
  });

  it('every sequence of three toggles answers alike', () => {
    const steps = [
      ['pluck'],
      ['pluck', false],
      ['raw'],
      ['raw', false],
      ['safeIntegers'],
      ['safeIntegers', false],
    ] as const;
    for (const first of steps) {
      for (const second of steps) {
        for (const third of steps) {
          sameAnswer((driver) => {
            const statement = driver.memory(schema).prepare('SELECT a, b FROM t');
            for (const [method, ...toggle] of [first, second, third]) statement[method](...toggle);
            return [statement.get(), statement.all(), statement.iterate().next()];
          });
        }
      }
    }
  });
});

describe('Statement#columns()', () => {
  const tables = `CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price DECIMAL(10, 2), anything, "odd name" VARCHAR);
    CREATE VIEW v AS SELECT name AS label, price * 2 AS double FROM t;
    ATTACH ':memory:' AS other; CREATE TABLE other.u (x BLOB)`;

  it('names column, table, database and declared type', () => {
    const answer = sameAnswer((driver) =>
      driver.memory(tables).prepare('SELECT name AS n, 1 + 1 AS two FROM t').columns(),
    );
    const text = (value: string): string => `string "${value}"`;
    expect(answer).toEqual({
      returned: [
        [
          'object',
          ['name', text('n')],
          ['column', text('name')],
          ['table', text('t')],
          ['database', text('main')],
          ['type', text('TEXT')],
        ],
        [
          'object',
          ['name', text('two')],
          ['column', 'null'],
          ['table', 'null'],
          ['database', 'null'],
          ['type', 'null'],
        ],
      ],
    });
  });

  it.each([
    ['SELECT * FROM t'],
    ['SELECT rowid, id, oid FROM t'],
    ['SELECT t.name, s.name FROM t JOIN t AS s'],
    ['SELECT * FROM v'],
    ['SELECT * FROM other.u'],
    ['SELECT (SELECT name FROM t) AS sub, count(*), CAST(1 AS INTEGER) FROM t'],
    ['SELECT name FROM t UNION SELECT x FROM u'],
    ['SELECT * FROM (SELECT price FROM t)'],
    ["INSERT INTO t (name) VALUES ('x') RETURNING *, id + 1"],
    ['DELETE FROM t RETURNING name'],
    ['PRAGMA table_info(t)'],
    ['EXPLAIN QUERY PLAN SELECT 1'],
    ["SELECT value, key FROM json_each('[1]')"],
    ['VALUES (1, 2)'],
    ['SELECT 1 AS ""'],
    ['SELECT 1 AS a, 2 AS a'],
  ])('answers alike for %s', (sql) => {
    sameAnswer((driver) => driver.memory(tables).prepare(sql).columns());
  });

  it('is only for statements that return data', () => {
    sameError(
      (driver) => driver.memory(tables).prepare('DELETE FROM t').columns(),
      'TypeError',
      'The columns() method is only for statements that return data',
    );
  });

  it('follows a schema change once the statement has run again', () => {
    sameAnswer((driver) => {
      const db = driver.memory('CREATE TABLE t (a TEXT)');
      const statement = db.prepare('SELECT * FROM t');
      const seen = [statement.columns()];
      for (const sql of [
        'ALTER TABLE t ADD COLUMN b INTEGER',
        'ALTER TABLE t RENAME COLUMN a TO z',
        'ALTER TABLE t RENAME TO u; CREATE VIEW t AS SELECT z AS zz FROM u',
      ]) {
        db.exec(sql);
        seen.push(statement.columns());
        statement.get();
        seen.push(statement.columns());
      }
      return seen;
    });
  });

  it('gives new objects each time', () => {
    sameAnswer((driver) => {
      const statement = driver.memory().prepare('SELECT 1 AS a');
      const [first] = statement.columns();
      if (first !== undefined) first['name'] = 'changed';
      return [statement.columns(), statement.columns() === statement.columns()];
    });
  });
});
