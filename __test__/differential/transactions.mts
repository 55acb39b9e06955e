/** Transaction functions. */
import { attempt } from '../helpers/answer.mts';
import type { Database, Transaction } from '../helpers/driver.mts';
import type { CaseBody, Cases } from './harness/case.mts';

const variants = ['default', 'deferred', 'immediate', 'exclusive'] as const;
const SCHEMA =
  'CREATE TABLE t (a UNIQUE); CREATE TABLE p (id PRIMARY KEY); CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED)';

const onTable =
  (body: (db: Database) => unknown): CaseBody =>
  ({ memory }) => {
    const db = memory(SCHEMA);
    return [
      attempt(() => body(db)),
      db.inTransaction,
      attempt(() => db.prepare('SELECT a FROM t').pluck().all()),
    ];
  };

const insert = (db: Database, ...values: unknown[]): unknown =>
  values.map((value) => db.prepare('INSERT INTO t VALUES (?)').run(value));

/** What a transaction function does, besides inserting a row. */
const bodies: Record<string, (db: Database) => unknown> = {
  returns: () => 'returned',
  'returns a promise': async () => 1,
  'returns a thenable': () => ({ then: () => 1 }),
  'returns an object whose then is no function': () => ({ then: 5 }),
  'returns a function with then': () => Object.assign(() => 1, { then: () => 1 }),
  throws: () => {
    throw new RangeError('thrown');
  },
  'throws undefined': () => {
    throw undefined;
  },
  'breaks a constraint': (db) => insert(db, 'twice', 'twice'),
  'breaks a constraint and goes on': (db) => [
    insert(db, 'once'),
    attempt(() => insert(db, 'once')),
    insert(db, 'more'),
  ],
  'breaks a deferred constraint': (db) => db.exec('INSERT INTO c VALUES (1)').inTransaction,
  'commits itself': (db) => db.exec('COMMIT').inTransaction,
  'rolls back itself': (db) => db.exec('ROLLBACK').inTransaction,
  'rolls back itself and throws': (db) => {
    db.exec('ROLLBACK');
    throw new RangeError('thrown');
  },
  'commits itself and throws': (db) => {
    db.exec('COMMIT');
    throw new RangeError('thrown');
  },
  'commits and begins again': (db) => db.exec('COMMIT; BEGIN').inTransaction,
  'makes a savepoint and leaves it': (db) =>
    db.exec("SAVEPOINT s; INSERT INTO t VALUES ('in s')").inTransaction,
  'rolls back by a constraint': (db) =>
    attempt(() => db.exec("INSERT OR ROLLBACK INTO t VALUES ('x'), ('x')")),
  'fails by a constraint that rolls back': (db) => db.exec("INSERT OR ROLLBACK INTO t VALUES ('x'), ('x')"),
  'raises a rollback in a trigger': (db) => {
    db.exec(
      "CREATE TEMP TRIGGER r BEFORE INSERT ON t WHEN new.a = 'bad' BEGIN SELECT RAISE(ROLLBACK, 'raised'); END",
    );
    return insert(db, 'bad');
  },
  reads: (db) => db.prepare('SELECT count(*) FROM t').pluck().get(),
  begins: (db) => db.exec('BEGIN'),
  closes: (db) => db.close().open,
  prepares: (db) => db.prepare('SELECT 1').get(),
  'changes the schema': (db) => db.exec('CREATE TABLE made (a); DROP TABLE made').open,
  'switches foreign keys': (db) => db.pragma('foreign_keys = OFF'),
  vacuums: (db) => db.exec('VACUUM'),
  attaches: (db) => db.exec("ATTACH ':memory:' AS other").open,
  'iterates to the end': (db) => [...db.prepare('SELECT a FROM t').iterate()],
};

const matrix: Cases = Object.fromEntries(
  Object.entries(bodies).flatMap(([name, body]) => [
    ...variants.map((variant): [string, CaseBody] => [
      `${variant}: the function ${name}`,
      onTable((db) => db.transaction(() => [insert(db, 1), body(db)])[variant]()),
    ]),
    [
      `nested: the function ${name}`,
      onTable((db) => {
        const inner = db.transaction(() => [insert(db, 1), body(db)]);
        return db.transaction(() => [
          insert(db, 0),
          attempt(() => inner()),
          db.inTransaction,
          insert(db, 9),
        ])();
      }),
    ] as [string, CaseBody],
    [
      `in a manual transaction: the function ${name}`,
      onTable((db) => {
        db.exec('BEGIN');
        insert(db, 0);
        const answer = attempt(() => db.transaction(() => [insert(db, 1), body(db)])());
        return [answer, db.inTransaction, attempt(() => db.exec('COMMIT').inTransaction)];
      }),
    ] as [string, CaseBody],
  ]),
);

const shape = (transaction: Transaction): unknown =>
  Reflect.ownKeys(transaction)
    .map(String)
    .toSorted()
    .map((key) => {
      const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(transaction, key) ?? {};
      return [key, writable, enumerable, configurable];
    });

