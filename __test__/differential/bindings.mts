/** How arguments become parameters: names, numbers, lists, objects, and what is left over. */
import { attempt } from '../helpers/answer.mts';
import type { Database } from '../helpers/driver.mts';
import type { CaseBody, Cases } from './harness/case.mts';

const statements = [
  'SELECT 1',
  'SELECT ?',
  'SELECT ?, ?',
  'SELECT ?, ?, ?',
  'SELECT :a',
  'SELECT :a, :b',
  'SELECT @a, $a, :a',
  'SELECT ?, :a',
  'SELECT :a, ?, :b, ?',
  'SELECT ?1',
  'SELECT ?2, ?1',
  'SELECT ?1, ?1',
  'SELECT ?3',
  'SELECT ?, ?3, ?',
  'SELECT ?2, :a, ?',
  'SELECT :1, :2',
  'SELECT :größe',
  'SELECT :a, :A',
  'SELECT :constructor, :toString',
];

class Row {
  a = 'from a class';
}
const nullPrototype: unknown = Object.assign(Object.create(null), { a: 'null prototype', b: 'b' });

const argumentLists: Record<string, unknown[]> = {
  nothing: [],
  one: [1n],
  two: [1n, 2n],
  three: [1n, 2n, 3n],
  undefined: [undefined],
  null: [null],
  'an empty array': [[]],
  'an array of one': [[1n]],
  'an array of two': [[1n, 2n]],
  'two arrays': [[1n], [2n]],
  'an array and a value': [[1n], 2n],
  'a value and an array': [1n, [2n]],
  'a nested array': [[[1n]]],
  'a sparse array': [Array.from({ length: 2 })],
  'an empty object': [{}],
  'an object with a': [{ a: 'a' }],
  'an object with a and b': [{ a: 'a', b: 'b' }],
  'an object with more than asked for': [{ a: 'a', b: 'b', c: {}, d: 'd' }],
  'an object with prefixes': [{ ':a': 1n, '@a': 2n, $a: 3n }],
  'an object with numbers': [{ 1: 'one', 2: 'two', 3: 'three' }],
  'an object with odd names': [{ größe: 1n, A: 2n, constructor: 3n, toString: 4n, a: 5n }],
  'an object with undefined': [{ a: undefined, b: null }],
  'two objects': [{ a: 'a' }, { b: 'b' }],
  'two empty objects': [{}, {}],
  'a value and an object': [1n, { a: 'a', b: 'b' }],
  'an object and a value': [{ a: 'a', b: 'b' }, 1n],
  'values around an object': [1n, { a: 'a', b: 'b' }, 2n],
  'an array and an object': [[1n, 2n], { a: 'a', b: 'b' }],
  'an object in an array': [[{ a: 'a' }]],
  'an object without prototype': [nullPrototype],
  'an instance of a class': [new Row()],
  'an object that inherits a': [Object.create({ a: 'inherited' })],
  'a Date': [new Date(0)],
  'a Map': [new Map([['a', 1]])],
  'a boxed text': [Object('x')],
  'a function': [Object.assign(() => 1, { a: 1n })],
  'a proxy of an object': [new Proxy({ a: 'proxied', b: 'b' }, {})],
  'a Buffer': [Buffer.from('ab')],
  'a Buffer and an object': [Buffer.from('ab'), { a: 'a', b: 'b' }],
  'a frozen object': [Object.freeze({ a: 'frozen', b: 'b' })],
  'an arguments object': [
    (
      function args(this: void) {
        return arguments;
      } as (...given: unknown[]) => unknown
    )(1n),
  ],
  'a boolean': [true],
  'a symbol': [Symbol('s')],
  'too large a bigint': [2n ** 64n],
  'an object with a wrong value': [{ a: true, b: 1n }],
  'an object with an array': [{ a: [1n], b: 1n }],
};

