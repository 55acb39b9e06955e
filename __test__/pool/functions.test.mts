// function(): expressions of SQL that all connections of a pool know by a name.
import { existsSync } from 'node:fs';
import Database from 'ferrolite';
import { openFleet, openPool, SqliteError } from 'ferrolite/pool';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { ENDLESS, poolOn, poolWith, rejection, until } from './support.mts';

const PLUCK = { pluck: true } as const;
const SCHEMA = `CREATE TABLE t (id INTEGER PRIMARY KEY, v);
  INSERT INTO t (v) VALUES (1), (2.5), ('text'), (x'00ff'), (NULL), (9223372036854775807)`;

describe('a function', () => {
  it('is known to the writer, to readers, in transactions, snapshots, scripts, batches and streams', async () => {
    const pool = poolWith(SCHEMA, { readers: 2 });
    expect(pool.function('twice', '?1 * 2')).toBe(pool);
    const query = 'SELECT twice(21)';
    expect(await pool.get(query, [], PLUCK)).toBe(42);
    expect(await pool.transaction((tx) => tx.get(query, [], PLUCK))).toBe(42);
    expect(await pool.read((snapshot) => snapshot.get(query, [], PLUCK))).toBe(42);
    expect(await pool.batch([query], PLUCK)).toEqual([[42]]);
    await pool.exec('UPDATE t SET v = twice(3) WHERE id = 1');
    expect(await pool.run('UPDATE t SET v = twice(v) WHERE id = 1')).toMatchObject({ changes: 1 });
    for await (const v of pool.iterate('SELECT twice(v) FROM t WHERE id = 1', [], PLUCK)) expect(v).toBe(24);
  });

  it('is executed by readers, as many at a time as there are', async () => {
    const pool = poolWith('', { readers: 2 });
    pool.function('twice', '?1 * 2');
    const loop = ENDLESS.replace('count(*)', 'sum(twice(0))');
    const stop = new AbortController();
    const endless = [1, 2].map(() => rejection(pool.all(loop, [], { signal: stop.signal })));
    await until(() => pool.stats().running === 2);
    expect(pool.stats().readers).toBe(2);
    // The writer is free meanwhile.
    expect(await pool.run('CREATE TABLE u (x)')).toMatchObject({ changes: 0 });
    stop.abort(new Error('enough'));
    expect((await Promise.all(endless)).map(({ message }) => message)).toEqual(['enough', 'enough']);
  });

  it('is known to connections that are open, and to those that are opened later', async () => {
    const pool = poolWith('', { readers: 1 });
    await pool.all('SELECT 1');
    expect((await rejection(pool.all('SELECT twice(1)'))).message).toBe('no such function: twice');
    pool.function('twice', '?1 * 2');
    expect(await pool.all('SELECT twice(1)', [], PLUCK)).toEqual([2]);
    const held = pool.iterate('VALUES (1), (2)');
    await held.next();
    // The reader is held: another one is started.
    expect(await pool.read((snapshot) => snapshot.get('SELECT twice(2)', [], PLUCK))).toBe(4);
    await held.return(undefined);
  });

  it('is known to calls of a transaction that began before', async () => {
    const pool = poolWith();
    await pool.transaction(async (tx) => {
      const rows = tx.iterate('VALUES (1), (2)', [], PLUCK);
      await rows.next();
      pool.function('twice', '?1 * 2');
      expect(await tx.get('SELECT twice(4)', [], PLUCK)).toBe(8);
      expect((await rows.next()).value).toBe(2);
    });
  });

  it('takes and gives values of all types as they are', async () => {
    const pool = poolWith(SCHEMA);
    pool.function('same', '?1');
    const values = (sql: string) => pool.all(sql, [], { raw: true, safeIntegers: true });
    expect(await values('SELECT same(v), typeof(same(v)) FROM t ORDER BY id')).toEqual(
      await values('SELECT v, typeof(v) FROM t ORDER BY id'),
    );
    const long = 'x'.repeat(100_000);
    expect(await pool.get('SELECT same(?)', [long], PLUCK)).toBe(long);
    expect(await pool.get('SELECT same(?)', ['東京 \0 Zürich'], PLUCK)).toBe('東京 \0 Zürich');
  });

  it('has NULL where its expression has it', async () => {
    const pool = poolWith();
    pool.function('plus', '?1 + ?2').function('or_zero', 'coalesce(:value, 0)').function('none', 'NULL');
    expect(await pool.get('SELECT plus(1, NULL) AS a, or_zero(NULL) AS b, none() AS c')).toEqual({
      a: null,
      b: 0,
      c: null,
    });
  });

  it('takes as many arguments as its expression has parameters, in their order', async () => {
    const pool = poolWith();
    pool
      .function('sub', ':a - :b')
      .function('sub2', '?2 - ?1')
      .function('second', '?2')
      .function('same', ':a || :a');
    expect(await pool.get('SELECT sub(5, 3) AS a, sub2(5, 3) AS b, second(1, 2) AS c, same(7) AS d')).toEqual(
      {
        a: 2,
        b: -2,
        c: 2,
        d: '77',
      },
    );
    for (const call of ['sub(1)', 'sub(1, 2, 3)', 'same()']) {
      const name = call.replace(/\(.*/, '');
      expect((await rejection(pool.get(`SELECT ${call}`))).message).toBe(
        `wrong number of arguments to function ${name}()`,
      );
    }
  });

  it('can use functions that were registered before, and arguments that use it', async () => {
    const pool = poolWith();
    pool.function('twice', '?1 * 2').function('four_times', 'twice(twice(?1))');
    expect(await pool.get('SELECT four_times(twice(1) + four_times(1))', [], PLUCK)).toBe(24);
  });

  it('can have parts: subqueries without tables, and the values of JSON', async () => {
    const pool = poolWith();
    pool.function('sum_of', '(SELECT sum(value) FROM json_each(?1))');
    pool.function(
      'clamp',
      'CASE WHEN :x < :low THEN :low WHEN :x > :high THEN :high ELSE :x END -- in this order',
    );
    expect(await pool.get("SELECT sum_of('[1, 2, 39]') AS a, clamp(5, 1, 3) AS b")).toEqual({ a: 42, b: 3 });
  });

  it('goes on after the schema has changed', async () => {
    const pool = poolWith('', { readers: 1 });
    pool.function('sum_of', '(SELECT sum(value) FROM json_each(?1))');
    for (const n of [1, 2]) {
      await pool.exec(`CREATE TABLE added_${n} (x)`);
      expect(await pool.get("SELECT sum_of('[1, 2]')", [], PLUCK)).toBe(3);
      expect(await pool.transaction((tx) => tx.get("SELECT sum_of('[3]')", [], PLUCK))).toBe(3);
    }
  });

  it('that fails makes the statement fail, and that alone', async () => {
    const pool = poolWith('CREATE TABLE t (v)');
    pool.function('parsed', "json_extract(?1, '$.a')");
    const writes = ['{"a": 1}', 'no JSON', '{"a": 2}'].map((text) =>
      pool.run('INSERT INTO t VALUES (parsed(?))', [text]),
    );
    expect((await Promise.allSettled(writes)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(await rejection(writes[1]!)).toEqual({
      name: 'SqliteError',
      code: 'SQLITE_ERROR',
      message: 'malformed JSON',
    });
    expect(await pool.all('SELECT v FROM t', [], PLUCK)).toEqual([1, 2]);
  });

  it('is stopped where it is', async () => {
    const pool = poolWith();
    pool.function(
      'count_to',
      '(WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?1) SELECT count(*) FROM n)',
    );
    expect(await pool.get('SELECT count_to(1000)', [], PLUCK)).toBe(1000);
    expect((await rejection(pool.get('SELECT count_to(1e15)', [], { timeoutMs: 20 }))).code).toBe(
      'FERROLITE_TIMEOUT',
    );
    await pool.transaction(async (tx) => {
      await tx.exec('CREATE TABLE t (v)');
      const write = tx.get('SELECT count_to(1e15)', [], { timeoutMs: 20 });
      expect((await rejection(write)).code).toBe('FERROLITE_TIMEOUT');
    });
    const held = pool.transaction((tx) => tx.get('SELECT count_to(1e15)'), { maxHoldMs: 20 });
    expect((await rejection(held)).code).toBe('FERROLITE_HOLD_TIMEOUT');
  });

  it('that is deterministic can be used by indexes and generated columns', async () => {
    const pool = poolWith();
    pool.function('folded', { deterministic: true }, 'lower(trim(?1))').function('plain', '?1');
    await pool.exec(
      'CREATE TABLE t (v, folded AS (folded(v)) STORED); CREATE INDEX by_folded ON t (folded(v))',
    );
    await pool.run("INSERT INTO t (v) VALUES (' Ada ')");
    expect(await pool.all("SELECT folded FROM t WHERE folded(v) = 'ada'", [], PLUCK)).toEqual(['ada']);
    const refused = await rejection(pool.exec('CREATE INDEX other ON t (plain(v))'));
    expect(refused.message).toBe('non-deterministic functions prohibited in index expressions');
    // Others cannot check a file whose indexes have functions that they do not know.
    await pool.exec('DROP TABLE t');
  });

  it('that is only for direct use is refused by views', async () => {
    const pool = poolWith();
    pool.function('direct', { directOnly: true }, '?1').function('anywhere', '?1');
    await pool.exec('CREATE VIEW a AS SELECT anywhere(1) AS x; CREATE VIEW d AS SELECT direct(1) AS x');
    expect(await pool.get('SELECT x FROM a', [], PLUCK)).toBe(1);
    expect((await rejection(pool.get('SELECT x FROM d'))).message).toBe('unsafe use of direct()');
    expect(await pool.get('SELECT direct(1)', [], PLUCK)).toBe(1);
  });

  it('works in a database of UTF-16', async () => {
    const path = tempDb();
    const db = new Database(path);
    db.exec("PRAGMA encoding = 'UTF-16'; CREATE TABLE t (v)");
    db.close();
    const pool = poolOn(path);
    pool.function('greet', "'Grüße, ' || ?1");
    expect(await pool.get('SELECT greet(?)', ['東京'], PLUCK)).toBe('Grüße, 東京');
  });

  it('leaves nothing open behind its pool', async () => {
    const path = tempDb();
    const pool = openPool(path);
    pool.function('twice', '?1 * 2');
    await pool.exec('CREATE TABLE t (v); INSERT INTO t VALUES (twice(1))');
    expect(await pool.get('SELECT twice(1)', [], PLUCK)).toBe(2);
    await pool.close();
    // A connection that is not closed keeps its log.
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(() => pool.function('other', '1')).toThrow(
      expect.objectContaining({ code: 'FERROLITE_POOL_CLOSED' }),
    );
  });
});

describe('the registration of a function', () => {
  const PURE =
    'Expected one expression of its parameters alone: without tables, and without what the connection did before';

  it.each([
    ['SELECT 1 FROM sqlite_schema', PURE],
    ['(SELECT count(*) FROM sqlite_schema)', PURE],
    ['(SELECT user_version FROM pragma_user_version)', PURE],
    ['(SELECT 1 FROM pragma_table_info(?1))', PURE],
    ['last_insert_rowid()', PURE],
    ['changes() + total_changes()', PURE],
    ['(SELECT v FROM t)', 'no such table: t'],
    ['?1; DROP TABLE t', 'near ";": syntax error'],
    ['?1); DROP TABLE t; SELECT (1', 'near ";": syntax error'],
    ['1), (2', 'row value misused'],
    ['1) UNION SELECT (2', 'near "UNION": syntax error'],
    ['1)) UNION SELECT ((2', 'near ")": syntax error'],
    ['1) WHERE (0', 'near "WHERE": syntax error'],
    ['', 'near ")": syntax error'],
    ['/* 1', 'incomplete input'],
    ['DELETE FROM t', 'near "DELETE": syntax error'],
    ['(DELETE FROM t RETURNING v)', 'near "DELETE": syntax error'],
    ['missing(1)', 'no such function: missing'],
    ['f(1)', 'no such function: f'],
    ['a + b', 'no such column: a'],
  ])('refuses %s', async (expression, message) => {
    const pool = poolWith('CREATE TABLE t (v)');
    expect(() => pool.function('f', expression)).toThrow(message);
    expect((await rejection(pool.get('SELECT f(1)'))).message).toBe('no such function: f');
  });

  it('refuses names that are taken, and those that SQLite does not take', () => {
    const pool = poolWith();
    pool.function('twice', '?1 * 2');
    for (const name of ['twice', 'TWICE', 'lower', 'Json_Extract']) {
      expect(() => pool.function(name, '1')).toThrow(new TypeError(`There is a function ${name}() already`));
    }
    expect(() => pool.function('', '1')).toThrow(
      new TypeError('User-defined function name cannot be an empty string'),
    );
    expect(() => pool.function('a\0b', '1')).toThrow(
      new TypeError('User-defined function name cannot contain a null byte'),
    );
    expect(() => pool.function('x'.repeat(256), '1')).toThrow(RangeError);
    expect(() => pool.function("it's", '1')).not.toThrow();
  });

  it('refuses wrong arguments', () => {
    const pool = poolWith() as any;
    const refused = (message: string, ...given: unknown[]) =>
      expect(() => pool.function(...given)).toThrow(new TypeError(message));
    refused('Expected first argument to be a string', 5, '1');
    refused('Expected last argument to be an expression of SQL or a function', 'f', {});
    refused('Expected last argument to be an expression of SQL or a function', 'f', {}, 5);
    refused('Expected second argument to be an options object', 'f', 5, '1');
    refused('Expected the "deterministic" option to be a boolean', 'f', { deterministic: 1 }, '1');
    refused(
      'Unknown option "varargs" (the options are deterministic, directOnly)',
      'f',
      { varargs: true },
      '1',
    );
    expect(() => pool.function('f', { deterministic: undefined }, '1')).not.toThrow();
  });
});

describe('a function of a fleet', () => {
  it('is known to all databases, those that are open and those that are opened later', async () => {
    const fleet = openFleet(tempDir(), { maxOpen: 2 });
    onTestFinished(() => fleet.close({ drainMs: 0 }));
    const [acme, globex] = [fleet.pool('acme'), fleet.pool('globex')];
    expect(await acme.get('SELECT 1', [], PLUCK)).toBe(1);
    expect(fleet.function('twice', '?1 * 2')).toBe(fleet);
    fleet.function('four_times', { deterministic: true }, 'twice(twice(?1))');
    expect(await acme.get('SELECT four_times(1)', [], PLUCK)).toBe(4);
    expect(await globex.transaction((tx) => tx.get('SELECT four_times(2)', [], PLUCK))).toBe(8);
    expect(() => fleet.function('twice', '?1')).toThrow('There is a function twice() already');
    expect(() => fleet.function('broken', '?1 +')).toThrow(SqliteError);
    expect((await rejection(acme.get('SELECT broken(1)'))).message).toBe('no such function: broken');
    expect(await fleet.list()).toEqual(['acme', 'globex']);
    await fleet.close();
    expect(() => fleet.function('late', '1')).toThrow(
      expect.objectContaining({ code: 'FERROLITE_FLEET_CLOSED' }),
    );
  });
});
