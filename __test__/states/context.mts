/** What every cell of the table of states begins with: a connection, and one of everything that it can make. */
import type { CaseDriver } from '../differential/harness/case.mts';
import type { Described } from '../helpers/answer.mts';
import type { Database, RowIterator, Statement, Transaction } from '../helpers/driver.mts';

export interface Context {
  readonly driver: CaseDriver;
  readonly db: Database;
  readonly reader: Statement;
  readonly writer: Statement;
  readonly returning: Statement;
  readonly parameterised: Statement;
  readonly rows: RowIterator;
  readonly transaction: Transaction;
  /** What becomes of promises that calls have returned, to be waited for when everything else is done. */
  readonly promises: Promise<Described>[];
}

export function newContext(driver: CaseDriver, options: object = {}, file = ':memory:'): Context {
  // No lock of a state goes away while a call waits for it.
  const db = new driver.Database(file, { timeout: 0, ...options });
  db.exec('CREATE TABLE IF NOT EXISTS t (a)');
  return {
    driver,
    db,
    reader: db.prepare('SELECT column1 AS a FROM (VALUES (1), (2), (3))'),
    writer: db.prepare('INSERT INTO t VALUES (1)'),
    returning: db.prepare('INSERT INTO t VALUES (2) RETURNING a'),
    parameterised: db.prepare('SELECT :a AS a, :b AS b'),
    rows: db.prepare('SELECT 7 AS x UNION SELECT 8').iterate(),
    transaction: db.transaction(() => db.prepare('INSERT INTO t VALUES (3)').run()),
    promises: [],
  };
}

/** Finishes the iterator that every context starts with, for the states in which none is open. */
export function idle(context: Context): Context {
  context.rows.return();
  return context;
}
