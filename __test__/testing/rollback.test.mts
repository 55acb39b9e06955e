// A test inside a savepoint: what is taken back, what nests, and what is noticed.
import Database from 'ferrolite';
import { rollbackScope } from 'ferrolite/testing';
import { describe, expect, it } from 'vitest';
import { rowsOf } from './support.mts';

const database = (): Database.Database =>
  new Database(':memory:').exec('CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)');

describe('rollbackScope()', () => {
  it('takes back rows, tables and settings in the header', () => {
    const db = database();
    const scope = rollbackScope(db);
    db.exec('INSERT INTO t VALUES (2); CREATE TABLE u (a); DROP TABLE t; PRAGMA user_version = 5');
    scope.rollback();
    expect(rowsOf(db)).toEqual([1]);
    expect(db.pragma('user_version', { simple: true })).toBe(0);
    expect(db.prepare('SELECT name FROM sqlite_schema').pluck().all()).not.toContain('u');
    expect(db.inTransaction).toBe(false);
  });

  it('lets transactions of the code under test commit and roll back inside of it', () => {
    const db = database();
    const insert = db.prepare('INSERT INTO t VALUES (?)');
    const scope = rollbackScope(db);
    db.transaction(() => insert.run(2)).immediate();
    expect(() =>
      db.transaction(() => {
        insert.run(3);
        insert.run(2);
      })(),
    ).toThrow(/UNIQUE/);
    expect(rowsOf(db)).toEqual([1, 2]);
    scope.rollback();
    expect(rowsOf(db)).toEqual([1]);
  });

  it('rolls back once', () => {
    const db = database();
    const scope = rollbackScope(db);
    scope[Symbol.dispose]();
    db.exec('INSERT INTO t VALUES (2)');
    scope.rollback();
    expect(rowsOf(db)).toEqual([1, 2]);
  });

  it.each(['COMMIT', 'ROLLBACK', 'COMMIT; BEGIN', 'INSERT OR ROLLBACK INTO t VALUES (1)'])(
    'notices that the transaction was ended: %s',
    (sql) => {
      const db = database();
      const scope = rollbackScope(db);
      try {
        db.exec(sql);
      } catch {
        // The last one fails, and that is how it rolls back.
      }
      expect(() => scope.rollback()).toThrow(
        expect.objectContaining({
          code: 'FERROLITE_ROLLBACK_LOST',
          message: expect.stringMatching(/Give it a copy of its own$/),
        }),
      );
      expect(db.inTransaction).toBe(false);
    },
  );

  it('refuses a connection that is in a transaction', () => {
    const db = database();
    const scope = rollbackScope(db);
    expect(() => rollbackScope(db)).toThrow(expect.objectContaining({ code: 'FERROLITE_TRANSACTION_OPEN' }));
    scope.rollback();
  });

  it.each([
    ['VACUUM', 'cannot VACUUM from within a transaction'],
    ['PRAGMA journal_mode = wal', 'cannot change into wal mode from within a transaction'],
    ['BEGIN', 'cannot start a transaction within a transaction'],
  ])('cannot have %s inside of it', async (sql, message) => {
    const { tempDb } = await import('../helpers/temp-db.mts');
    const db = new Database(tempDb()).exec('CREATE TABLE t (a)');
    const scope = rollbackScope(db);
    expect(() => db.exec(sql)).toThrow(message);
    scope.rollback();
    db.close();
  });
});
