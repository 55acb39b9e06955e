import { describe, expect, it } from 'vitest';
import { describeDrivers, sameAnswer, sameError } from '../helpers/drivers.mts';

describeDrivers('Database#prepare()', (driver) => {
  it('returns a new statement each time', () => {
    const db = driver.memory();
    const first = db.prepare('SELECT 1');
    const second = db.prepare('SELECT 1');
    expect(first).not.toBe(second);
    expect(first.database).toBe(db);
    expect(first.constructor).toBe(second.constructor);
    expect(first.constructor.name).toBe('Statement');
  });

  it('keeps the source as given', () => {
    const source = ' /* a */ SELECT 1 AS x ; -- b\n;;  ';
    expect(driver.memory().prepare(source).source).toBe(source);
  });

  it('is allowed while an iterator is open', () => {
    const db = driver.memory();
    const rows = db.prepare('SELECT 1 UNION SELECT 2').iterate();
    rows.next();
    expect(db.prepare('SELECT 3').pluck().get()).toBe(3);
    rows.return();
  });

  it('throws on a closed database', () => {
    const db = driver.memory().close();
    expect(() => db.prepare('SELECT 1')).toThrow(new TypeError('The database connection is not open'));
  });

  it('does not construct statements directly', () => {
    const { constructor } = driver.memory().prepare('SELECT 1');
    const message = 'Statements can only be constructed by the db.prepare() method';
    expect(() => Reflect.construct(constructor, [])).toThrow(new TypeError(message));
    expect(() => Reflect.construct(constructor, [driver.memory(), 'SELECT 1'])).toThrow(TypeError);
  });
});

describe('arguments of Database#prepare()', () => {
  it.each([
    [undefined],
    [null],
    [1],
    [true],
    [{}],
    [['SELECT 1']],
    [Buffer.from('SELECT 1')],
    [new String('SELECT 1')],
  ])('refuses %o', (sql) => {
    sameError(
      (driver) => driver.memory().prepare(sql),
      'TypeError',
      'Expected first argument to be a string',
    );
  });

  it('refuses no argument and ignores further ones', () => {
    sameError((driver) => driver.memory().prepare(), 'TypeError', 'Expected first argument to be a string');
    sameAnswer((driver) => driver.memory().prepare('SELECT 1 AS a', 'SELECT 2', {}).all());
  });

  it.each([
    [''],
    [' '],
    [';'],
    ['  ;;\n;'],
    ['-- comment'],
    ['/* open'],
    ['/* a */ -- b\n ;'],
    ['\0SELECT 1'],
    ['\uFEFF'],
  ])('finds no statement in %j', (sql) => {
    sameError(
      (driver) => driver.memory().prepare(sql),
      'RangeError',
      'The supplied SQL string contains no statements',
    );
  });

  it.each([
    ['SELECT 1; SELECT 2'],
    ['SELECT 1;;; SELECT 2'],
    ['SELECT 1; /* c */ SELECT 2'],
    ['SELECT 1; x'],
    ['SELECT 1;/'],
    ['SELECT 1;-'],
    ['SELECT 1;- -'],
    ['SELECT 1; /* c */ x'],
    ["SELECT 1;'"],
    ['SELECT 1;\u00a0'],
  ])('finds more than one statement in %j', (sql) => {
    sameError(
      (driver) => driver.memory().prepare(sql),
      'RangeError',
      'The supplied SQL string contains more than one statement',
    );
  });

  it.each([
    ['SELECT 1 AS a;'],
    ['SELECT 1 AS a; -- trailing'],
    ['SELECT 1 AS a; -- trailing\n\t\r\f ;'],
    ['SELECT 1 AS a; /* unterminated'],
    ['SELECT 1 AS a; /* one */ ; /* two */'],
    ['SELECT 1 AS a; /**/'],
    ['SELECT 1 AS a; /*/'],
    ['SELECT 1 AS a;\v'],
    ['SELECT 1 AS a\0; SELECT 2'],
    ['SELECT 1 AS a;\0 SELECT 2'],
    ['\uFEFFSELECT 1 AS a'],
    ['-- leading\nSELECT 1 AS a'],
  ])('answers alike for %j', (sql) => {
    sameAnswer((driver) => {
      const statement = driver.memory().prepare(sql);
      return [statement.source, statement.all()];
    });
  });

  it.each([
    ['SELEC 1', 'near "SELEC": syntax error'],
    ['SELECT * FROM missing', 'no such table: missing'],
    ['SELECT x', 'no such column: x'],
    ['SELECT "x"', 'no such column: "x" - should this be a string literal in single-quotes?'],
    ['SELECT', 'incomplete input'],
    ["SELECT 'ä 漢 🙂", 'unrecognized token: "\'ä 漢 🙂"'],
    ['SELECT missing(1)', 'no such function: missing'],
    ['SELECT $a::b(c)', 'near ":b": syntax error'],
  ])('fails for %j', (sql) => {
    sameAnswer((driver) => driver.memory().prepare(sql));
  });

  it('refuses SQL above the length limit', () => {
    sameAnswer((driver) => driver.memory().prepare(`SELECT 1 ${' '.repeat(536870888)}`));
  }, 60_000);
});

describe('properties of a statement', () => {
  it.each([
    ['SELECT 1', true, true],
    ['VALUES (1), (2)', true, true],
    ['CREATE TABLE u (a)', false, false],
    ['INSERT INTO t VALUES (1, 2)', false, false],
    ['INSERT INTO t VALUES (1, 2) RETURNING a', true, false],
    ['UPDATE t SET a = 1', false, false],
    ['DELETE FROM t RETURNING *', true, false],
    ['PRAGMA user_version', true, true],
    ['PRAGMA user_version = 1', false, false],
    ['PRAGMA journal_mode', true, false],
    ['PRAGMA table_info(t)', true, true],
    ['BEGIN', false, true],
    ['BEGIN IMMEDIATE', false, false],
    ['BEGIN EXCLUSIVE', false, false],
    ['COMMIT', false, true],
    ['ROLLBACK', false, true],
    ['SAVEPOINT s', false, true],
    ['EXPLAIN SELECT 1', true, true],
    ['EXPLAIN QUERY PLAN DELETE FROM t', true, true],
    ["ATTACH ':memory:' AS aux1", false, true],
    ['VACUUM', false, false],
    ['ANALYZE', false, false],
  ])('%s: reader %s, readonly %s', (sql) => {
    sameAnswer((driver) => {
      const statement = driver.memory('CREATE TABLE t (a, b)').prepare(sql);
      return [statement.reader, statement.readonly, statement.busy, statement.source];
    });
  });

  it.each([
    ['SELECT 1', true, true],
    ['INSERT INTO t VALUES (1, 2) RETURNING a', true, false],
    ['DELETE FROM t', false, false],
    ['BEGIN', false, true],
    ['BEGIN EXCLUSIVE', false, false],
    ['PRAGMA user_version = 1', false, false],
  ])('of %j are reader %s and readonly %s', (sql, reader, readonly) => {
    expect(
      sameAnswer((driver) => {
        const statement = driver.memory('CREATE TABLE t (a, b)').prepare(sql);
        return [statement.reader, statement.readonly];
      }),
    ).toEqual({ returned: [String(reader), String(readonly)] });
  });
});
