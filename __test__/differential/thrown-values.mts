/** What callbacks throw comes out as it is, whatever it is, and leaves nothing behind. */
import { attempt, attemptAsync } from '../helpers/answer.mts';
import type { Database } from '../helpers/driver.mts';
import type { CaseBody, Cases } from './harness/case.mts';
import { thrownValues } from './harness/values.mts';

const THREE = '(VALUES (1), (2), (3))';

/** Registers a callback that throws when `throws` says so, and names the SQL that calls it. */
type Place = (db: Database, raise: () => unknown) => string;

const aggregateThat = (part: string, sql: string): Place =>
  function place(db, raise) {
    db.aggregate('f', {
      start: () => (part === 'start' ? raise() : 0),
      step: (sum: number, next: number) => (part === 'step' ? raise() : sum + next),
      inverse: (sum: number, next: number) => (part === 'inverse' ? raise() : sum - next),
      result: (sum: number) => (part === 'result' ? raise() : sum),
    });
    return sql;
  };
const AGGREGATE = `SELECT f(column1) FROM ${THREE}`;
const WINDOW = `SELECT f(column1) OVER (ORDER BY column1 ROWS 1 PRECEDING) FROM ${THREE}`;

const places: Record<string, Place> = {
  'a function': (db, raise) => {
    db.function('f', raise);
    return 'SELECT f()';
  },
  'a function, at its second call': (db, raise) => {
    let calls = 0;
    db.function('f', (value: unknown) => {
      calls += 1;
      return calls === 2 ? raise() : value;
    });
    return `SELECT f(column1) FROM ${THREE}`;
  },
  'a function in a trigger': (db, raise) => {
    db.function('f', raise);
    db.exec('CREATE TABLE s (a); CREATE TRIGGER r AFTER INSERT ON s BEGIN SELECT f(); END');
    return 'INSERT INTO s VALUES (1) RETURNING a';
  },
  'a function in a writing statement': (db, raise) => {
    db.function('f', raise);
    return `INSERT INTO t SELECT f() FROM ${THREE} RETURNING a`;
  },
  start: aggregateThat('start', AGGREGATE),
  step: aggregateThat('step', AGGREGATE),
  result: aggregateThat('result', AGGREGATE),
  'start of a window': aggregateThat('start', WINDOW),
  'step of a window': aggregateThat('step', WINDOW),
  'inverse of a window': aggregateThat('inverse', WINDOW),
  'result of a window': aggregateThat('result', WINDOW),
  'a generator, at once': (db, raise) => {
    db.table('m', {
      columns: ['a'],
      // oxlint-disable-next-line require-yield -- it throws before
      *rows() {
        raise();
      },
    });
    return 'SELECT a FROM m';
  },
  'a generator, after a row': (db, raise) => {
    db.table('m', {
      columns: ['a'],
      *rows() {
        yield [1];
        raise();
      },
    });
    return 'SELECT a FROM m';
  },
  'a getter of a row': (db, raise) => {
    db.table('m', {
      columns: ['a'],
      *rows() {
        yield Object.defineProperty({}, 'a', { get: raise, enumerable: true });
      },
    });
    return 'SELECT a FROM m';
  },
  'a default parameter of a generator': (db, raise) => {
    db.table('m', {
      columns: ['a'],
      *rows(value = raise()) {
        yield [value];
      },
    });
    return 'SELECT a FROM m';
  },
};

const ways: Record<string, (db: Database, sql: string) => unknown> = {
  get: (db, sql) => db.prepare(sql).get(),
  all: (db, sql) => db.prepare(sql).all(),
  run: (db, sql) => db.prepare(sql).run(),
  iterate: (db, sql) => [...db.prepare(sql).iterate()],
  exec: (db, sql) => db.exec(sql).open,
};

/** Whether what comes out of `fn` is the very value, and what it is instead. */
function identity(thrown: unknown, fn: () => unknown): unknown {
  try {
    return ['returned', fn()];
  } catch (caught) {
    return Object.is(caught, thrown) ? 'the value itself' : ['another value', caught];
  }
}

function raiser(value: unknown): () => never {
  return () => {
    throw value;
  };
}

/** What the connection says afterwards, of its own errors and of successes. */
const afterwards = (db: Database): unknown => [
  db.inTransaction,
  attempt(() => db.prepare('SELECT 1').pluck().get()),
  attempt(() => db.prepare('SELECT abs(-9223372036854775808)').get()),
  attempt(() => db.exec('nonsense')),
  attempt(() => db.prepare('INSERT INTO t VALUES (1)').run()),
  attempt(() => db.prepare('SELECT count(*) FROM t').pluck().get()),
];

const matrix: Cases = Object.fromEntries(
  Object.entries(places).flatMap(([place, register]) =>
    Object.entries(ways).map(([way, run]): [string, CaseBody] => [
      `by ${place}, of ${way}()`,
      ({ memory }) =>
        thrownValues.map(([name, value]) => {
          const db = memory('CREATE TABLE t (a)');
          const sql = register(db, raiser(value));
          return [name, identity(value, () => run(db, sql)), afterwards(db)];
        }),
    ]),
  ),
);

const eachValue = (body: (value: unknown, raise: () => never, db: Database) => unknown): CaseBody => {
  return ({ memory }) =>
    thrownValues.map(([name, value]) => {
      const db = memory('CREATE TABLE t (a)');
      return [name, identity(value, () => body(value, raiser(value), db)), afterwards(db)];
    });
};

