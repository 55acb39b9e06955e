// Group commit: writes that wait together are committed together, and each is as if it were alone.
import Database from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { hold } from '../helpers/hold.mts';
import { poolOn, poolWith, rejection, until } from './support.mts';
import { tempDb } from '../helpers/temp-db.mts';
import type { Pool } from 'ferrolite/pool';

const SCHEMA = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, v UNIQUE);
  CREATE TABLE parent (id INTEGER PRIMARY KEY);
  CREATE TABLE child (parent REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
  CREATE TRIGGER refuse BEFORE INSERT ON t WHEN new.v = 'refuse all' BEGIN SELECT RAISE(ROLLBACK, 'refused'); END;
`;

/** Makes the calls while the writer is held, so that they are all waiting when it is free. */
async function together(
  pool: Pool,
  calls: readonly (() => Promise<unknown>)[],
): Promise<PromiseSettledResult<unknown>[]> {
  let release!: () => void;
  const held = pool.transaction(() => new Promise<void>((resolve) => void (release = resolve)));
  await until(() => pool.stats().heldMs !== undefined);
  const made = calls.map((call) => call());
  release();
  await held;
  return Promise.allSettled(made);
}

const insert = (pool: Pool, v: unknown) => () => pool.run('INSERT INTO t (v) VALUES (?)', [v]);
const values = (pool: Pool) => pool.all('SELECT v FROM t ORDER BY id', [], { pluck: true });
const changed = (lastInsertRowid: number, changes = 1) => ({
  status: 'fulfilled',
  value: { changes, lastInsertRowid },
});

describe('writes that wait together', () => {
  it('are committed in one transaction, with the counters of each', async () => {
    const pool = poolWith(SCHEMA);
    const settled = await together(pool, [
      insert(pool, 'a'),
      insert(pool, 'b'),
      () => pool.run(`UPDATE t SET v = v || '!'`),
      () => pool.run('DELETE FROM t WHERE v = ?', ['a!']),
      () => pool.run('DELETE FROM t WHERE v = ?', ['absent']),
    ]);
    expect(settled).toEqual([changed(1), changed(2), changed(2, 2), changed(2, 1), changed(2, 0)]);
    expect(await values(pool)).toEqual(['b!']);
    expect(pool.stats()).toMatchObject({ groups: 1, groupedWrites: 5 });
  });

  it('one that fails does not touch the others', async () => {
    const pool = poolWith(SCHEMA);
    const [a, twice, b, broken] = await together(pool, [
      insert(pool, 'a'),
      insert(pool, 'a'),
      insert(pool, 'b'),
      () => pool.run('INSERT INTO absent VALUES (1)'),
    ]);
    expect([a, b]).toEqual([changed(1), changed(2)]);
    expect(twice).toMatchObject({ reason: { name: 'SqliteError', code: 'SQLITE_CONSTRAINT_UNIQUE' } });
    expect(broken).toMatchObject({ reason: { name: 'SqliteError', message: 'no such table: absent' } });
    expect(await values(pool)).toEqual(['a', 'b']);
    expect(pool.stats().groups).toBe(1);
  });

  it('one with several rows leaves none when it fails, and ON CONFLICT FAIL keeps those before', async () => {
    const pool = poolWith(SCHEMA);
    await together(pool, [
      insert(pool, 'a'),
      () => pool.run(`INSERT INTO t (v) VALUES ('x'), ('a')`),
      () => pool.run(`INSERT OR FAIL INTO t (v) VALUES ('kept'), ('a'), ('not')`),
      insert(pool, 'b'),
    ]);
    expect(await values(pool)).toEqual(['a', 'kept', 'b']);
    expect(pool.stats().groups).toBe(1);
  });

  it.each([
    ['ON CONFLICT ROLLBACK', `INSERT OR ROLLBACK INTO t (v) VALUES ('a')`, 'SQLITE_CONSTRAINT_UNIQUE'],
    ['RAISE(ROLLBACK)', `INSERT INTO t (v) VALUES ('refuse all')`, 'SQLITE_CONSTRAINT_TRIGGER'],
    ['a deferred foreign key', 'INSERT INTO child VALUES (1)', 'SQLITE_CONSTRAINT_FOREIGNKEY'],
  ])('one that ends the transaction, by %s, is alone with its error', async (_, sql, code) => {
    const pool = poolWith(SCHEMA);
    const settled = await together(pool, [insert(pool, 'a'), () => pool.run(sql), insert(pool, 'b')]);
    expect(settled[1]).toMatchObject({ reason: { name: 'SqliteError', code } });
    expect(settled[0]).toEqual(changed(1));
    expect(settled[2]).toEqual(changed(2));
    expect(await values(pool)).toEqual(['a', 'b']);
    expect(await pool.all('SELECT * FROM child')).toEqual([]);
  });

  it('a child without parent fails although its parent comes with the next write', async () => {
    const pool = poolWith(SCHEMA);
    const [child, parent] = await together(pool, [
      () => pool.run('INSERT INTO child VALUES (1)'),
      () => pool.run('INSERT INTO parent VALUES (1)'),
    ]);
    expect(child).toMatchObject({ reason: { code: 'SQLITE_CONSTRAINT_FOREIGNKEY' } });
    expect(parent).toMatchObject({ status: 'fulfilled' });
  });

  it('those that cannot be part of a transaction are executed between', async () => {
    const pool = poolWith(SCHEMA);
    const settled = await together(pool, [
      insert(pool, 'a'),
      insert(pool, 'b'),
      () => pool.run('VACUUM'),
      () => pool.run('PRAGMA foreign_keys = 0'),
      () => pool.exec('INSERT INTO t (v) VALUES (1); INSERT INTO child VALUES (9)'),
      insert(pool, 'c'),
      insert(pool, 'd'),
    ]);
    expect(settled.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(await values(pool)).toEqual(['a', 'b', 1, 'c', 'd']);
    expect(pool.stats()).toMatchObject({ groups: 2, groupedWrites: 4 });
  });

  it('those that return rows give them after the commit', async () => {
    const pool = poolWith(SCHEMA);
    const settled = await together(pool, [
      () => pool.all('INSERT INTO t (v) VALUES (1), (2) RETURNING id, v'),
      () => pool.get('INSERT INTO t (v) VALUES (3) RETURNING v'),
      () => pool.all('INSERT INTO t (v) VALUES (4), (5) RETURNING v', [], { maxRows: 1 }),
      () => pool.batch([['INSERT INTO t (v) VALUES (?)', [6]], 'SELECT count(*) AS n FROM t']),
      () => pool.batch(['DELETE FROM t', 'INSERT INTO absent VALUES (1)']),
      insert(pool, 7),
    ]);
    expect(settled[0]).toMatchObject({
      value: [
        { id: 1, v: 1 },
        { id: 2, v: 2 },
      ],
    });
    expect(settled[1]).toMatchObject({ value: { v: 3 } });
    expect(settled[2]).toMatchObject({ reason: { code: 'FERROLITE_TOO_MANY_ROWS' } });
    expect(settled[3]).toMatchObject({ value: [{ changes: 1 }, [{ n: 4 }]] });
    expect(settled[4]).toMatchObject({ reason: { message: 'no such table: absent' } });
    expect(await values(pool)).toEqual([1, 2, 3, 6, 7]);
  });

  it('one that is cancelled while it is executed does not touch the others', async () => {
    const pool = poolWith(SCHEMA);
    const endless = `INSERT INTO t (v) WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n`;
    const settled = await together(pool, [
      insert(pool, 'a'),
      () => pool.run(endless, [], { timeoutMs: 50 }),
      insert(pool, 'b'),
    ]);
    expect(settled[1]).toMatchObject({ reason: { code: 'FERROLITE_TIMEOUT' } });
    expect(await values(pool)).toEqual(['a', 'b']);
  });

  it('thousands are answered in the order in which they came', async () => {
    const pool = poolWith(SCHEMA);
    const order: number[] = [];
    const calls = Array.from({ length: 5000 }, (_, index) =>
      pool
        .run('INSERT INTO t (v) VALUES (?)', [index])
        .then(({ lastInsertRowid }) => order.push(Number(lastInsertRowid))),
    );
    await Promise.all(calls);
    expect(order).toEqual(Array.from({ length: 5000 }, (_, index) => index + 1));
    expect(pool.stats().groups).toBeLessThan(2500);
  });
});

describe('a database that can grow no more', () => {
  it('refuses the writes that do not fit, and takes the others', async () => {
    const pool = poolWith(SCHEMA);
    const pages = (await pool.get<number>('PRAGMA page_count', [], { pluck: true }))!;
    await pool.get(`PRAGMA max_page_count = ${pages + 20}`);
    const large = () => pool.run('INSERT INTO t (v) VALUES (zeroblob(10000000))');
    const settled = await together(pool, [
      insert(pool, 'a'),
      large,
      insert(pool, 'b'),
      large,
      insert(pool, 'c'),
    ]);
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(settled[1]).toMatchObject({ reason: { name: 'SqliteError', code: 'SQLITE_FULL' } });
    expect(await values(pool)).toEqual(['a', 'b', 'c']);
  });
});

describe('a lock of another process', () => {
  it('that is not given back in time refuses what waits for it, and nothing is written', async () => {
    const pool = poolWith(SCHEMA, { busyTimeoutMs: 20 });
    await pool.run('INSERT INTO t (v) VALUES (0)');
    const holder = await hold('ferrolite', pool.path, 'BEGIN IMMEDIATE');
    const calls = [
      insert(pool, 1)(),
      insert(pool, 2)(),
      pool.batch(['DELETE FROM t']),
      pool.exec('DELETE FROM t'),
    ];
    const settled = await Promise.allSettled([...calls, pool.transaction(() => 1)]);
    for (const one of settled)
      expect(one).toMatchObject({ reason: { name: 'SqliteError', code: 'SQLITE_BUSY' } });
    await holder.release();
    expect(await insert(pool, 3)()).toMatchObject({ changes: 1 });
    expect(await values(pool)).toEqual([0, 3]);
  });

  it('is waited for', async () => {
    const pool = poolWith(SCHEMA);
    await pool.get('SELECT 1');
    const holder = await hold('ferrolite', pool.path, 'BEGIN IMMEDIATE');
    const calls = [insert(pool, 1)(), insert(pool, 2)()];
    expect(await pool.all('SELECT * FROM t')).toEqual([]);
    await holder.release();
    await Promise.all(calls);
    expect(await values(pool)).toEqual([1, 2]);
  });

  it('of readers of a database without a log refuses the commit, and nothing is written', async () => {
    const path = tempDb();
    new Database(path).exec(SCHEMA).close();
    const pool = poolOn(path, { busyTimeoutMs: 20, pragmas: { journal_mode: 'delete' } });
    await pool.run('INSERT INTO t (v) VALUES (0)');
    const holder = await hold('ferrolite', path, 'BEGIN; SELECT * FROM t');
    const settled = await Promise.allSettled([1, 2, 3].map((v) => insert(pool, v)()));
    for (const one of settled) expect(one).toMatchObject({ reason: { code: 'SQLITE_BUSY' } });
    await holder.release();
    expect(await values(pool)).toEqual([0]);
    expect(await insert(pool, 3)()).toMatchObject({ changes: 1 });
  });
});

describe('a write', () => {
  it('is seen by every read that is made after its promise was fulfilled', async () => {
    const pool = poolWith(SCHEMA, { readers: 4 });
    for (let index = 1; index <= 200; index += 1) {
      await insert(pool, index)();
      expect(await pool.get('SELECT max(v) FROM t', [], { pluck: true })).toBe(index);
    }
  });

  it('to a read-only pool is refused by SQLite', async () => {
    const { path } = poolWith(SCHEMA);
    const pool = poolOn(path, { readonly: true });
    expect(await rejection(insert(pool, 1)())).toMatchObject({ code: 'SQLITE_READONLY' });
    expect(await values(pool)).toEqual([]);
  });
});
