// The option `detachStrings`: strings that keep nothing else alive.
import { describe, expect, it } from 'vitest';
import { ferrolite } from '../helpers/drivers.mts';
import { inChild } from '../helpers/in-child.mts';

const texts = [
  '',
  'twelve bytes',
  'thirteen byte',
  'x'.repeat(2048),
  'x'.repeat(2049),
  'é'.repeat(6),
  'é'.repeat(7),
  '漢字漢字',
  '漢字漢字漢',
  'a\0b'.repeat(10),
];

describe('strings that are detached', () => {
  it.each(['get', 'all', 'iterate', 'raw', 'pluck', 'expand'] as const)('are the same by %s', (way) => {
    const read = (detachStrings: boolean): unknown => {
      const db = new ferrolite.Database(':memory:', { detachStrings });
      const statement = db.prepare(
        `SELECT ${texts.map((_, index) => `? AS c${index}`).join()}, 1 AS n, x'00' AS b`,
      );
      if (way === 'get') return statement.get(texts);
      if (way === 'all') return statement.all(texts);
      if (way === 'iterate') return [...statement.iterate(texts)];
      return statement[way]().all(texts);
    };
    expect(read(true)).toStrictEqual(read(false));
  });

  it('arrive from more rows than a batch holds', () => {
    const db = new ferrolite.Database(':memory:', { detachStrings: true });
    const sql = `WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 4999)
      SELECT printf('%.*c', 13 + i % 300, 'x') || i FROM n`;
    const rows = db.prepare(sql).pluck().all() as string[];
    expect(rows).toStrictEqual(Array.from({ length: 5000 }, (_, i) => 'x'.repeat(13 + (i % 300)) + i));
  });
});

/** Runs in a child. Bytes of heap for each row that is kept out of every thousand. */
function keptBytes(detachStrings: boolean): number {
  const Database = require('ferrolite');
  const db = new Database(':memory:', { detachStrings });
  const statement = db.prepare(
    `WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
     SELECT i, printf('%.100c', 'x') || i AS text FROM n`,
  );
  const keep: unknown[] = [];
  const collect = (globalThis as unknown as { gc(): void }).gc;
  for (const _ of db.prepare('SELECT 1 AS i, 2 AS text').iterate()) collect();
  const before = process.memoryUsage().heapUsed;
  for (const row of statement.iterate() as Iterable<{ i: number }>) if (row.i % 1000 === 0) keep.push(row);
  collect();
  return (process.memoryUsage().heapUsed - before) / keep.length;
}

it('a kept row with strings that are detached keeps itself, and otherwise the text of its batch', () => {
  const flags = ['--expose-gc'];
  expect(inChild(keptBytes, [true] as const, { flags })).toBeLessThan(2000);
  expect(inChild(keptBytes, [false] as const, { flags })).toBeGreaterThan(6000);
});

it('the option must be a boolean', () => {
  expect(() => new ferrolite.Database(':memory:', { detachStrings: 1 as never })).toThrow(
    new TypeError('Expected the "detachStrings" option to be a boolean'),
  );
});
