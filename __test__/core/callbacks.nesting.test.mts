// Callbacks run inside a native call that is collecting a batch: what they execute must not meet it.
import { describe, expect, it } from 'vitest';
import { describeDrivers, ferrolite, type Database, type Driver } from '../helpers/drivers.mts';

const count = (rows: number): string =>
  `WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) `;

/** Rows of every kind of cell, more than a batch holds. */
const every =
  `${count(2500)} SELECT i, i * 0.5 AS half, i << 40 AS wide, 'text ' || i AS t, 'ü' || i AS u, ` +
  "'漢' || i AS w, CAST(i AS BLOB) AS b, zeroblob(i * 2) AS z, NULL AS n FROM n";

function expectedRow(i: number): object {
  return {
    i: BigInt(i),
    half: i * 0.5,
    wide: BigInt(i) << 40n,
    t: `text ${i}`,
    u: `ü${i}`,
    w: `漢${i}`,
    b: Buffer.from(String(i)),
    z: Buffer.alloc(i * 2),
    n: null,
  };
}

/** A database whose function `f(x)` runs `inner` and gives `x` back. */
function calling(driver: Driver, inner: () => unknown): Database {
  return driver.memory().function('f', (x: unknown) => {
    inner();
    return x;
  });
}

describeDrivers('a function that executes statements of another database', (driver) => {
  const other = driver.memory();
  const read = other.prepare(every).safeIntegers();
  const whole = (): void => {
    const rows = read.all();
    expect(rows).toHaveLength(2500);
    for (const i of [1, 17, 999, 1000, 1001, 2500]) expect(rows[i - 1]).toEqual(expectedRow(i));
  };

  it('leaves the batch under way as it was', () => {
    let calls = 0;
    const db = calling(driver, () => {
      calls += 1;
      if (calls % 300 === 1) whole();
    });
    const sql = every.replace('SELECT i, i * 0.5', "SELECT f('x' || i) AS f, i, i * 0.5");
    const rows = db.prepare(sql).safeIntegers().all();
    expect([rows.length, calls]).toEqual([2500, 2500]);
    for (const i of [1, 2, 300, 301, 302, 999, 1000, 1001, 2500]) {
      expect(rows[i - 1]).toEqual({ f: `x${i}`, ...expectedRow(i) });
    }
  });

  it('may do so in get, run, iterate, pluck, raw and expand', () => {
    const db = calling(driver, whole).exec('CREATE TABLE t (a)');
    const sql = "SELECT f('漢') AS f, 'abc' AS t";
    expect(db.prepare(sql).get()).toEqual({ f: '漢', t: 'abc' });
    expect([...db.prepare(sql).raw().iterate()]).toEqual([['漢', 'abc']]);
    expect(db.prepare(sql).pluck().all()).toEqual(['漢']);
    expect(db.prepare(sql).expand().get()).toEqual({ $: { f: '漢', t: 'abc' } });
    expect(db.prepare("INSERT INTO t VALUES (f('v'))").run().changes).toBe(1);
    expect(db.prepare("UPDATE t SET a = f('w') RETURNING a").all()).toEqual([{ a: 'w' }]);
  });

  it('may fail in it, and go on', () => {
    const errors: unknown[] = [];
    const db = calling(driver, () => {
      try {
        other.prepare('SELECT abs(-9223372036854775808)').get();
      } catch (error) {
        errors.push((error as Error).message);
      }
    });
    expect(
      db
        .prepare(`${count(3)} SELECT f(i) FROM n`)
        .pluck()
        .all(),
    ).toEqual([1, 2, 3]);
    expect(errors).toEqual(Array.from({ length: 3 }, () => 'integer overflow'));
  });

  it('may open, fill and close databases', () => {
    const db = calling(driver, () => {
      const fresh = driver.memory('CREATE TABLE t (a)');
      const insert = fresh.prepare('INSERT INTO t VALUES (?)');
      fresh.transaction(() => [1, 2, 3].forEach((value) => insert.run(value)))();
      expect(fresh.prepare('SELECT count(*) FROM t').pluck().get()).toBe(3);
      fresh.close();
    });
    expect(db.prepare(`${count(20)} SELECT f(i) AS f FROM n`).all()).toHaveLength(20);
  });

  it('may be called by it again, to a depth of twenty', () => {
    const level = (depth: number): Database =>
      driver.memory().function('down', (text: string) => {
        if (depth === 0) return `${text}.`;
        const rows = level(depth - 1)
          .prepare(`${count(3)} SELECT CASE i WHEN 2 THEN down(? || i) END AS d, ? AS long FROM n`)
          .all(text, 'é'.repeat(100)) as { d: string; long: string }[];
        expect(rows.map(({ long }) => long.length)).toEqual([100, 100, 100]);
        return rows[1]?.d;
      });
    expect(level(20).prepare("SELECT down('x')").pluck().get()).toBe(`x${'2'.repeat(20)}.`);
  });
});

describeDrivers('an aggregate and a virtual table', (driver) => {
  it('that read another database work together', () => {
    const other = driver.memory(`CREATE TABLE t AS ${every.replace('AS n FROM', 'AS n FROM')}`);
    const db = driver
      .memory()
      .table('numbers', {
        columns: ['i', 't'],
        parameters: ['most'],
        *rows(most: number) {
          yield* other.prepare('SELECT i, t FROM t WHERE i <= ?').raw().all(most) as unknown[][];
        },
      })
      .aggregate('joined', {
        start: () => [],
        step: (seen: unknown[], text: string) => {
          seen.push(other.prepare('SELECT u FROM t WHERE t = ?').pluck().get(text));
        },
        result: (seen: unknown[]) => seen.join(),
      });
    expect(db.prepare('SELECT joined(t) FROM numbers(4)').pluck().get()).toBe('ü1,ü2,ü3,ü4');
    expect(db.prepare('SELECT count(*), max(i) FROM numbers(2000)').raw().get()).toEqual([2000, 2000]);
  });
});

describe('a callback', () => {
  it('that runs out of stack gives a RangeError and leaves everything usable', () => {
    const db = ferrolite.memory();
    db.function('deep', () => {
      const recurse = (): number => recurse() + 1;
      return recurse();
    });
    expect(() => db.prepare('SELECT deep()').get()).toThrow(RangeError);
    expect(db.prepare('SELECT 1').pluck().get()).toBe(1);
  });

  it('of a chain of databases without end gives a RangeError and leaves everything usable', () => {
    const again = (): unknown => ferrolite.memory().function('again', again).prepare('SELECT again()').get();
    expect(again).toThrow(RangeError);
    expect(ferrolite.memory().prepare('SELECT 1').pluck().get()).toBe(1);
  });
});
