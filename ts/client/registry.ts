/**
 * The connections of this thread and realm, known by the real path of their file.
 *
 * They hang on `globalThis` under a symbol from the global symbol registry, so that however often the package
 * is evaluated (ESM and CommonJS, hot reload, two installed copies, other versions) there is one set. What is
 * stored is therefore an agreement between versions: plain objects, to which fields may be added but whose
 * fields never change their meaning. Whoever opened a connection brings the code that closes it.
 */
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Database } from '../core';
import type { Checkpoint, CheckpointMode } from './checkpoint-file';
import type { ConnectionSettings } from './connection-options';
import { MEMORY } from './database-url';

/** A connection that `getSqlite()` or `getDb()` opened. */
export interface RegisteredConnection {
  readonly database: Database;
  readonly settings: ConnectionSettings;
  /** Tells the file from another one that has taken its name; undefined for a database in memory. */
  readonly fileId: string | undefined;
  /** Optimizes, checkpoints and closes. Gives the errors; after some of them the database is still open. */
  readonly close: () => unknown[];
  /** Closes even while rows are being read, without writing more than it must. */
  readonly forceClose: () => void;
  /** Checkpoints the file, by the library that has it open. Truncates unless told otherwise. */
  readonly checkpoint: (busyTimeoutMs: number, mode?: CheckpointMode) => Promise<Checkpoint>;
}

/** The handlers that `closeOnSignals()` shares between its callers. */
export interface SignalHandlers {
  /** Callers that have not taken their handlers back. */
  holders: number;
  readonly remove: () => void;
}

export interface Registry {
  /** By real path, or `:memory:`. */
  readonly connections: Map<string, RegisteredConnection>;
  signalHandlers?: SignalHandlers | undefined;
}

const KEY = Symbol.for('ferrolite.connections');

/** The registry of this thread and realm; made when it is first asked for. */
export function registry(): Registry {
  const holder = globalThis as { [KEY]?: Registry };
  if (holder[KEY] === undefined) {
    const value: Registry = { connections: new Map() };
    Object.defineProperty(holder, KEY, { value, enumerable: false });
    return value;
  }
  return holder[KEY];
}

/**
 * The name under which the registry knows `path`, an absolute path or `:memory:`.
 *
 * A file that does not exist is known by the real path of its directory; once it exists the answer can be
 * another one, because a symbolic link may have led to where it was created.
 */
export function keyOf(path: string): string {
  if (path === MEMORY) return path;
  return realPath(path) ?? join(realPath(dirname(path)) ?? dirname(path), basename(path));
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    // Whatever is wrong with the path is said by the open that follows.
    return undefined;
  }
}

/** Identifies the file at `path`; undefined when there is none, or none that may be looked at. */
export function fileIdOf(path: string): string | undefined {
  if (path === MEMORY) return undefined;
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats && `${stats.dev}:${stats.ino}`;
  } catch {
    // As above: the open that follows says what is wrong.
    return undefined;
  }
}
