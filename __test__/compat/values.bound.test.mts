import { describe, expect, it } from 'vitest';
import { describeDrivers, sameAnswer, sameError } from '../helpers/drivers.mts';
import { bindables } from './bindables.mts';

describe('values from JavaScript', () => {
  it.each(bindables)('%s reaches SQL alike', (_, value) => {
    sameAnswer((driver) =>
      driver
        .memory()
        .prepare('SELECT typeof(?1) AS t, hex(?1) AS h, quote(?1) AS q, length(?1) AS l')
        .get({ 1: value }),
    );
  });

  it.each(bindables)('%s comes back alike in every mode', (_, value) => {
    sameAnswer((driver) => {
      const statement = driver.memory().prepare('SELECT ? AS a').safeIntegers();
      return [
        statement.get([value]),
        statement.all([value]),
        [...statement.iterate([value])],
        statement.raw().get([value]),
        statement.pluck().all([value]),
        statement.safeIntegers(false).get([value]),
      ];
    });
  });

  it.each(bindables)('%s is stored alike whatever the affinity', (_, value) => {
    sameAnswer((driver) => {
      const db = driver.memory('CREATE TABLE t (n, i INTEGER, r REAL, t TEXT, b BLOB, u NUMERIC)');
      db.prepare('INSERT INTO t VALUES (:v, :v, :v, :v, :v, :v)').run({ v: value });
      const types = db.prepare(
        'SELECT typeof(n), typeof(i), typeof(r), typeof(t), typeof(b), typeof(u) FROM t',
      );
      const rows = db.prepare('SELECT * FROM t');
      return [types.raw().get(), rows.all(), rows.safeIntegers().raw().all()];
    });
  });

  it.each(bindables)('%s may be bound beside others', (_, value) => {
    sameAnswer((driver) =>
      driver
        .memory()
        .prepare('SELECT ?, ?, ?, ?, ?')
        .raw()
        .all(
          'before é',
          value === undefined || Array.isArray(value) ? null : value,
          '漢',
          Buffer.from('x'),
          5n,
        ),
    );
  });

  it('a bigint outside of 64 bits is a RangeError', () => {
    for (const value of [2n ** 63n, -(2n ** 63n) - 1n]) {
      sameError(
        (driver) => driver.memory().prepare('SELECT ?').get(value),
        'RangeError',
        'The bound string, buffer, or bigint is too big',
      );
    }
  });

  it('a text or blob above the limit is a RangeError', () => {
    const message = 'The bound string, buffer, or bigint is too big';
    const bytes = new Uint8Array(536870889);
    sameError((driver) => driver.memory().prepare('SELECT length(?)').get(bytes), 'RangeError', message);
    sameAnswer((driver) => driver.memory().prepare('SELECT length(?)').get(bytes.subarray(1)));
    // JavaScript's longest string is as long as SQLite's longest text: only its UTF-8 can be longer.
    const text = 'é'.repeat(536870890 / 2);
    sameError((driver) => driver.memory().prepare('SELECT length(?)').get(text), 'RangeError', message);
  }, 60_000);
});

describeDrivers('numbers', (driver) => {
  const one = (sql: string, ...parameters: unknown[]): unknown =>
    driver
      .memory()
      .prepare(sql)
      .pluck()
      .get(...parameters);

  it('bind as REAL', () => {
    expect(one('SELECT typeof(?)', 5)).toBe('real');
    expect(one('SELECT ? / 2', 5)).toBe(2.5);
    expect(one('SELECT ? / 2', 5n)).toBe(2);
    expect(() => one('SELECT 1 LIMIT ?', 1.5)).toThrow(expect.objectContaining({ code: 'SQLITE_MISMATCH' }));
    expect(one('SELECT 1 LIMIT ?', 1)).toBe(1);
    expect(one('SELECT 1 LIMIT ?', 0)).toBe(undefined);
  });

  it('become text, integer or stay real by the affinity of the column', () => {
    const db = driver.memory('CREATE TABLE t (t TEXT, i INTEGER, n); CREATE TABLE s (i INT) STRICT');
    db.prepare('INSERT INTO t VALUES (:v, :v, :v)').run({ v: 5 });
    expect(db.prepare('SELECT t, typeof(i), typeof(n) FROM t').raw().get()).toEqual([
      '5.0',
      'integer',
      'real',
    ]);
    db.prepare('INSERT INTO s VALUES (?)').run(5);
    expect(() => db.prepare('INSERT INTO s VALUES (?)').run(5.5)).toThrow(
      expect.objectContaining({ code: 'SQLITE_CONSTRAINT_DATATYPE' }),
    );
  });

  it('keep -0 and the infinities, and NaN becomes NULL', () => {
    expect(one('SELECT ?', -0)).toBe(-0);
    expect(one('SELECT ?', Infinity)).toBe(Infinity);
    expect(one('SELECT ?', -Infinity)).toBe(-Infinity);
    expect(one('SELECT ?', NaN)).toBe(null);
    const strange = new Float64Array(
      new BigUint64Array([0xfff8000000000001n, 0x7ff0000000000001n, 0xffffffffffffffffn]).buffer,
    );
    for (const nan of strange) expect(one('SELECT ?', nan)).toBe(null);
  });
});
