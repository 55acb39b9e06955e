/**
 * How one connection ends: in order, or because the process does.
 */
import { forceClose, SqliteError, type Database } from '../core';
import { errorFrom } from '../errors';
import { native } from '../this-platform';

/** Somebody else is using the file, or it cannot be written: then there is nothing to tidy up. */
const NOTHING_TO_TIDY = /^SQLITE_(?:BUSY|LOCKED|READONLY|CANTOPEN)/;

/**
 * Rolls back an open transaction, optimizes, checkpoints and closes.
 *
 * Does not wait for other connections: what they keep from being done, the last one to close does.
 *
 * @param file - Its real path, if a log may lie beside it.
 * @returns The error that counts, if any; none keeps the rest from being tried. If `close()` itself failed,
 *   because rows are being iterated, the database is still open and as it was.
 */
export function closeConnection(database: Database, file: string | undefined): unknown[] {
  if (!database.open) return [];
  const errors: unknown[] = [];
  if (database.inTransaction) attempt(errors, () => database.exec('ROLLBACK'));
  attempt(errors, () => database.pragma('busy_timeout = 0'));
  if (!database.readonly) {
    // One that only reads would write to a file that was opened for reading, which fails as a disk does.
    attempt(errors, () => database.pragma('optimize'));
    attempt(errors, () => database.pragma('wal_checkpoint(TRUNCATE)'));
  }
  try {
    database.close();
  } catch (error) {
    return [error];
  }
  attempt(errors, () => removeLog(file, database.readonly));
  // A full disk, say, makes each step fail: the first error is the cause.
  return errors.slice(0, 1);
}

/** Closes even while rows are being iterated; an open transaction is rolled back. For when there is no later. */
export function closeByForce(database: Database, file: string | undefined): void {
  if (!database.open) return;
  // No optimizing: nothing is written that need not be.
  forceClose(database);
  const errors: unknown[] = [];
  attempt(errors, () => removeLog(file, database.readonly));
  if (errors.length > 0) throw errors[0];
}

function attempt(errors: unknown[], step: () => unknown): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof SqliteError && NOTHING_TO_TIDY.test(error.code))) errors.push(error);
  }
}

/** Removes a log that SQLite has left although nobody uses it any more; see `src/ops/leftover_log.rs`. */
function removeLog(file: string | undefined, readonly: boolean): void {
  if (file === undefined) return;
  if (native().removeLeftoverLog(file, readonly) < 0) throw errorFrom(native().takeError());
}
