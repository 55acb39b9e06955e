import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { describeDrivers } from '../helpers/drivers.mts';

const busy = new TypeError('This database connection is busy executing a query');

describeDrivers('Database#close()', (driver) => {
  it('returns the database, once and again', () => {
    const db = driver.memory();
    expect(db.close()).toBe(db);
    expect(db.close()).toBe(db);
  });

  it('leaves the properties readable', () => {
    const db = driver.onDisk('BEGIN');
    const { name } = db;
    expect([db.open, db.inTransaction]).toEqual([true, true]);
    db.close();
    expect([db.name, db.open, db.inTransaction, db.readonly, db.memory]).toEqual([
      name,
      false,
      false,
      false,
      false,
    ]);
  });

  it('rolls back an open transaction', () => {
    const db = driver.onDisk('CREATE TABLE t (a); BEGIN; INSERT INTO t VALUES (1)');
    db.close();
    expect(new driver.Database(db.name).prepare('SELECT count(*) FROM t').pluck().get()).toBe(0);
  });

  it('checkpoints the WAL and removes it with the last connection', () => {
    const path = driver.path();
    const first = new driver.Database(path);
    first.pragma('journal_mode = WAL');
    first.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    const second = new driver.Database(path);
    expect(second.prepare('SELECT a FROM t').pluck().get()).toBe(1);
    first.close();
    expect(existsSync(`${path}-wal`)).toBe(true);
    second.close();
    expect(readdirSync(dirname(path))).toEqual(['test.db']);
  });

  it('is refused while an iterator is open', () => {
    const db = driver.memory();
    const rows = db.prepare('SELECT 1 UNION SELECT 2').iterate();
    expect(() => db.close()).toThrow(busy);
    rows.next();
    expect(() => db.close()).toThrow(busy);
    expect(db.open).toBe(true);
    rows.return();
    expect(db.close().open).toBe(false);
  });

  it('ends the statements, and leaves what does not need SQLite', () => {
    const db = driver.memory('CREATE TABLE t (a)');
    const select = db.prepare('SELECT a FROM t');
    const insert = db.prepare('INSERT INTO t VALUES (?)');
    db.close();
    const closed = new TypeError('The database connection is not open');
    expect(() => select.get()).toThrow(closed);
    expect(() => select.all()).toThrow(closed);
    expect(() => select.iterate()).toThrow(closed);
    expect(() => select.columns()).toThrow(closed);
    expect(() => select.bind()).toThrow(closed);
    expect(() => insert.run(1)).toThrow(closed);
    expect(select.pluck().raw().safeIntegers()).toBe(select);
    expect([select.source, select.reader, select.readonly, select.busy]).toEqual([
      'SELECT a FROM t',
      true,
      true,
      false,
    ]);
  });

  it('keeps a finished iterator usable', () => {
    const db = driver.memory();
    const rows = db.prepare('SELECT 1').iterate();
    expect([...rows]).toEqual([{ 1: 1 }]);
    db.close();
    expect(rows.next()).toEqual({ value: undefined, done: true });
    expect(rows.return()).toEqual({ value: undefined, done: true });
  });

  it('lets the file be deleted and opened again', () => {
    const db = driver.onDisk('CREATE TABLE t (a)');
    db.close();
    const again = new driver.Database(db.name, { fileMustExist: true });
    expect(again.prepare('SELECT count(*) FROM t').pluck().get()).toBe(0);
  });

  it('opens and closes one file many times', () => {
    const path = driver.path();
    new driver.Database(path).exec('CREATE TABLE t (a)').close();
    for (let turn = 0; turn < 40; turn += 1) {
      const db = new driver.Database(path);
      db.prepare('INSERT INTO t VALUES (?)').run(turn);
      db.close();
    }
    expect(new driver.Database(path).prepare('SELECT count(*) FROM t').pluck().get()).toBe(40);
  });
});
