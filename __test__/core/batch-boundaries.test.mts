import { describe, expect, it } from 'vitest';
import { sameAnswer, type Driver, type Statement } from '../helpers/drivers.mts';

/** Row counts at and around the ends of batches, and of iterate()'s growing ones. */
const counts = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 127, 128, 255, 256, 257, 511, 512, 999, 1000, 1001, 1999, 2000, 2001,
];

const sequence = 'WITH RECURSIVE n(i) AS (SELECT 1 WHERE ? > 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?)';

const modes: [string, (statement: Statement) => Statement][] = [
  ['objects', (statement) => statement],
  ['arrays', (statement) => statement.raw()],
  ['first columns', (statement) => statement.pluck()],
  ['objects with bigints', (statement) => statement.safeIntegers()],
  ['arrays with bigints', (statement) => statement.raw().safeIntegers()],
  ['first columns with bigints', (statement) => statement.pluck().safeIntegers()],
];

/** The rows of `columns` by all() and by iterate(), with the counts as parameters. */
function rowsOf(
  driver: Driver,
  columns: string,
  mode: (statement: Statement) => Statement,
  count: number,
): unknown {
  const statement = mode(driver.memory().prepare(`${sequence} SELECT ${columns} FROM n`));
  const limit = BigInt(count);
  return [statement.all(limit, limit), [...statement.iterate(limit, limit)], statement.get(limit, limit)];
}

describe.each(modes)('%s', (_, mode) => {
  it('of small integers are complete at every row count', () => {
    for (const count of counts) sameAnswer((driver) => rowsOf(driver, 'i', mode, count));
  });

  it('of every kind of value are complete at every row count', () => {
    const columns =
      "i AS a, i * 3000000000 AS b, i + 0.5 AS c, 't' || i AS d, NULL AS e, CAST(i AS BLOB) AS f, 'é' || i AS g";
    for (const count of counts) sameAnswer((driver) => rowsOf(driver, columns, mode, count));
  });

  it('of integers around 32 and 53 bits are exact', () => {
    const columns =
      'i + 2147483640 AS a, -i - 2147483640 AS b, i + 9007199254740985 AS c, -9223372036854775808 + i AS d';
    for (const count of [16, 300, 1001]) sameAnswer((driver) => rowsOf(driver, columns, mode, count));
  });
});

describe('text', () => {
  const lengths = [0, 1, 12, 13, 64, 100, 1000, 2047, 2048, 2049, 4095, 4096, 4097];
  const letters = ['x', 'é', '漢', '🙂'];
  it.each(lengths.flatMap((length) => letters.map((letter) => [length, letter] as const)))(
    'of %d times %s fills batches alike',
    (length, letter) => {
      const text = letter.repeat(length);
      for (const count of [1, 2, 6, 7, 40, 130]) {
        sameAnswer((driver) => {
          const db = driver.memory('CREATE TABLE t (i, a, b)');
          const insert = db.prepare('INSERT INTO t VALUES (?, ?, ?)');
          for (let row = 0; row < count; row += 1) insert.run(row, `${row}${text}`, text.slice(0, row));
          const statement = db.prepare('SELECT * FROM t').raw();
          return [statement.all(), [...statement.iterate()], statement.pluck().all()];
        });
      }
    },
  );

  it('of every length from 0 to 400 travels there and back', () => {
    const statement = letters.map(
      (letter) => [letter, (driver: Driver) => driver.memory().prepare('SELECT ?, ?, ?').raw()] as const,
    );
    for (const [letter, prepare] of statement) {
      sameAnswer((driver) => {
        const echo = prepare(driver);
        const wrong: number[] = [];
        for (let length = 0; length <= 400; length += 1) {
          const text = letter.repeat(length);
          const [a, b, c] = echo.get(text, `${text}x`, `x${text}`) as string[];
          if (a !== text || b !== `${text}x` || c !== `x${text}`) wrong.push(length);
        }
        return wrong;
      });
    }
  });

  it('of two kinds in turn comes out in order', () => {
    sameAnswer((driver) => {
      const db = driver.memory('CREATE TABLE t (a, b, c)');
      const insert = db.prepare('INSERT INTO t VALUES (?, ?, ?)');
      const kinds = [
        'ascii',
        'grüße',
        '漢字',
        '🙂',
        'x'.repeat(3000),
        '',
        'é'.repeat(1500),
        '漢'.repeat(700),
      ];
      for (let row = 0; row < 500; row += 1) {
        insert.run(
          kinds[row % 8],
          `${row}${kinds[(row * 3) % 8]}`,
          row % 5 === 0 ? null : kinds[(row * 5 + 1) % 8],
        );
      }
      const statement = db.prepare('SELECT * FROM t');
      return [statement.all(), [...statement.iterate()], statement.raw().all(), statement.pluck().all()];
    });
  });
});

