/** `checkpoint()`: one checkpoint, off the main thread. */
import { performance } from 'node:perf_hooks';
import { checkpointDatabase } from '../../client/checkpoint-database';
import type { CheckpointMode } from '../../client/checkpoint-file';
import { FerroliteError } from '../../errors';
import { integerOption, MAX_TIMER_MS, refuseUnknown } from '../../options';
import { subjectFile, type FileSubject } from '../subject-file';

export type { CheckpointMode };

/** How patiently {@link checkpoint} waits. */
export interface CheckpointOptions {
  /** How long to wait for readers, the writer and other checkpoints. Default 5000. */
  readonly busyTimeoutMs?: number | undefined;
}

/** What a checkpoint did, in SQLite's own numbers. */
export interface CheckpointResult {
  readonly mode: CheckpointMode;
  /**
   * A reader, a writer or another checkpoint kept it from finishing: an outcome, not an error. `'passive'` waits for
   * nobody, so it is busy only where another checkpoint runs; compare the numbers to see whether it copied everything.
   */
  readonly busy: boolean;
  /** Frames (one page each) in the log; 0 after it was truncated, -1 where a lock kept even that from being read. */
  readonly walFrames: number;
  /** Frames of the log that are in the database file, those of earlier checkpoints included; -1 likewise. */
  readonly checkpointedFrames: number;
  /** The log is empty. */
  readonly truncated: boolean;
  /** From the call until SQLite's answer, waiting included. */
  readonly durationMs: number;
}

const MODES: readonly unknown[] = ['passive', 'full', 'restart', 'truncate'] satisfies CheckpointMode[];

/**
 * Copies pages from the write-ahead log into the database file.
 *
 * Runs off the main thread with a connection of its own, so that neither the event loop nor a query waits for it.
 *
 * @param database - A connection, a pool, or a path as `getDb()` takes it. Never creates a file.
 * @param mode - `'passive'` (the default) copies what it can without waiting for anybody. The others wait, and keep
 *   writers waiting for a tenth of a second at a time: `'full'` copies everything, `'restart'` makes the next writer
 *   begin the log anew, `'truncate'` gives its disk space back.
 * @throws {SqliteError} `SQLITE_CANTOPEN` without a file, `SQLITE_NOTADB`, `SQLITE_READONLY` and others, with the path.
 * @throws {FerroliteError} `FERROLITE_NOT_WAL` for a database without a write-ahead log.
 * @throws {TypeError | RangeError} for a wrong argument. All errors reject the promise.
 * @see https://sqlite.org/c3ref/wal_checkpoint_v2.html
 *
 * @example
 * const { walFrames, checkpointedFrames } = await checkpoint(pool);
 * if (walFrames - checkpointedFrames > 10_000) console.warn('a reader holds the write-ahead log');
 */
export async function checkpoint(
  database: FileSubject,
  mode: CheckpointMode = 'passive',
  options: CheckpointOptions = {},
): Promise<CheckpointResult> {
  if (!MODES.includes(mode)) {
    throw new TypeError('Expected second argument to be "passive", "full", "restart" or "truncate"');
  }
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Expected third argument to be an options object');
  }
  refuseUnknown(options, ['busyTimeoutMs']);
  const busyTimeoutMs = integerOption(options.busyTimeoutMs, 'busyTimeoutMs', 0, MAX_TIMER_MS) ?? 5000;
  const { path, readonly } = subjectFile(database);
  if (readonly) {
    throw new TypeError('checkpoint() writes to the database, but it was opened or named for reading only');
  }
  const start = performance.now();
  const { busy, walFrames, checkpointedFrames } = await checkpointDatabase(path, busyTimeoutMs, mode);
  if (!busy && walFrames < 0) throw notWal(path);
  const durationMs = performance.now() - start;
  return { mode, busy, walFrames, checkpointedFrames, truncated: !busy && walFrames === 0, durationMs };
}

/** The error for a database whose journal is another one. */
export function notWal(path: string): FerroliteError {
  return new FerroliteError(
    `The database has no write-ahead log to checkpoint: its journal mode is not WAL (${JSON.stringify(path)})`,
    'FERROLITE_NOT_WAL',
  );
}
