import { describe, expect, it } from 'vitest';
import { describeDrivers, sameAnswer } from '../helpers/drivers.mts';

const schema = "CREATE TABLE t (a UNIQUE, b); INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, NULL)";

describeDrivers('Statement#get() and Statement#all()', (driver) => {
  it('get returns the first row, all returns every row', () => {
    const statement = driver.memory(schema).prepare('SELECT * FROM t ORDER BY a');
    expect(statement.get()).toStrictEqual({ a: 1, b: 'x' });
    expect(statement.all()).toStrictEqual([
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
      { a: 3, b: null },
    ]);
  });

  it('get returns undefined and all an empty array when there is no row', () => {
    const statement = driver.memory(schema).prepare('SELECT * FROM t WHERE a > ?');
    expect(statement.get(9)).toBe(undefined);
    expect(statement.all(9)).toStrictEqual([]);
  });

  it('gives a new object for every row and call', () => {
    const statement = driver.memory(schema).prepare('SELECT * FROM t');
    expect(statement.get()).not.toBe(statement.get());
    const [first, second] = statement.all() as { a: number }[];
    if (first !== undefined) first.a = 99;
    expect(second).toEqual({ a: 2, b: 'y' });
    expect(statement.get()).toEqual({ a: 1, b: 'x' });
  });

  it('gives plain objects whose properties can be changed, added and deleted', () => {
    const row = driver.memory(schema).prepare('SELECT a, b FROM t').get() as Record<string, unknown>;
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptors(row)).toEqual({
      a: { value: 1, writable: true, enumerable: true, configurable: true },
      b: { value: 'x', writable: true, enumerable: true, configurable: true },
    });
    delete row['a'];
    row['c'] = 3;
    expect(Object.keys(row)).toEqual(['b', 'c']);
  });

  it('runs a RETURNING statement to its end with get', () => {
    const db = driver.memory(schema);
    expect(db.prepare('INSERT INTO t VALUES (4, 0), (5, 0), (6, 0) RETURNING a').get()).toEqual({ a: 4 });
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(6);
  });

  it('undoes a RETURNING statement whose later row conflicts', () => {
    const db = driver.memory(schema);
    const insert = db.prepare('INSERT INTO t VALUES (4, 0), (1, 0) RETURNING a');
    const conflict = expect.objectContaining({ code: 'SQLITE_CONSTRAINT_UNIQUE' });
    expect(() => insert.get()).toThrow(conflict);
    expect(() => insert.all()).toThrow(conflict);
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(3);
  });

  it('releases its read lock: a writer is not blocked after get', () => {
    const db = driver.onDisk(schema);
    expect(db.prepare('SELECT * FROM t').get()).toEqual({ a: 1, b: 'x' });
    const other = new driver.Database(db.name, { timeout: 0 });
    expect(other.exec('BEGIN EXCLUSIVE; COMMIT').inTransaction).toBe(false);
  });

  it('is allowed while another statement iterates', () => {
    const db = driver.memory(schema);
    const rows = db.prepare('SELECT a FROM t').pluck().iterate();
    const byKey = db.prepare('SELECT b FROM t WHERE a = ?').pluck();
    expect([...rows].map((a) => byKey.get(a))).toEqual(['x', 'y', null]);
    const open = db.prepare('SELECT a FROM t').iterate();
    expect(byKey.all(2)).toEqual(['y']);
    open.return();
  });

  it('sees what the connection itself has just written', () => {
    const db = driver.memory(schema);
    const count = db.prepare('SELECT count(*) FROM t').pluck();
    const insert = db.prepare('INSERT INTO t VALUES (?, ?)');
    for (let a = 10; a < 50; a += 1) {
      insert.run(a, null);
      expect(count.get()).toBe(a - 6);
    }
  });

  it('returns data from statements that are not SELECT', () => {
    const db = driver.memory(schema);
    expect(db.prepare('PRAGMA table_list(t)').get()).toMatchObject({ name: 't', ncol: 2 });
    expect(db.prepare('EXPLAIN QUERY PLAN SELECT * FROM t').all()).toEqual([
      { id: 2, parent: 0, notused: expect.any(Number), detail: 'SCAN t' },
    ]);
    expect(db.prepare("VALUES (1, 'a'), (2, 'b')").all()).toEqual([
      { column1: 1, column2: 'a' },
      { column1: 2, column2: 'b' },
    ]);
  });

  it('throws for a statement that returns no data', () => {
    const db = driver.memory(schema);
    const message = 'This statement does not return data. Use run() instead';
    for (const sql of ['DELETE FROM t', 'BEGIN', 'PRAGMA user_version = 1', 'CREATE TABLE u (a)']) {
      const statement = db.prepare(sql);
      expect(() => statement.get()).toThrow(new TypeError(message));
      expect(() => statement.all()).toThrow(new TypeError(message));
      expect(() => statement.iterate()).toThrow(new TypeError(message));
    }
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(3);
  });
});