describe('blobs', () => {
  it.each([0, 1, 100, 1000, 4095, 4096, 4097, 32767, 32768, 32769])(
    'of %d bytes fill batches alike',
    (size) => {
      for (const count of [1, 7, 8, 9, 33]) {
        sameAnswer((driver) => {
          const db = driver.memory('CREATE TABLE t (i, a, b)');
          const insert = db.prepare('INSERT INTO t VALUES (?, ?, ?)');
          for (let row = 0; row < count; row += 1) insert.run(row, Buffer.alloc(size, row), `after ${row}`);
          const statement = db.prepare('SELECT * FROM t');
          return [statement.all(), [...statement.iterate()]];
        });
      }
    },
  );
});

describe('wide rows', () => {
  it.each([100, 200, 201, 1000, 2000])('of %d columns with bigints beyond 32 bits', (width) => {
    const columns = Array.from(
      { length: width },
      (_, index) => `i + ${index + 1}000000000 AS c${index}`,
    ).join();
    for (const count of [1, 3, 45]) {
      for (const [, mode] of modes)
        sameAnswer((driver) => rowsOf(driver, columns, mode, width > 500 ? Math.min(count, 9) : count));
    }
  });

  it('of 2000 columns with texts and blobs in each', () => {
    const columns = Array.from(
      { length: 2000 },
      (_, i) => [`'t${i}'`, `'é${i}'`, `'漢${i}'`, `x'${'ab'.repeat(20)}'`][i % 4] + ` AS c${i}`,
    );
    sameAnswer((driver) => rowsOf(driver, columns.join(), (statement) => statement, 5));
  });
});

describe('parameters', () => {
  const kinds: ((index: number) => unknown)[] = [
    (index) => index,
    (index) => `text ${index}`,
    (index) => BigInt(index) * 3_000_000_000n,
    (index) => Buffer.from(`blob ${index}`),
    () => null,
    (index) => `漢${'é'.repeat(index)}`,
  ];
  it.each([1, 2, 3, 7, 8, 9, 63, 64, 65, 255, 256, 257, 1000])(
    '%d of every kind arrive in order',
    (count) => {
      const list = Array.from({ length: count }, (_, index) => kinds[index % kinds.length]?.(index));
      const answer = sameAnswer((driver) => {
        const statement = driver
          .memory()
          .prepare(`VALUES ${list.map(() => '(?)').join()}`)
          .pluck();
        return [statement.all(list), statement.all(...list), statement.get(list)];
      });
      expect(answer).toHaveProperty('returned');
    },
  );

  it('by name arrive in order, more than fit into one call', () => {
    const source = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`p${index}`, kinds[index % kinds.length]?.(index)]),
    );
    sameAnswer((driver) =>
      driver
        .memory()
        .prepare(
          `VALUES ${Object.keys(source)
            .map((name) => `(:${name})`)
            .join()}`,
        )
        .pluck()
        .all(source),
    );
  });
});
