/** `lockCheck()`: whether this process still has the locks that its connections rely on. */
import { foreignDescriptors, sqliteLibraries, type ForeignDescriptor } from '../../locks/foreign';
import { native } from '../../this-platform';
import type { HealthCheck } from '../health/result';
import { subjectFile, type FileSubject } from '../subject-file';
import { realPathOf } from './real-path';
import { LOCK_NAMES, type LockName } from './names';

/** The locks of this process on one database. */
export interface LockCheck extends HealthCheck {
  /** Locks that connections of this process rely on and that the system does not know any more. */
  readonly lost: readonly LockName[];
  /** Descriptors of the database that other code of this process has open: closing one loses the locks. */
  readonly descriptors: readonly ForeignDescriptor[];
  /** Libraries of this process that hold an SQLite, this one's addon among them; empty where the system does not tell. */
  readonly libraries: readonly string[];
}

/**
 * Looks for the cases in which POSIX locks are lost without an error: a descriptor of the database that other code of
 * this process has closed, and another SQLite library in it. Two processes, or two libraries, then write at the same
 * time and damage the file.
 *
 * Opens no descriptor of the database, takes no lock and waits for none. Costs about a third of a millisecond.
 *
 * @param database - A connection, a pool, or a path as `getDb()` takes it.
 * @returns `unhealthy` when locks are lost, `degraded` when a descriptor endangers them, `skipped` on systems that tell
 *   neither: descriptors are told by Linux and macOS, lost locks by Linux alone.
 * @throws {TypeError} for what is no database, pool or path, or has no file.
 * @see https://sqlite.org/howtocorrupt.html
 *
 * @example
 * const { status, reason } = lockCheck(getSqlite());
 * if (status === 'unhealthy') console.error(reason);
 */
export function lockCheck(database: FileSubject): LockCheck {
  return lockCheckAt(subjectFile(database).path);
}

/** {@link lockCheck} of the file at an absolute path. */
export function lockCheckAt(given: string): LockCheck {
  const path = realPathOf(given);
  const state = native().lockState(path);
  const nothing = { lost: [], descriptors: [], libraries: [] };
  if (state === null) {
    return { status: 'skipped', reason: 'the locks of this system are not lost in this way', ...nothing };
  }
  if (state.connections === 0) {
    return {
      status: 'skipped',
      reason: 'this library does not have the file open in this process',
      ...nothing,
    };
  }
  const all = foreignDescriptors(native());
  const descriptors = (all ?? [])
    .filter((one) => one.path === undefined || one.path === path)
    .map(({ fd, file, kind }) => ({ fd, file, kind }));
  const lost = LOCK_NAMES.filter((_, index) => state.locks[index]?.lost === 1);
  const found = { lost, descriptors, libraries: sqliteLibraries() };
  if (lost.length > 0) {
    const reason = `this process has lost its locks (${lost.join(', ')}): others can write at the same time and damage the database; restart it`;
    return { status: 'unhealthy', reason, ...found };
  }
  if (descriptors.length > 0) {
    const reason = `${describeDescriptors(descriptors)}: closing it loses the locks of this process`;
    return { status: 'degraded', reason, ...found };
  }
  if (all === undefined) {
    return { status: 'skipped', reason: 'the system tells neither locks nor descriptors', ...found };
  }
  const untold = state.locks.some((lock) => lock.lost === -1);
  return { status: 'ok', ...(untold && { reason: NOT_TOLD }), ...found };
}

const NOT_TOLD = 'no descriptor endangers the locks; whether some are lost already is not told by the system';

/** One or several descriptors in words. */
export function describeDescriptors(descriptors: readonly ForeignDescriptor[]): string {
  const isSqlite = descriptors.some(({ kind }) => kind === 'sqlite');
  const who = isSqlite ? 'another SQLite library' : 'other code';
  const numbers = descriptors.map(({ fd }) => fd).join(', ');
  return `${who} of this process has the file open (descriptor ${numbers})`;
}
