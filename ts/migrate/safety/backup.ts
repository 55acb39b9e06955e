/**
 * A copy before the first migration, and the way back to it.
 *
 * The way back is SQLite's own online backup, from the copy into the database: one transaction, so that other connections see
 * the state before or after it, and one that is killed is rolled back by the next reader.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Database } from '../../core';
import { FerroliteError } from '../../errors';
import { quickCheck } from '../../ops/maintenance/checks';
import { foreignVersionOf, hasWal } from './data-version';
import { reasonOf } from '../failures';
import { copyFile, problemsIn } from './rehearsal';
import { Deadline, isBusy } from '../apply/lock';
import type { Settings } from '../options';
import { connect, type Session } from '../apply/session';

/** Options of the copy before the first migration. */
export interface MigrationBackupOptions {
  /** Where it is put. Default: beside the database. */
  readonly directory?: string | undefined;
  /** How many of them are kept, this one included. Default 3. */
  readonly keep?: number | undefined;
  /** Go back to it when a migration fails. Default true. */
  readonly restore?: boolean | undefined;
}

/** {@link MigrationBackupOptions}, checked. */
export interface BackupSettings {
  readonly directory: string | undefined;
  readonly keep: number;
  readonly restore: boolean;
}

/** A copy, and what the database was when it was made. */
export interface Backup {
  readonly path: string;
  /** Another one as soon as others have written. */
  readonly foreignVersion: number;
  /** What was applied. */
  readonly token: string;
}

const MARK = '.before-';

/** @throws {FerroliteError} `FERROLITE_MIGRATION_BACKUP` before anything is done if there is no place for copies. */
export function checkPlace({ backup }: Pick<Settings, 'backup'>): void {
  const { directory } = backup ?? {};
  if (directory === undefined) return;
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new FerroliteError(
    `There is no folder "${resolve(directory)}" for the copy of the database, so nothing was done`,
    'FERROLITE_MIGRATION_BACKUP',
  );
}

/** Makes a copy, and has SQLite look through it. */
export async function makeBackup(
  session: Session,
  path: string,
  settings: BackupSettings,
  name: string,
): Promise<Backup> {
  const { db, state } = session;
  const directory = settings.directory === undefined ? dirname(path) : resolve(settings.directory);
  const time = new Date().toISOString().replaceAll(/[-:.]/g, '');
  const target = join(directory, `${basename(path)}${MARK}${name}-${time}`);
  const foreignVersion = foreignVersionOf(db);
  const token = state.token();
  await copyFile(session, path, target);
  const { ok, problems } =
    session.settings.prepareConnection === undefined
      ? await quickCheck(target, { signal: session.settings.signal })
      : checkHere(session, target);
  if (ok) return { path: target, foreignVersion, token };
  rmSync(target, { force: true });
  throw new FerroliteError(
    `The copy of the database before the migrations is damaged, so nothing was done: ${problems[0]}`,
    'FERROLITE_MIGRATION_BACKUP',
  );
}

function checkHere({ settings }: Session, target: string): { ok: boolean; problems: readonly string[] } {
  const copy = connect(target, { readonly: true }, settings);
  try {
    const problems = problemsIn(copy);
    return { ok: problems.length === 0, problems };
  } finally {
    copy.close();
  }
}

/**
 * Puts the database back to what it was, after a migration has failed.
 *
 * @returns The error to throw: that of the migration, which also says what has become of the database.
 */
export async function restoreBackup(
  session: Session,
  path: string,
  backup: Backup,
  error: unknown,
): Promise<FerroliteError> {
  const { db, settings } = session;
  const { code = 'FERROLITE_MIGRATION_FAILED' } = error as { code?: string };
  const report = (what: string): FerroliteError =>
    new FerroliteError(`${reasonOf(error)}. ${what}`, code, { cause: error });
  const keptAt = `the copy is at "${backup.path}"`;
  const deadline = new Deadline(settings.lockTimeoutMs);
  try {
    if (await isUntouched(session, backup, deadline)) {
      return report('The database is what it was before the first migration');
    }
    const source = connect(backup.path, { readonly: true }, settings);
    // Who is in the way is waited for here.
    source.pragma('busy_timeout = 0');
    try {
      while (await isUnchanged(db, backup, deadline)) {
        if (await putBack(source, path, session, backup, deadline)) {
          return report('The database was put back to what it was before the first migration');
        }
      }
    } finally {
      source.close();
    }
    return report(`The database was not put back, because others may have written to it since: ${keptAt}`);
  } catch (cause) {
    return report(`The database could not be put back (${reasonOf(cause)}): ${keptAt}`);
  }
}

/** Whether nothing was committed by migrations: what they do is recorded with it, and what cannot be is recorded before. */
function isUntouched({ state }: Session, { token }: Backup, deadline: Deadline): Promise<boolean> {
  return deadline
    .retry('a writer of the database', () => ({ is: state.token() === token }))
    .then(({ is }) => is);
}

/** Whether nobody else has written, whose rows would be lost. Waits for who is writing. */
async function isUnchanged(db: Database, backup: Backup, deadline: Deadline): Promise<boolean> {
  await deadline.execute(db, 'BEGIN IMMEDIATE', 'a writer of the database');
  try {
    return foreignVersionOf(db) === backup.foreignVersion;
  } finally {
    db.exec('ROLLBACK');
  }
}

const CHANGED = Symbol('changed');

/** @returns False where somebody was in the way, and may have written. */
async function putBack(
  source: Database,
  path: string,
  { db }: Session,
  backup: Backup,
  deadline: Deadline,
): Promise<boolean> {
  let isLocked = false;
  const progress = (): void => {
    if (isLocked) return;
    isLocked = true;
    // The target is locked before the first page, and can be read still: who was faster has written before.
    if (hasWal(db) && foreignVersionOf(db) !== backup.foreignVersion) throw CHANGED;
  };
  try {
    await source.backup(path, { progress });
    return true;
  } catch (error) {
    if (error === CHANGED) return false;
    if (!isBusy(error)) throw error;
    await deadline.pause('readers of the database', error);
    return false;
  }
}

/** Removes the oldest copies, and what a killed process has left of one. */
export function removeOldBackups(path: string, { directory, keep }: BackupSettings): void {
  const folder = directory === undefined ? dirname(path) : resolve(directory);
  const timeOf = (name: string): string => name.slice(name.lastIndexOf('-') + 1);
  const ours = readdirSync(folder).filter((name) => name.startsWith(`${basename(path)}${MARK}`));
  // Of this process there is none under way, and of others neither: this one has the lock.
  const partial = ours.filter((name) => /\.partial(?:-journal|-wal|-shm)?$/.test(name));
  const old = ours
    .filter((name) => /-\d{8}T\d{9}Z$/.test(name))
    .toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1))
    .slice(keep);
  for (const name of [...partial, ...old]) rmSync(join(folder, name), { force: true });
}
