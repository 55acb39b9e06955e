/**
 * One process of many migrates.
 *
 * The lock is SQLite's own on an empty file beside the database, which the system releases when a process dies. It
 * is what keeps rehearsals, backups and migrations of several transactions apart; that none is applied twice is decided in the
 * database itself, within the transaction.
 */
import { existsSync, realpathSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database, SqliteError, hasMoved } from '../../core';
import { FerroliteError } from '../../errors';

/** Between two attempts. */
const POLL_MS = 10;

/** Whether another connection is in the way. */
export const isBusy = (error: unknown): boolean =>
  error instanceof SqliteError && error.code.startsWith('SQLITE_BUSY');

/** Until when is waited. */
export class Deadline {
  readonly #end: number;
  readonly #waitMs: number;
  readonly #signal: AbortSignal | undefined;

  constructor(waitMs: number, signal?: AbortSignal) {
    this.#waitMs = waitMs;
    this.#end = performance.now() + waitMs;
    this.#signal = signal;
  }

  /**
   * Calls `attempt` until nothing is in its way.
   *
   * @throws {FerroliteError} `FERROLITE_MIGRATION_BUSY` when the time is over.
   */
  async retry<T>(what: string, attempt: () => T | undefined): Promise<T> {
    for (;;) {
      this.#signal?.throwIfAborted();
      let cause: unknown;
      try {
        const result = attempt();
        if (result !== undefined) return result;
      } catch (error) {
        if (!isBusy(error)) throw error;
        cause = error;
      }
      await this.pause(what, cause);
    }
  }

  /** Waits before the next attempt. @throws {FerroliteError} `FERROLITE_MIGRATION_BUSY` when the time is over. */
  async pause(what: string, cause: unknown): Promise<void> {
    if (performance.now() >= this.#end) {
      throw new FerroliteError(
        `Waited more than ${this.#waitMs} ms for ${what}`,
        'FERROLITE_MIGRATION_BUSY',
        { cause },
      );
    }
    await sleep(POLL_MS, undefined, this.#signal === undefined ? {} : { signal: this.#signal });
  }

  /** Executes SQL that `what` may keep waiting. SQLite itself would wait on this thread, for as long as the connection says. */
  execute(db: Database, sql: string, what: string): Promise<Database> {
    return this.retry(what, () => {
      const timeout: unknown = db.prepare('PRAGMA busy_timeout').pluck().get();
      db.prepare('PRAGMA busy_timeout = 0').get();
      try {
        return db.exec(sql);
      } finally {
        db.prepare(`PRAGMA busy_timeout = ${String(timeout)}`).get();
      }
    });
  }
}

/** Takes the lock for the database at `path`. @returns What gives it back. */
export async function lockFor(path: string, deadline: Deadline): Promise<() => void> {
  // Whoever uses a symbolic link has to meet those who do not.
  const file = `${existsSync(path) ? realpathSync(path) : path}-migrating`;
  return deadline.retry(`another process that migrates "${path}"`, () => {
    const lock = new Database(file, { timeout: 0 });
    let isHeld = false;
    try {
      // No journal: it would have the name of the next holder's.
      lock.pragma('journal_mode = memory');
      lock.exec('BEGIN EXCLUSIVE');
      // Whoever had it before may have removed the file: then the next one has another.
      isHeld = hasMoved(lock) === false;
    } finally {
      if (!isHeld) lock.close();
    }
    if (!isHeld) return undefined;
    return () => {
      // Windows does not remove what is open; there the empty file stays.
      if (process.platform !== 'win32') rmSync(file, { force: true });
      lock.close();
    };
  });
}
