import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { describeDrivers, sameAnswer, sameError, type Driver } from '../helpers/drivers.mts';

const tooFew = 'Too few parameter values were provided';
const tooMany = 'Too many parameter values were provided';
const twoObjects = 'You cannot specify named parameters in two different objects';
const notPlain = 'Named parameters can only be passed within plain objects';
const wrongType = 'SQLite3 can only bind numbers, strings, bigints, buffers, and null';

class Point {
  x = 1;
}
const select = (driver: Driver, sql: string, parameters: readonly unknown[]): unknown =>
  driver
    .memory()
    .prepare(sql)
    .raw()
    .get(...parameters);

describeDrivers('parameters', (driver) => {
  it('come as arguments, as arrays, or mixed', () => {
    const statement = driver.memory().prepare('SELECT ?, ?, ?').raw();
    expect(statement.get('a', 'b', 'c')).toEqual(['a', 'b', 'c']);
    expect(statement.get(['a', 'b', 'c'])).toEqual(['a', 'b', 'c']);
    expect(statement.get('a', ['b'], [], 'c')).toEqual(['a', 'b', 'c']);
    expect(statement.get(['a'], ['b', 'c'])).toEqual(['a', 'b', 'c']);
  });

  it('come by name, whatever the prefix', () => {
    const statement = driver.memory().prepare('SELECT :a, @b, $c, :a, @a, $a').raw();
    expect(statement.get({ a: 1, b: 2, c: 3 })).toEqual([1, 2, 3, 1, 1, 1]);
  });

  it('may be named and anonymous in one call, in any order of arguments', () => {
    const statement = driver.memory().prepare('SELECT ?, :n, ?').raw();
    expect(statement.get('a', 'b', { n: 'x' })).toEqual(['a', 'x', 'b']);
    expect(statement.get({ n: 'x' }, ['a', 'b'])).toEqual(['a', 'x', 'b']);
    expect(statement.get('a', { n: 'x' }, 'b')).toEqual(['a', 'x', 'b']);
  });

  it('with a number count as named', () => {
    const statement = driver.memory().prepare('SELECT ?1, ?2, ?1').raw();
    expect(statement.get({ 1: 'a', 2: 'b' })).toEqual(['a', 'b', 'a']);
    expect(() => statement.get('a', 'b')).toThrow(new RangeError(tooMany));
    expect(driver.memory().prepare('SELECT ?3').raw().get('x', 'y', { 3: 'z' })).toEqual(['z']);
  });

  it('are read from own properties, getters included, in the order of the parameters', () => {
    const order: string[] = [];
    const source = {
      get b() {
        order.push('b');
        return 2;
      },
      get a() {
        order.push('a');
        return 1;
      },
    };
    expect(driver.memory().prepare('SELECT :a, :b').raw().get(source)).toEqual([1, 2]);
    expect(order).toEqual(['a', 'b']);
  });

  it('let the exception of a getter or proxy through', () => {
    const failure = new Error('from the getter');
    const statement = driver.memory().prepare('SELECT :a').raw();
    const source = {
      get a() {
        throw failure;
      },
    };
    expect(() => statement.get(source)).toThrow(failure);
    expect(statement.get({ a: 1 })).toEqual([1]);
  });

  it('number up to 32766', () => {
    const db = driver.memory();
    const values = Array.from({ length: 32766 }, (_, index) => index);
    const row = db.prepare(`SELECT count(*) FROM (VALUES ${values.map(() => '(?)').join()})`).pluck();
    expect(row.get(values)).toBe(32766);
    expect(row.get(...values)).toBe(32766);
    expect(() => db.prepare('SELECT ?32767')).toThrow('variable number must be between ?1 and ?32766');
  });
});

