// Generators of virtual tables are ended when their scan ends, so that their `finally` runs.
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { ferrolite, type Database } from '../helpers/drivers.mts';
import { nextEvent } from '../helpers/wait.mts';

/** A database with a table `t` of ten rows that writes down how its generator ends. */
function watched(log: string[], atEnd: () => void = () => undefined): Database {
  return ferrolite.memory().table('t', {
    columns: ['a'],
    *rows() {
      try {
        for (let a = 1; a <= 10; a += 1) yield [a];
        log.push('to the end');
      } finally {
        log.push('finally');
        atEnd();
      }
    },
  });
}

describe('the generator of a virtual table', () => {
  it.each<[string, (db: Database) => unknown]>([
    ['get', (db) => db.prepare('SELECT a FROM t').get()],
    ['LIMIT', (db) => db.prepare('SELECT a FROM t LIMIT 2').all()],
    ['run', (db) => db.prepare('SELECT a FROM t').run()],
    ['EXISTS', (db) => db.prepare('SELECT EXISTS (SELECT a FROM t)').get()],
    [
      'the return of an iterator',
      (db) => {
        const rows = db.prepare('SELECT a FROM t').iterate();
        rows.next();
        return rows.return();
      },
    ],
    [
      'a loop that breaks',
      (db) => {
        for (const _ of db.prepare('SELECT a FROM t').iterate()) break;
      },
    ],
  ])('is ended by %s', (_, use) => {
    const log: string[] = [];
    use(watched(log));
    expect(log).toEqual(['finally']);
  });

  it('that has come to its end is not ended again', () => {
    const log: string[] = [];
    expect(watched(log).prepare('SELECT a FROM t').all()).toHaveLength(10);
    expect(log).toEqual(['to the end', 'finally']);
  });

  it('that throws is not ended again, and its error surfaces', () => {
    const log: string[] = [];
    const failure = new Error('from the generator');
    const db = ferrolite.memory().table('t', {
      columns: ['a'],
      *rows() {
        try {
          yield [1];
          throw failure;
        } finally {
          log.push('finally');
        }
      },
    });
    expect(() => db.prepare('SELECT a FROM t').all()).toThrow(failure);
    expect(log).toEqual(['finally']);
  });

  it('is ended when another callback throws, whose error surfaces', () => {
    const log: string[] = [];
    const failure = new Error('from the function');
    const db = watched(log).function('f', { varargs: true }, () => {
      throw failure;
    });
    expect(() => db.prepare('SELECT f(a) FROM t').all()).toThrow(failure);
    expect(log).toEqual(['finally']);
  });

  it('is ended when SQLite fails', () => {
    const log: string[] = [];
    expect(() =>
      watched(log).prepare('SELECT abs(CAST(a AS INTEGER) - 9223372036854775807 - 2) FROM t').all(),
    ).toThrow('integer overflow');
    expect(log).toEqual(['finally']);
  });

  it('whose finally throws makes the call throw, unless something has thrown before', () => {
    const late = new Error('from finally');
    const throwing = (): Database =>
      watched([], () => {
        throw late;
      });
    expect(() => throwing().prepare('SELECT a FROM t').get()).toThrow(late);
    const first = new Error('first');
    const db = throwing().function('f', { varargs: true }, () => {
      throw first;
    });
    expect(() => db.prepare('SELECT f(a) FROM t').get()).toThrow(first);
    expect(db.prepare('SELECT 1').pluck().get()).toBe(1);
  });

  it('finds the connection busy in its finally', () => {
    let seen: unknown;
    const db = watched([], () => {
      try {
        db.exec('SELECT 1');
      } catch (error) {
        seen = error;
      }
    });
    db.prepare('SELECT a FROM t').get();
    expect(seen).toEqual(new TypeError('This database connection is busy executing a query'));
  });

  it('is ended for each scan of a join', () => {
    const log: string[] = [];
    const db = watched(log);
    expect(db.prepare('SELECT * FROM t x, t y LIMIT 15').all()).toHaveLength(15);
    expect(log.filter((line) => line === 'finally')).toHaveLength(3);
  });
});

describe('a module that is replaced', () => {
  it('still serves the tables that it has made', () => {
    const module = (value: number) => () => ({
      columns: ['a'],
      *rows() {
        yield [value];
      },
    });
    const db = ferrolite.memory().table('m', module(1)).exec('CREATE VIRTUAL TABLE old USING m');
    db.table('m', module(2)).exec('CREATE VIRTUAL TABLE young USING m');
    global.gc?.();
    expect(db.prepare('SELECT old.a, young.a AS b FROM old, young').get()).toEqual({ a: 1, b: 2 });
    db.exec('DROP TABLE old').table('m', module(3)).exec('CREATE VIRTUAL TABLE old USING m');
    expect(db.prepare('SELECT a FROM old').pluck().get()).toBe(3);
  });
});

describe('a finally that throws at the end of an iteration', () => {
  const late = new Error('from finally');
  const throwing = (): Database =>
    watched([], () => {
      throw late;
    });

  it('surfaces from the loop, and leaves nothing locked', () => {
    const db = throwing();
    const statement = db.prepare('SELECT a FROM t');
    expect(() => {
      for (const _ of statement.iterate()) break;
    }).toThrow(late);
    const rows = statement.iterate();
    rows.next();
    expect(() => rows.return()).toThrow(late);
    expect([statement.busy, rows.next().done, db.exec('SELECT 1').open]).toEqual([false, true, true]);
    expect(db.close().open).toBe(false);
  });

  it('rolls a transaction back', () => {
    const db = throwing();
    const run = db.transaction(() => {
      for (const _ of db.prepare('SELECT a FROM t').iterate()) break;
    });
    expect(() => run()).toThrow(late);
    expect([db.inTransaction, db.exec('SELECT 1').open]).toEqual([false, true]);
  });
});

/** Writes 20000 rows, at the second of which the end of a scan throws: source text, for a worker. */
const WRITE_BEHIND_ERROR = `
  const db = new (require('ferrolite'))(':memory:').exec('CREATE TABLE k (a)');
  db.table('t', {
    columns: ['a'],
    parameters: ['p'],
    *rows() {
      try {
        yield [1];
        yield [2];
      } finally {
        throw new Error('late');
      }
    },
  });
  const numbers = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 20000)';
  const answer = [];
  try {
    db.exec('INSERT INTO k ' + numbers + ' SELECT (SELECT a FROM t(iif(x = 1, 1, NULL)) LIMIT 1) FROM n');
  } catch (error) {
    answer.push(error.message);
  }
  answer.push(db.prepare('SELECT count(*) FROM k').pluck().get());
  require('node:worker_threads').parentPort.postMessage(answer);
`;

it('an error that waits to surface does not count as the end of a worker', async () => {
  const worker = new Worker(WRITE_BEHIND_ERROR, { eval: true });
  expect(await nextEvent(worker, 'message')).toEqual(['late', 20000]);
});
