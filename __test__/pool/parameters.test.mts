// What is bound, and what is refused, is as for the synchronous driver.
import Database from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { answer, poolWith } from './support.mts';

class Foreign {
  a = 1;
}

const VALUES: readonly unknown[][] = [
  [],
  [1],
  [1, 2],
  [1, 2, 3],
  [null, undefined],
  ['text', 'Zürich 東京'],
  [1.5, NaN],
  [2n ** 62n, -1n],
  [2n ** 64n, 1],
  [Buffer.from('b'), new Uint8Array(0)],
  [new Float64Array([1, 2]), new DataView(new ArrayBuffer(2))],
  [true, 1],
  [Symbol('s')],
  [() => 1],
  [new Date(0), 1],
  [new Foreign()],
  [new Foreign(), 1],
  [[1, 2]],
  [[1], 2],
  [[1, [2]]],
  [[{ a: 1 }]],
  [{ a: 1, b: 2 }],
  [{ a: 1 }],
  [{ a: 1, b: true }],
  [{ a: 1, b: 2, c: Symbol('unused') }],
  [{ a: 1, b: 2n ** 70n }],
  [{ a: 1 }, { b: 2 }],
  [1, { a: 1 }],
  [{ a: 1 }, 1],
  [{ a: 1, b: 2 }, 1],
  [{ 5: 1 }],
  [Object.create(null, { a: { value: 1 }, b: { value: 2 } })],
  [Object.create({ a: 1, b: 2 })],
  ['x'.repeat(5000), Buffer.alloc(100_000, 1)],
  [Array.from({ length: 100 }, (_, index) => index)],
  [Array.from({ length: 100 }, (_, index) => `text ${index}`)],
];
const STATEMENTS = [
  'SELECT 1',
  'SELECT ?',
  'SELECT ?, ?',
  'SELECT @a, :b',
  'SELECT $a, ?',
  'SELECT ?, @a',
  'SELECT ?5',
  'SELECT ?2, ?',
  `SELECT ${Array.from({ length: 100 }, () => '?').join(', ')}`,
];

describe.each(STATEMENTS)('%s', (sql) => {
  it('takes and refuses what the synchronous driver does', async () => {
    const pool = poolWith();
    const db = new Database(':memory:');
    const statement = db.prepare<unknown[]>(sql).raw();
    for (const values of VALUES) {
      const expected = await answer(() => statement.get(...values));
      expect(await answer(() => pool.get(sql, values, { raw: true })), `${sql} of a reader`).toEqual(
        expected,
      );
      const written = await answer(() => pool.transaction((tx) => tx.get(sql, values, { raw: true })));
      expect(written, `${sql} of the writer`).toEqual(expected);
    }
    db.close();
  });
});

describe('hostile calls', () => {
  it('from inside of a function that a synchronous query calls do not meet that query', async () => {
    const pool = poolWith('CREATE TABLE t (v)');
    const db = new Database(':memory:');
    const calls: Promise<unknown>[] = [];
    db.function('tell', (v: unknown) => {
      calls.push(pool.run('INSERT INTO t VALUES (?)', [v]), pool.get('SELECT ? AS v', [`${String(v)}!`]));
      return v;
    });
    const sql = `SELECT tell(value) AS v, 'kept' AS k FROM json_each('["a","b","c"]')`;
    expect(db.prepare(sql).all()).toEqual(['a', 'b', 'c'].map((v) => ({ v, k: 'kept' })));
    const answers = await Promise.all(calls);
    expect(answers.filter((_, index) => index % 2 === 1)).toEqual([{ v: 'a!' }, { v: 'b!' }, { v: 'c!' }]);
    expect(await pool.all('SELECT v FROM t', [], { pluck: true })).toEqual(['a', 'b', 'c']);
    db.close();
  });

  it.each([
    ['a NUL in the text', 'SELECT 1 AS one\0 broken', { value: { one: 1 } }],
    ['no statement', '  -- nothing', { error: expect.objectContaining({ name: 'RangeError' }) }],
    ['two statements', 'SELECT 1; SELECT 2', { error: expect.objectContaining({ name: 'RangeError' }) }],
    ['a lone surrogate', `SELECT '\ud800' AS one`, { value: { one: '\ufffd' } }],
  ])('%s', async (_, sql, expected) => {
    const pool = poolWith();
    expect(await answer(() => pool.get(sql))).toEqual(expected);
    expect(await answer(() => pool.transaction((tx) => tx.get(sql)))).toEqual(expected);
  });

  it('with a value that is longer than SQLite takes are refused, and nothing of their batch stays', async () => {
    const pool = poolWith('CREATE TABLE t (v)');
    // Two bytes each.
    const long = 'é'.repeat(2 ** 28);
    const value = await answer(() =>
      pool.batch([
        ['INSERT INTO t VALUES (?)', [1]],
        ['SELECT ?', [long]],
      ]),
    );
    expect(value).toMatchObject({ error: { name: 'RangeError' } });
    expect(await pool.batch(['SELECT count(*) AS n FROM t'])).toEqual([[{ n: 0 }]]);
  }, 120_000);

  it('on another object are refused', async () => {
    const pool = poolWith();
    for (const method of ['all', 'get', 'run', 'exec', 'batch', 'transaction', 'read'] as const) {
      const stolen = pool[method] as (...args: unknown[]) => Promise<unknown>;
      expect(await answer(() => stolen.call({}, 'SELECT 1'))).toMatchObject({ error: { name: 'TypeError' } });
    }
  });
});

describe('parameters', () => {
  it('may be the only one, without an array', async () => {
    const pool = poolWith();
    expect(await pool.get('SELECT ? AS v', 7)).toEqual({ v: 7 });
    expect(await pool.get('SELECT :v AS v', { v: 'seven' })).toEqual({ v: 'seven' });
    expect(await pool.get('SELECT ? AS v', null)).toEqual({ v: null });
  });

  it('are copied by the call: changing a buffer afterwards changes nothing', async () => {
    const pool = poolWith();
    const buffer = Buffer.from('before');
    const read = pool.get('SELECT ? AS v', [buffer]);
    buffer.write('after!');
    expect(await read).toEqual({ v: Buffer.from('before') });
  });

  it('of a getter that calls the pool itself are read before anything is sent', async () => {
    const pool = poolWith();
    let inner: Promise<unknown> | undefined;
    const values = {
      get a() {
        inner = pool.get('SELECT ? AS inner', ['in']);
        return 'out';
      },
    };
    expect(await pool.get('SELECT @a AS outer', values)).toEqual({ outer: 'out' });
    expect(await inner).toEqual({ inner: 'in' });
  });

  it('a getter that throws rejects with what it has thrown', async () => {
    const pool = poolWith();
    const thrown = new Error('mine');
    const values = {
      get a(): never {
        throw thrown;
      },
    };
    await expect(pool.get('SELECT @a', values)).rejects.toBe(thrown);
    expect(await pool.get('SELECT 1 AS one')).toEqual({ one: 1 });
  });

  it('more than SQLite can number are refused', async () => {
    const pool = poolWith();
    const many = Array.from({ length: 40_000 }, () => 0);
    await expect(pool.get('SELECT 1', many)).rejects.toThrow(
      new RangeError('Too many parameter values were provided'),
    );
  });
});
