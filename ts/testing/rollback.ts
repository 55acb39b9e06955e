/** A test inside a savepoint: what it writes is taken back instead of copied. */
import { FerroliteError, type default as Database } from 'ferrolite';

/** A name that no code under test uses. */
const SAVEPOINT = '"ferrolite test"';

/** What a test writes until it is rolled back. */
export interface RollbackScope {
  /**
   * Takes back everything that was written since the scope began. Again does nothing.
   *
   * @throws {FerroliteError} `FERROLITE_ROLLBACK_LOST` if the transaction had ended, so that rows may have stayed.
   */
  rollback(): void;
  [Symbol.dispose](): void;
}

/**
 * Opens a savepoint on `db`. Until it is rolled back `db.transaction()` nests in it, so nothing is committed.
 *
 * @throws {FerroliteError} `FERROLITE_TRANSACTION_OPEN` if the connection is in a transaction already.
 *
 * @example
 * const scope = rollbackScope(db);
 * try {
 *   runTest(db);
 * } finally {
 *   scope.rollback();
 * }
 */
export function rollbackScope(db: Database.Database): RollbackScope {
  if (db.inTransaction) {
    throw new FerroliteError(
      'The connection is in a transaction already: finish it first, and do not run two tests on one connection at the same time',
      'FERROLITE_TRANSACTION_OPEN',
    );
  }
  db.exec(`SAVEPOINT ${SAVEPOINT}`);
  let isOver = false;
  const rollback = (): void => {
    if (isOver) return;
    isOver = true;
    takeBack(db);
  };
  return { rollback, [Symbol.dispose]: rollback };
}

function takeBack(db: Database.Database): void {
  try {
    db.exec(`ROLLBACK TO ${SAVEPOINT}`);
  } catch (cause) {
    // SQLITE_ERROR: there is no such savepoint. A TypeError means an open iterator, or a closed connection.
    if ((cause as { code?: unknown }).code !== 'SQLITE_ERROR') throw cause;
    if (db.inTransaction) db.exec('ROLLBACK');
    throw new FerroliteError(
      'The transaction that the test ran in was ended by the test, with COMMIT or ROLLBACK, or by an error after which ' +
        'SQLite rolls back: what the test wrote may have stayed. Give it a copy of its own',
      'FERROLITE_ROLLBACK_LOST',
      { cause },
    );
  }
  db.exec('ROLLBACK');
}
