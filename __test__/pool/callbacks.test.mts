// function(): functions in JavaScript, called on its thread while a thread of the pool waits.
import Database from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { answer, COUNT, poolWith, rejection, until } from './support.mts';

const PLUCK = { pluck: true } as const;
/** Calls f() without end. */
const ENDLESS = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT sum(f(x)) FROM n';

class Foreign {
  a = 1;
}

describe('a function in JavaScript', () => {
  const VALUES =
    "VALUES (1), (-2147483649), (9007199254740993), (2.5), (-0.0), (NULL), (''), ('Zürich 東京'), (x''), (x'00ff')";

  it.each([{}, { safeIntegers: true }])(
    'receives and gives values as that of a connection does (%o)',
    async (options) => {
      const pool = poolWith();
      const db = new Database(':memory:');
      const seen: [unknown[], unknown[]] = [[], []];
      pool.function('f', options, (value: unknown) => (seen[0].push(value), value));
      db.function('f', options, (value: unknown) => (seen[1].push(value), value));
      const query = `SELECT f(column1), typeof(f(column1)) FROM (${VALUES})`;
      const rows = await pool.all(query, [], { raw: true, ...options });
      expect(rows).toStrictEqual(
        db
          .prepare(query)
          .raw()
          .safeIntegers(options.safeIntegers === true)
          .all(),
      );
      expect(seen[0]).toStrictEqual(seen[1]);
      db.close();
    },
  );

  it('receives long values, many arguments and none', async () => {
    const pool = poolWith();
    const long = ['x'.repeat(100_000), Buffer.alloc(100_000, 7), '東'.repeat(5000)];
    pool.function('f', { varargs: true }, (...values: unknown[]) => {
      expect(values.slice(0, 3)).toEqual(values.length === 0 ? [] : long);
      return values.length;
    });
    const many = Array.from({ length: 97 }, (_, index) => index);
    const marks = Array.from({ length: 100 }, () => '?').join(', ');
    expect(await pool.get(`SELECT f(${marks})`, [[...long, ...many]], PLUCK)).toBe(100);
    expect(await pool.get('SELECT f()', [], PLUCK)).toBe(0);
    pool.function('give', () => long[0]);
    expect(await pool.get('SELECT give()', [], PLUCK)).toBe(long[0]);
  });

  it.each([
    undefined,
    null,
    NaN,
    -1,
    2n ** 62n,
    2n ** 64n,
    'text',
    new Float64Array([1, 2]),
    new DataView(new ArrayBuffer(2)),
    true,
    {},
    new Foreign(),
    [1],
    Symbol('s'),
    () => 1,
  ])('may give what that of a connection may: %s', async (value) => {
    const pool = poolWith();
    const db = new Database(':memory:');
    pool.function('f', () => value);
    db.function('f', () => value);
    const statement = db.prepare('SELECT f() AS v, typeof(f()) AS t').safeIntegers();
    expect(
      await answer(() => pool.get('SELECT f() AS v, typeof(f()) AS t', [], { safeIntegers: true })),
    ).toStrictEqual(await answer(() => statement.get()));
    db.close();
  });

  it('that throws makes the call reject with the same value, and that call alone', async () => {
    const pool = poolWith('CREATE TABLE t (v)');
    const thrown = { anything: true };
    pool.function('f', (value: number) => {
      if (value === 2) throw thrown;
      return value * 10;
    });
    const writes = [1, 2, 3].map((value) => pool.run('INSERT INTO t VALUES (f(?))', [value]));
    await expect(writes[1]).rejects.toBe(thrown);
    await Promise.all([writes[0], writes[2]]);
    expect(await pool.all('SELECT v FROM t', [], PLUCK)).toEqual([10, 30]);
    await expect(pool.all('SELECT f(2)')).rejects.toBe(thrown);
    await expect(pool.exec('INSERT INTO t VALUES (f(2))')).rejects.toBe(thrown);
    await expect(pool.batch(['DELETE FROM t', 'SELECT f(2)'])).rejects.toBe(thrown);
    await expect(pool.iterate('SELECT f(2)').next()).rejects.toBe(thrown);
    await pool.transaction(async (tx) => {
      await expect(tx.run('INSERT INTO t VALUES (f(2))')).rejects.toBe(thrown);
      await tx.run('INSERT INTO t VALUES (f(4))');
    });
    expect(await pool.all('SELECT v FROM t', [], PLUCK)).toEqual([10, 30, 40]);
  });

  it('is called for streams, snapshots, expressions and several threads at once', async () => {
    const pool = poolWith('', { readers: 4 });
    pool.function('f', (value: number) => value + 1).function('twice', 'f(?1) + f(?1)');
    const sum = `SELECT sum(f(x)) FROM (${COUNT})`;
    const sums = await Promise.all([1, 2, 3, 4].map(() => pool.get(sum, [500], PLUCK)));
    expect(sums).toEqual([1, 2, 3, 4].map(() => 125_750));
    let last;
    for await (const value of pool.iterate(`SELECT f(x) FROM (${COUNT})`, [200], PLUCK)) last = value;
    expect(last).toBe(201);
    expect(await pool.read((snapshot) => snapshot.get('SELECT twice(1)', [], PLUCK))).toBe(4);
  });

  it('can make calls of the pool, which go on when it has answered', async () => {
    const pool = poolWith('CREATE TABLE log (v)', { readers: 1 });
    const made: Promise<unknown>[] = [];
    pool.function('f', (value: unknown) => {
      made.push(pool.run('INSERT INTO log VALUES (?)', [value]), pool.get('SELECT ?', [value], PLUCK));
      return value;
    });
    expect(await pool.get("SELECT f('東京') || f('x')", [], PLUCK)).toBe('東京x');
    expect((await Promise.all(made)).filter((value) => typeof value === 'string')).toEqual(['東京', 'x']);
    expect(await pool.get('SELECT count(*) FROM log', [], PLUCK)).toBe(2);
  });

  it('that waits for the lock of its own statement gets its error', async () => {
    const pool = poolWith('CREATE TABLE t (v)');
    const db = new Database(pool.path, { timeout: 20 });
    pool.function('f', () => {
      try {
        return db.exec("INSERT INTO t VALUES ('within')") as never;
      } catch (error) {
        return (error as { code: string }).code;
      }
    });
    await pool.run('INSERT INTO t VALUES (f())');
    expect(await pool.all('SELECT v FROM t', [], PLUCK)).toEqual(['SQLITE_BUSY']);
    db.close();
  });

  it('that is deterministic is used by indexes, and may be called while a statement is compiled', async () => {
    const pool = poolWith('CREATE TABLE t (v)');
    pool.function('f', { deterministic: true }, (value: number) => -value);
    await pool.run(`INSERT INTO t ${COUNT}`, [2000]);
    await pool.exec('CREATE INDEX by_f ON t (f(v)); CREATE INDEX by_v ON t (v); ANALYZE');
    expect(await pool.get('SELECT count(*) FROM t WHERE v > f(-1000) AND f(v) < f(1500)', [], PLUCK)).toBe(
      500,
    );
    await pool.exec('DROP TABLE t');
  });
});

