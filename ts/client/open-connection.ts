/**
 * Opens one connection the way production needs it: directory, file, pragmas, each failure with its reason.
 */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Database, SqliteError } from '../core';
import { FerroliteError, noWal } from '../errors';
import type { ConnectionSettings } from './connection-options';
import { MEMORY } from './database-url';
import { nameTheFile } from './open-error';
import type { PragmaValue } from './profiles';

/** Pragmas that have no effect once the log exists or the first page is written. */
export const BEFORE_JOURNAL_MODE: ReadonlySet<string> = new Set([
  'page_size',
  'auto_vacuum',
  'encoding',
  'locking_mode',
]);

/** Between attempts to change the journal mode. */
const RETRY_INTERVAL_MS = 1;

/**
 * Opens the database at `path` and sets its pragmas. A failure leaves nothing open.
 *
 * @throws {SqliteError} with SQLite's code and the path in the message.
 * @throws {FerroliteError} `FERROLITE_CANNOT_CREATE_DIRECTORY`, `FERROLITE_NO_WAL`.
 * @throws {TypeError} for a directory that may not be created, or a pragma that does not exist.
 */
export function openConnection(path: string, settings: ConnectionSettings): Database {
  if (path !== MEMORY && !settings.readonly) prepareToWrite(path, settings);
  try {
    const database = openDatabase(path, settings);
    try {
      configure(database, settings);
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  } catch (error) {
    throw nameTheFile(error, path);
  }
}

/** The core's option for SQLite's `immutable`, which is not part of the drop-in's own options. */
const IMMUTABLE = Symbol.for('ferrolite.immutable');

function openDatabase(path: string, settings: ConnectionSettings): Database {
  const { readonly, fileMustExist, immutable, busyTimeoutMs: timeout } = settings;
  const options = { readonly, fileMustExist, timeout, [IMMUTABLE]: immutable };
  return new Database(path, options);
}

/** Creates the directory, and refuses a file that cannot be written. */
export function prepareToWrite(path: string, settings: Pick<ConnectionSettings, 'fileMustExist'>): void {
  if (!settings.fileMustExist) createDirectory(dirname(path));
  // SQLite opens a file that cannot be written as a read-only one and says so at the first write, which may
  // be hours later.
  if (existsSync(path) && isAllowed(path, constants.R_OK) && !isAllowed(path, constants.W_OK)) {
    throw nameTheFile(new SqliteError('attempt to write a readonly database', 'SQLITE_READONLY'), path);
  }
}

function isAllowed(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function createDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FerroliteError(
      `Cannot create the directory of the database: ${reason}`,
      'FERROLITE_CANNOT_CREATE_DIRECTORY',
      { cause },
    );
  }
}

function configure(database: Database, settings: ConnectionSettings): void {
  const { pragmas } = settings;
  refuseUnknown(database, pragmas);
  set(database, pragmas, (name) => BEFORE_JOURNAL_MODE.has(name));
  setJournalMode(database, settings);
  // The first read: a file that is encrypted or no database, and a disk without room for the index of the log,
  // fail here and not at the first query.
  database.pragma('schema_version');
  set(database, pragmas, (name) => name !== 'journal_mode' && !BEFORE_JOURNAL_MODE.has(name));
}

/** SQLite ignores a pragma that it does not know, so a typing error would go unnoticed. */
function refuseUnknown(database: Database, pragmas: ReadonlyMap<string, PragmaValue>): void {
  const known = new Set(database.prepare('SELECT name FROM pragma_pragma_list').pluck().all());
  for (const name of pragmas.keys()) {
    if (!known.has(name)) throw new TypeError(`SQLite has no pragma "${name}"`);
  }
}

function set(
  database: Database,
  pragmas: ReadonlyMap<string, PragmaValue>,
  wanted: (name: string) => boolean,
): void {
  for (const [name, value] of pragmas) {
    if (wanted(name)) database.pragma(`${name} = ${String(value)}`);
  }
}

function setJournalMode(database: Database, settings: ConnectionSettings): void {
  const wanted = String(settings.pragmas.get('journal_mode'));
  // A reader takes the mode that the file has; a database in memory has only its own.
  if (settings.readonly || database.memory) return;
  checkJournalMode(wanted, changeJournalMode(database, wanted, settings.busyTimeoutMs));
}

/**
 * Changes the journal mode, and gives the mode that is in force then.
 *
 * A change is a write, and SQLite asks for the write lock with a read lock in hand, where it does not call the
 * busy handler: it fails at once while anybody writes, as another process does that starts on the same new file.
 */
function changeJournalMode(database: Database, wanted: string, busyTimeoutMs: number): unknown {
  const deadline = performance.now() + busyTimeoutMs;
  for (;;) {
    try {
      return database.pragma(`journal_mode = ${wanted}`, { simple: true });
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
      // Blocks the thread, as SQLite's own waiting does.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_INTERVAL_MS);
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof SqliteError && error.code.startsWith('SQLITE_BUSY');
}

/**
 * SQLite answers with the mode in force and does not fail when it is another one.
 *
 * @throws {FerroliteError} `FERROLITE_NO_WAL`.
 */
export function checkJournalMode(wanted: string, answer: unknown): void {
  if (wanted !== 'wal' || answer === 'wal') return;
  throw noWal(String(answer));
}
