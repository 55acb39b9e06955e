/** The database and statements as JavaScript objects. */
import { inspect } from 'node:util';
import { attempt } from '../helpers/answer.mts';
import type { Database } from '../helpers/driver.mts';
import type { CaseBody, CaseDriver, Cases } from './harness/case.mts';

const describeKeys = (object: object): unknown =>
  Reflect.ownKeys(object).map((key) => {
    const { get, set, value, writable, enumerable, configurable } =
      Object.getOwnPropertyDescriptor(object, key) ?? {};
    const kind = get === undefined ? typeof value : 'getter';
    return [
      typeof key === 'symbol' ? 'a symbol' : key,
      kind,
      set !== undefined,
      writable,
      enumerable,
      configurable,
    ];
  });

/** Names, lengths and attributes of everything on a prototype. */
const describePrototype = (prototype: object): unknown =>
  Reflect.ownKeys(prototype)
    .filter((key) => key !== 'constructor' && typeof key === 'string')
    .map((key) => {
      const { value, writable, enumerable, configurable } =
        Object.getOwnPropertyDescriptor(prototype, key) ?? {};
      const isMethod = typeof value === 'function';
      return [
        String(key),
        isMethod ? (value as () => unknown).name : typeof value,
        writable,
        enumerable,
        configurable,
      ];
    });

const databaseMethods = [
  'prepare',
  'transaction',
  'pragma',
  'explain',
  'backup',
  'serialize',
  'function',
  'aggregate',
  'table',
  'loadExtension',
  'exec',
  'close',
  'defaultSafeIntegers',
  'unsafeMode',
];
const statementMethods = [
  'run',
  'get',
  'all',
  'iterate',
  'bind',
  'pluck',
  'expand',
  'raw',
  'safeIntegers',
  'columns',
  'toString',
];

const call = (target: object, name: string, receiver: unknown, ...args: unknown[]): unknown =>
  (Reflect.get(target, name) as (...given: unknown[]) => unknown).apply(receiver, args);

const inMemory =
  (body: (db: Database, driver: CaseDriver) => unknown): CaseBody =>
  (driver) =>
    body(driver.memory(), driver);

