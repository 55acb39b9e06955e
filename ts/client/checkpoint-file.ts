/**
 * The checkpoint of a file, off the main thread and with a connection of its own.
 */
import { setTimeout } from 'node:timers/promises';
import { errorFrom } from '../errors';
import { native } from '../this-platform';
import { nameTheFile } from './open-error';

/** How far a checkpoint goes. See https://sqlite.org/c3ref/wal_checkpoint_v2.html. */
export type CheckpointMode = 'passive' | 'full' | 'restart' | 'truncate';

/** SQLite's answer to a checkpoint. */
export interface Checkpoint {
  readonly busy: boolean;
  readonly walFrames: number;
  readonly checkpointedFrames: number;
}

/**
 * How long one attempt waits, and the pause before the next.
 *
 * SQLite waits for readers with the write lock in hand, so a single long wait for one old reader would stop every
 * writer of the database for just as long. In the pause a writer gets its turn: SQLite's own waiting looks at
 * the lock at least every 100 ms.
 */
const ATTEMPT_MS = 100;

/**
 * Checkpoints the file at `path`; never creates a file.
 *
 * Tries again until the busy timeout is over, also while another connection is running a checkpoint of its own,
 * for which SQLite does not wait at all.
 *
 * @throws {SqliteError} with SQLite's code and the path in the message.
 */
export async function checkpointFile(
  path: string,
  busyTimeoutMs: number,
  mode: CheckpointMode = 'truncate',
): Promise<Checkpoint> {
  const deadline = performance.now() + busyTimeoutMs;
  for (;;) {
    const leftMs = Math.max(0, Math.round(deadline - performance.now()));
    const { error, ...checkpoint } = await native().checkpoint(path, mode, Math.min(leftMs, ATTEMPT_MS));
    if (error !== undefined) throw nameTheFile(errorFrom(error), path);
    const pauseMs = Math.min(ATTEMPT_MS, deadline - performance.now());
    if (!checkpoint.busy || pauseMs <= 0) return checkpoint;
    await setTimeout(pauseMs);
  }
}
