import { describe, expect, it } from 'vitest';
import { describeDrivers, sameAnswer, sameError } from '../helpers/drivers.mts';

describeDrivers('Database#exec()', (driver) => {
  it('returns the database', () => {
    const db = driver.memory();
    expect(db.exec('SELECT 1')).toBe(db);
  });

  it('runs every statement', () => {
    const db = driver.memory(
      "CREATE TABLE t (a); INSERT INTO t VALUES ('x;y'); INSERT INTO t VALUES (2); -- end",
    );
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual(['x;y', 2]);
  });

  it('stops at the first error and keeps what ran before it', () => {
    const db = driver.memory('CREATE TABLE t (a UNIQUE)');
    const sql = 'INSERT INTO t VALUES (1); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)';
    expect(() => db.exec(sql)).toThrow(expect.objectContaining({ code: 'SQLITE_CONSTRAINT_UNIQUE' }));
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([1]);
  });

  it('keeps what ran before a syntax error', () => {
    const db = driver.memory();
    expect(() => db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1); nonsense; DROP TABLE t')).toThrow(
      'near "nonsense": syntax error',
    );
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([1]);
  });

  it('treats parameters as NULL', () => {
    const db = driver.memory('CREATE TABLE t (a, b, c); INSERT INTO t VALUES (?, :x, 3)');
    expect(db.prepare('SELECT * FROM t').raw().all()).toEqual([[null, null, 3]]);
  });

  it('discards rows and runs RETURNING to the end', () => {
    const db = driver.memory('CREATE TABLE t (a)');
    db.exec('INSERT INTO t VALUES (1), (2), (3) RETURNING a');
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(3);
  });

  it('ends and starts transactions', () => {
    const db = driver.memory('CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)');
    expect(db.inTransaction).toBe(true);
    db.exec('ROLLBACK; BEGIN; INSERT INTO t VALUES (2); COMMIT');
    expect(db.inTransaction).toBe(false);
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([2]);
  });

  it('runs ten thousand statements in one text', () => {
    const db = driver.memory('CREATE TABLE t (a)');
    db.exec(`BEGIN;${'INSERT INTO t VALUES (1);'.repeat(10_000)}COMMIT`);
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(10_000);
  });

  it('is refused while an iterator is open, and allowed after it', () => {
    const db = driver.memory('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)');
    const rows = db.prepare('SELECT a FROM t').iterate();
    const message = 'This database connection is busy executing a query';
    expect(() => db.exec('SELECT 1')).toThrow(new TypeError(message));
    rows.next();
    expect(() => db.exec('')).toThrow(new TypeError(message));
    rows.return();
    expect(db.exec('SELECT 1')).toBe(db);
  });

  it('throws on a closed database', () => {
    const db = driver.memory().close();
    expect(() => db.exec('SELECT 1')).toThrow(new TypeError('The database connection is not open'));
    expect(() => db.exec('')).toThrow(new TypeError('The database connection is not open'));
  });
});

describe('arguments of Database#exec()', () => {
  it.each([
    [undefined],
    [null],
    [1],
    [{}],
    [['SELECT 1']],
    [new String('SELECT 1')],
    [Buffer.from('SELECT 1')],
  ])('refuses %o', (sql) => {
    sameError((driver) => driver.memory().exec(sql), 'TypeError', 'Expected first argument to be a string');
  });

  it.each([
    [''],
    ['  '],
    [';;;'],
    ['-- only'],
    ['/* only */'],
    ['/* open'],
    ['\0CREATE TABLE t (a)'],
    ['\uFEFF'],
  ])('accepts %j, which has no statement', (sql) => {
    sameAnswer((driver) => driver.memory().exec(sql).prepare('SELECT name FROM sqlite_schema').all());
  });

  it.each([
    ['CREATE TABLE a (x);\0CREATE TABLE b (x)'],
    ['CREATE TABLE a (x)\0;CREATE TABLE b (x)'],
    ['CREATE TABLE a (x); CREATE TABLE b (x); /* open'],
    [
      "CREATE TABLE a (x); INSERT INTO a VALUES ('ä漢🙂\u{1F600}'); CREATE TABLE b AS SELECT hex(x) AS h FROM a",
    ],
    ["CREATE TABLE a AS SELECT '\ud800' AS x"],
    ['CREATE TABLE a (x); SELECT * FROM a; SELECT 1/0; CREATE TABLE b (y)'],
    ['CREATE TABLE a (x); INSERT INTO a VALUES (abs(-9223372036854775808)); CREATE TABLE b (y)'],
    ['BEGIN; CREATE TABLE a (x); nonsense'],
    ['COMMIT'],
  ])('answers alike for %j', (sql) => {
    sameAnswer((driver) => {
      const db = driver.memory();
      let thrown: unknown;
      try {
        db.exec(sql);
      } catch (error) {
        thrown = error;
      }
      return [thrown, db.inTransaction, db.prepare('SELECT name, sql FROM sqlite_schema').all()];
    });
  });
});
