import { describe, expect, it } from 'vitest';
import { ferrolite, sameAnswer, type Database, type Driver, type Statement } from '../helpers/drivers.mts';

const changes: [string, string][] = [
  ['a column is added', 'ALTER TABLE t ADD COLUMN z DEFAULT 9'],
  ['a column is renamed', 'ALTER TABLE t RENAME COLUMN a TO renamed'],
  ['a column is dropped', 'ALTER TABLE t DROP COLUMN b'],
  [
    'the table is made again, narrower',
    "DROP TABLE t; CREATE TABLE t (x); INSERT INTO t VALUES ('n'), ('m')",
  ],
  [
    'the table is made again, as a view',
    "DROP TABLE t; CREATE VIEW t AS SELECT 1 AS v, 'w' AS w, x'01' AS x, 2.5 AS y",
  ],
  [
    'columns change their places',
    "DROP TABLE t; CREATE TABLE t (b, a); INSERT INTO t VALUES ('second', 'first')",
  ],
  ['an index is added', 'CREATE INDEX i ON t (a)'],
  ['nothing but its rows change', "INSERT INTO t VALUES (3, 'three')"],
];
const schema = "CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'one'), (2, 'two')";
const executions: [string, (statement: Statement) => unknown][] = [
  ['get', (statement) => statement.get()],
  ['all', (statement) => statement.all()],
  ['iterate', (statement) => [...statement.iterate()]],
  ['raw all', (statement) => statement.raw().all()],
  ['raw iterate', (statement) => [...statement.raw().iterate()]],
  ['pluck get', (statement) => statement.pluck().get()],
  ['safe all', (statement) => statement.safeIntegers().all()],
];

describe.each(executions)('%s', (_, execute) => {
  it.each(changes)('reads the names again when %s', (__, sql) => {
    for (const before of [true, false]) {
      sameAnswer((driver) => {
        const db = driver.memory(schema);
        const statement = db.prepare('SELECT * FROM t');
        const seen: unknown[] = before ? [execute(statement)] : [];
        db.exec(sql);
        seen.push(
          execute(statement),
          execute(statement),
          statement.raw(false).pluck(false).safeIntegers(false).all(),
        );
        return seen;
      });
    }
  });

  it('finds the change of another connection', () => {
    sameAnswer((driver) => {
      const db = driver.onDisk(schema);
      const statement = db.prepare('SELECT * FROM t');
      const first = execute(statement);
      new driver.Database(db.name).exec('ALTER TABLE t ADD COLUMN z DEFAULT 9').close();
      return [first, execute(statement), execute(statement)];
    });
  });
});

describe('a changed number of columns', () => {
  const widthOf = (db: Database, width: number): void => {
    const columns = Array.from({ length: width }, (_, index) => `c${index}`);
    db.exec(`DROP TABLE IF EXISTS t; CREATE TABLE t (${columns.join()})`);
    const row = columns
      .map((__, index) => (index % 3 === 0 ? `'text ${index}'` : `${index}000000000`))
      .join();
    db.exec(`INSERT INTO t VALUES ${Array.from({ length: 10 }, () => `(${row})`).join()}`);
  };

  it.each([
    [1, 2000],
    [2000, 1],
    [1, 300],
    [5, 6],
  ])('from %d to %d', (before, after) => {
    for (const [, execute] of executions) {
      const program = (driver: Driver): unknown => {
        const db = driver.memory();
        widthOf(db, before);
        const statement = db.prepare('SELECT * FROM t');
        const seen = [execute(statement)];
        widthOf(db, after);
        seen.push(execute(statement), execute(statement));
        widthOf(db, before);
        return [...seen, execute(statement)];
      };
      sameAnswer(program);
    }
  });
});

describe('a table that is gone', () => {
  it('is an error of the statement, and the statement can be used when it is back', () => {
    sameAnswer((driver) => {
      const db = driver.memory(schema);
      const statement = db.prepare('SELECT * FROM t');
      const seen: unknown[] = [statement.all()];
      db.exec('DROP TABLE t');
      for (const [, execute] of executions) {
        try {
          seen.push(execute(statement));
        } catch (error) {
          seen.push(error);
        }
      }
      db.exec(schema);
      return [...seen, statement.raw(false).pluck(false).all(), db.exec('DROP TABLE t').open];
    });
  });
});

describe('rows read before a change', () => {
  it('stay as they were', () => {
    const db = ferrolite.memory(schema);
    const statement = db.prepare('SELECT * FROM t');
    const before = statement.all();
    db.exec('ALTER TABLE t RENAME COLUMN a TO z');
    expect(statement.all()).toEqual([
      { z: 1, b: 'one' },
      { z: 2, b: 'two' },
    ]);
    expect(before).toEqual([
      { a: 1, b: 'one' },
      { a: 2, b: 'two' },
    ]);
  });
});
