/** Pairs of open files, and databases on them. */
import { openSync } from 'node:fs';
import { join } from 'node:path';
import type { Database, Driver } from './driver.mts';

export interface Pair {
  readonly driver: Driver;
  readonly folder: string;
  readonly databasePath: string;
  readonly journalPath: string;
  readonly fd: number;
  readonly journalFd: number;
  /** Opens the database on the two. */
  open(options?: Readonly<Record<string, unknown>>): Database;
}

/** Flags that are fit for a new database, which creates both files. */
export const CREATE = 'w+';

/**
 * Opens two files in a folder of their own, with the names that SQLite would give them.
 *
 * @param flags - For the database, then for its journal, as of `fs.openSync()`.
 */
export function openPair(driver: Driver, ...flags: (string | number)[]): Pair {
  return pairAt(driver, join(driver.folder(), 'test.db'), ...flags);
}

/** The same for a database that may exist. */
export function pairAt(
  driver: Driver,
  databasePath: string,
  databaseFlags: string | number = CREATE,
  journalFlags: string | number = CREATE,
): Pair {
  const journalPath = `${databasePath}-journal`;
  const fd = openSync(databasePath, databaseFlags);
  const journalFd = openSync(journalPath, journalFlags);
  return {
    driver,
    folder: join(databasePath, '..'),
    databasePath,
    journalPath,
    fd,
    journalFd,
    open: (options) => new driver.Database(fd, { journalFd, ...options }),
  };
}
