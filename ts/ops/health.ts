/** `checkHealth()`: whether a database can do its work. */
import { hasMoved } from '../core';
import { Deadline, LATE } from './deadline';
import { diskCheck, lookAtFiles, walCheck, type Files } from './health-files';
import { checkHealthOptions, type CheckedHealthOptions, type HealthOptions } from './health-options';
import { probe, READ, WRITE } from './health-probe';
import {
  resultOf,
  unopened,
  type HealthCheck,
  type HealthChecks,
  type HealthResult,
  type ProbeCheck,
} from './health-result';
import { connectionTo, isDatabase, type CheckedDatabase, type Subject } from './health-subject';
import { pathOf } from './subject-file';

/**
 * Checks that a database can be read and written, that its file is where it was, that its write-ahead log is small
 * enough and its disk has space.
 *
 * Nothing is written, and a connection that is given is as it was afterwards. The event loop is not held up while
 * another process has a lock: tries are short, and time passes between them.
 *
 * @param database - A connection, or a path as `getDb()` takes it. With a path the connection that `getSqlite()` or
 *   `getDb()` has open is used, else one is opened for the time of the check.
 * @returns The worst of the checks, as a status and as a status of HTTP, and each check with its reason.
 * @throws {TypeError | RangeError} for a wrong argument; rejects the promise. Whatever is wrong with the database is
 *   an answer, not an error.
 *
 * @example
 * const { status, httpStatus } = await checkHealth(getSqlite(), { deadlineMs: 200 });
 */
export async function checkHealth(
  database: CheckedDatabase | string,
  options?: HealthOptions,
): Promise<HealthResult> {
  if (typeof database !== 'string' && !isDatabase(database)) {
    throw new TypeError('Expected first argument to be a database or a path');
  }
  const limits = checkHealthOptions(options ?? {});
  // The caller may be a function that SQL calls, inside of which a connection cannot be used.
  await undefined;
  const deadline = new Deadline(limits.deadlineMs);
  const subject = typeof database === 'string' ? connectionTo(database) : { database, close: () => {} };
  if ('reason' in subject) {
    const open: ProbeCheck = { status: 'unhealthy', ...subject, durationMs: deadline.elapsedMs };
    return resultOf(unopened(open), deadline.elapsedMs);
  }
  try {
    return resultOf(await check(subject, limits, deadline), deadline.elapsedMs);
  } finally {
    subject.close();
  }
}

async function check(
  { database }: Subject,
  limits: CheckedHealthOptions,
  deadline: Deadline,
): Promise<HealthChecks> {
  if (!database.open) return unopened({ status: 'unhealthy', reason: 'the connection is closed' });
  const open: ProbeCheck = { status: 'ok', durationMs: deadline.elapsedMs };
  const path = pathOf(database);
  const files = path === undefined ? undefined : await deadline.orLate(lookAtFiles(path));
  if (files === LATE) {
    // Reading could stop the thread for as long.
    const reason = `the file system did not answer within ${limits.deadlineMs} ms`;
    const skipped: HealthCheck = { status: 'skipped', reason };
    const file: HealthCheck = { status: 'unhealthy', reason };
    return { open, file, read: skipped, write: skipped, wal: skipped, disk: skipped };
  }
  const inMemory: HealthCheck = { status: 'skipped', reason: 'the database has no file' };
  const file = files === undefined ? inMemory : fileCheck(database, files);
  const read = await probe(database, READ, deadline);
  const readonly: HealthCheck = { status: 'skipped', reason: 'the connection only reads' };
  return {
    open,
    file,
    read,
    write: database.readonly ? readonly : await probe(database, WRITE, deadline),
    wal: files === undefined ? inMemory : walCheck(files, limits),
    disk: files === undefined ? inMemory : database.readonly ? readonly : diskCheck(files, limits),
  };
}

function fileCheck(database: CheckedDatabase, { databaseBytes }: Files): HealthCheck {
  const isLost = 'what is written here is lost';
  if (databaseBytes === undefined) {
    return { status: 'unhealthy', reason: `the file was deleted or moved: ${isLost}` };
  }
  const moved = database.open ? hasMoved(database) : undefined;
  if (moved === undefined) {
    return { status: 'skipped', reason: 'only a connection of this copy of the package tells its file' };
  }
  if (moved) return { status: 'unhealthy', reason: `another file has taken its name: ${isLost}` };
  return { status: 'ok' };
}
