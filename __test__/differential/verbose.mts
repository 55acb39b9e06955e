/** The option `verbose`: what is logged, when, and how long texts are cut. */
import { bindables } from '../compat/bindables.mts';
import { attempt } from '../helpers/answer.mts';
import type { Database } from '../helpers/driver.mts';
import { forEachValue, type CaseBody, type CaseDriver, type Cases } from './harness/case.mts';

/** A database and everything that it logs, with marks of when it did. */
function logging(driver: CaseDriver, file = ':memory:'): { db: Database; log: unknown[] } {
  const log: unknown[] = [];
  const verbose = (...args: unknown[]): unknown => log.push(args.length === 1 ? args[0] : args);
  return { db: new driver.Database(file, { verbose }), log };
}

const logged =
  (body: (db: Database, log: unknown[], driver: CaseDriver) => unknown): CaseBody =>
  (driver) => {
    const { db, log } = logging(driver);
    db.exec('CREATE TABLE t (a)');
    log.length = 0;
    const answer = attempt(() => body(db, log, driver));
    return [log, answer];
  };

const long = [0, 1, 31, 32, 33, 64, 1000];

export const cases: Cases = {
  'this and arguments': ({ Database }) => {
    const seen: unknown[] = [];
    const db = new Database(':memory:', {
      verbose: function verbose(this: unknown, ...args: unknown[]) {
        seen.push(this, args, new.target);
      },
    });
    db.prepare('SELECT 1').get();
    return seen;
  },
  'is not called by opening and closing': (driver) => {
    const { db, log } = logging(driver);
    db.close();
    return log;
  },
  'prepare() logs nothing': logged((db) => db.prepare('SELECT 1').reader),
  'run, get and all': logged((db) => [
    db.prepare('INSERT INTO t VALUES (1)').run(),
    db.prepare('SELECT 1').get(),
    db.prepare('SELECT 2').all(),
    db.prepare('SELECT 3').run(),
  ]),
  'a statement that is run again': logged((db) => {
    const statement = db.prepare('SELECT ? AS a');
    return [statement.get(1), statement.get('two'), statement.all(3n)];
  }),
  'iterate() logs at the first next()': logged((db, log) => {
    const rows = db.prepare('SELECT 1 UNION SELECT 2').iterate();
    log.push('iterate');
    rows.next();
    log.push('next');
    rows.next();
    log.push('next');
    rows.return();
    return log.length;
  }),
  'an iterator that is not started': logged((db) => db.prepare('SELECT 1').iterate().return()),
  'exec() logs each statement': logged(
    (db) =>
      db.exec(
        'SELECT 1; SELECT 2;\n\n  -- comment\n  SELECT 3; /* more */ INSERT INTO t VALUES (5);;; SELECT 4',
      ).open,
  ),
  'exec() of nothing': logged((db) => [db.exec('').open, db.exec(' -- x').open, db.exec(';;').open]),
  'exec() logs until an error': logged((db) =>
    db.exec('SELECT 1; SELECT abs(-9223372036854775808); SELECT 2'),
  ),
  'exec() of what cannot be compiled': logged((db) => db.exec('SELECT 1; nonsense; SELECT 2')),
  'exec() with parameters': logged((db) => db.exec('SELECT ?, :a').open),
  'pragma()': logged((db) => [
    db.pragma('user_version'),
    db.pragma('user_version = 5'),
    db.pragma('x', { simple: true }),
  ]),
  'explain()': logged((db) => [db.explain('SELECT 1').length > 0, db.explain('QUERY PLAN SELECT ?').length]),
  'a transaction': logged((db) => {
    const insert = db.prepare('INSERT INTO t VALUES (?)');
    return db.transaction((value: number) => insert.run(value))(5);
  }),
  'every kind of transaction': logged((db) => {
    const run = db.transaction(() => 1);
    return [run(), run.deferred(), run.immediate(), run.exclusive()];
  }),
  'a nested transaction': logged((db) => {
    const inner = db.transaction(() => 1);
    return db.transaction(() => inner())();
  }),
  'a transaction that fails': logged((db) =>
    db.transaction(() => {
      throw new RangeError('fails');
    })(),
  ),
  'a nested transaction that fails': logged((db) => {
    const inner = db.transaction(() => {
      throw new RangeError('fails');
    });
    return db.transaction(() => attempt(() => inner()))();
  }),
  'serialize() logs nothing': logged((db) => db.serialize().length),
  'backup() logs nothing': async (driver) => {
    const { db, log } = logging(driver);
    db.exec('CREATE TABLE t (a)');
    await db.backup(driver.path());
    return log;
  },
  'function(), aggregate() and table() log nothing': logged((db) => {
    db.function('f', () => 1);
    db.aggregate('g', { step: () => 1 });
    db.table('m', {
      columns: ['a'],
      *rows() {
        yield [1];
      },
    });
    return db.prepare('SELECT f(), g(a) FROM m').get();
  }),
  'triggers log their own statements or not': logged((db) => {
    db.exec('CREATE TRIGGER r AFTER INSERT ON t BEGIN UPDATE t SET a = a + 1; SELECT 5; END');
    return db.prepare('INSERT INTO t VALUES (1)').run();
  }),
  'a bound statement': logged((db) => {
    const statement = db.prepare('SELECT ? AS a, :b AS b').bind(1, { b: 'two' });
    return [statement.get(), statement.toString()];
  }),
  'before the statement runs': logged((db, log) => {
    db.function('f', () => log.push('called'));
    return db.prepare('SELECT f() FROM (VALUES (1), (2))').pluck().all();
  }),
  'a statement that fails when it runs': logged((db) => db.prepare('SELECT abs(-9223372036854775808)').get()),
  'a statement that is not run for its parameters': logged((db) => db.prepare('SELECT ?').get()),
  'a statement that is not run for its state': logged((db) => {
    const rows = db.prepare('SELECT 1').iterate();
    return [
      attempt(() => db.exec('SELECT 2')),
      attempt(() => db.prepare('INSERT INTO t VALUES (1)').run()),
      rows.return(),
    ];
  }),
  'leading and trailing space and comments': logged((db) => [
    db.prepare('  SELECT 1  ').get(),
    db.prepare('/* before */ SELECT 1 /* behind */;').get(),
    db.prepare('-- before\nSELECT 1 -- behind').get(),
    db.prepare('SELECT 1 ; -- x').get(),
  ]),
  'a text with a NUL byte': logged((db) => db.prepare('SELECT 1\0, 2').get()),
  'names and numbers of parameters': logged((db) => [
    db.prepare('SELECT :a, @a, $a').get({ a: 5 }),
    db.prepare('SELECT ?2, ?1').get({ 1: 'one', 2: 'two' }),
    db.prepare('SELECT ?, ?5').get(1, 2, 3, 4, { 5: 5 }),
    db.prepare("SELECT '?', '''', \"a?\" FROM (SELECT 1 AS \"a?\") WHERE ? = 5 -- ?").get(5),
  ]),
  ...forEachValue(bindables, 'in the text', (driver, value) => {
    const { db, log } = logging(driver);
    return [attempt(() => db.prepare('SELECT ?').raw().get(value)), log];
  }),
  ...Object.fromEntries(
    long.map((length) => [
      `texts and blobs of ${length}`,
      logged((db) => [
        db.prepare('SELECT length(?)').pluck().get('x'.repeat(length)),
        db.prepare('SELECT length(?)').pluck().get('é'.repeat(length)),
        db.prepare('SELECT length(?)').pluck().get('🙂'.repeat(length)),
        db.prepare('SELECT length(?)').pluck().get("'".repeat(length)),
        db.prepare('SELECT length(?)').pluck().get(Buffer.alloc(length, 7)),
      ]),
    ]),
  ),
  'a text that is cut inside of a letter': logged((db) =>
    [29, 30, 31, 32].map((before) =>
      db
        .prepare('SELECT ?')
        .pluck()
        .get(`${'x'.repeat(before)}漢🙂`),
    ),
  ),
  'long SQL is not cut': logged((db) => db.prepare(`SELECT ${'1 + '.repeat(500)}1 AS a`).get()),
  'literals in the SQL are not cut': logged((db) => db.prepare(`SELECT '${'x'.repeat(100)}' AS a`).get()),
  'returns anything': ({ Database }) => {
    const returns = [true, {}, Promise.resolve(1), 5n, 'text', Symbol('s')];
    return returns.map((value) =>
      new Database(':memory:', { verbose: () => value }).prepare('SELECT 1').get(),
    );
  },
  'an async function': ({ Database }) => {
    const log: unknown[] = [];
    const db = new Database(':memory:', {
      verbose: async (sql: string) => {
        log.push(sql);
      },
    });
    return [db.prepare('SELECT 1').get(), log];
  },
  'a class cannot be called': ({ Database }) =>
    new Database(':memory:', { verbose: class {} }).exec('SELECT 1'),
  'another connection in the log': ({ memory, Database }) => {
    const other = memory('CREATE TABLE log (sql)');
    const insert = other.prepare('INSERT INTO log VALUES (?)');
    const db = new Database(':memory:', { verbose: (sql: string) => insert.run(sql) });
    db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    return other.prepare('SELECT sql FROM log').pluck().all();
  },
  'a throw stops the execution': ({ Database }) => {
    let refuses = false;
    const db = new Database(':memory:', {
      verbose: (sql: string) => {
        if (refuses) throw new RangeError(sql);
      },
    }).exec('CREATE TABLE t (a)');
    refuses = true;
    const tries = [
      attempt(() => db.prepare('INSERT INTO t VALUES (1)').run()),
      attempt(() => db.exec('INSERT INTO t VALUES (2); INSERT INTO t VALUES (3)')),
      attempt(() => db.transaction(() => 5)()),
      attempt(() => db.prepare('SELECT 1').iterate().next()),
    ];
    refuses = false;
    return [tries, db.inTransaction, db.prepare('SELECT a FROM t').all()];
  },
  'a throw at COMMIT': ({ Database }) => {
    const db = new Database(':memory:', {
      verbose: (sql: string) => {
        if (sql === 'COMMIT') throw new RangeError(sql);
      },
    }).exec('CREATE TABLE t (a)');
    const run = db.transaction(() => db.prepare('INSERT INTO t VALUES (1)').run());
    return [attempt(() => run()), db.inTransaction, db.prepare('SELECT a FROM t').all()];
  },
  'a throw at ROLLBACK': ({ Database }) => {
    const db = new Database(':memory:', {
      verbose: (sql: string) => {
        if (sql === 'ROLLBACK') throw new RangeError(sql);
      },
    }).exec('CREATE TABLE t (a)');
    const run = db.transaction(() => {
      throw new TypeError('from the function');
    });
    return [attempt(() => run()), db.inTransaction];
  },
  'statements of a loop are logged once': logged((db, log) => {
    db.exec('INSERT INTO t VALUES (1), (2), (3)');
    log.length = 0;
    const inner = db.prepare('SELECT ?');
    for (const row of db.prepare('SELECT a FROM t').pluck().iterate()) inner.get(row);
    return log.length;
  }),
  'of a database in a file and one opened to read': (driver) => {
    const file = driver.path();
    const { db, log } = logging(driver, file);
    db.exec('CREATE TABLE t (a)').close();
    const again = new driver.Database(file, { readonly: true, verbose: (sql: string) => log.push(sql) });
    attempt(() => again.exec('INSERT INTO t VALUES (1)'));
    return [log, again.prepare('SELECT * FROM t').all()];
  },
  'null and undefined log nothing': ({ Database }) =>
    [null, undefined].map((verbose) => new Database(':memory:', { verbose }).prepare('SELECT 1').get()),
};
