// Who executes a statement follows from what SQLite says of it, never from its text.
import { describe, expect, it } from 'vitest';
import { answer, poolWith, rejection } from './support.mts';

const SCHEMA = 'CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 10)';

describe('all() and get() of a statement that writes', () => {
  it.each([
    ['INSERT INTO t (v) VALUES (20) RETURNING id, v', [{ id: 2, v: 20 }]],
    ['/* SELECT */ UPDATE t SET v = 11 RETURNING v', [{ v: 11 }]],
    ['WITH c AS (SELECT 1 AS id) DELETE FROM t WHERE id IN (SELECT id FROM c) RETURNING id', [{ id: 1 }]],
  ])('%s', async (sql, rows) => {
    const pool = poolWith(SCHEMA);
    expect(await pool.all(sql)).toEqual(rows);
    // Known by its text the second time.
    await pool.exec('DELETE FROM t; INSERT INTO t VALUES (1, 10)');
    expect(await pool.all(sql)).toEqual(rows);
    const { total } = (await pool.get<{ total: number }>('SELECT count(*) AS total FROM t'))!;
    expect(total).toBe(sql.includes('DELETE') ? 0 : sql.includes('INSERT') ? 2 : 1);
  });

  it('keep the order of submission with other writes, whether their route is known or not', async () => {
    const pool = poolWith('CREATE TABLE log (id INTEGER PRIMARY KEY, v)');
    const calls: Promise<unknown>[] = [];
    for (let index = 0; index < 300; index += 1) {
      // A text that nobody has seen before, every other time.
      calls.push(
        index % 2 === 0
          ? pool.all(`INSERT INTO log (v) VALUES (${index}) RETURNING ${index}`)
          : pool.run('INSERT INTO log (v) VALUES (?)', [index]),
      );
    }
    await Promise.all(calls);
    const written = await pool.all('SELECT v FROM log ORDER BY id', [], { pluck: true });
    expect(written).toEqual(Array.from({ length: 300 }, (_, index) => index));
  });
});

describe('a table', () => {
  it('that is created by a call before it is found, awaited or not', async () => {
    const pool = poolWith();
    const created = pool.exec('CREATE TABLE made (v); INSERT INTO made VALUES (1)');
    const read = pool.all('SELECT v FROM made');
    await created;
    expect(await read).toEqual([{ v: 1 }]);
    expect(await pool.all('SELECT v FROM made')).toEqual([{ v: 1 }]);
  });

  it('that does not exist is the error of SQLite', async () => {
    const pool = poolWith();
    const expected = { name: 'SqliteError', code: 'SQLITE_ERROR', message: 'no such table: absent' };
    expect(await rejection(pool.all('SELECT * FROM absent'))).toEqual(expected);
    expect(await rejection(pool.run('DELETE FROM absent'))).toEqual(expected);
  });

  it('that is dropped and created anew is read as it is', async () => {
    const pool = poolWith(SCHEMA);
    expect(await pool.all('SELECT * FROM t')).toEqual([{ id: 1, v: 10 }]);
    await pool.exec('DROP TABLE t');
    expect((await rejection(pool.all('SELECT * FROM t'))).message).toBe('no such table: t');
    await pool.exec('CREATE TABLE t (other)');
    await pool.run('INSERT INTO t VALUES (5)');
    expect(await pool.all('SELECT * FROM t')).toEqual([{ other: 5 }]);
  });
});

