/**
 * Consistent copies of databases that may be open.
 *
 * Only SQLite can copy those: the newest rows may be in the log, and a file that a SQLite of this process has open must
 * not be opened by anybody else here, because closing it drops the locks of the process. What is copied to is opened by
 * nobody afterwards, so that a plain copy of it is safe.
 */
import Database, { FerroliteError } from 'ferrolite';
import { existsSync, statSync, type BigIntStats } from 'node:fs';
import { diskError } from './files';

/** The core's option for SQLite's `immutable`, which is not part of the drop-in's own options. */
const IMMUTABLE = Symbol.for('ferrolite.immutable');
/** Pages in one step: all, so that no other writer can make the copy begin again. */
const ALL_PAGES = 0x7fff_ffff;

/**
 * Tells one state of the database at `path` from another.
 *
 * @throws {FerroliteError} `FERROLITE_NO_TEMPLATE` if there is no database.
 */
export function stateOf(path: string): string {
  const stats = look(path);
  if (stats === undefined)
    throw noTemplate(path, 'does not exist: create it, or correct the "template" option');
  if (!stats.isFile()) throw noTemplate(path, 'is no file');
  const log = look(`${path}-wal`);
  if (stats.size === 0n && (log?.size ?? 0n) === 0n) {
    throw noTemplate(path, 'is empty: fill it, or correct the "template" option');
  }
  const of = (each: BigIntStats | undefined): string =>
    each ? `${each.ino}:${each.size}:${each.mtimeNs}` : '';
  return `${stats.dev}:${of(stats)} ${of(log)}`;
}

function look(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (cause) {
    throw noTemplate(path, `cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function noTemplate(path: string, what: string, options?: ErrorOptions): FerroliteError {
  return new FerroliteError(`The template "${path}" ${what}`, 'FERROLITE_NO_TEMPLATE', options);
}

/**
 * Copies the database at `path`, with what is in its log, to a file that does not exist. The source is not changed.
 *
 * @throws {FerroliteError} `FERROLITE_NO_TEMPLATE` for a file that is no database.
 */
export async function takeSnapshot(path: string, target: string): Promise<void> {
  try {
    const source = openSource(path);
    try {
      await source.backup(target, { progress: () => ALL_PAGES });
    } finally {
      source.close();
    }
  } catch (error) {
    if ((error as { code?: unknown }).code === 'SQLITE_NOTADB') {
      throw noTemplate(path, 'is encrypted, or no SQLite database', { cause: error });
    }
    throw diskError(`copy the template "${path}"`, error);
  }
}

/**
 * Copies the database at `path` like {@link takeSnapshot}, and looks whether the copy is sound.
 *
 * @throws {FerroliteError} `FERROLITE_NO_TEMPLATE` also for a damaged database, which would be copied as it is.
 */
export async function takeSoundSnapshot(path: string, target: string): Promise<void> {
  await takeSnapshot(path, target);
  const copy = new Database(target);
  try {
    const said: unknown = copy.pragma('quick_check(1)', { simple: true });
    if (said !== 'ok') throw noTemplate(path, `is damaged: ${String(said)}`);
  } finally {
    copy.close();
  }
}

/**
 * Opens the source so that it stays as it is, files beside it included.
 *
 * The last connection copies a log into the database and removes it, unless it may only read: then it leaves a log that
 * it had to make. So the one is right where a log lies, the other where none does.
 */
function openSource(path: string): Database.Database {
  const hasLog = existsSync(`${path}-wal`);
  const db = new Database(path, { readonly: hasLog, fileMustExist: true });
  try {
    db.pragma('schema_version');
    return db;
  } catch (error) {
    db.close();
    const { code } = error as { code?: string };
    // In a folder that cannot be written no log can be made, so there is none and nobody changes the file.
    if (hasLog || (code !== 'SQLITE_CANTOPEN' && code !== 'SQLITE_READONLY_DIRECTORY')) throw error;
    return new Database(path, { readonly: true, [IMMUTABLE]: true } as Database.Options);
  }
}
