/**
 * The checkpoint of a file, off the main thread and with a connection of its own.
 */
import { setTimeout } from 'node:timers/promises';
import { errorFrom } from '../errors';
import { native } from '../native';
import { nameTheFile } from './open-error';

/** SQLite's answer to a checkpoint. */
export interface Checkpoint {
  readonly busy: boolean;
  readonly walFrames: number;
  readonly checkpointedFrames: number;
}

/** Between attempts, while another connection is running a checkpoint of its own. */
const RETRY_INTERVAL_MS = 10;

/**
 * Checkpoints the file at `path` and truncates its log; never creates a file.
 *
 * SQLite waits for readers and the writer, but not for another checkpoint, which every thousandth page of a
 * writer starts: then it is busy at once. To the caller all of these are locks to wait for.
 *
 * @throws {SqliteError} with SQLite's code and the path in the message.
 */
export async function checkpointFile(path: string, busyTimeoutMs: number): Promise<Checkpoint> {
  const deadline = performance.now() + busyTimeoutMs;
  for (;;) {
    const leftMs = Math.max(0, Math.round(deadline - performance.now()));
    const { error, ...checkpoint } = await native().checkpoint(path, 'truncate', leftMs);
    if (error !== undefined) throw nameTheFile(errorFrom(error), path);
    if (!checkpoint.busy || performance.now() + RETRY_INTERVAL_MS >= deadline) return checkpoint;
    await setTimeout(RETRY_INTERVAL_MS);
  }
}
