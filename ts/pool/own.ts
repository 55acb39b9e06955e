/** Connections on threads of their own for the package's own work: the file is taken as it is. */
import { DEFAULT_BUSY_TIMEOUT_MS } from '../client/profiles';
import { readPoolOptions } from './options';
import { newPool, type Pool } from './pool';

export type { Pool } from './pool';

/**
 * A pool with no pragmas but SQLite's own, of which nothing is started or opened before the first call.
 *
 * @param path - An absolute path, of a file that exists.
 */
export function connectionOf(
  path: string,
  { readonly = false, busyTimeoutMs = DEFAULT_BUSY_TIMEOUT_MS },
): Pool {
  const settings = readPoolOptions(
    { readonly, busyTimeoutMs, fileMustExist: true, readers: 1, maxHoldMs: Infinity },
    { path },
  );
  return newPool({ ...settings, connection: { ...settings.connection, pragmas: new Map() } });
}
