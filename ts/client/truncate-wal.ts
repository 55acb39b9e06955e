/**
 * `truncateWal()`: gives the disk space of the write-ahead log back.
 */
import { performance } from 'node:perf_hooks';
import { refuseUnknown } from '../options';
import { checkpointDatabase } from './checkpoint-database';
import { checkBusyTimeout } from './connection-options';
import { locateDatabase } from './database-url';
import { DEFAULT_BUSY_TIMEOUT_MS } from './profiles';

/** Which log {@link truncateWal} truncates, and how patiently. */
export interface TruncateWalOptions {
  /** A path, or a `file:` or `sqlite:` URL. Default: `SQLITE_DB_PATH`, `DATABASE_URL`, then `app-dev.db`. */
  readonly path?: string | undefined;
  /** How long to wait for readers and the writer to leave the log. Default 5000. */
  readonly busyTimeoutMs?: number | undefined;
}

/** What a checkpoint did, in SQLite's own numbers. */
export interface CheckpointResult {
  readonly mode: 'truncate';
  /** A reader or writer kept the checkpoint from finishing: an outcome, not an error. */
  readonly busy: boolean;
  /** Frames (one page each) in the log; 0 after it was truncated, -1 when the database is not in WAL mode. */
  readonly walFrames: number;
  /** Frames of the log that are in the database file; 0 after it was truncated, -1 likewise. */
  readonly checkpointedFrames: number;
  /** The log is empty or gone. */
  readonly truncated: boolean;
  /** From the call until SQLite's answer, waiting included. */
  readonly durationMs: number;
}

/**
 * Copies the write-ahead log into the database and truncates it to zero bytes.
 *
 * Runs off the main thread with a connection of its own, so that neither a `getSqlite()` nor an idle event loop
 * is needed. While it waits for readers, writers are held up for a tenth of a second at a time. Never creates a
 * file.
 *
 * @returns What SQLite did. Look at `truncated`: when it is false with `busy` true, a reader held on to an old
 *   snapshot, or a writer was at work, for longer than `busyTimeoutMs`.
 * @throws {SqliteError} `SQLITE_CANTOPEN` without a file, `SQLITE_NOTADB`, `SQLITE_READONLY` and others.
 * @throws {TypeError | RangeError} for a wrong option, path or URL. All errors reject the promise.
 * @see https://sqlite.org/c3ref/wal_checkpoint_v2.html
 *
 * @example
 * const { truncated, busy } = await truncateWal({ busyTimeoutMs: 30_000 });
 */
export async function truncateWal(options: TruncateWalOptions = {}): Promise<CheckpointResult> {
  const { path, busyTimeoutMs } = readOptions(options);
  const start = performance.now();
  const { busy, walFrames, checkpointedFrames } = await checkpointDatabase(path, busyTimeoutMs, 'truncate');
  return {
    mode: 'truncate',
    busy,
    walFrames,
    checkpointedFrames,
    // SQLite counts again after truncating, so only an empty log gives zero; without a log it gives -1.
    truncated: !busy && walFrames === 0,
    durationMs: performance.now() - start,
  };
}

function readOptions(options: TruncateWalOptions): { path: string; busyTimeoutMs: number } {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Expected first argument to be an options object');
  }
  refuseUnknown(options, ['path', 'busyTimeoutMs']);
  if (options.path !== undefined && typeof options.path !== 'string') {
    throw new TypeError('Expected the "path" option to be a string');
  }
  const { path, readonly, immutable } = locateDatabase(options.path);
  if (readonly === true || immutable === true) {
    throw new TypeError('truncateWal() writes to the database, but its URL says "mode=ro" or "immutable=1"');
  }
  return { path, busyTimeoutMs: checkBusyTimeout(options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS) };
}
