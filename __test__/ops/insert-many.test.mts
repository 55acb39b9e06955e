// insertMany(): what arrives in the table, and what is left of it when a row is wrong.
import { getEventListeners } from 'node:events';
import Database from 'ferrolite';
import {
  explainQuery,
  exportRows,
  insertMany,
  insertManySync,
  RowError,
  toHttpError,
  withRetry,
  type InsertOptions,
} from 'ferrolite/ops';
import { openFleet } from 'ferrolite/pool';
import { describe, expect, it, onTestFinished } from 'vitest';
import { betterSqlite3, describeDrivers } from '../helpers/drivers.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { poolWith } from '../pool/support.mts';

const SCHEMA = 'CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c)';

const numbered = (count: number, from = 1): { a: number; b: string; c: null }[] =>
  Array.from({ length: count }, (_, index) => ({ a: from + index, b: `row ${from + index}`, c: null }));

async function refusal(promise: Promise<unknown>): Promise<RowError> {
  try {
    await promise;
  } catch (error) {
    return error as RowError;
  }
  throw new Error('the promise was fulfilled');
}

describeDrivers('insertMany() on a connection', (driver) => {
  const open = (schema = SCHEMA): any => {
    const db: any = new driver.Database(tempDb());
    onTestFinished(() => void db.close());
    return db.exec(schema);
  };
  const count = (db: any): number => db.prepare('SELECT count(*) FROM t').pluck().get();

  it('stores every kind of value as run() does', async () => {
    const db = open('CREATE TABLE t (a, b TEXT, c BLOB); CREATE TABLE u (a, b TEXT, c BLOB)');
    const bytes = new Uint8Array([0, 1, 255]);
    const values = [
      null,
      undefined,
      1,
      -0.5,
      Number.NaN,
      Infinity,
      2 ** 53,
      5n,
      -(2n ** 63n),
      2n ** 63n - 1n,
      '',
      'text',
      'a\0b',
      '\0',
      'grün',
      '日本語',
      '😀 and 👩‍👩‍👧',
      '\ud800',
      '\udc00\ud800',
      bytes,
      Buffer.alloc(0),
      Buffer.from('blob'),
      new Uint16Array([1, 2]),
    ];
    const rows = values.map((value, index) => [value, values[(index + 7) % values.length], value]);
    await insertMany(db, 't', rows);
    const one = db.prepare('INSERT INTO u VALUES (?, ?, ?)');
    for (const row of rows) one.run(row);
    const read = (table: string): unknown[] =>
      db
        .prepare(`SELECT typeof(a), a, typeof(b), b, typeof(c), c FROM ${table} ORDER BY rowid`)
        .raw()
        .safeIntegers()
        .all();
    expect(read('t')).toEqual(read('u'));
    expect(read('t')).toHaveLength(values.length);
  });

  it('takes objects whose properties stand in another order, and arrays', async () => {
    const db = open();
    await insertMany(db, 't', [
      { a: 1, b: 'x', c: 2 },
      { c: 4, a: 3, b: 'y' },
    ]);
    await insertMany(db, 't', [[5, 'z', 6]]);
    await insertMany(db, 't', [['named', 7]], { columns: ['B', 'a'] });
    expect(db.prepare('SELECT a, b, c FROM t').raw().all()).toEqual([
      [1, 'x', 2],
      [3, 'y', 4],
      [5, 'z', 6],
      [7, 'named', null],
    ]);
  });

  it('picks the named columns of objects that have more', async () => {
    const db = open();
    await insertMany(db, 't', [{ other: true, b: 'x', a: 1 }], { columns: ['a', 'b'] });
    expect(db.prepare('SELECT * FROM t').raw().all()).toEqual([[1, 'x', null]]);
  });

  it('inserts more rows than a statement takes, in one transaction', async () => {
    const db = open();
    const seen: number[] = [];
    const result = await insertMany(db, 't', numbered(2500), { onProgress: ({ rows }) => seen.push(rows) });
    expect(result).toMatchObject({ rows: 2500, changes: 2500, lastInsertRowid: 2500, transactions: 1 });
    expect(seen.at(-1)).toBe(2500);
    expect(seen.length).toBeGreaterThan(2);
    expect(db.prepare("SELECT count(*), sum(a), max(b), sum(b = 'row ' || a) FROM t").raw().get()).toEqual([
      2500,
      3126250,
      'row 999',
      2500,
    ]);
  });

  it('inserts rows of hundreds of columns and of long texts and blobs', async () => {
    const columns = Array.from({ length: 900 }, (_, index) => `c${index}`);
    const db = open(`CREATE TABLE t (${columns.join(', ')})`);
    const rows = Array.from({ length: 12 }, (_, row) =>
      columns.map((name) => row * 1000 + Number(name.slice(1))),
    );
    await insertMany(db, 't', rows);
    expect(db.prepare('SELECT * FROM t ORDER BY rowid').raw().all()).toEqual(rows);
    db.exec('CREATE TABLE u (a, b)');
    const long = Array.from({ length: 5 }, (_, row) => [
      `${'é'.repeat(100_000)}${row}`,
      Buffer.alloc(200_000, row),
    ]);
    await insertMany(db, 'u', long);
    expect(db.prepare('SELECT * FROM u').raw().all()).toEqual(long);
  });

  it('undoes everything when a row in the middle is refused, and says which', async () => {
    const db = open();
    const rows = numbered(3000);
    rows[2345]!.a = 17;
    const error = await refusal(insertMany(db, 't', rows));
    expect(error).toBeInstanceOf(RowError);
    expect(error).toMatchObject({ code: 'FERROLITE_ROW', row: 2345, line: undefined });
    expect(error.message).toBe('The row at index 2345 was refused: UNIQUE constraint failed: t.a');
    expect(error.cause).toMatchObject({ code: 'SQLITE_CONSTRAINT_PRIMARYKEY' });
    expect(toHttpError(error)).toMatchObject({ status: 409, columns: ['a'] });
    expect(count(db)).toBe(0);
    expect(db.inTransaction).toBe(false);
  });

  it.each([
    ['missing', { a: 1, b: 'x' }, 'has no value for the column "c"'],
    ['missing, in another order', { b: 'x', a: 1 }, 'has no value for the column "c"'],
    ['extra', { a: 1, b: 'x', c: 1, d: 2 }, 'has the property "d", which the first row does not have'],
    ['other', { a: 1, b: 'x', e: 1 }, 'has the property "e", which the first row does not have'],
    ['an array', [1, 'x', 2], 'is no object, as rows that are no arrays must be'],
    ['null', null, 'is no object, as rows that are no arrays must be'],
    [
      'a boolean',
      { a: 1, b: true, c: null },
      'has a wrong value for the column "b": SQLite3 can only bind numbers, strings, bigints, buffers, and null',
    ],
    [
      'a large bigint',
      { a: 1, b: 'x', c: 2n ** 64n },
      'has a wrong value for the column "c": The bound string, buffer, or bigint is too big',
    ],
  ])('refuses a later row with a column that is %s', async (_, row, reason) => {
    const db = open();
    const rows: any[] = [...numbered(1500), row, ...numbered(10, 9000)];
    const error = await refusal(insertMany(db, 't', rows));
    expect(error.message).toBe(`The row at index 1500 ${reason}`);
    expect(count(db)).toBe(0);
  });

  it('refuses arrays of another length, and columns that the table does not have', async () => {
    const db = open('CREATE TABLE t (a, b, g AS (a + 1))');
    const insert = (rows: any, options?: InsertOptions): Promise<string> =>
      refusal(insertMany(db, 't', rows, options)).then(({ message }) => message);
    expect(await insert([[1, 2], [1]])).toBe('The row at index 1 has 1 values for 2 columns (a, b)');
    expect(await insert([{ a: 1, x: 2 }])).toBe(
      'The row at index 0 has a wrong property: "x" is no column of "t" (its columns are a, b)',
    );
    expect(await insert([{ g: 1 }])).toContain('"g" of "t" is a generated column');
    expect(await insert([[1]], { columns: ['x'] })).toContain(
      'Wrong "columns" option: "x" is no column of "t"',
    );
    expect(await insert([[1, 1]], { columns: ['a', 'a'] })).toBe(
      'Wrong "columns" option: "a" is named twice',
    );
    const missing = await refusal(insertMany(db, 'none', [[1]]));
    expect(missing).toMatchObject({
      code: 'FERROLITE_NO_TABLE',
      message: 'There is no table "none" in the schema "main"',
    });
  });

  it('keeps what was committed before, when transactions are bounded', async () => {
    const db = open();
    const rows = numbered(1000);
    rows[777]!.a = 5;
    const error = await refusal(insertMany(db, 't', rows, { transactionRows: 100 }));
    expect(error.row).toBe(777);
    expect(count(db)).toBe(700);
    const result = await insertMany(db, 't', numbered(250, 2000), { transactionRows: 100 });
    expect(result.transactions).toBe(3);
  });

  it('handles conflicts as it is told', async () => {
    const db = open('CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL, c)');
    await insertMany(db, 't', numbered(10));
    const ignored = await insertMany(db, 't', numbered(15), { onConflict: 'ignore' });
    expect(ignored).toMatchObject({ rows: 15, changes: 5, lastInsertRowid: 15 });
    // Only a conflict is passed over.
    const missing = await refusal(insertMany(db, 't', [[20, null, 1]], { onConflict: 'ignore' }));
    expect(missing.message).toBe('The row at index 0 was refused: NOT NULL constraint failed: t.b');
    await insertMany(db, 't', [{ a: 1, b: 'changed', c: 7 }], { onConflict: { target: ['a'] } });
    await insertMany(db, 't', [{ a: 2, b: 'changed', c: 7 }], {
      onConflict: { target: ['a'], update: ['c'] },
    });
    await insertMany(db, 't', [{ a: 3, b: 'replaced' }], { onConflict: 'replace' });
    expect(db.prepare('SELECT * FROM t WHERE a < 4').raw().all()).toEqual([
      [1, 'changed', 7],
      [2, 'row 2', 7],
      [3, 'replaced', null],
    ]);
  });

  it('gives back what is wanted of each row, in their order', async () => {
    const db = open();
    const rows = Array.from({ length: 1200 }, (_, index) => ({ b: `row ${index}` }));
    const { returned, changes } = await insertMany(db, 't', rows, { returning: ['a', 'b'] });
    expect(returned).toEqual(rows.map(({ b }, index) => ({ a: index + 1, b })));
    expect(changes).toBe(1200);
  });

  it('is a part of the transaction that is open, and throws inside of it', () => {
    const db = open();
    const outer = db.transaction(() => {
      insertManySync(db, 't', numbered(5));
      expect(() => insertManySync(db, 't', numbered(1))).toThrow('UNIQUE constraint failed: t.a');
      expect(() => insertManySync(db, 't', numbered(5), { transactionRows: 1 })).toThrow(
        'Transactions of "transactionRows" cannot be made inside of another transaction',
      );
    });
    outer();
    expect(count(db)).toBe(5);
    expect(() =>
      db.transaction(() => {
        insertManySync(db, 't', numbered(5, 10));
        throw new Error('undone');
      })(),
    ).toThrow('undone');
    expect(count(db)).toBe(5);
  });

  it('takes rows of a generator, which it ends when a row is refused', async () => {
    const db = open();
    let ended = false;
    function* rows(): Generator<{ a: number }> {
      try {
        for (let a = 0; ; a += 1) yield { a: a === 5000 ? 1 : a };
      } finally {
        ended = true;
      }
    }
    const error = await refusal(insertMany(db, 't', rows()));
    expect(error.row).toBe(5000);
    expect(ended).toBe(true);
    expect(count(db)).toBe(0);
  });

  it('takes rows of an async iterable in bounded transactions only', async () => {
    const db = open();
    async function* rows(): AsyncGenerator<{ a: number }> {
      for (const { a } of numbered(250)) yield { a };
    }
    expect((await refusal(insertMany(db, 't', rows()))).message).toContain(
      'need the option "transactionRows"',
    );
    const result = await insertMany(db, 't', rows(), { transactionRows: 100 });
    expect(result).toMatchObject({ rows: 250, transactions: 3 });
    expect(count(db)).toBe(250);
  });

  it('stops at the signal, and undoes what is not committed', async () => {
    const db = open();
    const stop = new AbortController();
    const options = { signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) };
    await expect(insertMany(db, 't', numbered(5000), options)).rejects.toThrow('enough');
    expect(count(db)).toBe(0);
  });

  it('stops at the signal while a source stalls, keeps what is committed, and tells a source to end', async () => {
    const db = open();
    const stop = new AbortController();
    const { signal } = stop;
    async function* stalls(): AsyncGenerator<object> {
      yield* numbered(10);
      stop.abort(new Error('enough'));
      await new Promise(() => {});
    }
    const options = { transactionRows: 4, signal };
    await expect(insertMany(db, 't', stalls(), options)).rejects.toThrow('enough');
    expect(count(db)).toBe(8);
    await expect(insertMany(db, 't', stalls(), options)).rejects.toThrow('enough');
    expect(count(db)).toBe(8);

    db.exec('DELETE FROM t');
    let told = false;
    async function* source(): AsyncGenerator<object> {
      try {
        yield* numbered(10);
        yield { nothing: 1 };
        yield* numbered(10);
      } finally {
        told = true;
      }
    }
    const other = { transactionRows: 4, signal: new AbortController().signal };
    await expect(insertMany(db, 't', source(), other)).rejects.toThrow('index 10');
    expect(told).toBe(true);
    expect(getEventListeners(other.signal, 'abort')).toEqual([]);
  });

  it('runs triggers, foreign keys and names with quotes', async () => {
    const db = open(`
      CREATE TABLE log (n);
      CREATE TABLE parent (id INTEGER PRIMARY KEY);
      CREATE TABLE "a ""b"" c" ("x ""y""" REFERENCES parent, z);
      CREATE TRIGGER tr AFTER INSERT ON "a ""b"" c" BEGIN INSERT INTO log VALUES (new.z); END;
      INSERT INTO parent VALUES (1);`);
    db.pragma('foreign_keys = ON');
    const rows = Array.from({ length: 1100 }, (_, z) => ({ 'x "y"': z === 1050 ? 2 : 1, z }));
    expect((await refusal(insertMany(db, 'a "b" c', rows))).row).toBe(1050);
    rows[1050]!['x "y"'] = 1;
    await insertMany(db, 'a "b" c', rows);
    expect(db.prepare('SELECT count(*), sum(n) FROM log').raw().get()).toEqual([1100, 604450]);
  });

  it('reports the error alone where the row has ended the transaction', async () => {
    const db = open('CREATE TABLE t (a UNIQUE ON CONFLICT ROLLBACK)');
    const error = await refusal(insertMany(db, 't', [[1], [2], [1]]));
    expect(error.message).toContain('UNIQUE constraint failed: t.a');
    expect(db.inTransaction).toBe(false);
    expect(count(db)).toBe(0);
  });

  it('works where integers are bigints by default', async () => {
    const db = open();
    db.defaultSafeIntegers(true);
    const { returned } = await insertMany(db, 't', [{ a: 1, b: 'x' }], { returning: '*' });
    expect(returned).toEqual([{ a: 1n, b: 'x', c: null }]);
  });

  it('inserts nothing for no rows, and takes no other arguments', async () => {
    const db = open();
    expect(await insertMany(db, 't', [])).toMatchObject({ rows: 0, changes: 0, returned: [] });
    const loose = insertMany as (...args: any[]) => Promise<unknown>;
    await expect(loose(5, 't', [])).rejects.toThrow('Expected first argument to be a connection or a pool');
    await expect(loose(db, 5, [])).rejects.toThrow('Expected the name of the table to be a string');
    await expect(loose(db, 't', [], { signal: { throwIfAborted() {} } })).rejects.toThrow('AbortSignal');
    await expect(loose(db, 't', 'abc')).rejects.toThrow(
      'Expected the rows to be an iterable or async iterable',
    );
    await expect(loose(db, 't', [], { batch: 5 })).rejects.toThrow('Unknown option "batch"');
    await expect(loose(db, 't', [], { onConflict: 'update' })).rejects.toThrow('"onConflict"');
  });

  it('does not open the schema of other tables to what it needs', () => {
    const db = open();
    insertManySync(db, 't', numbered(1));
    if (driver === betterSqlite3) return;
    // Of SQL it is a table like any other, which believes nothing that it is given.
    const read = (...values: unknown[]): unknown =>
      db.prepare('SELECT c0 FROM frl_rows(?, ?, ?)').all(...values);
    expect(() => read(null, '', null)).toThrow('malformed rows');
    expect(() => read(Buffer.alloc(7), '', null)).toThrow('malformed rows');
    const slots = (...words: number[]): Buffer => Buffer.from(Int32Array.from(words).buffer);
    expect(() => read(slots(0, 0), '', null)).toThrow('malformed rows');
    expect(() => read(slots(1, 0, 5, -8), 'abc\0', null)).toThrow('malformed rows');
    expect(() => read(slots(1, 0, 2, -8), 'é', null)).toThrow('malformed rows');
    expect(() => read(slots(1, 0, 5, -10), '', Buffer.alloc(4))).toThrow('malformed rows');
    expect(() => read(slots(1, 0, 0, -9), '', Buffer.alloc(4))).toThrow('malformed rows');
    expect(() => read(slots(2000, 0), '', null)).toThrow('malformed rows');
    expect(read(slots(1, 0, 2, -8), 'éa\0', null)).toEqual([{ c0: 'éa' }]);
    expect(() => db.exec('CREATE VIEW v AS SELECT * FROM frl_rows; SELECT * FROM v')).toThrow();
  });
});