const particular: Cases = {
  'what it is': onTable((db) => {
    const transaction = db.transaction((a: unknown, b: unknown) => [a, b]);
    return [
      transaction.name,
      transaction.length,
      shape(transaction),
      transaction.default === transaction,
      transaction.deferred.immediate === transaction.immediate,
      variants.map((variant) => [
        transaction[variant].name,
        transaction[variant].length,
        shape(transaction[variant]),
      ]),
      transaction.database === db,
      'run' in transaction,
      Object.getPrototypeOf(transaction) === Function.prototype,
    ];
  }),
  'properties cannot be replaced': onTable((db) => {
    const transaction = db.transaction(() => 1);
    return [...variants, 'database'].map((name) => [
      name,
      attempt(() => Reflect.set(transaction, name, 5)),
      attempt(() => Reflect.deleteProperty(transaction, name)),
    ]);
  }),
  new: onTable((db) => {
    const made = new (
      db.transaction(function make(this: object) {
        return { made: db.inTransaction };
      }) as unknown as new () => unknown
    )();
    return made;
  }),
  'this and arguments': onTable((db) => {
    const transaction = db.transaction(function run(this: unknown, ...args: unknown[]) {
      return [this, args];
    });
    return [
      transaction.call('this', 1, 2),
      transaction.immediate.apply(null, [3]),
      Reflect.apply(transaction, undefined, []),
      { transaction }.transaction(4),
    ].map((answer) => {
      const [receiver, args] = answer as [unknown, unknown[]];
      return [
        typeof receiver,
        receiver === undefined || receiver === null ? receiver : typeof receiver,
        args,
      ];
    });
  }),
  'a function that is made anew for each call': onTable((db) => [
    db.transaction(() => 1)(),
    db.transaction(() => 2)(),
    db.transaction(() => db.transaction(() => 3)())(),
  ]),
  'a function of another database': ({ memory }) => {
    const [one, other] = [memory(SCHEMA), memory(SCHEMA)];
    return one.transaction(() => [
      one.inTransaction,
      other.inTransaction,
      other.transaction(() => other.inTransaction)(),
    ])();
  },
  recursion: onTable((db) => {
    const countdown = db.transaction((n: number): unknown =>
      n === 0 ? db.inTransaction : [insert(db, n), countdown(n - 1)],
    );
    return countdown(5);
  }),
  'recursion that fails at its bottom': onTable((db) => {
    const countdown = db.transaction((n: number): unknown => {
      insert(db, n);
      if (n === 0) throw new RangeError('bottom');
      return n === 2 ? attempt(() => countdown(n - 1)) : countdown(n - 1);
    });
    return countdown(4);
  }),
  'a variant inside of another': onTable((db) => {
    const run = db.transaction(() => db.inTransaction);
    return variants.map((outer) => db.transaction(() => variants.map((inner) => run[inner]()))[outer]());
  }),
  'async function: its synchronous part is undone': async ({ memory }) => {
    const db = memory(SCHEMA);
    let rest: unknown = 'not run';
    const run = db.transaction(async () => {
      insert(db, 1);
      await null;
      rest = db.inTransaction;
    });
    const answer = attempt(() => run());
    await null;
    await null;
    return [answer, rest, db.prepare('SELECT a FROM t').all()];
  },
  'a generator function': onTable((db) => {
    const rows = db.transaction(function* run() {
      yield insert(db, 1);
    })() as Generator;
    return [db.inTransaction, rows.next(), db.inTransaction];
  }),
  'creation when closed': ({ memory }) => {
    const [fresh, used] = [memory(), memory()];
    used.transaction(() => 1);
    fresh.close();
    used.close();
    return [
      attempt(() => fresh.transaction(() => 1)),
      attempt(() => typeof used.transaction(() => 1)),
      attempt(() => used.transaction(() => 1)()),
    ];
  },
  'locks that each variant takes': ({ Database, path }) =>
    variants.map((variant) => {
      const file = path();
      const one = new Database(file, { timeout: 0 }).exec('CREATE TABLE t (a)');
      const other = new Database(file, { timeout: 0 });
      return [
        variant,
        attempt(() =>
          Reflect.apply(
            one.transaction(() => [
              attempt(() => other.prepare('SELECT * FROM t').all()),
              attempt(() => other.exec('INSERT INTO t VALUES (1)').open),
            ])[variant],
            undefined,
            [],
          ),
        ),
      ];
    }),
  'a lock that another holds': ({ Database, path }) =>
    variants.map((variant) => {
      const file = path();
      const one = new Database(file, { timeout: 0 }).exec('CREATE TABLE t (a)');
      const other = new Database(file, { timeout: 0 }).exec('BEGIN IMMEDIATE');
      let runs = 0;
      const run = one.transaction(() => {
        runs += 1;
        return one.prepare('INSERT INTO t VALUES (1)').run();
      });
      const answer = attempt(() => run[variant]());
      other.exec('COMMIT');
      return [variant, answer, runs, one.inTransaction, attempt(() => run[variant]())];
    }),
  'statements that are made before, inside and after': onTable((db) => {
    const before = db.prepare('SELECT count(*) FROM t').pluck();
    let inside = before;
    db.transaction(() => {
      insert(db, 1, 2);
      inside = db.prepare('SELECT max(a) FROM t').pluck();
      return before.get();
    })();
    return [before.get(), inside.get()];
  }),
  'read-only databases': ({ Database, path }) => {
    const file = path();
    new Database(file).exec('CREATE TABLE t (a)').close();
    const db = new Database(file, { readonly: true });
    return variants.map((variant) => [
      attempt(() => db.transaction(() => db.prepare('SELECT * FROM t').all())[variant]()),
      db.inTransaction,
    ]);
  },
};

export const cases: Cases = { ...matrix, ...particular };
