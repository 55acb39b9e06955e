/** `unsafeMode()`: what it allows, and what it does not. */
import { attempt } from '../helpers/answer.mts';
import type { Database } from '../helpers/driver.mts';
import type { CaseBody, Cases } from './harness/case.mts';

/** Once as it is, once in unsafe mode, once after it was switched off again. */
const inEachMode =
  (body: (db: Database) => unknown): CaseBody =>
  ({ memory }) =>
    ['safe', 'unsafe', 'safe again'].map((mode) => {
      const db = memory('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)');
      if (mode !== 'safe') db.unsafeMode();
      if (mode === 'safe again') db.unsafeMode(false);
      return [mode, attempt(() => body(db))];
    });

const whileIterating = (body: (db: Database) => unknown): CaseBody =>
  inEachMode((db) => {
    const seen: unknown[] = [];
    for (const a of db.prepare('SELECT a FROM t').pluck().iterate()) {
      seen.push(
        a,
        attempt(() => body(db)),
      );
      if (seen.length > 8) break;
    }
    return [seen, db.prepare('SELECT a FROM t').pluck().all(), db.inTransaction];
  });

export const cases: Cases = {
  'run() in a loop': whileIterating((db) => db.prepare('UPDATE t SET a = a + 10').run()),
  'run() of a SELECT in a loop': whileIterating((db) => db.prepare('SELECT 1').run()),
  'INSERT in a loop': whileIterating((db) => db.prepare('INSERT INTO t VALUES (9)').run()),
  'DELETE in a loop': whileIterating((db) => db.prepare('DELETE FROM t WHERE a = 3').run()),
  'exec() in a loop': whileIterating((db) => db.exec('SELECT 1').open),
  'exec() of writes in a loop': whileIterating((db) => db.exec('DELETE FROM t WHERE a = 2').open),
  'DROP TABLE in a loop': whileIterating((db) => db.exec('DROP TABLE t').open),
  'CREATE INDEX in a loop': whileIterating((db) => db.exec('CREATE INDEX IF NOT EXISTS i ON t (a)').open),
  'pragma() in a loop': whileIterating((db) => db.pragma('user_version')),
  'a writing pragma() in a loop': whileIterating((db) => db.pragma('user_version = 5')),
  'a transaction in a loop': whileIterating((db) => db.transaction(() => db.prepare('SELECT 1').get())()),
  'a transaction that writes in a loop': whileIterating((db) =>
    db.transaction(() => db.prepare('UPDATE t SET a = 5').run())(),
  ),
  'a transaction that fails in a loop': whileIterating((db) =>
    db.transaction(() => {
      db.prepare('UPDATE t SET a = 5').run();
      throw new RangeError('fails');
    })(),
  ),
  'BEGIN and ROLLBACK in a loop': whileIterating((db) => db.exec('BEGIN; DELETE FROM t; ROLLBACK').open),
  'explain() in a loop': whileIterating((db) => db.explain('QUERY PLAN SELECT 1').length),
  'function() in a loop': whileIterating((db) => db.function('f', () => 1).open),
  'aggregate() in a loop': whileIterating((db) => db.aggregate('f', { step: () => 1 }).open),
  'table() in a loop': whileIterating((db) => db.table('f', () => ({})).open),
  'loadExtension() in a loop': whileIterating((db) => db.loadExtension('/nowhere/missing')),
  'serialize() in a loop': whileIterating((db) => db.serialize().length),
  'close() in a loop': whileIterating((db) => db.close().open),
  'unsafeMode() in a loop': whileIterating((db) => db.unsafeMode(false).open),
  'the same statement in a loop': inEachMode((db) => {
    const statement = db.prepare('SELECT a FROM t');
    const rows = statement.iterate();
    rows.next();
    return [
      attempt(() => statement.get()),
      attempt(() => statement.all()),
      attempt(() => statement.run()),
      attempt(() => statement.iterate()),
      attempt(() => statement.bind()),
      attempt(() => statement.raw()),
      attempt(() => statement.columns()),
      rows.return(),
    ];
  }),
  'calls inside of a function': inEachMode((db) => {
    const seen: unknown[] = [];
    db.function('f', () => {
      seen.push(
        attempt(() => db.exec('SELECT 1')),
        attempt(() => db.prepare('SELECT 1')),
        attempt(() => db.pragma('user_version')),
        attempt(() => db.unsafeMode().open),
        attempt(() => db.exec('SELECT 1')),
      );
      return 1;
    });
    return [db.prepare('SELECT f()').pluck().get(), seen];
  }),
  'journal_mode = OFF': inEachMode((db) => [db.pragma('journal_mode = OFF'), db.pragma('journal_mode')]),
  'journal_mode = OFF of a file': ({ onDisk }) =>
    [false, true].map((on) => [
      on,
      onDisk('CREATE TABLE t (a)').unsafeMode(on).pragma('journal_mode = OFF', { simple: true }),
    ]),
  writable_schema: inEachMode((db) => {
    db.pragma('writable_schema = ON');
    return [
      attempt(() => db.prepare("UPDATE sqlite_schema SET sql = 'CREATE TABLE t (b)' WHERE name = 't'").run()),
      db.pragma('writable_schema', { simple: true }),
    ];
  }),
  'shadow tables': inEachMode((db) => {
    db.exec('CREATE VIRTUAL TABLE f USING fts5(x)');
    return attempt(() => db.prepare('DELETE FROM f_data').run().changes);
  }),
  sqlite_dbpage: inEachMode((db) => attempt(() => db.prepare('SELECT * FROM sqlite_dbpage').all())),
  'an inserted sqlite_sequence': inEachMode((db) => {
    db.exec('CREATE TABLE s (a INTEGER PRIMARY KEY AUTOINCREMENT)');
    return [
      attempt(() => db.prepare("INSERT INTO sqlite_sequence VALUES ('s', 10)").run()),
      db.prepare('INSERT INTO s DEFAULT VALUES').run(),
    ];
  }),
  'CREATE TABLE of a reserved name': inEachMode((db) => attempt(() => db.exec('CREATE TABLE sqlite_x (a)'))),
  'the toggle returns the database': inEachMode((db) => [
    db.unsafeMode() === db,
    db.unsafeMode(false) === db,
  ]),
  'switched on twice and off once': ({ memory }) => {
    const db = memory('CREATE TABLE t (a); INSERT INTO t VALUES (1)')
      .unsafeMode()
      .unsafeMode()
      .unsafeMode(false);
    const rows = db.prepare('SELECT a FROM t').iterate();
    return [attempt(() => db.exec('SELECT 1')), rows.return()];
  },
  'of one connection alone': ({ memory }) => {
    const [unsafe, safe] = [memory().unsafeMode(), memory()];
    const [one, other] = [unsafe.prepare('SELECT 1').iterate(), safe.prepare('SELECT 1').iterate()];
    return [
      attempt(() => unsafe.exec('SELECT 1').open),
      attempt(() => safe.exec('SELECT 1').open),
      one.next(),
      other.next(),
    ];
  },
  'switched off while a write is under way': ({ memory }) => {
    const db = memory('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)').unsafeMode();
    const rows = db.prepare('SELECT a FROM t').pluck().iterate();
    const seen = [rows.next(), attempt(() => db.exec('UPDATE t SET a = a * 2').open)];
    db.unsafeMode(false);
    return [seen, attempt(() => db.exec('UPDATE t SET a = 0')), [...rows]];
  },
};
