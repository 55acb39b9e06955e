import { describe, expectTypeOf, it } from 'vitest';
import Database, {
  type FerroliteError,
  SqliteError,
  closeDatabase,
  closeOnSignals,
  getDb,
  getSqlite,
  instrumentSqlite,
  truncateWal,
  type CheckpointResult,
  type RunResult,
} from 'ferrolite';

describe('Database', () => {
  it('is made with and without new', () => {
    expectTypeOf(new Database('a.db', { readonly: true, timeout: 100 })).toEqualTypeOf<Database.Database>();
    expectTypeOf(Database()).toEqualTypeOf<Database.Database>();
    expectTypeOf<Database.Options>().toHaveProperty('fileMustExist');
  });

  it('refuses wrong arguments', () => {
    // @ts-expect-error a path is a string
    expectTypeOf(new Database(1)).not.toBeAny();
    // @ts-expect-error timeout is a number
    expectTypeOf(new Database('a.db', { timeout: '1' })).not.toBeAny();
    // @ts-expect-error there is no such property
    expectTypeOf(new Database('a.db').nothing).toBeAny();
  });

  it('can be subclassed', () => {
    class Store extends Database {
      label = 'store';
    }
    expectTypeOf(new Store('a.db').label).toBeString();
    expectTypeOf(new Store('a.db').inTransaction).toBeBoolean();
  });
});

describe('Statement', () => {
  const db = new Database(':memory:');

  it('has unknown rows unless they are named', () => {
    const statement = db.prepare('SELECT 1');
    expectTypeOf(statement.get()).toBeUnknown();
    expectTypeOf(statement.all(1, 'two', null)).toEqualTypeOf<unknown[]>();
    expectTypeOf(statement.run({ a: 1 })).toEqualTypeOf<RunResult>();
  });

  it('names its parameters and its rows', () => {
    interface City {
      name: string;
    }
    const statement = db.prepare<[number, string], City>('SELECT name FROM city WHERE id = ? OR name = ?');
    expectTypeOf(statement).toEqualTypeOf<Database.Statement<[number, string], City>>();
    expectTypeOf(statement.get(1, 'x')).toEqualTypeOf<City | undefined>();
    expectTypeOf(statement.iterate(1, 'x')).toEqualTypeOf<IterableIterator<City>>();
    // @ts-expect-error the second parameter is missing
    statement.all(1);
    const named = db.prepare<{ id: number }>('SELECT 1 WHERE 1 = @id');
    expectTypeOf(named.get).parameters.toEqualTypeOf<[{ id: number }]>();
  });

  it('gives itself back from its modifiers', () => {
    const statement = db.prepare<[], number>('SELECT 1');
    expectTypeOf(statement.pluck().raw(false).safeIntegers().bind()).toEqualTypeOf(statement);
    expectTypeOf(statement.columns()[0]!.type).toEqualTypeOf<string | null>();
  });
});

it('a transaction keeps the parameters and the result of its function', () => {
  const insert = new Database(':memory:').transaction((rows: readonly string[]) => rows.length);
  expectTypeOf(insert(['a'])).toBeNumber();
  expectTypeOf(insert.immediate).parameters.toEqualTypeOf<[readonly string[]]>();
  // @ts-expect-error rows are strings
  insert([1]);
});

it('errors have codes', () => {
  expectTypeOf(new SqliteError('message', 'SQLITE_BUSY').code).toBeString();
  expectTypeOf<FerroliteError['code']>().toBeString();
  expectTypeOf(Database.SqliteError).toEqualTypeOf(SqliteError);
});

it('the client opens, truncates, instruments and closes', () => {
  expectTypeOf(getSqlite({ profile: 'readHeavy', busyTimeoutMs: 10 })).toEqualTypeOf<Database.Database>();
  expectTypeOf(getDb('a.db')).toEqualTypeOf<Database.Database>();
  // @ts-expect-error there is no such profile
  getSqlite({ profile: 'fast' });
  expectTypeOf(truncateWal()).toEqualTypeOf<Promise<CheckpointResult>>();
  expectTypeOf(instrumentSqlite('read', () => 1)).toBeNumber();
  expectTypeOf(instrumentSqlite('read', async () => 'x')).toEqualTypeOf<Promise<string>>();
  expectTypeOf(closeOnSignals()).toEqualTypeOf<() => void>();
  expectTypeOf(closeDatabase()).toBeVoid();
});
