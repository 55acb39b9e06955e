/** Which failures of a transaction pass by themselves. */
import { findError } from '../find-error';

/**
 * Another connection was in the way. `SQLITE_BUSY_SNAPSHOT` is a transaction that has read and then wants to write what
 * another has written since: waiting does not help it, beginning anew does. `SQLITE_PROTOCOL` is a race for the first
 * lock of a log. Plain `SQLITE_LOCKED` is a conflict within one connection, which stays.
 *
 * @see https://sqlite.org/rescode.html
 */
const PASSING = new Set([
  'SQLITE_BUSY',
  'SQLITE_BUSY_SNAPSHOT',
  'SQLITE_BUSY_RECOVERY',
  'SQLITE_BUSY_TIMEOUT',
  'SQLITE_LOCKED_SHAREDCACHE',
  'SQLITE_PROTOCOL',
]);

/** "cannot commit transaction - SQL statements in progress": the same code, for a mistake of the function. */
const OF_THE_FUNCTION = /^cannot (?:commit|rollback|start|release|open)/;

/** Whether the same transaction can succeed later. */
export function passes(error: unknown): boolean {
  const found = findError(error);
  return found !== undefined && PASSING.has(found.code) && !OF_THE_FUNCTION.test(found.message);
}
