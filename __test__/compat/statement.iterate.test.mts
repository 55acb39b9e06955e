import { describe, expect, it } from 'vitest';
import { describeDrivers, sameAnswer, sameError } from '../helpers/drivers.mts';

const numbers =
  'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n';
const done = { value: undefined, done: true };
const busy = new TypeError('This database connection is busy executing a query');
const statementBusy = new TypeError('This statement is busy executing a query');

describeDrivers('Statement#iterate()', (driver) => {
  it('yields every row', () => {
    const statement = driver.memory().prepare(numbers);
    expect([...statement.iterate(3)]).toEqual([{ i: 1 }, { i: 2 }, { i: 3 }]);
    expect([...statement.iterate(0)]).toEqual([{ i: 1 }]);
  });

  it('yields nothing for an empty result', () => {
    const rows = driver.memory().prepare('SELECT 1 WHERE 0').iterate();
    expect(rows.next()).toEqual(done);
    expect(rows.next()).toEqual(done);
  });

  it('is its own iterator, with next and return and without throw', () => {
    const statement = driver.memory().prepare('SELECT 1 AS a');
    const rows = statement.iterate();
    expect(rows[Symbol.iterator]()).toBe(rows);
    expect(rows.statement).toBe(statement);
    expect('throw' in rows).toBe(false);
    expect(Symbol.toStringTag in rows).toBe(false);
    expect(Object.keys(rows.next())).toEqual(['value', 'done']);
    expect(rows.next()).toStrictEqual(done);
  });

  it('marks the statement busy from the call to the end', () => {
    const statement = driver.memory().prepare(numbers);
    const rows = statement.iterate(2);
    expect(statement.busy).toBe(true);
    rows.next();
    rows.next();
    expect(statement.busy).toBe(true);
    expect(rows.next()).toEqual(done);
    expect(statement.busy).toBe(false);
  });

  it('locks the statement and the writers of the connection from the call on', () => {
    const db = driver.memory('CREATE TABLE t (a)');
    const statement = db.prepare(numbers);
    const rows = statement.iterate(2);
    expect(() => statement.get(1)).toThrow(statementBusy);
    expect(() => statement.all(1)).toThrow(statementBusy);
    expect(() => statement.run(1)).toThrow(statementBusy);
    expect(() => statement.iterate(1)).toThrow(statementBusy);
    expect(() => statement.bind(1)).toThrow(statementBusy);
    expect(() => statement.pluck()).toThrow(statementBusy);
    expect(() => statement.raw()).toThrow(statementBusy);
    expect(() => statement.safeIntegers()).toThrow(statementBusy);
    expect(statement.columns()).toHaveLength(1);
    expect(() => db.prepare('INSERT INTO t VALUES (1)').run()).toThrow(busy);
    expect(() => db.exec('INSERT INTO t VALUES (1)')).toThrow(busy);
    rows.return();
    expect(db.prepare('INSERT INTO t VALUES (1)').run().changes).toBe(1);
  });

  it.each(['return', 'break', 'throw', 'end'])('gives the lock back after %s', (way) => {
    const db = driver.memory();
    const statement = db.prepare(numbers);
    if (way === 'return') {
      const rows = statement.iterate(9);
      rows.next();
      expect(rows.return('ignored')).toStrictEqual(done);
      expect(rows.next()).toStrictEqual(done);
      expect(rows.return()).toStrictEqual(done);
    } else if (way === 'throw') {
      expect(() => {
        for (const row of statement.iterate(9)) throw new Error(JSON.stringify(row));
      }).toThrow('{"i":1}');
    } else {
      for (const row of statement.iterate(9)) if (way === 'break' && row !== undefined) break;
    }
    expect(statement.busy).toBe(false);
    expect(db.exec('SELECT 1')).toBe(db);
  });

  it('runs nothing when it is returned before it is started', () => {
    const db = driver.memory('CREATE TABLE t (a)');
    const rows = db.prepare('INSERT INTO t VALUES (1) RETURNING a').iterate();
    expect(rows.return()).toEqual(done);
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(0);
  });

  it('runs a RETURNING statement at the first next, while another iterator is open too', () => {
    const db = driver.memory('CREATE TABLE t (a)');
    const other = db.prepare('SELECT 1').iterate();
    const rows = db.prepare('INSERT INTO t VALUES (1), (2), (3) RETURNING a').iterate();
    const count = db.prepare('SELECT count(*) FROM t').pluck();
    expect(count.get()).toBe(0);
    expect(rows.next()).toEqual({ value: { a: 1 }, done: false });
    expect(count.get()).toBe(3);
    rows.return();
    other.return();
    expect(count.get()).toBe(3);
  });

  it('binds its parameters at the call', () => {
    const statement = driver.memory().prepare('SELECT ? AS a, ? AS b');
    const blob = Buffer.from('abc');
    const parameters = ['text', blob];
    const rows = statement.iterate(parameters);
    blob.fill('z');
    parameters[0] = 'changed';
    expect(rows.next().value).toEqual({ a: 'text', b: Buffer.from('abc') });
    expect(rows.next()).toEqual(done);
  });

  it('throws binding errors at the call and stays free', () => {
    const db = driver.memory();
    const statement = db.prepare('SELECT ?');
    expect(() => statement.iterate()).toThrow(new RangeError('Too few parameter values were provided'));
    expect(() => statement.iterate({})).toThrow(RangeError);
    expect(() => statement.iterate(Symbol('s'))).toThrow(TypeError);
    expect(statement.busy).toBe(false);
    expect(db.exec('SELECT 1')).toBe(db);
  });

  it('runs several statements at once', () => {
    const db = driver.memory();
    const statements = Array.from({ length: 50 }, () => db.prepare(numbers).pluck());
    const iterators = statements.map((statement, index) => statement.iterate(index + 1));
    const sums = statements.map(() => 0);
    while (statements.some((statement) => statement.busy)) {
      iterators.forEach((rows, index) => {
        const { value, done: end } = rows.next();
        if (end !== true) sums[index] = (sums[index] ?? 0) + Number(value);
      });
    }
    expect(sums).toEqual(statements.map((_, index) => ((index + 1) * (index + 2)) / 2));
  });

  it('nests the iteration of different statements', () => {
    const db = driver.memory();
    const outer = db.prepare(numbers).pluck();
    const inner = db.prepare(numbers).pluck();
    const seen: unknown[] = [];
    for (const a of outer.iterate(3)) for (const b of inner.iterate(a)) seen.push(`${String(a)}${String(b)}`);
    expect(seen).toEqual(['11', '21', '22', '31', '32', '33']);
  });

  it('captures the row mode at the call', () => {
    const statement = driver.memory().prepare('SELECT 9007199254740993 AS a').raw().safeIntegers();
    const rows = statement.iterate();
    expect(rows.next().value).toEqual([9007199254740993n]);
    rows.return();
  });

  it('yields the rows before an error, throws, and is finished', () => {
    const db = driver.memory();
    const statement = db
      .prepare(
        'SELECT CASE column1 WHEN 3 THEN abs(-9223372036854775808) ELSE column1 END AS a FROM (VALUES (1),(2),(3))',
      )
      .pluck();
    const rows = statement.iterate();
    expect([rows.next().value, rows.next().value]).toEqual([1, 2]);
    expect(() => rows.next()).toThrow(
      expect.objectContaining({ code: 'SQLITE_ERROR', message: 'integer overflow' }),
    );
    expect(rows.next()).toEqual(done);
    expect(statement.busy).toBe(false);
    expect(db.exec('SELECT 1')).toBe(db);
  });

  it('may be consumed from inside its own loop', () => {
    const rows = driver.memory().prepare(numbers).pluck().iterate(6);
    const seen: unknown[] = [];
    for (const value of rows) seen.push([value, rows.next().value]);
    expect(seen).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
  });

  it('can be used again and again', () => {
    const statement = driver.memory().prepare(numbers).pluck();
    for (let turn = 1; turn < 200; turn += 1) expect([...statement.iterate(turn)]).toHaveLength(turn);
  });

  it('throws on a closed database', () => {
    const db = driver.memory();
    const statement = db.prepare('SELECT 1');
    db.close();
    expect(() => statement.iterate()).toThrow(new TypeError('The database connection is not open'));
  });
});

