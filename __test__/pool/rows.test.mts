// Rows of a pool are those of the synchronous driver, in every row mode.
import Database from 'ferrolite';
import { openPool } from 'ferrolite/pool';
import { describe, expect, it } from 'vitest';
import { tempDb } from '../helpers/temp-db.mts';
import { COUNT, poolWith } from './support.mts';

const SCHEMA = `
  CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT, data BLOB, big INTEGER, real REAL);
  CREATE TABLE b (id INTEGER, name TEXT, __proto__ TEXT);
  INSERT INTO a VALUES (1, 'ascii', x'00ff', 9007199254740993, 1.5), (2, 'Zürich ' || char(0) || '!', zeroblob(5000), -1, -0.0),
    (3, '東京', NULL, 9223372036854775807, 9e999), (4, printf('%.3000c', 'x'), x'', 0, NULL);
  INSERT INTO b VALUES (1, 'one', 'p'), (2, NULL, NULL);
`;
const QUERIES = [
  'SELECT * FROM a',
  'SELECT * FROM a JOIN b USING (id)',
  'SELECT a.id, b.id, a.name || b.name AS both, b.__proto__ FROM a JOIN b ON a.id = b.id',
  'SELECT 1 WHERE 0',
  'SELECT id, id, NULL FROM a ORDER BY id DESC',
];
const MODES = [
  {},
  { raw: true },
  { pluck: true },
  { expand: true },
  { safeIntegers: true },
  { raw: true, safeIntegers: true },
  { expand: true, safeIntegers: true },
];

function sync(path: string, sql: string, mode: Record<string, boolean>): { all: unknown[]; get: unknown } {
  const db = new Database(path);
  const statement = db.prepare<unknown[]>(sql);
  if (mode['raw']) statement.raw();
  if (mode['pluck']) statement.pluck();
  if (mode['expand']) statement.expand();
  if (mode['safeIntegers']) statement.safeIntegers();
  const answer = { all: statement.all(), get: statement.get() };
  db.close();
  return answer;
}

describe.each(MODES)('with %j', (mode) => {
  it.each(QUERIES)('%s', async (sql) => {
    const pool = poolWith(SCHEMA);
    const expected = sync(pool.path, sql, mode);
    expect(await pool.all(sql, undefined, mode)).toStrictEqual(expected.all);
    expect(await pool.get(sql, undefined, mode)).toStrictEqual(expected.get);
    const iterated = [];
    for await (const row of pool.iterate(sql, undefined, mode)) iterated.push(row);
    expect(iterated).toStrictEqual(expected.all);
    expect(await pool.transaction((tx) => tx.all(sql, undefined, mode))).toStrictEqual(expected.all);
    expect(await pool.read((snapshot) => snapshot.get(sql, undefined, mode))).toStrictEqual(expected.get);
    expect(await pool.batch([sql, [sql]], mode)).toStrictEqual([expected.all, expected.all]);
  });
});

describe('row modes', () => {
  it('of the pool hold where the call does not say', async () => {
    const pool = poolWith('', { raw: true, safeIntegers: true });
    expect(await pool.all('SELECT 1, 2')).toEqual([[1n, 2n]]);
    expect(await pool.all('SELECT 1, 2', [], { pluck: true })).toEqual([1n]);
    expect(await pool.all('SELECT 1 AS a', [], { raw: false, safeIntegers: false })).toEqual([{ a: 1 }]);
    expect(await pool.transaction((tx) => tx.get('SELECT 1'))).toEqual([1n]);
  });

  it.each([0, 1, 15, 16, 17, 999, 1000, 1001, 5001, 40_000])(
    '%d rows come complete and in order',
    async (count) => {
      const pool = poolWith();
      const expected = Array.from({ length: count }, (_, index) => index + 1);
      expect(await pool.all(COUNT, [count], { pluck: true })).toEqual(expected);
      const iterated = [];
      for await (const row of pool.iterate(COUNT, [count], { pluck: true })) iterated.push(row);
      expect(iterated).toEqual(expected);
    },
  );

  it('columns that change with the schema are those of the rows', async () => {
    const pool = poolWith('CREATE TABLE t (a); INSERT INTO t VALUES (1)', { readers: 1 });
    expect(await pool.all('SELECT * FROM t')).toEqual([{ a: 1 }]);
    expect(await pool.all('SELECT * FROM t', [], { expand: true })).toEqual([{ t: { a: 1 } }]);
    await pool.exec('ALTER TABLE t ADD COLUMN b DEFAULT 2');
    expect(await pool.all('SELECT * FROM t')).toEqual([{ a: 1, b: 2 }]);
    expect(await pool.all('SELECT * FROM t', [], { expand: true })).toEqual([{ t: { a: 1, b: 2 } }]);
  });

  it('more shapes than are remembered are told anew', async () => {
    const pool = poolWith();
    const kept = 'SELECT 1 AS kept';
    const calls = Array.from({ length: 5100 }, (_, index) => pool.get(`SELECT ${index} AS c${index}`));
    for (let index = 0; index < 100; index += 1) calls.push(pool.get(kept));
    const rows = await Promise.all(calls);
    expect(rows.slice(0, 5100)).toEqual(rows.slice(0, 5100).map((_, index) => ({ [`c${index}`]: index })));
    expect(rows.slice(5100)).toEqual(Array.from({ length: 100 }, () => ({ kept: 1 })));
  }, 60_000);

  it('a pool and a synchronous connection use the channel in turns', async () => {
    const path = tempDb();
    const pool = openPool(path);
    const db = new Database(':memory:');
    const iterator = db.prepare<unknown[]>('VALUES (1), (2), (3)').pluck().iterate();
    const seen: unknown[] = [];
    for (const value of iterator) {
      seen.push(value, await pool.get('SELECT ?', [`of the pool, ${String(value)}`], { pluck: true }));
    }
    expect(seen).toEqual([1, 'of the pool, 1', 2, 'of the pool, 2', 3, 'of the pool, 3']);
    db.close();
    await pool.close();
  });
});
