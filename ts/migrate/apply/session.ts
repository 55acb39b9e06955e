/** One connection for as long as something is done with it: where it comes from, and what is known about it. */
import { existsSync } from 'node:fs';
import { locateDatabase } from '../../client/database-url';
import { prepareToWrite } from '../../client/open-connection';
import { nameTheFile } from '../../client/open-error';
import { Database, hasMoved } from '../../core';
import { FerroliteError } from '../../errors';
import { isDatabase } from '../../ops/health/subject';
import { pathOf, subjectFile, type FilePool } from '../../ops/subject-file';
import { adopted, foreignTables } from '../adopt/adopt';
import { Deadline, lockFor } from './lock';
import { allows, type Settings } from '../options';
import { readMigrations, type Migration } from '../folder/read';
import { State, type AppliedMigration } from './state';

/** What migrations are applied to: a connection, a pool, or a path as `getDb()` takes it. */
export type MigrationSubject = Database | FilePool | string;

/** What is worked with. */
export interface Session {
  readonly db: Database;
  /** Undefined for a database in memory. */
  readonly path: string | undefined;
  readonly state: State;
  readonly migrations: readonly Migration[];
  readonly deadline: Deadline;
  readonly settings: Settings;
  /** Whether the connection is the user's. */
  readonly isShared: boolean;
}

/** Does `work` in one IMMEDIATE transaction. Writers are waited for by the migrator's own limit. */
export async function atomically<T>(
  { db, deadline }: Pick<Session, 'db' | 'deadline'>,
  work: () => T,
): Promise<T> {
  await deadline.execute(db, 'BEGIN IMMEDIATE', 'a writer of the database');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } finally {
    if (db.inTransaction) db.exec('ROLLBACK');
  }
}

/** The path of a file that does not exist yet is fine; one that is only read is not. */
export function checkSubject(subject: unknown): void {
  if (isDatabase(subject)) {
    if (hasMoved(subject) === undefined) {
      throw new TypeError('Expected first argument to be a connection of this copy of ferrolite');
    }
    return;
  }
  subjectFile(subject);
}

interface Opened {
  readonly db: Database;
  readonly path: string | undefined;
  readonly close: () => void;
}

/** @param isWriting - Otherwise nothing is created, and a file that is not there counts as an empty database. */
function open(subject: MigrationSubject, settings: Settings, isWriting: boolean): Opened {
  if (isDatabase(subject)) {
    const db = subject as Database;
    if (!db.open) throw new TypeError('The database connection is not open');
    if (db.inTransaction) throw new TypeError('Migrations cannot be applied within a transaction');
    if (isWriting && db.readonly) throw readonlySubject();
    return { db, path: pathOf(db), close: () => undefined };
  }
  const { path, readonly } = subjectFile(subject);
  if (isWriting && readonly) throw readonlySubject();
  const fileMustExist = typeof subject === 'string' && locateDatabase(subject).fileMustExist === true;
  if (isWriting) prepareToWrite(path, { fileMustExist });
  const isMissing = !isWriting && !existsSync(path);
  // Not read-only, which could not roll back what a killed process has left.
  const db = isMissing ? new Database(':memory:') : prepared(path, { readonly, fileMustExist }, settings);
  return { db, path: isMissing ? undefined : path, close: () => db.close() };
}

const readonlySubject = (): TypeError =>
  new TypeError('Migrations write to the database, but it was opened or named for reading only');

interface ConnectOptions {
  readonly?: boolean;
  fileMustExist?: boolean;
  verbose?: (sql: unknown) => void;
}

/** A connection of the migrator's own. */
export function connect(
  path: string,
  options: ConnectOptions,
  settings: Pick<Settings, 'prepareConnection'>,
): Database {
  const db = prepared(path, options, settings);
  try {
    db.pragma(FIRST_READ);
    return db;
  } catch (error) {
    db.close();
    throw nameTheFile(error, path);
  }
}

/** Finds what is no database, or is encrypted. */
const FIRST_READ = 'schema_version';

function prepared(
  path: string,
  options: ConnectOptions,
  { prepareConnection }: Pick<Settings, 'prepareConnection'>,
): Database {
  try {
    const db = new Database(path, options);
    try {
      prepareConnection?.(db);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw nameTheFile(error, path);
  }
}

/** Reads for the first time, which a writer may keep waiting where there is no write-ahead log. */
async function read(db: Database, path: string | undefined, deadline: Deadline): Promise<void> {
  try {
    await deadline.execute(db, `PRAGMA ${FIRST_READ}`, 'a writer of the database');
  } catch (error) {
    throw path === undefined || error instanceof FerroliteError ? error : nameTheFile(error, path);
  }
}

/** Works with a connection, alone of all processes where `isAlone` is set. */
export async function withSession<T>(
  subject: MigrationSubject,
  folder: string,
  settings: Settings,
  isAlone: boolean,
  work: (session: Session) => T | Promise<T>,
): Promise<T> {
  settings.signal?.throwIfAborted();
  const migrations = readMigrations(folder);
  const deadline = new Deadline(settings.lockTimeoutMs, settings.signal);
  const { db, path, close } = open(subject, settings, isAlone);
  try {
    await read(db, path, deadline);
    const unlock = isAlone && path !== undefined ? await lockFor(path, deadline) : undefined;
    try {
      const state = new State(db, settings.table);
      return await work({ db, path, state, migrations, deadline, settings, isShared: db === subject });
    } finally {
      unlock?.();
    }
  } finally {
    close();
  }
}

/** Reads what belongs together: whatever others commit meanwhile, it is of one moment. */
export function atOnce<T>({ db }: Pick<Session, 'db'>, look: () => T): T {
  if (db.inTransaction) return look();
  db.exec('BEGIN');
  try {
    return look();
  } finally {
    if (db.inTransaction) db.exec('COMMIT');
  }
}

/** Tables that are about migrations. */
export const ownTables = ({ db, state }: Pick<Session, 'db' | 'state'>): string[] => [
  state.table,
  ...foreignTables(db),
];

/** What was applied: by the table, or where there is none by that of another tool. */
export interface Known {
  readonly applied: readonly AppliedMigration[];
  /** The tool that says so, whose table is not taken over yet. */
  readonly from: string | undefined;
}

/** Reads what was applied, and writes nothing. */
export function known({ db, state, migrations, settings }: Session): Known {
  if (state.exists || settings.adopt === false) return { applied: state.rows(), from: undefined };
  const found = adopted(db, migrations, settings.adopt, (label) => allows(settings.allowMissing, label));
  if (found === undefined) return { applied: [], from: undefined };
  const applied = found.migrations.map(({ migration, appliedAt, otherChecksum }) => ({
    name: migration.name,
    version: migration.version,
    checksum: otherChecksum ?? migration.checksum,
    appliedAt: appliedAt ?? new Date().toISOString(),
    durationMs: 0,
    origin: found.tool,
    text: migration.text,
    stepsDone: undefined,
    fingerprint: undefined,
  }));
  return { applied, from: found.tool };
}