export const cases: Cases = {
  'own properties of a database': inMemory((db) => describeKeys(db)),
  'own properties of a closed database': inMemory((db) => describeKeys(db.close())),
  'own properties of a statement': inMemory((db) => describeKeys(db.prepare('SELECT 1'))),
  'the prototype of databases': ({ Database }) => describePrototype(Database.prototype),
  'the prototype of statements': inMemory((db) =>
    describePrototype(Object.getPrototypeOf(db.prepare('SELECT 1')) as object),
  ),
  'keys of prototypes': inMemory((db, { Database }) => [
    Object.keys(Database.prototype),
    Object.keys(Object.getPrototypeOf(db.prepare('SELECT 1')) as object),
    Object.getOwnPropertySymbols(Database.prototype).map(String),
  ]),
  'the constructor': ({ Database, SqliteError }) => [
    typeof Database,
    Database.name,
    Database.length,
    (Database as { SqliteError: unknown }).SqliteError === SqliteError,
    Object.getOwnPropertyDescriptor(Database, 'SqliteError'),
    Object.getOwnPropertyDescriptor(Database, 'prototype')?.writable,
    Database.prototype.constructor === Database,
  ],
  enumeration: inMemory((db) => {
    const seen: string[] = [];
    for (const key in db) seen.push(key);
    return [seen, Object.keys(db), Object.entries(db), { ...db }, JSON.stringify(db)];
  }),
  'enumeration of a statement': inMemory((db) => {
    const statement = db.prepare('SELECT 1 AS a');
    const seen: string[] = [];
    for (const key in statement) seen.push(key);
    return [seen, Object.keys(statement), JSON.stringify(statement)];
  }),
  assignment: inMemory((db) =>
    ['name', 'open', 'inTransaction', 'readonly', 'memory'].map((key) => [
      key,
      Reflect.set(db, key, 'changed'),
      Reflect.deleteProperty(db, key),
      Reflect.defineProperty(db, key, { value: 1 }),
      Reflect.get(db, key),
    ]),
  ),
  'assignment to a statement': inMemory((db) => {
    const statement = db.prepare('SELECT 1');
    return ['reader', 'readonly', 'source', 'database', 'busy'].map((key) => [
      key,
      Reflect.set(statement, key, 'changed'),
      Reflect.deleteProperty(statement, key),
      Reflect.get(statement, key) === db ? 'the database' : Reflect.get(statement, key),
    ]);
  }),
  'properties of users': inMemory((db) => {
    const own = db as Database & { mine?: unknown; [key: symbol]: unknown };
    own.mine = 5;
    own[Symbol.for('mine')] = 6;
    const statement = Object.assign(db.prepare('SELECT 1 AS a'), { mine: 7 });
    return [own.mine, own[Symbol.for('mine')], statement.mine, Object.keys(own), statement.get()];
  }),
  'a frozen database': inMemory((db) => {
    const frozen = attempt(() => Object.isFrozen(Object.freeze(db)));
    return [
      frozen,
      attempt(() => db.prepare('SELECT 1 AS a').get()),
      attempt(() => db.transaction(() => 5)()),
      attempt(() => db.close().open),
    ];
  }),
  'a frozen statement': inMemory((db) => {
    const statement = db.prepare('SELECT 1 AS a');
    return [
      attempt(() => Object.isFrozen(Object.freeze(statement))),
      attempt(() => statement.raw().get()),
      attempt(() => statement.bind().all()),
    ];
  }),
  'properties after closing': inMemory((db) => {
    db.exec('BEGIN').close();
    return [db.name, db.open, db.inTransaction, db.readonly, db.memory];
  }),
  inTransaction: inMemory((db) => {
    const seen = [db.inTransaction];
    for (const sql of ['BEGIN', 'COMMIT', 'BEGIN', 'ROLLBACK', 'SAVEPOINT s', 'RELEASE s', 'BEGIN'])
      seen.push(db.exec(sql).inTransaction);
    return seen;
  }),
  'inspection of a database': inMemory((db) => [
    inspect(db),
    inspect(db, { compact: true, breakLength: Infinity }),
    inspect({ db }, { depth: 0 }),
  ]),
  'inspection of a closed database': inMemory((db) => inspect(db.close())),
  'inspection of a subclass': ({ Database }) => {
    class Sub extends Database {
      extra = 5;
    }
    return inspect(new Sub(':memory:'));
  },
  'inspection with properties of users': inMemory((db) =>
    inspect(Object.assign(db, { mine: { a: 1 }, [Symbol('mine')]: 2 })),
  ),
  'inspection of a statement': inMemory((db) => inspect(db.prepare('SELECT 1'))),
  'inspection of a statement with properties of users': inMemory((db) =>
    inspect(Object.assign(db.prepare('SELECT 1'), { mine: 1 }), { depth: 0 }),
  ),
  'inspection of a row': inMemory((db) => [
    inspect(db.prepare("SELECT 1 AS a, x'00' AS b").get()),
    inspect(db.prepare('SELECT 1 AS a').expand().get()),
  ]),
  'inspection of a result': inMemory((db) => inspect(db.prepare('SELECT 1').run())),
  'text of objects': inMemory((db) => [
    String(db),
    Object.prototype.toString.call(db),
    Object.prototype.toString.call(db.prepare('SELECT 1')),
    Symbol.toStringTag in db,
  ]),
  instanceof: inMemory((db, { Database }) => {
    const [one, other] = [db.prepare('SELECT 1'), db.prepare('SELECT 2')];
    return [
      db instanceof Database,
      db.constructor === Database,
      one.constructor === other.constructor,
      one.constructor.name,
      one instanceof one.constructor,
    ];
  }),
  'statements are made by prepare() alone': inMemory((db) => {
    const Statement = db.prepare('SELECT 1').constructor as new (...args: unknown[]) => unknown;
    return [attempt(() => new Statement()), attempt(() => new Statement(db, 'SELECT 1')), Statement.length];
  }),
  ...Object.fromEntries(
    databaseMethods.map((name): [string, CaseBody] => [
      `${name}() of a copy of the database`,
      inMemory((db) => attempt(() => Object.create(db) instanceof db.constructor)),
    ]),
  ),
  ...Object.fromEntries(
    statementMethods.map((name): [string, CaseBody] => [
      `${name}() of another receiver`,
      inMemory((db) => {
        const statement = db.prepare('SELECT 1');
        return [{}, null, undefined, 5, 'text', db, Object.create(statement), new Proxy(statement, {})].map(
          (receiver) => {
            return attempt(() => call(statement, name, receiver));
          },
        );
      }),
    ]),
  ),
  'a subclass as the receiver of inherited methods': ({ Database }) => {
    class Sub extends Database {}
    const db = new Sub(':memory:');
    return databaseMethods.map((name) => [
      name,
      Reflect.get(db, name) === Reflect.get(Database.prototype, name),
    ]);
  },
  'methods that are replaced': ({ Database }) => {
    const calls: string[] = [];
    class Logged extends Database {
      override prepare(...args: unknown[]): ReturnType<Database['prepare']> {
        calls.push(`prepare ${String(args[0])}`);
        return super.prepare(...args);
      }
      override exec(...args: unknown[]): this {
        calls.push('exec');
        return super.exec(...args);
      }
    }
    const db = new Logged(':memory:');
    db.pragma('user_version');
    db.explain('SELECT 1');
    db.transaction(() => db.prepare('SELECT 1').get())();
    return calls;
  },
  'statements know the object that made them': ({ Database }) => {
    class Sub extends Database {}
    const db = new Sub(':memory:');
    return [db.prepare('SELECT 1').database === db, db.transaction(() => 1).database === db];
  },
  chains: inMemory((db) => {
    const statement = db.prepare('SELECT 1 AS a');
    return [
      db.exec('SELECT 1') === db,
      db.function('f', () => 1) === db,
      db.aggregate('g', { step: () => 1 }) === db,
      db.table('h', () => ({})) === db,
      db.defaultSafeIntegers(false) === db,
      db.unsafeMode(false) === db,
      statement.raw() === statement,
      statement.pluck() === statement,
      statement.expand() === statement,
      statement.safeIntegers() === statement,
      statement.bind() === statement,
      db.close() === db,
    ];
  }),
  'results of run() are fresh plain objects': inMemory((db) => {
    const statement = db.exec('CREATE TABLE t (a)').prepare('INSERT INTO t VALUES (1)');
    const [one, other] = [statement.run(), statement.run()];
    return [one, one === other, Object.getPrototypeOf(one) === Object.prototype, Object.isFrozen(one)];
  }),
  'structured clones': inMemory((db) => {
    const statement = db.prepare('SELECT 1');
    const name = (fn: () => unknown): unknown => {
      try {
        return Object.keys(fn() as object);
      } catch (error) {
        return (error as Error).name;
      }
    };
    const rows = statement.iterate();
    const answers = [
      name(() => structuredClone(db)),
      name(() => structuredClone(statement)),
      name(() => structuredClone(rows)),
    ];
    rows.return();
    return answers;
  }),
};
