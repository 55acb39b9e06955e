/**
 * The checkpoint of a file, off the main thread and with a connection of its own.
 */
import { errorFrom } from '../errors';
import { native } from '../native';
import { nameTheFile } from './open-error';

/** SQLite's answer to a checkpoint. */
export interface Checkpoint {
  readonly busy: boolean;
  readonly walFrames: number;
  readonly checkpointedFrames: number;
}

/**
 * Checkpoints the file at `path` and truncates its log; never creates a file.
 *
 * @throws {SqliteError} with SQLite's code and the path in the message.
 */
export async function checkpointFile(path: string, busyTimeoutMs: number): Promise<Checkpoint> {
  const { error, ...checkpoint } = await native().checkpoint(path, 'truncate', busyTimeoutMs);
  if (error !== undefined) throw nameTheFile(errorFrom(error), path);
  return checkpoint;
}