const matrix: Cases = Object.fromEntries(
  statements.flatMap((sql) =>
    Object.entries(argumentLists).map(([name, args]): [string, CaseBody] => [
      `${sql} with ${name}`,
      ({ memory }) => {
        const db = memory();
        return [
          attempt(() =>
            db
              .prepare(sql)
              .raw()
              .get(...args),
          ),
          attempt(() =>
            db
              .prepare(sql)
              .raw()
              .bind(...args)
              .get(),
          ),
        ];
      },
    ]),
  ),
);

const inMemory =
  (body: (db: Database) => unknown): CaseBody =>
  ({ memory }) =>
    body(memory('CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2)'));

/** A proxy that writes down what is asked of it. */
function watched(target: object, log: string[]): object {
  return new Proxy(target, {
    get: (from, key, receiver) => {
      log.push(`get ${String(key)}`);
      return Reflect.get(from, key, receiver) as unknown;
    },
    has: (from, key) => {
      log.push(`has ${String(key)}`);
      return Reflect.has(from, key);
    },
    getOwnPropertyDescriptor: (from, key) => {
      log.push(`own ${String(key)}`);
      return Reflect.getOwnPropertyDescriptor(from, key);
    },
    getPrototypeOf: (from) => {
      log.push('prototype');
      return Reflect.getPrototypeOf(from);
    },
    ownKeys: (from) => {
      log.push('keys');
      return Reflect.ownKeys(from);
    },
  });
}

