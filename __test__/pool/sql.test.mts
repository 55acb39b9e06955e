// Templates: values are parameters, whatever they are.
import { sql, openFleet, type Sql } from 'ferrolite/pool';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';
import { poolWith, rejection } from './support.mts';

const SCHEMA = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, "odd ""name" INTEGER);
  INSERT INTO users VALUES (1, 'Ada', 10), (2, 'Grace', 20), (3, 'Edsger', 30)`;
const HOSTILE = `x'; DROP TABLE users; --`;
const PLUCK = { pluck: true } as const;
const loose = sql as unknown as ((...given: unknown[]) => Sql) &
  Record<'join' | 'identifier', (...given: unknown[]) => Sql>;

const parts = ({ sql: text, values }: Sql) => ({ text, values: [...values] });

describe('sql', () => {
  it('makes a parameter of each value', () => {
    const bytes = Buffer.from('b');
    const values = [1, 'a', 2n ** 62n, null, bytes, HOSTILE] as const;
    expect(
      parts(sql`VALUES (${values[0]}, ${values[1]}, ${values[2]}, ${values[3]}, ${values[4]}, ${values[5]})`),
    ).toEqual({
      text: 'VALUES (?, ?, ?, ?, ?, ?)',
      values: [...values],
    });
    expect(parts(sql`SELECT 1`)).toEqual({ text: 'SELECT 1', values: [] });
  });

  it('takes parts within parts, with their values in order', () => {
    const inner = sql`b = ${2} OR c = ${3}`;
    const outer = sql`a = ${1} AND (${inner}) AND d = ${4}`;
    expect(parts(sql`SELECT * FROM t WHERE ${outer} LIMIT ${5}`)).toEqual({
      text: 'SELECT * FROM t WHERE a = ? AND (b = ? OR c = ?) AND d = ? LIMIT ?',
      values: [1, 2, 3, 4, 5],
    });
  });

  it('joins values and parts', () => {
    expect(parts(sql`IN (${sql.join([1, 'a', null])})`)).toEqual({
      text: 'IN (?, ?, ?)',
      values: [1, 'a', null],
    });
    expect(parts(sql.join([sql`a = ${1}`, sql`b = ${2}`], sql` AND `))).toEqual({
      text: 'a = ? AND b = ?',
      values: [1, 2],
    });
    expect(parts(sql.join([]))).toEqual({ text: '', values: [] });
  });

  it('quotes names', () => {
    expect(sql.identifier('users').sql).toBe('"users"');
    expect(sql.identifier('main', 'odd "name').sql).toBe('"main"."odd ""name"');
  });

  it('gives what cannot be changed', () => {
    const query = sql`SELECT ${1}`;
    expect(Object.isFrozen(query)).toBe(true);
    expect(Object.isFrozen(query.values)).toBe(true);
  });

  it.each([
    [undefined, 'Value 1 of the template is undefined: use null where NULL is meant'],
    [[1], 'Value 1 of the template is an array: use sql.join(array) for a list, as in IN (${sql.join(ids)})'],
    [true, 'Value 1 of the template is of the type boolean, which SQLite cannot store'],
    [new Date(0), 'Value 1 of the template is of the type object, which SQLite cannot store'],
    [() => 1, 'Value 1 of the template is of the type function, which SQLite cannot store'],
    [Symbol('s'), 'Value 1 of the template is of the type symbol, which SQLite cannot store'],
    // As a body of JSON can bring it along.
    [
      { sql: HOSTILE, values: [] },
      'Value 1 of the template is of the type object, which SQLite cannot store',
    ],
  ])('refuses %s as a value', (value, message) => {
    expect(() => sql`SELECT ${value as never}`).toThrow(new TypeError(message));
  });

  it('refuses wrong use', () => {
    const refused = (call: () => unknown, message: string) => expect(call).toThrow(new TypeError(message));
    refused(() => loose('SELECT 1'), 'Expected sql to be used as the tag of a template');
    refused(() => loose(['SELECT 1']), 'Expected sql to be used as the tag of a template');
    refused(() => loose.join('ab'), 'Expected first argument to be an array');
    refused(() => loose.join([1, 2], ' OR '), 'Expected the separator to be made by the tag sql');
    refused(
      () => loose.join([1, undefined]),
      'Value 2 of the list is undefined: use null where NULL is meant',
    );
    for (const names of [[], [''], [5], ['a', 'b\0']]) {
      refused(
        () => loose.identifier(...names),
        'Expected the parts of an identifier to be strings that are not empty',
      );
    }
    refused(
      () => sql`SELECT '\u'`,
      'Expected the template to have no escape sequence that JavaScript does not know',
    );
    refused(() => new (sql`SELECT 1`.constructor as new () => unknown)(), 'SQL is made by the tag sql');
  });
});

