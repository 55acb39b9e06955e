/**
 * `getSqlite()` and `getDb()`: one connection per file, thread and realm.
 */
import type { Database } from '../core';
import { checkpointFile } from './checkpoint-file';
import { closeByForce, closeConnection } from './close-connection';
import {
  completeSettings,
  readOptions,
  refuseConflict,
  type ConnectionSettings,
  type GetDbOptions,
  type GetSqliteOptions,
} from './connection-options';
import { locateDatabase, type DatabaseLocation } from './database-url';
import { openConnection } from './open-connection';
import { fileIdOf, keyOf, registry, type RegisteredConnection } from './registry';

/**
 * The application's connection, opened by the first call.
 *
 * The database is the option `path`, else the environment variable `SQLITE_DB_PATH`, else `DATABASE_URL`, else
 * `app-dev.db`; a relative path starts at the working directory of the call. A missing directory is created.
 * Each thread has a connection of its own; within one, every copy of this package gives the same object.
 *
 * @returns The open connection to that file. After `close()` on it the next call opens another.
 * @throws {FerroliteError} `FERROLITE_OPTIONS_CONFLICT` if it is open with other options than those given;
 *   `FERROLITE_CANNOT_CREATE_DIRECTORY`; `FERROLITE_NO_WAL` on a file system without shared memory.
 * @throws {SqliteError} if the file cannot be opened, is no database, or stays locked for the busy timeout.
 * @throws {TypeError | RangeError} for a wrong option, path or URL.
 *
 * @example
 * const rows = getSqlite().prepare('SELECT * FROM opportunities LIMIT 200').all();
 */
export function getSqlite(options: GetSqliteOptions = {}): Database {
  checkObject(options, 'first', 'getDb(path) takes a path');
  const { path } = options;
  if (path !== undefined && typeof path !== 'string') {
    throw new TypeError('Expected the "path" option to be a string');
  }
  return connectionTo(locateDatabase(path), options, 'path');
}

/**
 * The connection to a given file: {@link getSqlite} without a look at the environment.
 *
 * @param path - A path, or a `file:` or `sqlite:` URL.
 * @throws As {@link getSqlite}.
 */
export function getDb(path: string, options: GetDbOptions = {}): Database {
  if (typeof path !== 'string') throw new TypeError('Expected first argument to be a string');
  checkObject(options, 'second');
  return connectionTo(locateDatabase(path), options);
}

function checkObject(options: unknown, position: string, hint?: string): void {
  if (typeof options === 'object' && options !== null) return;
  throw new TypeError(`Expected ${position} argument to be an options object${hint ? ` (${hint})` : ''}`);
}

/** Real paths that were found for requested ones; saves the lookup, never decides: the file is compared. */
const realPaths = new Map<string, string>();

function connectionTo(location: DatabaseLocation, options: object, extraName?: string): Database {
  const { path } = location;
  const requested = readOptions(options, location, extraName);
  const open = current(realPaths.get(path), path) ?? current(keyOf(path), path);
  if (open === undefined) return openAndRegister(path, completeSettings(requested));
  refuseConflict(path, requested, open.settings);
  return open.database;
}

/** The connection registered under `key`, if it is open and its file is the one that `path` leads to. */
function current(key: string | undefined, path: string): RegisteredConnection | undefined {
  if (key === undefined) return undefined;
  const found = registry().connections.get(key);
  if (found?.database.open !== true || found.fileId !== fileIdOf(path)) return undefined;
  realPaths.set(path, key);
  return found;
}

function openAndRegister(path: string, settings: ConnectionSettings): Database {
  const { connections } = registry();
  // One that is left under this name is closed, or its file was deleted or replaced: what is written to that
  // is lost, so nobody may go on using it as the database of this path.
  connections.get(keyOf(path))?.forceClose();
  const database = openConnection(path, settings);
  // Asked for again: now that the file exists, a symbolic link may show another real path.
  const key = keyOf(path);
  const file = database.memory || settings.immutable ? undefined : key;
  connections.set(key, {
    database,
    settings,
    fileId: fileIdOf(key),
    close: () => closeConnection(database, file),
    forceClose: () => closeByForce(database, file),
    checkpoint: (busyTimeoutMs, mode) => checkpointFile(key, busyTimeoutMs, mode),
  });
  return database;
}
