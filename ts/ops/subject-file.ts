/**
 * The database file that an operation is about, however it is named: by a connection, a pool or a path.
 */
import { nativeConnection, type NativeConnection } from '../core';
import { locateDatabase, MEMORY } from '../client/database-url';
import { keyOf, registry } from '../client/registry';
import { native } from '../this-platform';
import { isPool } from './bulk/target';
import { isDatabase, type CheckedDatabase } from './health/subject';

/** What an operation needs of a pool. */
export interface FilePool {
  readonly path: string;
  readonly isClosed: boolean;
  all(sql: string): Promise<unknown[]>;
}

/** A connection of this copy of the package, a pool, or a path as `getDb()` takes it. */
export type FileSubject = CheckedDatabase | FilePool | string;

export interface SubjectFile {
  /** Absolute, or `:memory:`. */
  readonly path: string;
  /** Whether it was asked for, or opened, for reading only. */
  readonly readonly: boolean;
  /** The connection that this thread has open to it, where one was given or `getDb()` has one. */
  readonly database: CheckedDatabase | undefined;
  /** That connection; undefined for one of another SQLite library. */
  readonly connection: NativeConnection | undefined;
}

/**
 * Finds the file.
 *
 * @throws {TypeError} for what is no connection, pool or path, for a closed one, for a database without a file of its
 *   own, and for a connection of another SQLite library: closing the file in a second one would drop the locks of the
 *   first.
 */
export function subjectFile(subject: unknown): SubjectFile {
  if (typeof subject === 'string') return fileAt(subject);
  if (isDatabase(subject)) return fileOfDatabase(subject);
  if (isFilePool(subject)) {
    if (subject.isClosed) throw new TypeError('The pool is closed');
    return { path: subject.path, readonly: false, database: undefined, connection: undefined };
  }
  throw new TypeError('Expected first argument to be a database, a pool or a path');
}

function fileAt(text: string): SubjectFile {
  const { path, readonly = false, immutable = false } = locateDatabase(text);
  if (path === MEMORY) throw noFile();
  const registered = registry().connections.get(keyOf(path))?.database;
  const database = registered?.open === true ? registered : undefined;
  const connection = database && connectionOf(database);
  return { path, readonly: readonly || immutable, database, connection };
}

function fileOfDatabase(database: CheckedDatabase): SubjectFile {
  if (!database.open) throw new TypeError('The database connection is not open');
  const connection = connectionOf(database);
  if (connection === undefined) throw ofAnotherLibrary();
  const path = database.name.startsWith('fd:') ? null : connection.native.mainFile(connection.number);
  if (path === null) throw noFile();
  return { path, readonly: database.readonly, database, connection };
}

/**
 * {@link subjectFile}, for what this copy of the package opens by itself.
 *
 * @throws {TypeError} also for a path that another SQLite library of this process has open, as far as that is known.
 */
export function ownSubjectFile(subject: unknown): SubjectFile {
  const file = subjectFile(subject);
  if (file.database !== undefined && file.connection === undefined) throw ofAnotherLibrary();
  return file;
}

const connectionOf = (database: object): NativeConnection | undefined =>
  nativeConnection(database, native().libraryId());

const ofAnotherLibrary = (): TypeError =>
  new TypeError('Expected first argument to be a connection of this copy of ferrolite');

/** The path of the file that was opened; undefined for a database in memory, a temporary one or one on descriptors. */
export function pathOf(database: CheckedDatabase): string | undefined {
  if (database.memory || database.name.startsWith('fd:')) return undefined;
  const rows = database.prepare('PRAGMA database_list').all() as { name: string; file: string }[];
  return rows.find(({ name }) => name === 'main')?.file || undefined;
}

/**
 * Whether something is a pool of one file, by its shape, as connections: whichever copy of the package it is of. The
 * pool of a fleet is none, because it holds no file open.
 */
export function isFilePool(value: unknown): value is FilePool {
  const { path, isClosed } = Object(value) as Partial<FilePool>;
  return isPool(value) && typeof path === 'string' && typeof isClosed === 'boolean';
}

const noFile = (): TypeError =>
  new TypeError('Expected first argument to be a database with a file of its own, not one in memory');
