import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { absent } from '../fixtures/differences.mts';
import { answerOf } from '../helpers/answer.mts';
import {
  betterSqlite3,
  describeDrivers,
  ferrolite,
  sameAnswer,
  type Database,
  type Driver,
  type RowIterator,
  type Statement,
} from '../helpers/drivers.mts';

const databaseNames = ['name', 'open', 'inTransaction', 'readonly', 'memory'];
const statementNames = ['reader', 'readonly', 'source', 'database', 'busy'];

/** Names and marks of the properties of `owner`, in order. */
function layoutOf(owner: object, without: readonly string[] = []): unknown[] {
  return Reflect.ownKeys(owner)
    .filter((key) => !without.includes(String(key)))
    .map((key) => {
      const { value, get, set, ...marks } = Object.getOwnPropertyDescriptor(owner, key) ?? {};
      return [typeof key === 'symbol' ? 'symbol' : key, typeof value, typeof get, typeof set, marks];
    });
}

describeDrivers('properties of a database', (driver) => {
  it('are five accessors in a fixed order, and a hidden symbol', () => {
    const db = driver.memory();
    expect(Object.keys(db)).toEqual(databaseNames);
    expect(Object.getOwnPropertySymbols(db)).toHaveLength(1);
    expect(JSON.stringify(db)).toBe(
      '{"name":":memory:","open":true,"inTransaction":false,"readonly":false,"memory":true}',
    );
  });

  it('follow the state of the connection', () => {
    const db = driver.onDisk();
    expect([db.open, db.inTransaction, db.readonly, db.memory]).toEqual([true, false, false, false]);
    db.exec('BEGIN');
    expect(db.inTransaction).toBe(true);
    db.exec('SAVEPOINT s; RELEASE s');
    expect(db.inTransaction).toBe(true);
    db.exec('COMMIT; SAVEPOINT s');
    expect(db.inTransaction).toBe(true);
    db.exec('RELEASE s');
    expect(db.inTransaction).toBe(false);
  });

  it('cannot be assigned, users may add their own', () => {
    const db = driver.memory() as unknown as Record<string, unknown>;
    for (const name of databaseNames) expect(() => (db[name] = 1)).toThrow(TypeError);
    db['mine'] = 1;
    expect(Object.keys(db)).toEqual([...databaseNames, 'mine']);
  });

  it('of the constructor are SqliteError alone among the enumerable ones', () => {
    const { Database } = driver;
    expect(Object.keys(Database)).toEqual(['SqliteError']);
    expect([Database.name, Database.length]).toEqual(['Database', 2]);
    const db = driver.memory();
    expect(Object.getPrototypeOf(db)).toBe(Database.prototype);
    expect(db.constructor).toBe(Database);
  });
});

describe('layout', () => {
  it('of a database is the same', () => {
    sameAnswer((driver) => layoutOf(driver.memory()));
    sameAnswer(({ Database }) => layoutOf(Database.prototype, absent.database));
    for (const name of ['length', 'name', 'prototype', 'SqliteError']) {
      sameAnswer(({ Database }) => {
        const { value, ...marks } = Object.getOwnPropertyDescriptor(Database, name) ?? {};
        return [typeof value, marks];
      });
    }
  });

  it('of a statement is the same', () => {
    sameAnswer((driver) => layoutOf(driver.memory().prepare('SELECT 1')));
    sameAnswer((driver) =>
      layoutOf(Object.getPrototypeOf(driver.memory().prepare('SELECT 1')) as object, absent.statement),
    );
  });

  it('of the constructors shows no function beside the prototype', () => {
    const shown = (constructor: object): unknown =>
      Reflect.ownKeys(constructor)
        .map(String)
        .filter((name) => !['arguments', 'caller'].includes(name))
        .toSorted();
    sameAnswer((driver) => {
      const statement = driver.memory().prepare('SELECT 1');
      return [shown(statement.constructor), shown(statement.iterate().constructor)];
    });
  });

  it('of an iterator is the same', () => {
    sameAnswer((driver) => {
      const rows = driver.memory().prepare('SELECT 1').iterate();
      return [layoutOf(rows), layoutOf(Object.getPrototypeOf(rows) as object)];
    });
  });

  it('of functions is the same: names and lengths', () => {
    const functionsOf = (owner: object, without: readonly string[]): unknown[] =>
      Reflect.ownKeys(owner)
        .filter((key) => typeof key === 'string' && !without.includes(key) && key !== 'constructor')
        .map((key) => Reflect.get(owner, key) as unknown)
        .filter((value) => typeof value === 'function')
        .map((value) => [value.name, value.length]);
    sameAnswer(({ Database }) => functionsOf(Database.prototype, absent.database));
    sameAnswer((driver) =>
      functionsOf(Object.getPrototypeOf(driver.memory().prepare('SELECT 1')) as object, absent.statement),
    );
  });

  it('assignments fail with the same message', () => {
    for (const name of databaseNames) {
      sameAnswer((driver) => ((driver.memory() as unknown as Record<string, unknown>)[name] = 1));
    }
  });

  it('assignments to a statement are a TypeError too', () => {
    for (const name of statementNames) {
      const [ours, theirs] = [ferrolite, betterSqlite3].map((driver) =>
        answerOf(
          () => ((driver.memory().prepare('SELECT 1') as unknown as Record<string, unknown>)[name] = 1),
        ),
      );
      expect([ours, theirs]).toMatchObject([
        { threw: { name: 'TypeError' } },
        { threw: { name: 'TypeError' } },
      ]);
    }
  });

  it('objects that stand for a database or a statement answer alike', () => {
    const stands: ((real: object) => object)[] = [
      (real) => new Proxy(real, {}),
      (real) => Object.create(real) as object,
      (real) => ({ ...real }),
      (real) => Object.setPrototypeOf(real, null) as object,
    ];
    for (const stand of stands) {
      for (const name of databaseNames) sameAnswer((driver) => Reflect.get(stand(driver.memory()), name));
      sameAnswer((driver) => (stand(driver.memory()) as Database).prepare('SELECT 1 AS a').get());
      sameAnswer((driver) => (stand(driver.memory()) as Database).exec('SELECT 1').open);
      sameAnswer((driver) => (stand(driver.memory()) as Database).transaction(() => 5)());
      for (const name of ['source', 'busy']) {
        sameAnswer((driver) => Reflect.get(stand(driver.memory().prepare('SELECT 1')), name));
      }
      sameAnswer((driver) => (stand(driver.memory().prepare('SELECT 1')) as Statement).get());
      sameAnswer((driver) => (stand(driver.memory().prepare('SELECT 1').iterate()) as RowIterator).next());
    }
  });

  it('statements may get properties and cannot lose theirs', () => {
    sameAnswer((driver) => {
      const statement = driver.memory().prepare('SELECT 1') as unknown as Record<string, unknown>;
      statement['mine'] = 1;
      return [
        Object.keys(statement),
        Object.isExtensible(statement),
        Reflect.deleteProperty(statement, 'source'),
      ];
    });
  });
});