describe('pragmas', () => {
  it('that set something do so on the connection that writes, and are seen by those that ask', async () => {
    const pool = poolWith(SCHEMA);
    expect(await pool.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 });
    await pool.run('PRAGMA foreign_keys = 0');
    expect(await pool.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 0 });
    await pool.run('PRAGMA user_version = 7');
    expect(await pool.get('PRAGMA user_version')).toEqual({ user_version: 7 });
    expect(await pool.get('SELECT user_version FROM pragma_user_version')).toEqual({ user_version: 7 });
  });

  it('that set something for the rows of a function do so nowhere but on the writer', async () => {
    const pool = poolWith(SCHEMA, { readers: 1 });
    // The function compiles its pragma while the statement is executed.
    const answered = await answer(() => pool.all(`SELECT * FROM pragma_query_only`));
    expect(answered).toEqual({ value: [{ query_only: 0 }] });
    expect(await pool.all(`SELECT name FROM pragma_table_info('t')`, [], { pluck: true })).toEqual([
      'id',
      'v',
    ]);
  });

  it('that ask for the schema are answered', async () => {
    const pool = poolWith(SCHEMA);
    expect(await pool.all('PRAGMA table_info(t)', [], { pluck: true })).toEqual([0, 1]);
    expect(await pool.all('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  });

  it('never let a reader write', async () => {
    const pool = poolWith(SCHEMA);
    await pool.all('SELECT 1');
    await answer(() => pool.all('PRAGMA query_only = 0'));
    const error = await rejection(pool.read((snapshot) => snapshot.all('DELETE FROM t RETURNING id')));
    expect(error).toMatchObject({ name: 'SqliteError', code: 'SQLITE_READONLY' });
    expect(await pool.get('SELECT count(*) AS n FROM t')).toEqual({ n: 1 });
  });
});

describe('what belongs to a connection', () => {
  it('the functions that tell of its last write are answered by the one that writes', async () => {
    const pool = poolWith(SCHEMA);
    await pool.run('INSERT INTO t (id, v) VALUES (?, ?)', [41, 0]);
    expect(await pool.get('SELECT last_insert_rowid() AS id, changes() AS n')).toEqual({ id: 41, n: 1 });
  });

  it('an attached database is found', async () => {
    const pool = poolWith(SCHEMA);
    await pool.exec(`ATTACH ':memory:' AS other; CREATE TABLE other.u (v); INSERT INTO other.u VALUES (3)`);
    expect(await pool.all('SELECT v FROM u')).toEqual([{ v: 3 }]);
    expect(await pool.all('SELECT v FROM other.u')).toEqual([{ v: 3 }]);
    await pool.run('DETACH other');
    expect((await rejection(pool.all('SELECT v FROM u'))).message).toBe('no such table: u');
  });

  it('a temporary table is found, also where it hides another one', async () => {
    const pool = poolWith(SCHEMA);
    expect(await pool.all('SELECT v FROM t')).toEqual([{ v: 10 }]);
    await pool.exec('CREATE TEMP TABLE t (v); INSERT INTO temp.t VALUES (99)');
    expect(await pool.all('SELECT v FROM t')).toEqual([{ v: 99 }]);
    expect(await pool.all('SELECT v FROM main.t')).toEqual([{ v: 10 }]);
  });

  it('a temporary view is found, also where it hides a table', async () => {
    const pool = poolWith(SCHEMA);
    expect(await pool.all('SELECT v FROM t')).toEqual([{ v: 10 }]);
    await pool.transaction((tx) => tx.run('CREATE TEMP VIEW t AS SELECT v + 1 AS v FROM main.t'));
    expect(await pool.all('SELECT v FROM t')).toEqual([{ v: 11 }]);
  });
});

describe('statements of transactions', () => {
  it.each([
    'BEGIN',
    'begin immediate',
    'COMMIT',
    'END',
    'ROLLBACK',
    'SAVEPOINT s',
    'RELEASE s',
    ' /**/ BEGIN',
  ])('%s alone is refused, with the way to do it', async (sql) => {
    const pool = poolWith(SCHEMA);
    const message = 'The transactions of a pool are made with transaction() or batch(), not with SQL';
    expect(await rejection(pool.run(sql))).toMatchObject({ name: 'TypeError', message });
    expect(await rejection(pool.all(sql))).toMatchObject({ name: 'TypeError', message });
    expect(await rejection(pool.batch([sql]))).toMatchObject({ name: 'TypeError', message });
    expect(await rejection(pool.transaction((tx) => tx.exec(sql)))).toMatchObject({
      name: 'TypeError',
      message,
    });
    expect(await pool.run('UPDATE t SET v = 1')).toMatchObject({ changes: 1 });
  });

  it('may stand in a script that ends what it begins', async () => {
    const pool = poolWith(SCHEMA);
    await pool.exec('BEGIN; INSERT INTO t (v) VALUES (1); COMMIT');
    await pool.exec('BEGIN; INSERT INTO t (v) VALUES (2); ROLLBACK');
    expect(await pool.get('SELECT count(*) AS n FROM t')).toEqual({ n: 2 });
  });

  it('a script that leaves its transaction open has it rolled back', async () => {
    const pool = poolWith(SCHEMA);
    const message = 'The script has left a transaction open, which was rolled back';
    expect(await rejection(pool.exec('BEGIN; DELETE FROM t'))).toMatchObject({ name: 'TypeError', message });
    const failed = await rejection(pool.exec('BEGIN; DELETE FROM t; SELECT * FROM absent'));
    expect(failed).toMatchObject({ code: 'SQLITE_ERROR', message: 'no such table: absent' });
    expect(await pool.get('SELECT count(*) AS n FROM t')).toEqual({ n: 1 });
  });
});

describe('full-text and R*Tree tables', () => {
  it('are read by readers, whose modules compile statements of their own that write', async () => {
    const pool = poolWith(`
      CREATE VIRTUAL TABLE f USING fts5 (body); INSERT INTO f VALUES ('hello world');
      CREATE VIRTUAL TABLE r USING rtree (id, x0, x1); INSERT INTO r VALUES (1, 0, 2)`);
    await pool.read(async (snapshot) => {
      expect(await snapshot.all(`SELECT body FROM f WHERE f MATCH 'hello'`)).toEqual([
        { body: 'hello world' },
      ]);
      expect(await snapshot.all('SELECT id FROM r WHERE x1 > 1')).toEqual([{ id: 1 }]);
    });
  });
});
