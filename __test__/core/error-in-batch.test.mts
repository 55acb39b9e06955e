import { describe, expect, it } from 'vitest';
import { describeDrivers, sameAnswer, type RowIterator, type Statement } from '../helpers/drivers.mts';

/** Rows 1, 2, ... of which row `failing` is an integer overflow. */
const sql =
  'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000) ' +
  "SELECT i AS a, CASE WHEN i = ? THEN abs(-9223372036854775808) ELSE 'text ' || i END AS b FROM n";
const overflow = expect.objectContaining({
  name: 'SqliteError',
  code: 'SQLITE_ERROR',
  message: 'integer overflow',
});
const failing = [
  1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 255, 256, 257, 511, 512, 513, 999, 1000, 1001, 1023, 1024, 2500,
];

/** Takes all that an iterator gives: the rows, and what it throws. */
function drain(rows: RowIterator): { rows: unknown[]; thrown: unknown } {
  const taken: unknown[] = [];
  try {
    for (const row of rows) taken.push(row);
  } catch (error) {
    return { rows: taken, thrown: error };
  }
  return { rows: taken, thrown: undefined };
}

describeDrivers('an error at a row', (driver) => {
  it.each(failing.map((row) => [row]))(
    '%d makes all() throw and iterate() yield the rows before it',
    (row) => {
      const db = driver.memory();
      const statement = db.prepare(sql).safeIntegers();
      expect(() => statement.all(BigInt(row))).toThrow(overflow);
      const { rows, thrown } = drain(statement.iterate(BigInt(row)));
      expect(thrown).toEqual(overflow);
      expect(rows).toHaveLength(row - 1);
      expect(rows.at(-1)).toEqual(row === 1 ? undefined : { a: BigInt(row - 1), b: `text ${row - 1}` });
    },
  );

  it('leaves statement and connection free', () => {
    const db = driver.memory('CREATE TABLE t (a)');
    const statement = db.prepare(sql).pluck();
    for (const row of [1, 2, 300]) {
      const rows = statement.iterate(BigInt(row));
      expect(drain(rows).rows).toHaveLength(row - 1);
      expect([statement.busy, rows.next(), rows.return()]).toEqual([
        false,
        { value: undefined, done: true },
        { value: undefined, done: true },
      ]);
      expect(db.exec('INSERT INTO t VALUES (1)').inTransaction).toBe(false);
      expect(statement.get(0n)).toBe(1);
      expect(statement.all(0n)).toHaveLength(3000);
    }
  });

  it('is not thrown by a loop that ends before it', () => {
    const statement = driver.memory().prepare(sql).pluck();
    const seen: unknown[] = [];
    for (const a of statement.iterate(10n)) {
      seen.push(a);
      if (a === 9) break;
    }
    expect(seen).toHaveLength(9);
    expect(statement.busy).toBe(false);
  });

  it('undoes what a writing statement has done', () => {
    const db = driver.memory('CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (900)');
    const insert = db.prepare(
      'INSERT INTO t WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT i FROM n RETURNING a',
    );
    const conflict = expect.objectContaining({ code: 'SQLITE_CONSTRAINT_UNIQUE' });
    expect(() => insert.all()).toThrow(conflict);
    expect(() => insert.get()).toThrow(conflict);
    expect(() => insert.run()).toThrow(conflict);
    expect(drain(insert.iterate())).toEqual({ rows: [], thrown: conflict });
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([900]);
  });
});

describe('an error in a batch', () => {
  it.each(failing.map((row) => [row]))('at row %d answers alike in every mode', (row) => {
    const modes: ((statement: Statement) => Statement)[] = [
      (statement) => statement,
      (statement) => statement.raw(),
      (statement) => statement.pluck(),
    ];
    for (const mode of modes)
      sameAnswer((driver) => drain(mode(driver.memory().prepare(sql)).iterate(BigInt(row))));
  });

  it('of a later kind than a row is thrown at its place: a text that is too long', () => {
    sameAnswer((driver) =>
      drain(
        driver
          .memory()
          .prepare(
            'SELECT column1 AS a, zeroblob(column1) IS NULL AS b FROM (VALUES (1), (2), (3), (536870889), (5))',
          )
          .iterate(),
      ),
    );
  });

  it('is the same whatever the rows before it hold', () => {
    const rich =
      "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 300) SELECT i, 'é' || i, '漢' || i, x'0102', " +
      'zeroblob(i * 50), i * 3000000000, CASE WHEN i = ? THEN abs(-9223372036854775808) END FROM n';
    for (const row of [1, 2, 7, 64, 257]) {
      sameAnswer((driver) => drain(driver.memory().prepare(rich).safeIntegers().iterate(BigInt(row))));
    }
  });
});