describe('the console', () => {
  const shown: [string, (driver: Driver) => unknown][] = [
    ['a database', (driver) => driver.memory()],
    ['a closed database', (driver) => driver.memory().close()],
    [
      'a database with a property of the user',
      (driver) => Object.assign(driver.memory(), { mine: { deep: [1] } }),
    ],
    ['a subclass', (driver) => new (class Special extends driver.Database {})(':memory:')],
    ['a database in a transaction', (driver) => driver.memory('BEGIN')],
    ['a statement', (driver) => driver.memory().prepare('SELECT 1')],
    ['an iterator', (driver) => driver.memory().prepare('SELECT 1').iterate()],
    ['a transaction function', (driver) => driver.memory().transaction(() => 1)],
    ['rows', (driver) => driver.memory().prepare("SELECT 1 AS a, 'x' AS b, NULL AS c, x'01' AS d").all()],
    ['raw rows', (driver) => driver.memory().prepare("SELECT 1 AS a, 'x' AS b").raw().all()],
    ['the result of run', (driver) => driver.memory().prepare('SELECT 1').run()],
    ['columns', (driver) => driver.memory().prepare('SELECT 1').columns()],
    ['an error', (driver) => ({ ...new driver.SqliteError('message', 'SQLITE_ERROR') })],
    ['the prototype of an error', (driver) => Object.keys(driver.SqliteError.prototype)],
  ];
  it.each(shown)('shows %s alike', (_, make) => {
    for (const options of [{}, { depth: 0 }, { depth: 5 }])
      sameAnswer((driver) => inspect(make(driver), options));
    sameAnswer((driver) => Object.prototype.toString.call(make(driver)));
  });

  it.each(shown.filter(([name]) => !['a statement', 'a transaction function'].includes(name)))(
    '%s is the same as a text',
    (_, make) => {
      sameAnswer((driver) => String(make(driver)));
    },
  );

  it('shows JSON alike', () => {
    for (const [, make] of shown) sameAnswer((driver) => JSON.stringify(make(driver)));
  });
});

it('the functions of the client are properties that nobody enumerates', () => {
  const names = [
    'getSqlite',
    'getDb',
    'closeDatabase',
    'closeOnSignals',
    'truncateWal',
    'instrumentSqlite',
    'FerroliteError',
  ];
  expect(names.filter((name) => typeof Reflect.get(ferrolite.Database, name) !== 'function')).toEqual([]);
  expect(names.filter((name) => Object.keys(ferrolite.Database).includes(name))).toEqual([]);
});

it('no property has a name by which libraries tell other drivers', () => {
  const telling =
    'createSession fileControl batch connect getConnection createDriver dialect db connection client then';
  const db = ferrolite.memory();
  const objects = [ferrolite.Database, db, db.prepare('SELECT 1'), db.prepare('SELECT 1').iterate()];
  for (const object of objects) expect(telling.split(' ').filter((name) => name in object)).toEqual([]);
});
