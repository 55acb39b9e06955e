// The callbacks of one execution share what keeps their values alive, and pass numbers in memory that
// nested executions use as well: neither may reach the values of another call.
import { expect, it } from 'vitest';
import { describeDrivers, sameAnswer } from '../helpers/drivers.mts';
import { inChild } from '../helpers/in-child.mts';

const count = (rows: number): string =>
  `WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) `;

const results = [
  1.5,
  -0,
  7,
  NaN,
  null,
  undefined,
  2n ** 62n,
  'text',
  '漢字',
  '',
  Buffer.from([1, 2]),
  new Uint8Array(0),
];

describeDrivers('values too long for a batch, between callbacks', (driver) => {
  it('stay what they are', () => {
    const db = driver.memory();
    db.function('twice', (value: unknown) => (typeof value === 'string' ? value + value : value));
    // Texts and blobs in front of, behind, and as the result of callbacks, over many renewals.
    const sql =
      `${count(300)} SELECT hex(zeroblob(3000 + i)) AS before, twice(i) AS number, zeroblob(5000 + i) AS blob, ` +
      "twice(hex(zeroblob(1500 + i))) AS long, twice('a') AS short, hex(zeroblob(2900 + i)) AS behind FROM n";
    const rows = db.prepare(sql).all() as Record<string, unknown>[];
    expect(rows).toHaveLength(300);
    rows.forEach((row, index) => {
      const i = index + 1;
      expect(row['before']).toBe('0'.repeat(2 * (3000 + i)));
      expect(row['number']).toBe(i);
      expect(row['blob']).toEqual(Buffer.alloc(5000 + i));
      expect(row['long']).toBe('0'.repeat(4 * (1500 + i)));
      expect(row['short']).toBe('aa');
      expect(row['behind']).toBe('0'.repeat(2 * (2900 + i)));
    });
  });
});

describeDrivers('a function that executes statements with parameters', (driver) => {
  it('gives back its own result, of each kind', () => {
    const other = driver.memory();
    const echo = other.prepare('SELECT ? AS a, ? AS b').raw();
    const db = driver.memory();
    db.function('pick', (i: number, text: string, real: number) => {
      echo.get(123.25, 'elsewhere');
      expect([text, real]).toEqual([`t${i}`, i + 0.5]);
      return results[i % results.length];
    });
    const sql = `${count(200)} SELECT typeof(pick(i, 't' || i, i + 0.5)) FROM n`;
    const types = db.prepare(sql).pluck().all();
    const expected = [
      'real',
      'real',
      'real',
      'null',
      'null',
      'null',
      'integer',
      'text',
      'text',
      'text',
      'blob',
      'blob',
    ];
    expect(types).toEqual(Array.from({ length: 200 }, (_, index) => expected[(index + 1) % expected.length]));
  });

  it('may do so in functions that other statements call', () => {
    const db = driver.memory();
    const inner = driver.memory();
    inner.function('half', (value: number) => value / 2);
    const total = inner.prepare(`${count(150)} SELECT sum(half(i + ?)) FROM n`).pluck();
    let direct = 0;
    db.function('total', (start: number, name: string) => {
      inner.exec('SELECT half(1), half(2)');
      direct += name.length;
      return total.get(start);
    });
    const sum = db.prepare(`${count(150)} SELECT sum(total(i, 'n' || i)) FROM n`).pluck();
    expect(sum.get()).toBe(150 * (11325 / 2) + (11325 * 150) / 2);
    expect(direct).toBe(150 + 9 + 90 * 2 + 51 * 3);
  });
});

it('every number of arguments arrives, numbers between other values', () => {
  for (let size = 0; size <= 9; size += 1) {
    for (const safeIntegers of [false, true]) {
      sameAnswer((driver) => {
        const db = driver.memory();
        const seen: unknown[] = [];
        const fn = (...args: unknown[]): number => seen.push(...args);
        Object.defineProperty(fn, 'length', { value: size });
        db.function('f', { safeIntegers }, fn);
        const values = ['1', "'text'", '2.5', 'NULL', "x'01'", '9007199254740993', '-0.0', '1e999', "''"];
        const turned = values.map((_, index) => values.slice(index).concat(values.slice(0, index)));
        for (const row of turned) db.prepare(`SELECT f(${row.slice(0, size).join()})`).get();
        return seen;
      });
    }
  }
});

/** The memory, in MiB, that an execution with 4000 calls with 64 KiB each keeps at its end. */
function keep(sql: string): number {
  const Database = require('ferrolite');
  const db = new Database(':memory:');
  let calls = 0;
  let kept = 0;
  const see = (): number => {
    calls += 1;
    if (calls !== 4000) return calls;
    // The second time, what the first has left to be swept is counted as gone.
    globalThis.gc!();
    globalThis.gc!();
    kept = process.memoryUsage().arrayBuffers / 2 ** 20;
    return calls;
  };
  db.function('f', { varargs: true }, see);
  db.function('give', (i: number) => Buffer.alloc(65_536, i));
  db.aggregate('a', { varargs: true, step: see });
  db.prepare(sql).get();
  return kept;
}

it.each(['sum(f(zeroblob(65536 + i)))', 'a(zeroblob(65536 + i))', 'sum(length(give(i)) + f())'])(
  'the values of thousands of callbacks of one execution are collected: %s',
  (expression) => {
    const sql = `${count(4000)} SELECT ${expression} FROM n`;
    expect(inChild(keep, [sql], { flags: ['--expose-gc'] })).toBeLessThan(16);
  },
);

it('what a callback throws leaves the next execution as it is', () => {
  sameAnswer((driver) => {
    const db = driver.memory();
    let calls = 0;
    db.function('f', (value: number) => {
      calls += 1;
      if (value === 100) throw new Error('on purpose');
      return value;
    });
    const sum = db.prepare(`${count(130)} SELECT sum(f(i)) FROM n WHERE i <> ?`).pluck();
    const outcomes = [100, 1, 100].map((skipped) => {
      try {
        return sum.get(skipped);
      } catch (error) {
        return (error as Error).message;
      }
    });
    return [outcomes, calls];
  });
});