const others: Cases = {
  'by a factory': eachValue((_, raise, db) => db.table('m', raise).exec('CREATE VIRTUAL TABLE v USING m')),
  'by a getter of a definition': eachValue((_, raise, db) =>
    db.table('m', Object.defineProperty({ columns: ['a'] }, 'rows', { get: raise })),
  ),
  'by a getter of a parameter': eachValue((_, raise, db) =>
    db.prepare('SELECT :a').get(Object.defineProperty({}, 'a', { get: raise })),
  ),
  'by a getter of an array': eachValue((_, raise, db) =>
    db.prepare('SELECT ?').get(Object.defineProperty([], 0, { get: raise })),
  ),
  'by a getter of options': eachValue((_, raise, db) =>
    db.pragma('user_version', Object.defineProperty({}, 'simple', { get: raise })),
  ),
  'by a transaction function': eachValue((_, raise, db) => db.transaction(raise)()),
  'by a nested transaction function': eachValue((_, raise, db) => {
    const inner = db.transaction(raise);
    return db.transaction(() => {
      db.exec('INSERT INTO t VALUES (5)');
      return inner();
    })();
  }),
  'by a function in a transaction function': eachValue((_, raise, db) => {
    db.function('f', raise);
    return db.transaction(() => {
      db.exec('INSERT INTO t VALUES (5)');
      return db.prepare('SELECT f()').get();
    })();
  }),
  'by a function whose error is caught in a transaction function': eachValue((value, raise, db) => {
    db.function('f', raise);
    return db.transaction(() => {
      db.exec('INSERT INTO t VALUES (5)');
      return identity(value, () => db.prepare('SELECT f()').get());
    })();
  }),
  'in a loop': eachValue((_, raise, db) => {
    for (const row of db.prepare(`SELECT * FROM ${THREE}`).iterate()) raise.call(row);
  }),
  'by verbose': ({ Database }) =>
    thrownValues.map(([name, value]) => {
      const on = { throws: false };
      const db = new Database(':memory:', {
        verbose: () => {
          if (on.throws) throw value;
        },
      }).exec('CREATE TABLE t (a)');
      on.throws = true;
      const tries = [
        identity(value, () => db.prepare('INSERT INTO t VALUES (1)').run()),
        identity(value, () => db.prepare('SELECT 1').get()),
        identity(value, () => db.prepare('SELECT 1').all()),
        identity(value, () => [...db.prepare('SELECT 1').iterate()]),
        identity(value, () => db.exec('INSERT INTO t VALUES (2)')),
        identity(value, () => db.pragma('user_version')),
        identity(value, () => db.explain('SELECT 1')),
        identity(value, () => db.transaction(() => 1)()),
      ];
      on.throws = false;
      return [name, tries, afterwards(db)];
    }),
  'by the progress of a backup': async ({ memory, path }) => {
    const seen: unknown[] = [];
    for (const [name, value] of thrownValues) {
      const db = memory('CREATE TABLE t (a)');
      let caught: unknown = 'nothing';
      try {
        await db.backup(path(), { progress: raiser(value) });
      } catch (error) {
        caught = error;
      }
      seen.push([name, Object.is(caught, value), afterwards(db)]);
    }
    return seen;
  },
  'an error of the driver thrown on': ({ memory, SqliteError }) => {
    const db = memory();
    const own = new SqliteError('mine', 'SQLITE_BUSY');
    db.function('f', raiser(own));
    db.function('g', () => db.prepare('nonsense'));
    db.function('h', () => memory().prepare('nonsense'));
    return [
      identity(own, () => db.prepare('SELECT f()').get()),
      attempt(() => db.prepare('SELECT g()').get()),
      attempt(() => db.prepare('SELECT h()').get()),
    ];
  },
  'an error that is caught in SQL has no way to be seen': ({ memory }) => {
    const db = memory('CREATE TABLE t (a)');
    db.function('f', raiser(new RangeError('thrown')));
    return [
      attempt(() => db.exec('INSERT OR IGNORE INTO t SELECT f()').open),
      attempt(() => db.prepare('SELECT coalesce(f(), 1)').get()),
      attempt(() => db.prepare('SELECT CASE WHEN 1 THEN 5 ELSE f() END AS a').get()),
      attempt(() => db.prepare('SELECT 1 AS a WHERE 0 AND f()').all()),
    ];
  },
  'the first of two errors': ({ memory }) => {
    const db = memory();
    let calls = 0;
    db.function('f', () => {
      calls += 1;
      throw new RangeError(`call ${calls}`);
    });
    return [attempt(() => db.prepare('SELECT f(), f()').get()), calls];
  },
  'the stack of an error is where it was made': ({ memory }) => {
    const db = memory();
    db.function('f', function namedCallback() {
      throw new RangeError('thrown');
    });
    try {
      db.prepare('SELECT f()').get();
    } catch (error) {
      return (error as Error).stack?.includes('namedCallback');
    }
    return 'no error';
  },
  'rejected promises of callbacks are values like others': async ({ memory }) => {
    const db = memory();
    const rejected = Promise.reject(new RangeError('rejected'));
    rejected.catch(() => undefined);
    db.function('f', () => rejected);
    return attemptAsync(() => db.prepare('SELECT f()').get());
  },
};

export const cases: Cases = { ...matrix, ...others };