describe('a call that waits for a function', () => {
  const endless = () => {
    const pool = poolWith('CREATE TABLE t (v)');
    let calls = 0;
    pool.function('f', (value: number) => {
      calls += 1;
      return value;
    });
    return { pool, called: () => until(() => calls > 10) };
  };

  it('is given up by its signal, its time and its limits', async () => {
    const { pool, called } = endless();
    const controller = new AbortController();
    const reason = new Error('enough');
    const aborted = pool.all(ENDLESS, [], { signal: controller.signal });
    await called();
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    expect((await rejection(pool.run(`INSERT INTO t ${ENDLESS}`, [], { timeoutMs: 20 }))).code).toBe(
      'FERROLITE_TIMEOUT',
    );
    const held = pool.transaction((tx) => tx.all(ENDLESS), { maxHoldMs: 20 });
    expect((await rejection(held)).code).toBe('FERROLITE_HOLD_TIMEOUT');
    expect(await pool.get('SELECT f(1)', [], PLUCK)).toBe(1);
  });

  it('is ended by the close of its pool', async () => {
    const { pool, called } = endless();
    const ended = [pool.all(ENDLESS), pool.run(`INSERT INTO t ${ENDLESS}`)].map(rejection);
    await called();
    await pool.close({ drainMs: 0 });
    expect((await Promise.all(ended)).map(({ code }) => code)).toEqual([
      'FERROLITE_POOL_CLOSED',
      'FERROLITE_POOL_CLOSED',
    ]);
  });

  it('is served until its pool is closed', async () => {
    const { pool } = endless();
    const sum = pool.get(`SELECT sum(f(x)) FROM (${COUNT})`, [300], PLUCK);
    await pool.close();
    expect(await sum).toBe(45_150);
  });

  it('is over when JavaScript comes back after its time', async () => {
    const { pool } = endless();
    const late = rejection(pool.get(`SELECT sum(f(x)) FROM (${COUNT})`, [1e9], { timeoutMs: 10 }));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    expect((await late).code).toBe('FERROLITE_TIMEOUT');
  });
});

describe('the registration of a function in JavaScript', () => {
  it('refuses async functions, and promises in the place of a value', async () => {
    const pool = poolWith();
    const message =
      'User-defined function f() cannot be async: a statement waits for it. Apply it to the rows instead';
    expect(() => pool.function('f', async () => 1)).toThrow(new TypeError(message));
    pool.function('f', () => Promise.resolve(1));
    expect(await rejection(pool.get('SELECT f()'))).toEqual({ name: 'TypeError', message, code: undefined });
  });

  it('counts its arguments', async () => {
    const pool = poolWith();
    pool.function('f', (a: number, b: number) => a - b);
    expect(await pool.get('SELECT f(5, 3)', [], PLUCK)).toBe(2);
    expect((await rejection(pool.get('SELECT f(1)'))).message).toBe(
      'wrong number of arguments to function f()',
    );
    const broken = Object.defineProperty(() => 1, 'length', { value: 101 });
    expect(() => pool.function('g', broken)).toThrow(
      'User-defined functions cannot have more than 100 arguments',
    );
    expect(() => pool.function('f', () => 1)).toThrow('There is a function f() already');
    expect(() => pool.function('lower', () => 1)).toThrow('There is a function lower() already');
    // What was refused has no number.
    pool.function('h', () => 'h');
    expect(await pool.get('SELECT h()', [], PLUCK)).toBe('h');
  });
});
