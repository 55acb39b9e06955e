/**
 * Who builds a template: one worker of all that want it, the others wait.
 *
 * The lock is one of SQLite on an empty database, which the system takes back when its holder dies, however it dies.
 */
import Database, { FerroliteError } from 'ferrolite';
import { setTimeout as delay } from 'node:timers/promises';
import { onDisk } from './files';

/** Between two attempts. The event loop runs meanwhile: the builder may be in this very thread. */
const RETRY_INTERVAL_MS = 10;

/**
 * Takes the lock.
 *
 * @param isDone - Whether what the lock is wanted for was done by somebody else meanwhile.
 * @returns What gives the lock back; undefined once it is no longer needed.
 * @throws {FerroliteError} `FERROLITE_TEMPLATE_BUSY` after `timeoutMs`.
 */
export async function buildLock(
  path: string,
  timeoutMs: number,
  isDone: () => boolean,
): Promise<(() => void) | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const db = tryLock(path);
    if (isDone()) {
      db?.close();
      return undefined;
    }
    if (db !== undefined) return () => db.close();
    if (performance.now() >= deadline) throw busy(path, timeoutMs);
    await delay(RETRY_INTERVAL_MS);
  }
}

function tryLock(path: string): Database.Database | undefined {
  const db = onDisk(`create "${path}"`, () => new Database(path, { timeout: 0 }));
  try {
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db.close();
    if ((error as { code?: unknown }).code === 'SQLITE_BUSY') return undefined;
    return onDisk(`lock "${path}"`, () => {
      throw error;
    });
  }
}

function busy(path: string, timeoutMs: number): FerroliteError {
  return new FerroliteError(
    `Another worker has been building the template for more than ${timeoutMs} ms. Give "buildTimeoutMs" more time, or ` +
      `see what its "build" function waits for (the lock is on "${path}")`,
    'FERROLITE_TEMPLATE_BUSY',
  );
}
