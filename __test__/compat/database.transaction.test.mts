import { describe, expect, it } from 'vitest';
import { describeDrivers, sameAnswer, sameError, type Database, type Driver } from '../helpers/drivers.mts';

const schema = 'CREATE TABLE t (a UNIQUE)';
const variants = ['default', 'deferred', 'immediate', 'exclusive'] as const;

function rowsOf(db: Database): unknown[] {
  return db.prepare('SELECT a FROM t ORDER BY a').pluck().all();
}

describeDrivers('Database#transaction()', (driver) => {
  it('commits what the function did and returns its value', () => {
    const db = driver.memory(schema);
    const insert = db.prepare('INSERT INTO t VALUES (?)');
    const add = db.transaction((...values: number[]) => {
      for (const value of values) insert.run(value);
      expect(db.inTransaction).toBe(true);
      return values.length;
    });
    expect(add(1, 2, 3)).toBe(3);
    expect(db.inTransaction).toBe(false);
    expect(rowsOf(db)).toEqual([1, 2, 3]);
  });

  it('passes this and the arguments', () => {
    const db = driver.memory();
    const seen = db.transaction(function seen(this: unknown, ...args: unknown[]) {
      return [this, args];
    });
    const receiver = { seen };
    expect(receiver.seen(1, 'x')).toEqual([receiver, [1, 'x']]);
    expect(seen.call(7)).toEqual([7, []]);
  });

  it.each(variants)('%s rolls back and rethrows the same error', (variant) => {
    const db = driver.memory(schema);
    const failure = new Error('stop');
    const fail = db.transaction(() => {
      db.exec('INSERT INTO t VALUES (1)');
      throw failure;
    })[variant];
    expect(() => fail()).toThrow(failure);
    expect(db.inTransaction).toBe(false);
    expect(rowsOf(db)).toEqual([]);
  });

  it.each([[undefined], [null], [''], [0], ['text'], [{ a: 1 }]])('rethrows %o', (thrown) => {
    const db = driver.memory();
    const fail = db.transaction(() => {
      throw thrown;
    });
    let caught: unknown = 'nothing';
    try {
      fail();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(thrown);
    expect(db.inTransaction).toBe(false);
  });

  it('nests as savepoints: an inner failure keeps the outer work', () => {
    const db = driver.memory(schema);
    const insert = db.prepare('INSERT INTO t VALUES (?)');
    const inner = db.transaction((value: number) => {
      insert.run(value);
      if (value === 2) throw new Error('inner');
    });
    const outer = db.transaction(() => {
      insert.run(1);
      expect(() => inner(2)).toThrow('inner');
      expect(db.inTransaction).toBe(true);
      inner.exclusive(3);
    });
    outer();
    expect(rowsOf(db)).toEqual([1, 3]);
  });

  it('nests five deep and undoes only from the failing level on', () => {
    const db = driver.memory(schema);
    const level = (depth: number): void => {
      db.transaction(() => {
        db.prepare('INSERT INTO t VALUES (?)').run(depth);
        if (depth === 5) throw new Error('deepest');
        try {
          level(depth + 1);
        } catch (error) {
          if (depth < 3) return;
          throw error;
        }
      })();
    };
    level(1);
    expect(rowsOf(db)).toEqual([1, 2]);
  });

  it('is a savepoint in a manual BEGIN and leaves that open', () => {
    const db = driver.memory(`${schema}; BEGIN`);
    db.transaction(() => db.exec('INSERT INTO t VALUES (1)'))();
    expect(() =>
      db.transaction(() => {
        db.exec('INSERT INTO t VALUES (2)');
        throw new Error('undo');
      })(),
    ).toThrow('undo');
    expect(db.inTransaction).toBe(true);
    expect(rowsOf(db)).toEqual([1]);
    db.exec('ROLLBACK');
    expect(rowsOf(db)).toEqual([]);
  });

  it('refuses a promise after undoing the synchronous part', () => {
    const db = driver.memory(schema);
    const message = 'Transaction function cannot return a promise';
    const later = db.transaction(async () => {
      db.exec('INSERT INTO t VALUES (1)');
    });
    expect(() => later()).toThrow(new TypeError(message));
    expect(db.inTransaction).toBe(false);
    expect(rowsOf(db)).toEqual([]);
    const thenable = db.transaction(() => Object.assign(() => 0, { then: () => 0 }));
    expect(() => thenable()).toThrow(new TypeError(message));
    expect(db.transaction(() => ({ then: 1 }))()).toEqual({ then: 1 });
  });

  it('rethrows the original error when SQLite has already rolled back', () => {
    const db = driver.memory(schema);
    const fail = db.transaction(() => {
      db.exec('INSERT INTO t VALUES (1)');
      db.exec('INSERT OR ROLLBACK INTO t VALUES (1)');
    });
    expect(() => fail()).toThrow(expect.objectContaining({ code: 'SQLITE_CONSTRAINT_UNIQUE' }));
    expect(db.inTransaction).toBe(false);
    expect(rowsOf(db)).toEqual([]);
  });

  it('rolls back when COMMIT fails on a deferred foreign key', () => {
    const db = driver.memory(
      'CREATE TABLE p (id PRIMARY KEY); CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED)',
    );
    const orphan = db.transaction(() => db.exec('INSERT INTO c VALUES (1)'));
    expect(() => orphan()).toThrow(
      expect.objectContaining({
        code: 'SQLITE_CONSTRAINT_FOREIGNKEY',
        message: 'FOREIGN KEY constraint failed',
      }),
    );
    expect(db.inTransaction).toBe(false);
    expect(db.prepare('SELECT count(*) FROM c').pluck().get()).toBe(0);
  });

  it.each([
    ['deferred', false],
    ['default', false],
    ['immediate', true],
    ['exclusive', true],
  ] as const)('%s locks other writers out from its start: %s', (variant, locks) => {
    const db = driver.onDisk(schema);
    const other = new driver.Database(db.name, { timeout: 0 });
    const write = (): unknown => other.prepare('INSERT INTO t VALUES (1)').run();
    db.transaction(() => {
      if (locks) expect(write).toThrow(expect.objectContaining({ code: 'SQLITE_BUSY' }));
      else expect(write()).toEqual({ changes: 1, lastInsertRowid: 1 });
    })[variant]();
  });

  it('is refused while an iterator is open', () => {
    const db = driver.memory(schema);
    const run = db.transaction(() => 1);
    const rows = db.prepare('SELECT 1').iterate();
    expect(() => run()).toThrow(new TypeError('This database connection is busy executing a query'));
    expect(db.transaction(() => 2)).toBeTypeOf('function');
    rows.return();
    expect(run()).toBe(1);
  });

  it('throws when called on a closed database', () => {
    const db = driver.memory();
    const run = db.transaction(() => 1);
    db.close();
    expect(() => run()).toThrow(new TypeError('The database connection is not open'));
    expect(db.transaction(() => 2)).toBeTypeOf('function');
  });

  it('carries the same set of variants on each variant', () => {
    const db = driver.memory();
    const run = db.transaction(() => 1);
    expect(run.default).toBe(run);
    for (const name of variants) {
      for (const other of variants) expect(run[name][other]).toBe(run[other]);
      expect([run[name].name, run[name].length, run[name].database]).toEqual(['sqliteTransaction', 0, db]);
    }
  });
});

describe('details of Database#transaction()', () => {
  it.each([[undefined], [null], [1], ['x'], [{}], [{ call: 1 }]])('%o is not a function', (fn) => {
    sameError(
      (driver) => driver.memory().transaction(fn),
      'TypeError',
      'Expected first argument to be a function',
    );
  });

  it('on a closed database is refused the first time', () => {
    sameError(
      (driver) =>
        driver
          .memory()
          .close()
          .transaction(() => 1),
      'TypeError',
      'The database connection is not open',
    );
  });

  it('has the same properties', () => {
    sameAnswer((driver) => {
      const run = driver.memory().transaction((a: number) => a);
      return Reflect.ownKeys(run).map((key) => {
        const { value, ...marks } = Object.getOwnPropertyDescriptor(run, key) ?? {};
        return [key, typeof value, marks];
      });
    });
  });

  it.each([
    ['COMMIT inside', 'COMMIT'],
    ['ROLLBACK inside', 'ROLLBACK'],
    ['BEGIN inside', 'BEGIN'],
    ['RELEASE of a savepoint of its own', 'SAVEPOINT s; RELEASE s'],
    ['an open savepoint', 'SAVEPOINT s'],
    ['COMMIT and BEGIN inside', 'COMMIT; BEGIN'],
  ])('answers alike for %s', (_, sql) => {
    const program = (driver: Driver, nested: boolean): unknown => {
      const db = driver.memory(schema);
      let outcome: unknown;
      const body = db.transaction(() => {
        db.exec(`INSERT INTO t VALUES (1); ${sql}`);
        return 'done';
      });
      try {
        outcome = nested ? db.transaction(() => body())() : body();
      } catch (error) {
        outcome = error;
      }
      return [outcome, db.inTransaction, rowsOf(db)];
    };
    sameAnswer((driver) => program(driver, false));
    sameAnswer((driver) => program(driver, true));
  });
});
