/**
 * How one connection ends: in order, or because the process does.
 */
import { forceClose, SqliteError, type Database } from '../core';

/** Somebody else is using the file, or it cannot be written: then there is nothing to tidy up. */
const NOTHING_TO_TIDY = /^SQLITE_(?:BUSY|LOCKED|READONLY)/;

/**
 * Rolls back an open transaction, optimizes, checkpoints and closes.
 *
 * Does not wait for other connections: what they keep from being done, the last one to close does.
 *
 * @returns The errors; none keeps the rest from being tried. If `close()` itself failed, because rows are
 *   being iterated, the database is still open and as it was.
 */
export function closeConnection(database: Database): unknown[] {
  if (!database.open) return [];
  const errors: unknown[] = [];
  const attempt = (step: () => unknown): void => {
    try {
      step();
    } catch (error) {
      if (!(error instanceof SqliteError && NOTHING_TO_TIDY.test(error.code))) errors.push(error);
    }
  };
  if (database.inTransaction) attempt(() => database.exec('ROLLBACK'));
  attempt(() => database.pragma('busy_timeout = 0'));
  attempt(() => database.pragma('optimize'));
  attempt(() => database.pragma('wal_checkpoint(TRUNCATE)'));
  try {
    database.close();
    return errors;
  } catch (error) {
    // An open iterator made every step above fail with this same error.
    return [...errors.filter((earlier) => earlier instanceof SqliteError), error];
  }
}

/** Closes even while rows are being iterated; an open transaction is rolled back. */
export function closeAtExit(database: Database): void {
  // No optimizing: after an uncaught error nothing is written that need not be.
  if (database.open) forceClose(database);
}
