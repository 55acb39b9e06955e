/** Iterators over rows. */
import { attempt } from '../helpers/answer.mts';
import type { Database, RowIterator, Statement } from '../helpers/driver.mts';
import type { CaseBody, Cases } from './harness/case.mts';

const onThree =
  (body: (statement: Statement, db: Database) => unknown): CaseBody =>
  ({ memory }) => {
    const db = memory('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)');
    return body(db.prepare('SELECT a FROM t ORDER BY a').pluck(), db);
  };

const loose = (rows: RowIterator): Record<PropertyKey, (...args: unknown[]) => unknown> =>
  rows as unknown as Record<PropertyKey, (...args: unknown[]) => unknown>;

/** Not there before Node 22. */
const Iterators = (globalThis as { Iterator?: (new () => object) & { from(rows: unknown): Helped } })
  .Iterator;
interface Helped {
  take(count: number): { toArray(): unknown[] };
}

export const cases: Cases = {
  'what an iterator is': onThree((statement) => {
    const rows = statement.iterate();
    const prototype = Object.getPrototypeOf(rows) as object;
    const answer = [
      Reflect.ownKeys(rows),
      Object.getOwnPropertyDescriptor(rows, 'statement')?.writable,
      Object.getOwnPropertyDescriptor(rows, 'statement')?.enumerable,
      Object.getOwnPropertyDescriptor(rows, 'statement')?.configurable,
      rows.statement === statement,
      Reflect.ownKeys(prototype).map(String),
      Object.keys(prototype),
      prototype.constructor.name,
      prototype.constructor.length,
      Object.getPrototypeOf(prototype) === Object.prototype,
      Object.prototype.toString.call(rows),
      rows[Symbol.iterator]() === rows,
      'throw' in rows,
      Symbol.dispose in rows,
      Iterators !== undefined && rows instanceof Iterators,
      Object.isExtensible(rows),
    ];
    rows.return();
    return answer;
  }),
  'the methods as functions': onThree((statement) => {
    const rows = loose(statement.iterate());
    const shapes = ['next', 'return', Symbol.iterator].map((key) => rows[key]?.length);
    return [shapes, rows['next']?.name, rows['return']?.name, rows['return']?.()];
  }),
  'the constructor': onThree((statement) => {
    const rows = statement.iterate();
    const Rows = rows.constructor as unknown as new (...args: unknown[]) => unknown;
    return [attempt(() => new Rows()), attempt(() => new Rows(statement)), rows.return()];
  }),
  'methods of another receiver': onThree((statement, db) => {
    const rows = loose(statement.iterate());
    const receivers = [{}, null, undefined, 5, 'text', db, statement, Object.create(rows as object)];
    const tries = receivers.map((receiver) =>
      ['next', 'return', Symbol.iterator].map((key) =>
        attempt(() => {
          const result = (rows[key] as (...args: unknown[]) => unknown).call(receiver);
          return result === receiver ? 'the receiver' : result;
        }),
      ),
    );
    return [tries, rows['return']?.()];
  }),
  records: onThree((statement) => {
    const rows = statement.iterate();
    const [first, second] = [rows.next(), rows.next()];
    return [first, first === second, rows.next(), rows.next(), rows.next(), rows.return()];
  }),
  'next() and return() ignore arguments': onThree((statement) => {
    const rows = loose(statement.iterate());
    return [
      rows['next']?.(5, true),
      rows['return']?.({ done: false }),
      rows['return']?.(1),
      rows['next']?.(),
    ];
  }),
  'return() at once': onThree((statement) => {
    const rows = statement.iterate();
    return [statement.busy, rows.return(), statement.busy, rows.next(), statement.all()];
  }),
  'return() twice': onThree((statement) => {
    const rows = statement.iterate();
    rows.next();
    return [rows.return(), rows.return(), statement.busy];
  }),
  'return() of an old iterator while a new one runs': onThree((statement) => {
    const old = statement.iterate();
    old.return();
    const rows = statement.iterate();
    return [rows.next(), old.return(), old.next(), statement.busy, [...rows]];
  }),
  busy: onThree((statement, db) => {
    const other = db.prepare('SELECT 1');
    const rows = statement.iterate();
    const seen = [statement.busy, other.busy];
    rows.next();
    seen.push(statement.busy);
    Array.from(rows);
    return [...seen, statement.busy];
  }),
  'busy at the last row': onThree((statement) => {
    const rows = statement.iterate();
    const seen: unknown[] = [];
    for (let at = 0; at < 5; at += 1) seen.push(rows.next(), statement.busy);
    return seen;
  }),
  'a loop with break': onThree((statement) => {
    for (const row of statement.iterate()) return [row, statement.busy];
    return 'no row';
  }),
  'the statement after a break': onThree((statement) => {
    for (const row of statement.iterate()) if (row === 2) break;
    return [statement.busy, statement.all()];
  }),
  'a loop with a throw': onThree((statement, db) => {
    const thrown = attempt(() => {
      for (const row of statement.iterate()) throw new RangeError(String(row));
    });
    return [thrown, statement.busy, db.exec('SELECT 1').open];
  }),
  destructuring: onThree((statement) => {
    const [first, second] = statement.iterate();
    return [first, second, statement.busy];
  }),
  'spread, Array.from and Set': onThree((statement) => [
    [...statement.iterate()],
    Array.from(statement.iterate(), (row) => Number(row) * 2),
    [...new Set(statement.iterate())],
    Math.max(...(statement.iterate() as Iterable<number>)),
  ]),
  'yield*': onThree((statement) => {
    function* rows(): Generator {
      yield* statement.iterate();
    }
    const iterator = rows();
    return [iterator.next(), iterator.return(5), statement.busy, [...rows()]];
  }),
  'yield* and a throw': onThree((statement) => {
    function* rows(): Generator {
      yield* statement.iterate();
    }
    const iterator = rows();
    iterator.next();
    return [attempt(() => iterator.throw(new RangeError('thrown in'))), statement.busy];
  }),
  'next() inside of its own loop': onThree((statement) => {
    const rows = statement.iterate();
    const seen: unknown[] = [];
    for (const row of rows) seen.push(row, rows.next());
    return seen;
  }),
  'two iterators of a statement': onThree((statement) => {
    const rows = statement.iterate();
    return [attempt(() => statement.iterate()), rows.return(), [...statement.iterate()]];
  }),
  'nested loops of several statements': onThree((statement, db) => {
    const other = db.prepare('SELECT a FROM t WHERE a < ?').pluck();
    const seen: unknown[] = [];
    for (const a of statement.iterate()) for (const b of other.iterate(a)) seen.push([a, b]);
    return seen;
  }),
  'iterators that end in another order': onThree((statement, db) => {
    const one = statement.iterate();
    const two = db.prepare('SELECT a FROM t').iterate();
    const seen = [one.next(), two.next(), one.return(), attempt(() => db.exec('SELECT 1').open)];
    return [seen, two.next(), two.return(), attempt(() => db.exec('SELECT 1').open)];
  }),
  'parameters are read when it is made': onThree((_, db) => {
    const parameters = { a: 1n };
    const rows = db.prepare('SELECT a FROM t WHERE a > :a').pluck().iterate(parameters);
    parameters.a = 2n;
    return [...rows];
  }),
  'wrong parameters make none': onThree((_, db) => {
    const statement = db.prepare('SELECT ?');
    return [attempt(() => statement.iterate()), attempt(() => statement.iterate(1, 2)), statement.busy];
  }),
  'an error in the middle': onThree((_, db) => {
    const statement = db.prepare('SELECT abs(iif(a = 2, -9223372036854775808, a)) AS a FROM t').pluck();
    const rows = statement.iterate();
    return [
      rows.next(),
      attempt(() => rows.next()),
      statement.busy,
      rows.next(),
      rows.return(),
      db.exec('SELECT 1').open,
    ];
  }),
  'an error in a loop': onThree((_, db) => {
    const seen: unknown[] = [];
    const statement = db.prepare('SELECT abs(iif(a = 3, -9223372036854775808, a)) AS a FROM t').pluck();
    const thrown = attempt(() => {
      for (const row of statement.iterate()) seen.push(row);
    });
    return [thrown, seen, statement.busy];
  }),
  'a write before the first row': onThree((statement, db) => {
    db.unsafeMode();
    const rows = statement.iterate();
    db.exec('INSERT INTO t VALUES (4)');
    return [...rows];
  }),
  'no rows': onThree((_, db) => {
    const rows = db.prepare('SELECT a FROM t WHERE 0').iterate();
    return [rows.next(), rows.next()];
  }),
  RETURNING: onThree((_, db) => {
    const insert = db.prepare('INSERT INTO t VALUES (7), (8) RETURNING a').pluck();
    const rows = insert.iterate();
    const before = db.prepare('SELECT count(*) FROM t').pluck().get();
    const first = rows.next();
    const during = db.prepare('SELECT count(*) FROM t').pluck().get();
    return [
      before,
      first,
      during,
      [...rows],
      db.prepare('SELECT count(*) FROM t').pluck().get(),
      db.inTransaction,
    ];
  }),
  'RETURNING that is not started': onThree((_, db) => {
    db.prepare('INSERT INTO t VALUES (7) RETURNING a').iterate().return();
    return db.prepare('SELECT count(*) FROM t').pluck().get();
  }),
  'RETURNING that is left': onThree((_, db) => {
    for (const row of db.prepare('INSERT INTO t VALUES (7), (8) RETURNING a').iterate()) if (row) break;
    return db.prepare('SELECT count(*) FROM t').pluck().get();
  }),
  'RETURNING in a loop of another statement': onThree((statement, db) => {
    const insert = db.prepare('INSERT INTO t VALUES (? + 10) RETURNING a').pluck();
    const seen: unknown[] = [];
    for (const row of statement.iterate()) seen.push(insert.get(row));
    return [seen, statement.all()];
  }),
  'a transaction function in a loop': onThree((statement, db) => {
    const run = db.transaction(() => 1);
    const seen: unknown[] = [];
    for (const row of statement.iterate())
      seen.push(
        row,
        attempt(() => run()),
      );
    return seen;
  }),
  'after the database is closed': onThree((statement, db) => {
    const rows = statement.iterate();
    Array.from(rows);
    db.close();
    return [attempt(() => rows.next()), attempt(() => rows.return()), statement.busy];
  }),
  'prepared statements in a loop': onThree((statement, db) => {
    const seen: unknown[] = [];
    for (const row of statement.iterate())
      seen.push(db.prepare('SELECT ? AS a').get(row), db.prepare('SELECT 1').columns());
    return seen;
  }),
  'the row mode cannot change meanwhile': onThree((statement) => {
    const rows = statement.iterate();
    const tries = (['pluck', 'raw', 'expand', 'safeIntegers'] as const).map((mode) =>
      attempt(() => statement[mode]()),
    );
    return [tries, [...rows]];
  }),
  'bind() meanwhile': onThree((statement, db) => {
    const rows = statement.iterate();
    return [
      attempt(() => statement.bind()),
      attempt(() => db.prepare('SELECT ? AS a').bind(1).get()),
      rows.return(),
    ];
  }),
  'iterator helpers are not there': onThree((statement) => {
    const rows = statement.iterate() as unknown as Record<string, unknown>;
    const names = ['map', 'filter', 'take', 'drop', 'toArray', 'forEach', 'reduce'];
    const there = names.map((name) => name in rows);
    (rows as unknown as RowIterator).return();
    return there;
  }),
  'Iterator.from()': onThree((statement) => [
    Iterators === undefined ? [1, 2] : Iterators.from(statement.iterate()).take(2).toArray(),
    statement.busy,
  ]),
  'inspected properties can be added': onThree((statement) => {
    const rows = statement.iterate() as RowIterator & { mine?: number };
    rows.mine = 5;
    return [rows.mine, Object.keys(rows), rows.return()];
  }),
  'statement cannot be replaced': onThree((statement) => {
    const rows = statement.iterate();
    const replaced = Reflect.set(rows, 'statement', 5);
    const removed = Reflect.deleteProperty(rows, 'statement');
    rows.return();
    return [replaced, removed, rows.statement === statement];
  }),
  'large results': onThree((_, db) => {
    const statement = db
      .prepare(
        'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 20000) SELECT x FROM c',
      )
      .pluck();
    let sum = 0;
    for (const x of statement.iterate()) sum += x as number;
    const some = [];
    for (const x of statement.iterate()) {
      some.push(x);
      if (some.length === 1500) break;
    }
    return [sum, some.at(-1), statement.busy];
  }),
};
