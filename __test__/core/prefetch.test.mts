import { describe, expect, it } from 'vitest';
import { describeDrivers, sameAnswer, type Database, type Driver } from '../helpers/drivers.mts';

const schema =
  'CREATE TABLE t (id INTEGER PRIMARY KEY, a); ' +
  'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO t SELECT i, i * 10 FROM n';

/** What a loop sees that calls `act` at the rows that `at` picks. */
function loop(
  driver: Driver,
  sql: string,
  at: (row: number) => boolean,
  act: (db: Database) => unknown,
): unknown {
  const db = driver.memory(schema);
  const seen: unknown[] = [];
  let taken = 0;
  for (const row of db.prepare(sql).raw().iterate()) {
    taken += 1;
    seen.push(row);
    if (at(taken)) seen.push(act(db));
    if (taken > 100) break;
  }
  return [seen, db.prepare('SELECT count(*), sum(a) FROM t').raw().get()];
}

// A write at a later row meets rows that were fetched ahead: see the list of deliberate differences.
describe('a loop over a read-only statement', () => {
  const reads = [
    'SELECT id, a FROM t',
    'SELECT id, a FROM t ORDER BY id DESC',
    'SELECT id, a FROM t ORDER BY a + 0',
    'SELECT id, (SELECT max(a) FROM t) FROM t',
    'SELECT last_insert_rowid(), changes(), total_changes(), id FROM t',
  ];
  const writes = [
    'UPDATE t SET a = a + 1 WHERE id > 3 RETURNING id',
    'UPDATE t SET a = -1 RETURNING id',
    'DELETE FROM t WHERE id % 2 = 0 RETURNING id',
    'DELETE FROM t RETURNING id',
    'INSERT INTO t VALUES (100, 1), (101, 2), (-5, 3) RETURNING id',
    'UPDATE t SET id = id + 1000 WHERE id = (SELECT min(id) FROM t) RETURNING id',
  ];
  it.each(reads)(
    'sees the same rows of %s, whatever RETURNING statement writes from its first row on',
    (sql) => {
      for (const write of writes) {
        sameAnswer((driver) =>
          loop(
            driver,
            sql,
            (row) => row === 1,
            (db) => db.prepare(write).raw().all().length,
          ),
        );
        const again = write.replace('100, 1), (101, 2), (-5, 3', 'NULL, 5');
        sameAnswer((driver) =>
          loop(
            driver,
            sql,
            () => true,
            (db) => db.prepare(again).raw().get(),
          ),
        );
      }
    },
  );

  it.each([2, 3, 7, 20])('sees the same rows when a RETURNING statement writes at row %d', (at) => {
    for (const sql of ['DELETE FROM t WHERE id % 2 = 0 RETURNING id', 'UPDATE t SET a = -1 RETURNING id']) {
      sameAnswer((driver) => {
        const db = driver.memory(schema);
        const write = db.prepare(sql);
        const seen: unknown[] = [];
        for (const row of db.prepare('SELECT * FROM t').raw().iterate()) {
          if (seen.push(row) === at) write.all();
        }
        return seen;
      });
    }
  });

  it('runs functions that are not deterministic once for each row that is taken', () => {
    sameAnswer((driver) => {
      const db = driver.memory(schema);
      const rows = db.prepare('SELECT id, total_changes() FROM t').raw().iterate();
      return [rows.next(), rows.next(), rows.return(), db.prepare('SELECT total_changes()').get()];
    });
  });
});

it.each([
  ['any number of comments', '/* a * b */ -- c\n; '.repeat(60)],
  ['a comment of 20 MB', `/*${'*'.repeat(20_000_000)}/`],
  ['a line of 20 MB', `--${'-'.repeat(20_000_000)}\n`],
])('a writing statement behind %s is told from a pragma', (_, comments) => {
  sameAnswer((driver) => {
    const db = driver.memory(schema);
    const write = db.prepare(`${comments}DELETE FROM t WHERE id % 2 = 0 RETURNING id`);
    const seen: unknown[] = [];
    for (const id of db.prepare('SELECT id FROM t').pluck().iterate()) {
      if (seen.push(id) === 3) write.all();
    }
    return [seen, db.prepare(`${comments}PRAGMA journal_mode`).get()];
  });
});

describeDrivers('an iterator', (driver) => {
  it('of a writing statement runs it at the first next', () => {
    const db = driver.memory(schema);
    const count = db.prepare('SELECT count(*) FROM t').pluck();
    const rows = db.prepare('DELETE FROM t RETURNING id').pluck().iterate();
    expect(count.get()).toBe(40);
    expect(rows.next().value).toBe(1);
    expect(count.get()).toBe(0);
    rows.return();
    expect(count.get()).toBe(0);
  });

  it('of a writing statement keeps the database locked to its end', () => {
    const db = driver.onDisk(schema);
    const other = new driver.Database(db.name, { timeout: 0 });
    const locked: unknown[] = [];
    for (const id of db.prepare('UPDATE t SET a = 0 WHERE id <= 9 RETURNING id').pluck().iterate()) {
      expect(() => other.exec('BEGIN IMMEDIATE')).toThrow(expect.objectContaining({ code: 'SQLITE_BUSY' }));
      locked.push(id);
    }
    expect(locked).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(other.exec('BEGIN IMMEDIATE; COMMIT').inTransaction).toBe(false);
  });

  it('keeps its snapshot of a WAL database while others write', () => {
    const db = driver.onDisk();
    db.pragma('journal_mode = WAL');
    db.exec(schema);
    const other = new driver.Database(db.name);
    const seen: unknown[] = [];
    for (const a of db.prepare('SELECT a FROM t').pluck().iterate()) {
      seen.push(a);
      if (seen.length === 1) other.exec('UPDATE t SET a = 0');
    }
    expect(seen).toEqual(Array.from({ length: 40 }, (_, index) => (index + 1) * 10));
    expect(db.prepare('SELECT sum(a) FROM t').pluck().get()).toBe(0);
  });

  it('gives its read lock back when it is returned', () => {
    const db = driver.onDisk(schema);
    const other = new driver.Database(db.name, { timeout: 0 });
    const rows = db.prepare('SELECT a FROM t').iterate();
    rows.next();
    expect(() => other.exec('UPDATE t SET a = 0')).toThrow(expect.objectContaining({ code: 'SQLITE_BUSY' }));
    rows.return();
    expect(other.exec('UPDATE t SET a = 0').open).toBe(true);
  });

  it('reports a lock at next, and can be tried again by a new iterator', () => {
    const reader = new driver.Database(driver.onDisk(schema).close().name, { timeout: 0 });
    const statement = reader.prepare('SELECT a FROM t');
    const other = new driver.Database(reader.name).exec('BEGIN EXCLUSIVE');
    const rows = statement.iterate();
    expect(() => rows.next()).toThrow(expect.objectContaining({ code: 'SQLITE_BUSY' }));
    expect(statement.busy).toBe(false);
    other.exec('COMMIT');
    expect([...statement.iterate()]).toHaveLength(40);
  });
});
