/**
 * `closeDatabase()`: the orderly end of connections.
 */
import { locateDatabase } from './database-url';
import { nameTheFile } from './open-error';
import { keyOf, registry } from './registry';

/**
 * Closes this thread's connections from `getSqlite()` and `getDb()`; the next call of those opens again.
 *
 * An open transaction is rolled back, `PRAGMA optimize` and a checkpoint are run, the connection is closed; the
 * last connection to a file removes its log. Nothing is waited for: what another connection is using stays.
 * Closing what is not open does nothing.
 *
 * @param path - The one to close, as `getDb()` takes it. Default: all of them.
 * @throws {TypeError} if rows of a connection are being iterated: that one stays open, the others are closed.
 * @throws {SqliteError} if a checkpoint failed, as with a full disk: the connection is closed, what it committed
 *   is in the log that stays.
 * @throws {AggregateError} of these errors, if there is more than one.
 */
export function closeDatabase(path?: string): void {
  if (path !== undefined && typeof path !== 'string') {
    throw new TypeError('Expected first argument to be a string');
  }
  const { connections } = registry();
  const keys = path === undefined ? [...connections.keys()] : [keyOf(locateDatabase(path).path)];
  const errors = keys.flatMap(closeRegistered);
  if (errors.length > 1) throw new AggregateError(errors, `${errors.length} errors while closing databases`);
  if (errors.length === 1) throw errors[0];
}

function closeRegistered(key: string): unknown[] {
  const { connections } = registry();
  const found = connections.get(key);
  if (found === undefined) return [];
  const errors = found.close();
  if (found.database.open) return errors;
  connections.delete(key);
  return errors.map((error) => nameTheFile(error, key));
}
