import { describe, expect, it } from 'vitest';
import { drivers, ferrolite, sameAnswer } from '../helpers/drivers.mts';
import { inChild } from '../helpers/in-child.mts';

/** More rows than the decoder reads before it compiles a constructor. */
const MANY = 3000;

const sets: [string, string[]][] = [
  ['duplicates', ['a', 'b', 'a', 'a']],
  ['integer-like', ['b', '10', '9', '0', '01', '-1', '4294967294', '4294967295', '1.5']],
  ['empty', ['', 'a', '']],
  [
    'of Object.prototype',
    ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__', 'isPrototypeOf'],
  ],
  [
    'special to JavaScript',
    ['this', 'first', 'cell', 'arguments', 'eval', 'prototype', 'name', 'length', 'new.target'],
  ],
  [
    'in need of escapes',
    ["'", '"', '`', '\\', '\n', '\r', '\u2028', '\u2029', '${x}', '*/', '//', '\u0001', ']', '];throw 1'],
  ],
  ['not ASCII', ['ä', '漢', '🙂', '\ufeff', '\uffff', 'e\u0301']],
];
const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const select = (names: readonly string[]): string =>
  `WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < ${MANY}) ` +
  `SELECT ${names.map((name, index) => `i + ${index}000 AS ${quote(name)}`).join()} FROM n`;

describe('column names', () => {
  it.each(sets)('%s give the same rows before and after compilation', (_, names) => {
    for (const safe of [false, true]) {
      sameAnswer((driver) => {
        const statement = driver.memory().prepare(select(names)).safeIntegers(safe);
        const all = statement.all();
        return [all.slice(0, 3), all.slice(-3), statement.get(), Reflect.ownKeys(statement.get() as object)];
      });
      const rows = ferrolite.memory().prepare(select(names)).safeIntegers(safe).all();
      expect(rows.map((row) => Object.keys(row as object).join('\0'))).toEqual(
        rows.map(() => Object.keys(rows[0] as object).join('\0')),
      );
    }
  });

  it('__proto__ is a property like any other, before and after compilation', () => {
    const sql = select(['a', '__proto__', 'b']);
    for (const row of ferrolite.memory().prepare(sql).all()) {
      expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
      expect(Object.keys(row as object)).toEqual(['a', '__proto__', 'b']);
    }
    const [parsed] = ferrolite.memory().prepare(`SELECT NULL AS "__proto__", '{}' AS "a"`).all() as object[];
    expect(Object.getOwnPropertyDescriptor(parsed, '__proto__')).toEqual({
      value: null,
      writable: true,
      enumerable: true,
      configurable: true,
    });
    expect(ferrolite.memory().prepare('SELECT 1 AS "__proto__"').raw().all()).toEqual([[1]]);
  });

  it('rows equal literals, however many rows of their shape were read', () => {
    const statement = ferrolite.memory().prepare(select(['a', 'toString', '7']));
    for (const row of statement.all()) expect(Object.getPrototypeOf(row)).toBe(Object.prototype);
    expect(statement.get()).toStrictEqual({ 7: 2000, a: 0, toString: 1000 });
  });
});

describe('Object.prototype', () => {
  const names = ['constructor', 'toString', '__proto__', 'a', 'valueOf'];

  it('may be frozen', () => {
    const rows = inChild(
      (sql) => {
        const Database = require('ferrolite');
        Object.freeze(Object.prototype);
        const all = new Database(':memory:').prepare(sql).all();
        const keysOf = (row: object): string => Object.keys(row).join();
        return [
          keysOf(all[0]),
          keysOf(all.at(-1)),
          Object.getPrototypeOf(all.at(-1)) === Object.prototype,
          all.length,
        ];
      },
      [select(names)] as const,
    );
    expect(rows).toEqual([names.join(), names.join(), true, MANY + 1]);
  });

  it.each(drivers.map(({ name }) => [name] as const))('may have a setter that %s does not call', (name) => {
    const rows = inChild(
      (driver, sql) => {
        let calls = 0;
        const Database = require(driver);
        // oxlint-disable-next-line no-extend-native -- what a careless library does
        Object.defineProperty(Object.prototype, 'a', {
          configurable: true,
          set() {
            calls += 1;
          },
          get: () => 'inherited',
        });
        const all = new Database(':memory:').prepare(sql).all();
        return [calls, Object.keys(all[0]), Object.keys(all.at(-1))];
      },
      [name, select(['b', 'a'])] as const,
    );
    expect(rows).toEqual([0, ['b', 'a'], ['b', 'a']]);
  });
});
