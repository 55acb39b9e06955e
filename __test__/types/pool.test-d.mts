// The types of ferrolite/pool: the calls, and templates.
import {
  openFleet,
  openPool,
  sql,
  type Changes,
  type Fleet,
  type FleetFailures,
  type FleetPool,
  type Pool,
  type Snapshot,
  type Sql,
  type Transaction,
} from 'ferrolite/pool';
import { expectTypeOf, test } from 'vitest';

interface User {
  id: number;
  name: string;
}
const pool = {} as Pool;
const callers = [pool, {} as FleetPool, {} as Transaction] as const;
const readers = [...callers, {} as Snapshot] as const;

test('calls take a text with parameters, or a template', () => {
  for (const reader of readers) {
    expectTypeOf(reader.all<User>('SELECT 1', [1], { raw: true })).toEqualTypeOf<Promise<User[]>>();
    expectTypeOf(reader.all<User>(sql`SELECT ${1}`, { maxRows: 1 })).toEqualTypeOf<Promise<User[]>>();
    expectTypeOf(reader.get<User>(sql`SELECT 1`)).toEqualTypeOf<Promise<User | undefined>>();
    expectTypeOf(reader.get('SELECT 1')).toEqualTypeOf<Promise<unknown>>();
    expectTypeOf(reader.iterate<User>(sql`SELECT 1`)).toEqualTypeOf<
      AsyncGenerator<User, undefined, undefined>
    >();
    // @ts-expect-error The parameters of a template are in it.
    void reader.all(sql`SELECT ${1}`, [1]);
    // @ts-expect-error What looks like a template is none.
    void reader.all({ sql: 'SELECT 1', values: [] });
  }
  for (const caller of callers) {
    expectTypeOf(caller.run(sql`DELETE FROM t`, { safeIntegers: true })).toEqualTypeOf<Promise<Changes>>();
    expectTypeOf(caller.batch(['SELECT 1', sql`SELECT 1`, ['SELECT ?', [1]]])).toEqualTypeOf<
      Promise<(unknown[] | Changes)[]>
    >();
    void caller.exec(sql`DELETE FROM t`);
  }
});

test('functions are expressions, or JavaScript', () => {
  expectTypeOf(pool.function('f', '?1')).toEqualTypeOf<Pool>();
  expectTypeOf(pool.function('f', { deterministic: true, directOnly: true }, '?1')).toEqualTypeOf<Pool>();
  expectTypeOf(({} as Fleet).function('f', '?1')).toEqualTypeOf<Fleet>();
  expectTypeOf(pool.function('f', (a: number, b: string) => `${a}${b}`)).toEqualTypeOf<Pool>();
  expectTypeOf(
    pool.function('f', { varargs: true, safeIntegers: true }, (...values) => values.length),
  ).toEqualTypeOf<Pool>();
  // @ts-expect-error There is no such option.
  pool.function('f', { varargs: true }, '?1');
});

test('forEach() gives the results by name', () => {
  const fleet = {} as Fleet;
  const counted = fleet.forEach(async (tenant) => tenant.name.length, { concurrency: 2 });
  expectTypeOf(counted).toEqualTypeOf<Promise<Map<string, number>>>();
  expectTypeOf({} as FleetFailures['failures']).toEqualTypeOf<ReadonlyMap<string, unknown>>();
});

test('templates take what SQLite stores', () => {
  const query = sql`${1}${'a'}${2n}${null}${Buffer.from('a')}${new Float64Array(1)}${sql`part`}`;
  expectTypeOf(query).toEqualTypeOf<Sql>();
  expectTypeOf(query.sql).toEqualTypeOf<string>();
  expectTypeOf(query.values).toEqualTypeOf<readonly unknown[]>();
  expectTypeOf(sql.join([1, query], sql` AND `)).toEqualTypeOf<Sql>();
  expectTypeOf(sql.identifier('users', 'id')).toEqualTypeOf<Sql>();
  // @ts-expect-error SQLite has no booleans.
  void sql`${true}`;
  // @ts-expect-error NULL is written null.
  void sql`${undefined}`;
  // @ts-expect-error A list is made by sql.join().
  void sql`${[1]}`;
  // @ts-expect-error A separator is SQL.
  void sql.join([1], ', ');
});

test('pools and fleets take migrations', () => {
  expectTypeOf(openPool).toBeCallableWith('app.db', { migrations: 'migrations' });
  expectTypeOf(openPool).toBeCallableWith('app.db', {
    migrations: { folder: new URL('file:///migrations'), backup: true },
  });
  expectTypeOf(openFleet).toBeCallableWith('tenants', { migrations: { folder: 'm', rehearse: false } });
  // @ts-expect-error A folder is needed.
  openPool('app.db', { migrations: { backup: true } });
});
