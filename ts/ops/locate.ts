/** `locateDatabase()`: which file the other functions mean. */
import { locateDatabase as locate, type DatabaseLocation } from '../client/database-url';

export type { DatabaseLocation };

/**
 * Finds the database as `getSqlite()` does, without opening or creating it.
 *
 * @param path - A path, or a `file:` or `sqlite:` URL. Default: `SQLITE_DB_PATH`, `DATABASE_URL`, then `app-dev.db`.
 * @throws {TypeError} if the text that decides is no usable path or URL.
 *
 * @example
 * const { path } = locateDatabase();
 */
export function locateDatabase(path?: string): DatabaseLocation {
  if (path !== undefined && typeof path !== 'string')
    throw new TypeError('Expected first argument to be a path');
  return locate(path);
}
