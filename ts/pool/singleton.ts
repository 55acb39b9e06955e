/** `getPool()`: one pool per file, thread and realm, beside the connection of `getSqlite()`. */
import { refuseConflict, type ConnectionSettings } from '../client/connection-options';
import { locateDatabase } from '../client/database-url';
import { keyOf } from '../client/registry';
import { FerroliteError } from '../errors';
import type { MigrationSettings } from './migrations';
import { readPoolOptions, type PoolOptions } from './options';
import { newPool, type Pool } from './pool';

interface RegisteredPool {
  readonly pool: Pool;
  readonly settings: ConnectionSettings;
  readonly migrations: MigrationSettings | undefined;
}

const KEY = Symbol.for('ferrolite.pools');

/** The pools of this thread and realm, by the real path of their file; shared by all copies of this code. */
function registry(): Map<string, RegisteredPool> {
  const holder = globalThis as { [KEY]?: Map<string, RegisteredPool> };
  if (holder[KEY] === undefined) {
    const value = new Map<string, RegisteredPool>();
    Object.defineProperty(holder, KEY, { value, enumerable: false });
    return value;
  }
  return holder[KEY];
}

/**
 * The application's pool, opened by the first call.
 *
 * The database is found as `getSqlite()` finds it. After `close()` the next call opens another pool, and so
 * it does when the file was replaced.
 *
 * @throws {FerroliteError} `FERROLITE_OPTIONS_CONFLICT` if it is open with other options for its connections.
 * @throws {TypeError | RangeError} for a wrong option, path or URL.
 */
export function getPool(options: PoolOptions = {}): Pool {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Expected first argument to be an options object');
  }
  const location = options.path === undefined ? locateDatabase(undefined) : undefined;
  const settings = readPoolOptions(options, location);
  const { path } = settings.location;
  const found = registry().get(keyOf(path));
  if (found !== undefined && !found.pool.isClosed) {
    if (!found.pool.stats().fileIsLost) {
      refuseConflict(path, settings.requested, found.settings);
      refuseUnmigrated(path, settings.migrations, found.migrations);
      return found.pool;
    }
    // What is written to a file that has lost its name is lost.
    found.pool.close({ drainMs: 0 }).catch(() => undefined);
  }
  const pool = newPool(settings);
  const key = keyOf(path);
  registry().set(key, {
    pool,
    settings: settings.connection,
    migrations: settings.migrations,
  });
  return pool;
}

/** Who asks for migrations may not get a pool that has applied none, or others. */
function refuseUnmigrated(
  path: string,
  asked: MigrationSettings | undefined,
  found: MigrationSettings | undefined,
): void {
  if (asked === undefined || String(asked.folder) === String(found?.folder)) return;
  const what = found === undefined ? 'without migrations' : `with the migrations of "${found.folder}"`;
  throw new FerroliteError(
    `The pool of "${path}" is open ${what}: pass the "migrations" option to the first call of getPool()`,
    'FERROLITE_OPTIONS_CONFLICT',
  );
}