describe('argument lists', () => {
  const statements = [
    'SELECT 1',
    'SELECT ?',
    'SELECT ?, ?',
    'SELECT :a',
    'SELECT :a, ?',
    'SELECT ?, @a, $b, ?',
    'SELECT ?1',
    'SELECT ?2',
    'SELECT ?2, ?, :a',
    'SELECT :a, :A',
  ];
  const sparse = Array.from<unknown>({ length: 2 });
  delete sparse[0];
  const lists: unknown[][] = [
    [],
    [undefined],
    [null],
    [1],
    [1, 2],
    [1, 2, 3],
    [[]],
    [[1]],
    [[1, 2]],
    [[1], [2]],
    [[[1]]],
    [[1, [2]]],
    [sparse],
    [{}],
    [{ a: 1 }],
    [{ a: 1 }, 2],
    [1, { a: 2 }],
    [1, 2, { a: 3, b: 4, unknown: 5 }],
    [{ a: 1, b: 2 }, [3, 4]],
    [{ a: 1 }, { b: 2 }],
    [{}, {}],
    [{}, 1],
    [1, {}, 2],
    [{ ':a': 1 }],
    [{ '@a': 1 }],
    [{ a: undefined }],
    [{ a: { b: 1 } }],
    [{ a: [1] }],
    [{ a: true }],
    [{ 1: 'x' }],
    [{ 1: 'x', 2: 'y', a: 'z' }],
    ['x', { 2: 'y' }],
    ['x', 'y', { 2: 'z', a: 0 }],
    [Object.create(null)],
    [Object.assign(Object.create(null), { a: 1 })],
    [Object.create({ a: 1 })],
    [runInNewContext('({ a: 1 })')],
    [runInNewContext('[1]')],
    [runInNewContext('Object.create(null)')],
    [new Point()],
    [new Point(), 1],
    [new Date(0)],
    [/x/],
    [new Map()],
    [new Error('x')],
    [Promise.resolve(1)],
    [() => 1],
    [Object.assign(() => 1, { a: 1 })],
    [Symbol('s')],
    [true],
    [new Number(1)],
    [new String('x')],
    [Object(1n)],
    [Buffer.from('b')],
    [Buffer.from('b'), { a: 1 }],
    [new Uint8Array(2), 1],
    [new ArrayBuffer(2)],
    [[undefined, undefined]],
    [[undefined, null], undefined],
    [
      {
        a: 1,
        get b(): number {
          throw new Error('getter');
        },
      },
    ],
    [true, 1, 2, 3],
    [1, 2, 3, true],
    [{ a: true }, { b: 1 }],
    [{ a: 1 }, new Point()],
    [new Point(), { a: 1 }, { a: 1 }],
  ];
  it.each(statements.map((sql) => [sql]))('answer alike for %s', (sql) => {
    for (const list of lists) {
      sameAnswer((driver) => select(driver, sql, list));
      sameAnswer((driver) =>
        driver
          .memory()
          .prepare(sql)
          .raw()
          .bind(...list)
          .get(),
      );
      sameAnswer((driver) =>
        driver
          .memory()
          .prepare(sql)
          .run(...list),
      );
    }
  });

  const errors: [string, unknown[], string, string][] = [
    ['SELECT ?', [], 'RangeError', tooFew],
    ['SELECT ?, ?', [1], 'RangeError', tooFew],
    ['SELECT ?', [{}], 'RangeError', tooFew],
    ['SELECT :a', [], 'TypeError', 'Missing named parameters'],
    ['SELECT :a, ?', [1], 'TypeError', 'Missing named parameters'],
    ['SELECT :a, ?', [{ a: 1 }], 'RangeError', tooFew],
    ['SELECT :a, :b', [{ a: 1 }], 'RangeError', 'Missing named parameter "b"'],
    ['SELECT :a', [{ '@a': 1 }], 'RangeError', 'Missing named parameter "a"'],
    ['SELECT ?1', [{}], 'RangeError', 'Missing named parameter "1"'],
    ['SELECT 1', [undefined], 'RangeError', tooMany],
    ['SELECT ?', [1, 2], 'RangeError', tooMany],
    ['SELECT :a', [1], 'RangeError', tooMany],
    ['SELECT :a', [{ a: 1 }, { a: 1 }], 'TypeError', twoObjects],
    ['SELECT 1', [{}, {}], 'TypeError', twoObjects],
    ['SELECT :a', [new Point()], 'TypeError', notPlain],
    ['SELECT ?', [new Point()], 'TypeError', wrongType],
    ['SELECT ?', [[[1]]], 'TypeError', wrongType],
    ['SELECT ?', [new Date(0)], 'TypeError', wrongType],
    ['SELECT ?', [new ArrayBuffer(1)], 'TypeError', wrongType],
    ['SELECT :a', [{ a: Symbol('s') }], 'TypeError', wrongType],
  ];
  it.each(errors)('%s with %j throws %s: %s', (sql, list, name, message) => {
    sameError((driver) => select(driver, sql, list), name, message);
  });

  it('a proxy of a plain object is a plain object', () => {
    for (const sql of ['SELECT :a', 'SELECT ?'])
      sameAnswer((driver) => select(driver, sql, [new Proxy({ a: 1 }, {})]));
  });

  it('the traps of a proxy are called alike', () => {
    sameAnswer((driver) => {
      const calls: unknown[] = [];
      const watch = (name: 'get' | 'has' | 'getOwnPropertyDescriptor' | 'getPrototypeOf' | 'ownKeys') => ({
        [name](target: object, ...rest: [PropertyKey]) {
          calls.push([name, ...rest.filter((each) => typeof each === 'string')]);
          return (Reflect[name] as (...args: unknown[]) => unknown)(target, ...rest);
        },
      });
      const traps = Object.assign(
        {},
        ...(['get', 'has', 'ownKeys'] as const).map(watch),
      ) as ProxyHandler<object>;
      return [select(driver, 'SELECT :a, :b', [new Proxy({ a: 1, b: 2 }, traps)]), calls];
    });
  });

  it('an array that changes while it is read answers alike', () => {
    for (const change of [
      (list: unknown[]) => list.push('late'),
      (list: unknown[]) => (list.length = 1),
      (list: unknown[]) => list.splice(0, 1),
    ]) {
      sameAnswer((driver) => {
        const list: unknown[] = [1, 2, 3];
        Object.defineProperty(list, 1, {
          configurable: true,
          get() {
            change(list);
            return 'got';
          },
        });
        return select(driver, 'SELECT ?, ?, ?', [list]);
      });
    }
  });

  it('names that are special in JavaScript are looked up as own properties', () => {
    for (const name of [
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      'length',
      '0',
      '00',
      'ä',
      '漢',
    ]) {
      const own = Object.defineProperty({}, name, { value: 'own', enumerable: true });
      for (const source of [
        {},
        own,
        Object.defineProperty({}, name, { value: 'hidden', enumerable: false }),
      ]) {
        sameAnswer((driver) =>
          select(driver, /^\d/.test(name) ? `SELECT ?${name}` : `SELECT :${name}`, [source]),
        );
      }
    }
  });

  it('a parameter name keeps all but its first character', () => {
    for (const sql of [
      'SELECT $a::b',
      'SELECT :a1_b',
      'SELECT @1',
      'SELECT $',
      'SELECT :',
      'SELECT ?01',
      'SELECT ?0',
    ]) {
      for (const list of [[{ a: 1, 'a::b': 2, a1_b: 3, 1: 4, '01': 5, '': 6 }], [], ['x']]) {
        sameAnswer((driver) => select(driver, sql, list));
      }
    }
  });
});