const particular: Cases = {
  'getters run in the order of the parameters': inMemory((db) => {
    const log: string[] = [];
    const object = {
      get b() {
        log.push('b');
        return 2n;
      },
      get a() {
        log.push('a');
        return 1n;
      },
    };
    return [db.prepare('SELECT :a, :b').raw().get(object), log];
  }),
  'what is asked of a proxy': inMemory((db) => {
    const log: string[] = [];
    return [
      db
        .prepare('SELECT :a, @a, :b')
        .raw()
        .get(watched({ a: 1n, b: 2n }, log)),
      log,
    ];
  }),
  'what is asked of a proxy without a name': inMemory((db) => {
    const log: string[] = [];
    return [
      attempt(() =>
        db
          .prepare('SELECT :a, :b')
          .raw()
          .get(watched({ a: 1n }, log)),
      ),
      log,
    ];
  }),
  'a proxy that throws': inMemory((db) => {
    const thrower = new Proxy(
      {},
      {
        getOwnPropertyDescriptor() {
          throw new RangeError('from the proxy');
        },
      },
    );
    return db.prepare('SELECT :a').get(thrower);
  }),
  'values are converted before a later getter throws': inMemory((db) => {
    const object = {
      a: true,
      get b() {
        throw new RangeError('from the getter');
      },
    };
    return attempt(() => db.prepare('SELECT :a, :b').get(object));
  }),
  'parameters are unbound after an execution': inMemory((db) => {
    const statement = db.prepare('SELECT :a, :b').raw();
    return [
      statement.get({ a: 1n, b: 2n }),
      attempt(() => statement.get()),
      attempt(() => statement.get({ a: 3n })),
    ];
  }),
  'parameters are unbound after an error': inMemory((db) => {
    const statement = db.prepare('SELECT abs(?), ?').raw();
    return [attempt(() => statement.get(-(2n ** 63n), 1n)), statement.get(-5n, null)];
  }),
  'bind() twice': inMemory((db) => {
    const statement = db.prepare('SELECT ? AS a').bind(1n);
    return [
      attempt(() => statement.bind(2n)),
      attempt(() => statement.get(3n)),
      statement.get(),
      statement.all(),
    ];
  }),
  'bind() of nothing, twice': inMemory((db) => {
    const statement = db.prepare('SELECT 1 AS a').bind();
    return [
      attempt(() => statement.bind()),
      statement.get(),
      attempt(() => statement.get({})),
      attempt(() => statement.get([])),
    ];
  }),
  'bind() after a failed bind()': inMemory((db) => {
    const statement = db.prepare('SELECT ? AS a, ? AS b');
    return [
      attempt(() => statement.bind(1n)),
      attempt(() => statement.bind(1n, true)),
      statement.bind(1n, 2n).get(),
    ];
  }),
  'bind() after an execution': inMemory((db) => {
    const statement = db.prepare('SELECT ? AS a');
    return [statement.get(1n), statement.bind(2n).get(), statement.get()];
  }),
  'bind() copies': inMemory((db) => {
    const blob = Buffer.from([1, 2]);
    const object = { b: 'first' };
    const statement = db.prepare('SELECT hex(?) AS a, :b AS b').bind(blob, object);
    blob.fill(9);
    object.b = 'second';
    return statement.get();
  }),
  'bind() returns the statement': inMemory((db) => {
    const statement = db.prepare('SELECT 1');
    return statement.bind() === statement;
  }),
  'bind() of a writing statement': inMemory((db) => {
    const insert = db.prepare('INSERT INTO t VALUES (?, ?)').bind(5n, 'x');
    return [insert.run(), insert.run(), attempt(() => insert.run(1, 2)), db.prepare('SELECT * FROM t').all()];
  }),
  'numbers are real': inMemory((db) => [
    db.prepare('SELECT typeof(?), ? / 2, ? || 1').raw().get(5, 5, 5),
    attempt(() => db.prepare('SELECT * FROM t LIMIT ?').all(1.5)),
    attempt(() => db.prepare('SELECT * FROM t LIMIT ?').all(1)),
    db.prepare('SELECT * FROM t WHERE a = ?').all(1),
    db.prepare('SELECT ? IS 1').pluck().get(1),
  ]),
  'as many parameters as SQLite allows': inMemory((db) =>
    [32_766, 32_767].map((count) =>
      attempt(() => {
        const marks = Array.from({ length: count }, () => '?').join();
        const values = Array.from({ length: count }, (_, index) => BigInt(index));
        return db.prepare(`SELECT 5 IN (${marks})`).pluck().get(values);
      }),
    ),
  ),
  'a number above the limit': inMemory((db) => [
    attempt(() => db.prepare('SELECT ?32766').reader),
    attempt(() => db.prepare('SELECT ?32767')),
    attempt(() => db.prepare('SELECT ?0')),
  ]),
  'names of TCL': inMemory((db) => attempt(() => db.prepare('SELECT $a::b(c)').get({ 'a::b(c)': 1 }))),
  'a prefix alone': inMemory((db) =>
    [':', '@', '$'].map((prefix) => attempt(() => db.prepare(`SELECT ${prefix}`))),
  ),
  'arguments that change while they are read': inMemory((db) => {
    const list: unknown[] = [1n, 2n, 3n];
    Object.defineProperty(list, 0, {
      get() {
        list.length = 2;
        return 'first';
      },
    });
    return attempt(() => db.prepare('SELECT ?, ?').raw().get(list));
  }),
  'toJSON, valueOf and toString are not called': inMemory((db) => {
    const value = {
      toJSON: () => 1,
      valueOf: () => 2,
      toString: () => 'three',
    };
    return [
      attempt(() => db.prepare('SELECT ?').get([value])),
      attempt(() => db.prepare('SELECT :a').get({ a: value })),
    ];
  }),
  'all methods read parameters alike': inMemory((db) =>
    (['get', 'all', 'run', 'iterate', 'bind'] as const).map((method) => {
      const statement = db.prepare('SELECT ? AS a, :b AS b').raw();
      return [[], [1n], [1n, { b: 2n }], [1n, 2n, { b: 3n }], [{ b: 1n }], [true, { b: 1n }]].map((args) =>
        attempt(() => {
          const result = statement[method](...args);
          return method === 'iterate'
            ? [...(result as Iterable<unknown>)]
            : method === 'bind'
              ? 'bound'
              : result;
        }),
      );
    }),
  ),
};

export const cases: Cases = { ...matrix, ...particular };
