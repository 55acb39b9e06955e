/** Steps on the file system whose failure says what to do. */
import { FerroliteError } from 'ferrolite';

/** Codes of SQLite that mean the disk, and not the SQL. */
const DISK = /^SQLITE_(?:FULL|IOERR|CANTOPEN|READONLY|PERM)/;

/**
 * Runs a step that writes below the folder of fixtures.
 *
 * @param what - The step, behind "Cannot".
 * @throws {FerroliteError} `FERROLITE_FIXTURE_FILES`, with the reason as `cause`.
 */
export function onDisk<Result>(what: string, step: () => Result): Result {
  try {
    return step();
  } catch (cause) {
    throw diskError(what, cause);
  }
}

/** The same for an error that is there already: what is not the disk's fault is given back as it is. */
export function diskError(what: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !isOfDisk(cause)) return cause;
  return new FerroliteError(
    `Cannot ${what}: ${cause.message}. Make room there and see that it can be written, or choose another place with ` +
      `the "directory" option`,
    'FERROLITE_FIXTURE_FILES',
    { cause },
  );
}

function isOfDisk(error: Error & { code?: unknown; syscall?: unknown }): boolean {
  if (typeof error.code !== 'string') return false;
  return error.syscall !== undefined || DISK.test(error.code);
}
