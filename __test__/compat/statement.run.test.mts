import { describe, expect, it } from 'vitest';
import { describeDrivers, sameAnswer } from '../helpers/drivers.mts';

const schema = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a, b);
  CREATE TABLE log (x);
  CREATE TRIGGER tr AFTER DELETE ON t BEGIN INSERT INTO log VALUES (old.id), (old.id); END;
  CREATE TABLE p (id PRIMARY KEY);
  CREATE TABLE c (p REFERENCES p ON DELETE CASCADE);
  CREATE TABLE w (k PRIMARY KEY, v) WITHOUT ROWID;
`;

describeDrivers('Statement#run()', (driver) => {
  it('returns changes and lastInsertRowid, in that order', () => {
    const db = driver.memory(schema);
    const result = db.prepare('INSERT INTO t (a) VALUES (?), (?)').run('x', 'y');
    expect(result).toStrictEqual({ changes: 2, lastInsertRowid: 2 });
    expect(Object.keys(result)).toEqual(['changes', 'lastInsertRowid']);
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
  });

  it('returns a new object each time', () => {
    const insert = driver.memory(schema).prepare('INSERT INTO t (a) VALUES (1)');
    const first = insert.run();
    insert.run();
    expect(first).toEqual({ changes: 1, lastInsertRowid: 1 });
  });

  it('gives changes 0 for CREATE TABLE and SELECT after an INSERT', () => {
    const db = driver.memory(schema);
    db.prepare('INSERT INTO t (a) VALUES (1), (2), (3)').run();
    expect(db.prepare('CREATE TABLE u (a)').run()).toEqual({ changes: 0, lastInsertRowid: 3 });
    expect(db.prepare('SELECT * FROM t').run()).toEqual({ changes: 0, lastInsertRowid: 3 });
  });

  it('inserts every row of a RETURNING statement', () => {
    const db = driver.memory(schema);
    expect(db.prepare('INSERT INTO t (a) VALUES (1), (2), (3) RETURNING a').run()).toEqual({
      changes: 3,
      lastInsertRowid: 3,
    });
    expect(db.prepare('SELECT count(*) FROM t').pluck().get()).toBe(3);
  });

  it('does not count changes by triggers and foreign keys', () => {
    const db = driver.memory(`${schema}; INSERT INTO t (id) VALUES (1), (2); INSERT INTO p VALUES (1);
      INSERT INTO c VALUES (1), (1), (1)`);
    expect(db.prepare('DELETE FROM t').run().changes).toBe(2);
    expect(db.prepare('DELETE FROM p').run().changes).toBe(1);
  });

  it('gives lastInsertRowid as a bigint with safeIntegers, and changes as a number', () => {
    const db = driver.memory(schema);
    const insert = db.prepare('INSERT INTO t (id) VALUES (?)').safeIntegers();
    expect(insert.run(9223372036854775807n)).toStrictEqual({
      changes: 1,
      lastInsertRowid: 9223372036854775807n,
    });
    expect(insert.run(-9223372036854775808n)).toStrictEqual({
      changes: 1,
      lastInsertRowid: -9223372036854775808n,
    });
    expect(insert.safeIntegers(false).run(7)).toStrictEqual({ changes: 1, lastInsertRowid: 7 });
  });

  it('rounds a large lastInsertRowid without safeIntegers', () => {
    const insert = driver.memory(schema).prepare('INSERT INTO t (id) VALUES (?)');
    expect(insert.run(9007199254740993n).lastInsertRowid).toBe(9007199254740992);
    expect(insert.run(-9223372036854775808n).lastInsertRowid).toBe(-9223372036854775808);
  });

  it('keeps the transaction open after a constraint error', () => {
    const db = driver.memory(`${schema}; BEGIN; INSERT INTO t (id) VALUES (1)`);
    const insert = db.prepare('INSERT INTO t (id) VALUES (?)');
    expect(() => insert.run(1)).toThrow(expect.objectContaining({ code: 'SQLITE_CONSTRAINT_PRIMARYKEY' }));
    expect(db.inTransaction).toBe(true);
    expect(insert.run(2)).toEqual({ changes: 1, lastInsertRowid: 2 });
  });

  it('is refused while an iterator of the connection is open', () => {
    const db = driver.memory(schema);
    const insert = db.prepare('INSERT INTO t (id) VALUES (1)');
    const rows = db.prepare('SELECT 1').iterate();
    expect(() => insert.run()).toThrow(new TypeError('This database connection is busy executing a query'));
    rows.return();
    expect(insert.run().changes).toBe(1);
  });
});

describe('results of Statement#run()', () => {
  it.each([
    ['INSERT INTO t (a) VALUES (1), (2)'],
    ['INSERT OR IGNORE INTO t (id) VALUES (1), (50)'],
    ['INSERT OR REPLACE INTO t (id) VALUES (1), (51)'],
    ['INSERT INTO t (id, a) VALUES (1, 9) ON CONFLICT DO UPDATE SET a = excluded.a'],
    ['INSERT INTO t (id, a) VALUES (1, 9) ON CONFLICT DO NOTHING'],
    ['INSERT INTO t (id) SELECT 100 + id FROM t'],
    ["INSERT INTO w VALUES ('k', 1)"],
    ['UPDATE t SET a = a'],
    ['UPDATE t SET a = 1 WHERE id = 99'],
    ['UPDATE t SET a = 1 ORDER BY id DESC LIMIT 1'],
    ['DELETE FROM t'],
    ['DELETE FROM t WHERE id > 1'],
    ['DELETE FROM t ORDER BY id LIMIT 1 OFFSET 1'],
    ['DELETE FROM p'],
    ['DROP TABLE log'],
    ['DROP TABLE p'],
    ['CREATE TABLE u AS SELECT * FROM t'],
    ['CREATE INDEX i ON t (a)'],
    ['ALTER TABLE t ADD COLUMN z'],
    ['ALTER TABLE t DROP COLUMN b'],
    ['REINDEX'],
    ['ANALYZE'],
    ['VACUUM'],
    ['PRAGMA user_version = 5'],
    ['PRAGMA user_version'],
    ['BEGIN'],
    ['SELECT 1'],
    ['SELECT 1 WHERE 0'],
    ['SELECT abs(-9223372036854775808)'],
    ['SELECT 1 UNION ALL SELECT abs(-9223372036854775808)'],
    ['INSERT INTO t (a) VALUES (1), (2) RETURNING id'],
    ['INSERT INTO t (id) VALUES (70), (1) RETURNING id'],
    ["ATTACH ':memory:' AS other"],
    ['EXPLAIN SELECT 1'],
    ['COMMIT'],
  ])('are the same for %s', (sql) => {
    sameAnswer((driver) => {
      const db = driver.memory(
        `${schema}; INSERT INTO t (id, a) VALUES (1, 1), (2, 2), (3, 3); INSERT INTO p VALUES (1);
         INSERT INTO c VALUES (1), (1)`,
      );
      const statement = db.prepare(sql);
      const outcomes: unknown[] = [];
      for (let turn = 0; turn < 3; turn += 1) {
        try {
          outcomes.push(statement.run());
        } catch (error) {
          outcomes.push(error);
        }
      }
      return [outcomes, db.inTransaction, db.prepare('SELECT total_changes(), last_insert_rowid()').get()];
    });
  });
});