describe('a template', () => {
  it('is taken by every call of a pool', async () => {
    const pool = poolWith(SCHEMA);
    expect(await pool.all(sql`SELECT name FROM users WHERE id > ${1} ORDER BY id`)).toEqual([
      { name: 'Grace' },
      { name: 'Edsger' },
    ]);
    expect(await pool.get(sql`SELECT name FROM users WHERE id = ${1}`, PLUCK)).toBe('Ada');
    expect(await pool.run(sql`INSERT INTO users (name) VALUES (${HOSTILE})`)).toEqual({
      changes: 1,
      lastInsertRowid: 4,
    });
    const names = [];
    for await (const name of pool.iterate(sql`SELECT name FROM users WHERE id >= ${3} ORDER BY id`, PLUCK))
      names.push(name);
    expect(names).toEqual(['Edsger', HOSTILE]);
    expect(
      await pool.batch(
        [sql`UPDATE users SET name = ${null} WHERE id = ${4}`, sql`SELECT name FROM users WHERE id = ${4}`],
        PLUCK,
      ),
    ).toEqual([{ changes: 1, lastInsertRowid: 4 }, [null]]);
    await pool.exec(sql`DELETE FROM users; INSERT INTO users (id) VALUES (9)`);
    expect(await pool.all(sql`SELECT id FROM users`, PLUCK)).toEqual([9]);
  });

  it('is taken by transactions, snapshots and the pools of a fleet', async () => {
    const pool = poolWith(SCHEMA);
    const query = sql`SELECT count(*) FROM users WHERE name = ${'Ada'}`;
    await pool.transaction(async (tx) => {
      await tx.run(sql`INSERT INTO users (name) VALUES (${'Ada'})`);
      expect(await tx.get(query, PLUCK)).toBe(2);
      expect(await tx.transaction((inner) => inner.batch([query], PLUCK))).toEqual([[2]]);
    });
    expect(await pool.read((snapshot) => snapshot.all(query, PLUCK))).toEqual([2]);
    const fleet = openFleet(tempDir());
    onTestFinished(() => fleet.close({ drainMs: 0 }));
    const tenant = fleet.pool('acme');
    await tenant.exec(sql`CREATE TABLE t (v)`);
    await tenant.run(sql`INSERT INTO t VALUES (${1}), (${2})`);
    expect(await tenant.all(sql`SELECT v FROM t WHERE v > ${1}`, PLUCK)).toEqual([2]);
    expect(await tenant.get(sql`SELECT v FROM t WHERE v = ${1}`, PLUCK)).toBe(1);
    for await (const value of tenant.iterate(sql`SELECT v FROM t WHERE v = ${2}`, PLUCK))
      expect(value).toBe(2);
    expect(await tenant.batch([sql`SELECT ${5}`], PLUCK)).toEqual([[5]]);
  });

  it('has lists and names that SQLite reads as such', async () => {
    const pool = poolWith(SCHEMA);
    const column = sql.identifier('users', 'odd "name');
    const among = (ids: number[]) =>
      pool.all(sql`SELECT ${column} FROM users WHERE id IN (${sql.join(ids)}) ORDER BY id`, PLUCK);
    expect(await among([1, 3])).toEqual([10, 30]);
    expect(await among([])).toEqual([]);
    const rows = [
      { id: 7, name: 'a' },
      { id: 8, name: HOSTILE },
    ];
    await pool.run(
      sql`INSERT INTO users (id, name) VALUES ${sql.join(rows.map(({ id, name }) => sql`(${id}, ${name})`))}`,
    );
    expect(await pool.all(sql`SELECT name FROM users WHERE id >= ${7}`, PLUCK)).toEqual(['a', HOSTILE]);
    // A name that there is not is no text.
    const missing = await rejection(pool.all(sql`SELECT ${sql.identifier('missing')} FROM users`));
    expect(missing).toMatchObject({
      code: 'SQLITE_ERROR',
      message: expect.stringMatching(/^no such column: /),
    });
  });

  it('has its text compiled once, whatever the values', async () => {
    const query = (id: number) => sql`SELECT name FROM users WHERE id = ${id}`;
    expect(query(1).sql).toBe(query(2).sql);
  });

  it('has no parameters beside its values', async () => {
    const pool = poolWith(SCHEMA) as any;
    const query = sql`SELECT ${1}`;
    const onlyOptions = 'Expected only options behind a template: its parameters are the values in it';
    for (const given of [[1], ['a'], [[]], [[1], PLUCK], [undefined, PLUCK], [Buffer.from('a')]]) {
      expect((await rejection(pool.all(query, ...given))).message).toBe(onlyOptions);
    }
    expect(() => pool.iterate(query, [1])).toThrow(new TypeError(onlyOptions));
    expect((await rejection(pool.all(query, { id: 1 }))).message).toMatch(/^Unknown option "id"/);
    expect((await rejection(pool.batch([[query, []]]))).message).toBe(
      'Expected each statement to be a string, a template, or an array of a string and parameters',
    );
    expect((await rejection(pool.exec(query))).message).toBe(
      'A script takes no values: use run() or batch() for a template that has some',
    );
  });

  it('is told from objects that look like one', async () => {
    const pool = poolWith(SCHEMA) as any;
    const { message } = await rejection(pool.all(JSON.parse('{"sql":"SELECT 1","values":[]}')));
    expect(message).toBe('Expected first argument to be a string');
  });
});