describe('rows', () => {
  it.each([
    ['duplicate names: the last value wins', 'SELECT 1 AS a, 2 AS b, 3 AS a'],
    [
      'integer-like names come first',
      'SELECT 1 AS z, 2 AS "10", 3 AS "9", 4 AS "01", 5 AS "-1", 6 AS "4294967295"',
    ],
    ['the empty name', 'SELECT 1 AS "", 2 AS b'],
    [
      'names of Object.prototype',
      'SELECT 1 AS constructor, 2 AS toString, 3 AS valueOf, 4 AS hasOwnProperty',
    ],
    [
      'names that need escapes',
      `SELECT 1 AS "a'b", 2 AS "a""b", 3 AS "a\\b", 4 AS "a\nb", 5 AS "\u2028", 6 AS "\${x}"`,
    ],
    ['names that are not ASCII', 'SELECT 1 AS "ä", 2 AS "漢字", 3 AS "🙂"'],
    [
      'keywords of JavaScript',
      'SELECT 1 AS "class", 2 AS "return", 3 AS "this", 4 AS "null", 5 AS "arguments"',
    ],
    ['names by expression', 'SELECT 1, 1 + 1, count(*), t.a, "t"."b" FROM t'],
    ['a star over a join', 'SELECT * FROM t JOIN t AS u ON t.a = u.a'],
    ['a name with a NUL byte', 'SELECT 1 AS "a\0b"'],
    ['a long name', `SELECT 1 AS "${'n'.repeat(5000)}"`],
  ])('%s', (_, sql) => {
    for (const mode of ['flat', 'pluck', 'raw'] as const) {
      sameAnswer((driver) => {
        const statement = driver.memory(schema).prepare(sql);
        if (mode !== 'flat') statement[mode]();
        return [statement.get(), statement.all(), [...statement.iterate()]];
      });
    }
  });

  it.each([[1], [2], [63], [64], [65], [255], [256], [1000], [2000]])('of %d columns', (width) => {
    const cells = (value: (index: number) => string): string =>
      Array.from({ length: width }, (_, i) => value(i)).join();
    const mixed = cells((i) => [`${i}`, `'t${i}'`, 'NULL', `${i}.5`, `x'0${i % 10}'`][i % 5] ?? '');
    sameAnswer((driver) => {
      const db = driver.memory(`CREATE TABLE wide (${cells((i) => `c${i}`)})`);
      db.exec(`INSERT INTO wide VALUES (${mixed}), (${mixed})`);
      const statement = db.prepare('SELECT * FROM wide');
      return [statement.get(), statement.all(), statement.raw().all(), statement.safeIntegers().get()];
    });
  });

  it('more columns than SQLite takes are an error', () => {
    sameAnswer((driver) => driver.memory().prepare(`SELECT ${'1,'.repeat(2000)}1`));
  });
});

describe('arguments of Statement#get(), all(), iterate() and run()', () => {
  it.each(['get', 'all', 'iterate', 'run'] as const)('%s refuses a wrong receiver', (method) => {
    for (const receiver of [undefined, null, {}, 5, 'x']) {
      sameAnswer((driver) => Reflect.apply(driver.memory().prepare('SELECT 1')[method], receiver, []));
    }
    sameAnswer((driver) => {
      const db = driver.memory();
      return Reflect.apply(db.prepare('SELECT 1')[method], db, []);
    });
  });
});
