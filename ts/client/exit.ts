/**
 * Closes what is open when the process or the worker ends, so that no log stays beside the database.
 *
 * `process.exit()` and an uncaught error end the process without running the addon's own clean-up; the event
 * `exit` is the last moment in which anything can be closed. `worker.terminate()` gives no event: there the
 * addon cleans up.
 */
import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { SqliteError, type Database } from '../core';
import { registry } from './registry';

/**
 * Makes sure that the registered connections are closed at exit, after the listeners there are at this moment,
 * which may still use them.
 */
export function closeAllAtExit(): void {
  const shared = registry();
  shared.exitListener ??= () => {
    shared.exiting = true;
    closeRegistered(false);
  };
  process.off('exit', shared.exitListener);
  process.on('exit', shared.exitListener);
}

/**
 * Closes every registered connection because the process ends: never throws, which would replace the exit code
 * and the error that ends the process.
 *
 * @param tidily - Optimize and checkpoint those that are not being iterated.
 */
export function closeRegistered(tidily: boolean): void {
  for (const [path, connection] of registry().connections) {
    try {
      const errors = tidily ? connection.close() : [];
      // Still open means that rows are being iterated, and nobody will go on with them.
      if (connection.database.open) connection.forceClose();
      else for (const error of errors) report(path, error);
    } catch (error) {
      report(path, error);
    }
  }
}

function report(path: string, error: unknown): void {
  try {
    // console.error() may be asynchronous, and nothing runs after this.
    writeSync(2, `ferrolite: could not close ${path}: ${String(error)}\n`);
  } catch {
    // Nobody reads standard error: there is no other place left to say it.
  }
}

/**
 * Takes a database that an exit listener opens after ours has run out of WAL mode, since nothing will close it:
 * a rollback journal is gone after each commit. The next `getSqlite()` brings WAL mode back.
 */
export function leaveWalWhileExiting(database: Database): void {
  // The addon closes what a worker leaves open.
  if (!registry().exiting || !isMainThread || database.readonly || database.memory) return;
  try {
    database.pragma('busy_timeout = 0');
    database.pragma('journal_mode = delete');
    // NORMAL is safe with a log only.
    database.pragma('synchronous = full');
  } catch (error) {
    // With another connection on the file the mode cannot change, and that one removes the log.
    if (!(error instanceof SqliteError && error.code.startsWith('SQLITE_BUSY'))) throw error;
  }
}