describe('insertMany() on a pool', () => {
  it('inserts all rows in one transaction, on the thread of the writer', async () => {
    const pool = poolWith(SCHEMA);
    const result = await insertMany(pool, 't', numbered(5000));
    expect(result).toMatchObject({ rows: 5000, changes: 5000, lastInsertRowid: 5000, transactions: 1 });
    expect(await pool.get('SELECT count(*) AS n, sum(a) AS s FROM t')).toEqual({ n: 5000, s: 12502500 });
  });

  it('takes rows as they come, and undoes all when the source fails', async () => {
    const pool = poolWith(SCHEMA);
    async function* rows(failAt: number): AsyncGenerator<{ a: number; b: string; c: null }> {
      for (const row of numbered(3000)) {
        if (row.a === failAt) throw new Error('the source failed');
        yield row;
      }
    }
    await expect(insertMany(pool, 't', rows(2999))).rejects.toThrow('the source failed');
    expect(await pool.get('SELECT count(*) AS n FROM t')).toEqual({ n: 0 });
    const { transactions } = await insertMany(pool, 't', rows(-1), { transactionRows: 1000 });
    expect(transactions).toBe(3);
    expect(await pool.get('SELECT count(*) AS n FROM t')).toEqual({ n: 3000 });
  });

  it('says which row is refused, and undoes all', async () => {
    const pool = poolWith(SCHEMA);
    const rows = numbered(4000);
    rows[3210]!.a = 2;
    const error = await refusal(insertMany(pool, 't', rows));
    expect(error.message).toBe('The row at index 3210 was refused: UNIQUE constraint failed: t.a');
    // An earlier row that SQLite refuses counts before a later one that cannot be read.
    const both: any[] = numbered(4000);
    both[10].a = 2;
    both[1500] = 'no row';
    expect((await refusal(insertMany(pool, 't', both))).row).toBe(10);
    expect((await refusal(insertMany(pool, 'none', rows))).code).toBe('FERROLITE_NO_TABLE');
    expect(await pool.get('SELECT count(*) AS n FROM t')).toEqual({ n: 0 });
  });

  it('is a part of a transaction of the pool, and gives rows back', async () => {
    const pool = poolWith(SCHEMA);
    await expect(
      pool.transaction(async (tx) => {
        const { returned } = await insertMany(tx, 't', numbered(3), { returning: ['a'] });
        expect(returned).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
        expect((await refusal(insertMany(tx, 't', [...numbered(5, 8), ...numbered(1)]))).row).toBe(5);
        expect(await tx.get('SELECT count(*) AS n FROM t')).toEqual({ n: 3 });
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    expect(await pool.get('SELECT count(*) AS n FROM t')).toEqual({ n: 0 });
  });

  it('counts on no form of rows, and takes the pool of a fleet', async () => {
    const pool = poolWith(SCHEMA, { raw: true, safeIntegers: true });
    const { returned } = await insertMany(pool, 't', numbered(2), { returning: ['a'] });
    expect(returned).toEqual([{ a: 1n }, { a: 2n }]);
    expect(await new Response(exportRows(pool, 'SELECT a, b FROM t')).text()).toBe(
      'a,b\r\n1,row 1\r\n2,row 2\r\n',
    );
    expect((await explainQuery(pool, 'SELECT * FROM t')).nodes[0]).toMatchObject({
      table: 't',
      fullScan: true,
    });
    const fleet = openFleet(tempDir());
    onTestFinished(() => fleet.close());
    const tenant = fleet.pool('acme');
    await tenant.exec(SCHEMA);
    const { transactions } = await insertMany(tenant, 't', numbered(5), { transactionRows: 2 });
    expect(transactions).toBe(3);
    expect(await withRetry(tenant, (tx) => tx.get('SELECT count(*) AS n FROM t'))).toEqual({ n: 5 });
    expect((await explainQuery(tenant, 'SELECT * FROM t')).problems).toHaveLength(1);
    expect(await new Response(exportRows(tenant, 'SELECT a FROM t WHERE a < 2')).text()).toBe('a\r\n1\r\n');
  });

  it('stops at the signal, and at the end of the time for which the writer may be held', async () => {
    const pool = poolWith(SCHEMA);
    const stop = new AbortController();
    const options = { signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) };
    await expect(insertMany(pool, 't', numbered(5000), options)).rejects.toThrow('enough');
    async function* stalls(): AsyncGenerator<{ a: number }> {
      yield { a: 1 };
      await new Promise(() => undefined);
    }
    await expect(insertMany(pool, 't', stalls(), { maxHoldMs: 20 })).rejects.toMatchObject({
      code: 'FERROLITE_HOLD_TIMEOUT',
    });
    const other = new AbortController();
    async function* aborts(): AsyncGenerator<{ a: number }> {
      yield { a: 1 };
      other.abort(new Error('other'));
      await new Promise(() => undefined);
    }
    const { signal } = other;
    const inside = pool.transaction((tx) => insertMany(tx, 't', aborts(), { signal }), {
      maxHoldMs: Infinity,
    });
    await expect(inside).rejects.toThrow('other');
    expect(await pool.get('SELECT count(*) AS n FROM t')).toEqual({ n: 0 });
  });

  it('serves a connection of another copy of the package by its shape', async () => {
    const db = new Database(tempDb()).exec(SCHEMA);
    const shape = {
      open: true,
      inTransaction: false,
      prepare: (sql: string) => db.prepare(sql),
      exec: (sql: string) => db.exec(sql),
      transaction: (fn: () => void) => db.transaction(fn),
    };
    await insertMany(shape, 't', numbered(10));
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(10);
    db.close();
  });
});
