/** Statements whose writes cannot be committed, because another connection reads the file. */
import { attempt } from '../helpers/answer.mts';
import type { Database } from '../helpers/driver.mts';
import type { CaseBody, Cases } from './harness/case.mts';

/** Runs `body` while a second connection holds a read lock, then gives what is in the file. */
function underReader(body: (db: Database) => unknown): CaseBody {
  return ({ Database, path }) => {
    const file = path();
    const db = new Database(file, { timeout: 0 }).exec('CREATE TABLE t (a); INSERT INTO t VALUES (0)');
    const reader = new Database(file).exec('BEGIN');
    reader.prepare('SELECT * FROM t').get();
    const answer = attempt(() => body(db));
    reader.exec('COMMIT');
    return [answer, db.inTransaction, attempt(() => db.prepare('SELECT a FROM t').pluck().all())];
  };
}

const INSERT = 'INSERT INTO t VALUES (1), (2) RETURNING a';

export const cases: Cases = {
  'run() of a plain statement': underReader((db) => db.prepare('INSERT INTO t VALUES (1)').run()),
  'run() of a statement that returns rows': underReader((db) => db.prepare(INSERT).run()),
  'get()': underReader((db) => db.prepare(INSERT).get()),
  'all()': underReader((db) => db.prepare(INSERT).all()),
  'iterate() to the end': underReader((db) => [...db.prepare(INSERT).iterate()]),
  'return() of an iterator': underReader((db) => {
    const rows = db.prepare(INSERT).iterate();
    return [rows.next(), attempt(() => rows.return()), rows.next(), rows.statement.busy];
  }),
  'break in a loop': underReader((db) => {
    for (const row of db.prepare(INSERT).iterate()) return row;
    return 'no row';
  }),
  'an error in a loop': underReader((db) => {
    for (const row of db.prepare(INSERT).iterate()) throw new RangeError(JSON.stringify(row));
  }),
  'return() before the first row': underReader((db) => db.prepare(INSERT).iterate().return()),
  'exec()': underReader((db) => db.exec('INSERT INTO t VALUES (1)').open),
  'exec() of several': underReader((db) => db.exec('SELECT 1; INSERT INTO t VALUES (1); SELECT 2').open),
  'pragma()': underReader((db) => db.pragma('user_version = 5')),
  'COMMIT, which leaves the transaction open': underReader((db) => {
    db.exec('BEGIN; INSERT INTO t VALUES (1)');
    return [attempt(() => db.exec('COMMIT').open), db.inTransaction, db.exec('ROLLBACK').inTransaction];
  }),
  'a transaction function': underReader((db) =>
    db.transaction(() => db.prepare('INSERT INTO t VALUES (1)').run())(),
  ),
  'a statement in a transaction function': underReader((db) =>
    db.transaction(() => {
      const row = db.prepare(INSERT).get();
      return [row, db.inTransaction];
    })(),
  ),
};
