/** `checkHealth()`: whether a database can do its work. */
import { Deadline, LATE } from './deadline';
import { diskCheck, lookAtFiles, walCheck, type Files } from './files';
import { checkHealthOptions, type CheckedHealthOptions, type HealthOptions } from './options';
import { ConnectionPatient, type Patient } from './patient';
import { PoolPatient, type CheckedPool } from './pool';
import {
  CLOSED,
  resultOf,
  without,
  type HealthCheck,
  type HealthChecks,
  type HealthResult,
  type LocksCheck,
  type ProbeCheck,
} from './result';
import { connectionTo, isDatabase, type CheckedDatabase } from './subject';
import { lockCheckAt } from '../locks/lock-check';
import { isFilePool } from '../subject-file';
import {
  checkpointsCheck,
  engineCheck,
  fileSystemCheck,
  maintenanceCheck,
  rightsCheck,
} from './surroundings';

/**
 * Checks that a database can be read and written, that its file is where it was, that its write-ahead log is small
 * enough and its disk has space, and what surrounds it: engine, file system, rights, and what maintenance has found.
 *
 * Nothing is written, and a connection that is given is as it was afterwards. The event loop is not held up while
 * another process has a lock: tries are short, and time passes between them.
 *
 * @param database - A connection, a pool, or a path as `getDb()` takes it. With a path the connection that `getSqlite()` or
 *   `getDb()` has open is used, else one is opened for the time of the check.
 * @returns The worst of the checks, as a status and as a status of HTTP, and each check with its reason.
 * @throws {TypeError | RangeError} for a wrong argument; rejects the promise. Whatever is wrong with the database is
 *   an answer, not an error.
 *
 * @example
 * const { status, httpStatus } = await checkHealth(getSqlite(), { deadlineMs: 200 });
 */
export async function checkHealth(
  database: CheckedDatabase | CheckedPool | string,
  options?: HealthOptions,
): Promise<HealthResult> {
  if (typeof database !== 'string' && !isDatabase(database) && !isCheckedPool(database)) {
    throw new TypeError('Expected first argument to be a database, a pool or a path');
  }
  const limits = checkHealthOptions(options ?? {});
  // The caller may be a function that SQL calls, inside of which a connection cannot be used.
  await undefined;
  const deadline = new Deadline(limits.deadlineMs);
  if (isCheckedPool(database)) {
    return resultOf(await check(new PoolPatient(database), limits, deadline), deadline.elapsedMs);
  }
  const subject = typeof database === 'string' ? connectionTo(database) : { database, close: () => {} };
  if ('reason' in subject) {
    const open: ProbeCheck = { status: 'unhealthy', ...subject, durationMs: deadline.elapsedMs };
    return resultOf(without({ open }), deadline.elapsedMs);
  }
  try {
    const patient = new ConnectionPatient(subject.database);
    return resultOf(await check(patient, limits, deadline), deadline.elapsedMs);
  } finally {
    subject.close();
  }
}

const isCheckedPool = (value: unknown): value is CheckedPool => isFilePool(value);

async function check(
  patient: Patient,
  limits: CheckedHealthOptions,
  deadline: Deadline,
): Promise<HealthChecks> {
  if (!patient.isOpen) return without({ open: { status: 'unhealthy', reason: CLOSED } });
  const open: ProbeCheck = { status: 'ok', durationMs: deadline.elapsedMs };
  const path = patient.path();
  const files = path === undefined ? undefined : await deadline.orLate(lookAtFiles(path));
  if (files === LATE) {
    // Reading could stop the thread for as long.
    const reason = `the file system did not answer within ${limits.deadlineMs} ms`;
    return without({ open, file: { status: 'unhealthy', reason } }, { status: 'skipped', reason });
  }
  const file = files === undefined ? IN_MEMORY : fileCheck(patient, files);
  const read = await patient.read(deadline);
  const write = patient.readonly ? ONLY_READS : await patient.write(deadline);
  return {
    open,
    file,
    read,
    write,
    wal: files === undefined ? IN_MEMORY : walCheck(files, limits),
    disk: files === undefined ? IN_MEMORY : patient.readonly ? ONLY_READS : diskCheck(files, limits),
    engine: await engineOf(patient, read, files?.walBytes !== undefined),
    fileSystem:
      files === undefined ? IN_MEMORY : fileSystemCheck(files.fileSystem, files.walBytes !== undefined),
    rights: path === undefined ? IN_MEMORY : patient.readonly ? ONLY_READS : await rightsCheck(path),
    maintenance: path === undefined ? IN_MEMORY : maintenanceCheck(path),
    checkpoints: path === undefined ? IN_MEMORY : checkpointsCheck(path),
    locks: path === undefined ? IN_MEMORY : locksCheck(path),
  };
}

function locksCheck(path: string): LocksCheck {
  const { status, reason, lost } = lockCheckAt(path);
  return { status, ...(reason !== undefined && { reason }), ...(lost.length > 0 && { lost }) };
}

const IN_MEMORY: HealthCheck = { status: 'skipped', reason: 'the database has no file' };
const ONLY_READS: HealthCheck = { status: 'skipped', reason: 'the connection only reads' };

async function engineOf(patient: Patient, read: ProbeCheck, isWal: boolean): Promise<HealthCheck> {
  const skipped: HealthCheck = { status: 'skipped', reason: 'the library does not tell its version' };
  if (read.status !== 'ok') return skipped;
  // It was closed meanwhile, or is held up by something of which another check tells.
  return patient.version().then(
    (version) => engineCheck(version, isWal),
    () => skipped,
  );
}

function fileCheck(patient: Patient, { databaseBytes }: Files): HealthCheck {
  const isLost = 'what is written here is lost';
  if (databaseBytes === undefined) {
    return { status: 'unhealthy', reason: `the file was deleted or moved: ${isLost}` };
  }
  const moved = patient.moved();
  if (moved === undefined) {
    return { status: 'skipped', reason: 'only a connection of this copy of the package tells its file' };
  }
  if (moved) return { status: 'unhealthy', reason: `another file has taken its name: ${isLost}` };
  return { status: 'ok' };
}
