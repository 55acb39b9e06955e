import { describe, expect, it } from 'vitest';
import { describeDrivers, sameAnswer } from '../helpers/drivers.mts';

describeDrivers('Statement#bind()', (driver) => {
  it('binds for good and returns the statement', () => {
    const statement = driver.memory().prepare('SELECT ? AS a, :b AS b');
    expect(statement.bind('x', { b: 'y' })).toBe(statement);
    expect(statement.get()).toEqual({ a: 'x', b: 'y' });
    expect(statement.all()).toEqual([{ a: 'x', b: 'y' }]);
    expect([...statement.iterate()]).toEqual([{ a: 'x', b: 'y' }]);
  });

  it('is allowed once, even without parameters', () => {
    const once = new TypeError('The bind() method can only be invoked once per statement object');
    const empty = driver.memory().prepare('SELECT 1').bind();
    expect(() => empty.bind()).toThrow(once);
    const bound = driver.memory().prepare('SELECT ?').bind(1);
    expect(() => bound.bind(2)).toThrow(once);
    expect(bound.pluck().get()).toBe(1);
  });

  it('leaves no room for further parameters', () => {
    const bound = new TypeError('This statement already has bound parameters');
    const statement = driver
      .memory('CREATE TABLE t (a)')
      .prepare('INSERT INTO t VALUES (?) RETURNING a')
      .bind(1);
    expect(() => statement.run(1)).toThrow(bound);
    expect(() => statement.get({})).toThrow(bound);
    expect(() => statement.all([])).toThrow(bound);
    expect(() => statement.iterate(undefined)).toThrow(bound);
    expect(statement.all()).toEqual([{ a: 1 }]);
  });

  it('binds nothing when it fails, and may be tried again', () => {
    const statement = driver.memory().prepare('SELECT ? AS a, ? AS b');
    expect(() => statement.bind(1)).toThrow(new RangeError('Too few parameter values were provided'));
    expect(() => statement.bind(1, Symbol('s'))).toThrow(TypeError);
    expect(() => statement.get()).toThrow(RangeError);
    expect(statement.get(3, 4)).toEqual({ a: 3, b: 4 });
    expect(statement.bind('x', 'y').get()).toEqual({ a: 'x', b: 'y' });
  });

  it('copies texts and blobs', () => {
    const blob = Buffer.from('abc');
    const statement = driver.memory().prepare('SELECT ? AS a').pluck().bind(blob);
    blob.fill('z');
    expect(statement.get()).toEqual(Buffer.from('abc'));
    expect(statement.get()).toEqual(Buffer.from('abc'));
  });

  it('keeps its values over many runs, other statements and garbage', () => {
    const db = driver.memory();
    const text = `${'ä漢🙂'.repeat(1000)}\0end`;
    const bound = db.prepare('SELECT ? AS a, ? AS b, ? AS c').raw().bind(text, Buffer.alloc(70_000, 7), 5n);
    const other = db.prepare('SELECT ?, ?').raw();
    for (let turn = 0; turn < 50; turn += 1) {
      other.get('w'.repeat(turn * 997), Buffer.alloc(turn * 997));
      expect(bound.get()).toEqual([text, Buffer.alloc(70_000, 7), 5]);
    }
  });

  it('keeps its values over a schema change', () => {
    const db = driver.memory('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    const statement = db.prepare('SELECT *, ? AS p FROM t').bind('kept');
    expect(statement.get()).toEqual({ a: 1, p: 'kept' });
    db.exec('ALTER TABLE t ADD COLUMN b DEFAULT 2');
    expect(statement.get()).toEqual({ a: 1, b: 2, p: 'kept' });
  });

  it('can be run as a write many times', () => {
    const db = driver.memory('CREATE TABLE t (a, b)');
    const insert = db.prepare('INSERT INTO t VALUES (?, :b)').bind('x', { b: null });
    for (let turn = 1; turn <= 5; turn += 1)
      expect(insert.run()).toEqual({ changes: 1, lastInsertRowid: turn });
  });
});

describe('values without bind()', () => {
  it('are forgotten after each run', () => {
    sameAnswer((driver) => {
      const db = driver.memory();
      const statement = db.prepare('SELECT ?, :a').raw();
      const seen: unknown[] = [statement.get('x', { a: 'y' })];
      for (const parameters of [[], ['only'], [{ a: 1 }]]) {
        try {
          seen.push(statement.get(...parameters));
        } catch (error) {
          seen.push(error);
        }
      }
      return seen;
    });
  });

  it('are forgotten after an error of SQLite', () => {
    sameAnswer((driver) => {
      const statement = driver.memory().prepare('SELECT abs(?), ?2').raw();
      const seen: unknown[] = [];
      for (const parameters of [
        [-9223372036854775808n, { 2: 'x' }],
        [5n, { 2: null }],
      ]) {
        try {
          seen.push(statement.get(...parameters));
        } catch (error) {
          seen.push(error);
        }
      }
      return seen;
    });
  });
});

describeDrivers('the text of a statement that is bound for good', (driver) => {
  it('shows the values inside of callbacks that the statement calls', () => {
    const db = driver.memory();
    const seen: string[] = [];
    let statement = db.prepare('SELECT 1');
    db.function('note', (value: unknown) => seen.push(statement.toString()) && value);
    statement = db.prepare('SELECT note(?) AS a').bind('x');
    statement.get();
    statement.all();
    statement.run();
    expect([...statement.iterate()]).toEqual([{ a: 'x' }]);
    expect(seen).toEqual(Array.from({ length: 4 }, () => "SELECT note('x') AS a"));
  });

  it('shows them in the log, and to the log', () => {
    const seen: string[] = [];
    let statement: { toString(): string } | undefined;
    const log = (sql: string) => seen.push(sql, String(statement));
    const bound = new driver.Database(':memory:', { verbose: log }).prepare('SELECT :a').bind({ a: 1 });
    statement = bound;
    bound.get();
    expect(seen).toEqual(['SELECT 1.0', 'SELECT 1.0']);
  });
});