describe('details of Statement#iterate()', () => {
  it('an abandoned iterator keeps the connection locked', () => {
    sameError(
      (driver) => {
        const db = driver.memory();
        db.prepare('SELECT 1').iterate();
        return db.close();
      },
      'TypeError',
      'This database connection is busy executing a query',
    );
  });

  it('at most 65535 iterators are open on a connection', () => {
    sameError(
      (driver) => {
        const db = driver.memory();
        for (let open = 0; open < 65535; open += 1) db.prepare('SELECT 1').iterate();
        db.prepare('SELECT 1').iterate();
      },
      'RangeError',
      'Too many active database iterators',
    );
  }, 60_000);

  it('the constructor is disabled', () => {
    sameError(
      (driver) => Reflect.construct(driver.memory().prepare('SELECT 1').iterate().constructor, []),
      'TypeError',
      'Disabled constructor',
    );
  });

  it('next and return refuse a wrong receiver', () => {
    for (const name of ['next', 'return'] as const) {
      for (const receiver of [undefined, null, {}, [].values()]) {
        sameAnswer((driver) =>
          Reflect.apply(driver.memory().prepare('SELECT 1').iterate()[name], receiver, []),
        );
      }
    }
  });

  it('has the same properties', () => {
    sameAnswer((driver) => {
      const rows = driver.memory().prepare('SELECT 1').iterate();
      const marks = (owner: object): unknown[] =>
        Reflect.ownKeys(owner).map((key) => {
          const { value, ...rest } = Object.getOwnPropertyDescriptor(owner, key) ?? {};
          return [String(key), typeof value, typeof value === 'function' ? value.length : '', rest];
        });
      const prototype = Object.getPrototypeOf(rows) as object;
      return [marks(rows), marks(prototype), Object.getPrototypeOf(prototype) === Object.prototype];
    });
  });

  it('a write by the connection itself is seen alike by a started loop', () => {
    sameAnswer((driver) => {
      const db = driver.memory('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)');
      const add = db.prepare('INSERT INTO t VALUES (?) RETURNING a').pluck();
      const seen: unknown[] = [];
      for (const a of db.prepare('SELECT a FROM t').pluck().iterate()) {
        seen.push(a);
        if (seen.length < 10) seen.push(add.get(Number(a) + 10));
      }
      return seen;
    });
  });

  it('the JavaScript protocols take it', () => {
    sameAnswer((driver) => {
      const statement = driver.memory().prepare(numbers).pluck();
      const [first, second] = statement.iterate(5);
      const map = new Map(
        driver.memory().prepare("SELECT 'k', 'v'").raw().iterate() as Iterable<[string, string]>,
      );
      return [
        first,
        second,
        statement.busy,
        Array.from(statement.iterate(4)),
        [...map],
        Math.max(...(statement.iterate(3) as Iterable<number>)),
      ];
    });
  });
});
