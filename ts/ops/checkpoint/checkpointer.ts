/** `startCheckpointer()`: a thread that keeps the write-ahead log of a database small. */
import { EventEmitter } from 'node:events';
import type { NativeCheckpointed } from '../../../native/binding.js';
import { nameTheFile } from '../../client/open-error';
import { errorFrom, KIND } from '../../errors';
import { native } from '../../this-platform';
import { notWal } from './checkpoint';
import { checkCheckpointerOptions, type CheckpointerOptions } from './checkpointer-options';
import { CheckpointerWarning } from './checkpointer-warning';
import { nowEnds, nowRuns } from './running-checkpointers';
import { snapshotHolder, type SnapshotHolder } from './snapshot-holder';
import { ownSubjectFile, type FileSubject } from '../subject-file';

/** A checkpoint that a checkpointer has made. */
export interface CheckpointerCheckpoint {
  readonly mode: 'passive' | 'truncate';
  /** As in the answer of `checkpoint()`, also for the next two. */
  readonly busy: boolean;
  readonly walFrames: number;
  readonly checkpointedFrames: number;
  /** The size of the log's file afterwards. */
  readonly walBytes: number;
  readonly durationMs: number;
  /** When it ended. */
  readonly at: Date;
}

/** What a checkpointer has seen and done. */
export interface CheckpointerStats {
  /** Frames in the log at the last look. */
  readonly walFrames: number;
  /** Those of them that are in the database file. */
  readonly checkpointedFrames: number;
  /** The size of the log's file. */
  readonly walBytes: number;
  /** The largest that it was. */
  readonly peakWalBytes: number;
  /** Who reads from the log. */
  readonly holders: readonly SnapshotHolder[];
  /** Litestream has the file: nothing is done. */
  readonly steppedBack: boolean;
  /** Passive checkpoints so far. */
  readonly passive: number;
  /** Truncations that succeeded. */
  readonly truncated: number;
  /** Checkpoints that somebody kept from finishing. */
  readonly busy: number;
  /** Attempts that SQLite answered with an error. */
  readonly failed: number;
  readonly lastCheckpoint: CheckpointerCheckpoint | undefined;
}

/** The events of a {@link Checkpointer}. */
export interface CheckpointerEvents {
  /** The log cannot be kept small. Without a listener it becomes a warning of the process. */
  warning: [warning: CheckpointerWarning];
  /** A checkpoint was made. */
  checkpoint: [checkpoint: CheckpointerCheckpoint];
}

/** Only {@link startCheckpointer} has it. */
const key = Symbol('start');

/**
 * A thread that keeps the write-ahead log of one database small, whatever JavaScript is doing.
 *
 * Emits `warning` and `checkpoint`. Does not keep the process alive, and ends with the thread that started it.
 */
export class Checkpointer extends EventEmitter<CheckpointerEvents> {
  /** The path of the database. */
  readonly path: string;
  /** As in the options. */
  readonly maxSnapshotMs: number;
  readonly #number: number;
  #stopping: Promise<void> | undefined;
  #last: CheckpointerStats | undefined;

  constructor(secret: symbol, path: string, options: ReturnType<typeof checkCheckpointerOptions>) {
    if (secret !== key) throw new TypeError('Checkpointers can only be started by startCheckpointer()');
    super();
    this.path = path;
    this.maxSnapshotMs = options.maxSnapshotMs;
    this.#number = native().startCheckpointer(
      {
        path,
        pollMs: options.pollIntervalMs,
        passiveFrames: options.passivePages,
        passiveIntervalMs: options.passiveIntervalMs,
        truncateBytes: options.truncateWalBytes,
        maxBytes: options.maxWalBytes,
        idleMs: options.idleMs,
        idleTruncateBytes: options.idleTruncateWalBytes,
        busyTimeoutMs: options.busyTimeoutMs,
        snapshotAgeMs: options.maxSnapshotMs,
      },
      () => this.#drain(),
    );
    if (this.#number < 0) throw refusal(path);
    nowRuns(this);
  }

  /** Whether `stop()` was called. */
  get isStopped(): boolean {
    return this.#stopping !== undefined;
  }

  /** What it has seen at its last look, and done so far. */
  stats(): CheckpointerStats {
    if (this.#last !== undefined) return this.#last;
    const { log, peakBytes, holders, steppedBack, counts, last } = native().checkpointerStats(this.#number)!;
    const [passive = 0, truncated = 0, busy = 0, failed = 0] = counts;
    return {
      walFrames: log.frames,
      checkpointedFrames: log.copied,
      walBytes: log.bytes,
      peakWalBytes: peakBytes,
      holders: holders.map(snapshotHolder),
      steppedBack,
      passive,
      truncated,
      busy,
      failed,
      lastCheckpoint: last === undefined ? undefined : checkpointOf(last),
    };
  }

  /** Ends the thread. Resolves when the file is closed; stopping again is waiting for the same. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    nowEnds(this);
    await native().stopCheckpointer(this.#number);
    this.#drain();
    this.#last = this.stats();
    native().releaseCheckpointer(this.#number);
  }

  #drain(): void {
    if (this.#last !== undefined) return;
    for (const event of native().takeCheckpointerEvents(this.#number)) {
      if (event.kind !== 'checkpoint') this.#warn(new CheckpointerWarning(event, this.path));
      else if (event.checkpoint !== undefined) this.emit('checkpoint', checkpointOf(event.checkpoint));
    }
  }

  #warn(warning: CheckpointerWarning): void {
    if (!this.emit('warning', warning)) process.emitWarning(warning);
  }
}

/**
 * Starts a thread, with a connection of its own, that keeps the write-ahead log of a database small.
 *
 * It copies the log into the database by pages and by time without waiting for anybody, and truncates it when it
 * grows too large or nobody writes. It runs while JavaScript is busy, does not keep the process alive, and ends with
 * the thread that started it. Where the folder of Litestream lies beside the database, it does nothing.
 *
 * @param database - A connection, a pool, or a path as `getDb()` takes it. The file exists and is in WAL mode.
 * @returns The checkpointer; it emits `warning` when a snapshot holds the log for long, and tells whose it is.
 * @throws {SqliteError} `SQLITE_CANTOPEN` without a file, `SQLITE_NOTADB`, and others, with the path.
 * @throws {FerroliteError} `FERROLITE_NOT_WAL` for a database without a write-ahead log; `FERROLITE_NO_THREAD`.
 * @throws {TypeError | RangeError} for a wrong argument.
 * @see https://sqlite.org/wal.html#avoiding_excessively_large_wal_files
 *
 * @example
 * const checkpointer = startCheckpointer(getSqlite());
 * checkpointer.on('warning', ({ message, holders }) => log.warn({ message, holders }));
 */
export function startCheckpointer(database: FileSubject, options: CheckpointerOptions = {}): Checkpointer {
  const checked = checkCheckpointerOptions(options);
  const { path, readonly } = ownSubjectFile(database);
  if (readonly) {
    throw new TypeError('A checkpointer writes to the database, but it was opened or named for reading only');
  }
  return new Checkpointer(key, path, checked);
}

function refusal(path: string): unknown {
  const error = native().takeError();
  return error?.kind === KIND.notWal ? notWal(path) : nameTheFile(errorFrom(error), path);
}

function checkpointOf(made: NativeCheckpointed): CheckpointerCheckpoint {
  const { truncates, busy, walFrames, checkpointedFrames, walBytes, durationMs, at } = made;
  return {
    mode: truncates ? 'truncate' : 'passive',
    busy,
    walFrames,
    checkpointedFrames,
    walBytes,
    durationMs,
    at: new Date(at),
  };
}
