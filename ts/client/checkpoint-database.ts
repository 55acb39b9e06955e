/**
 * The checkpoint of a database, by the copy of the library that has it open, if one has.
 */
import { checkpointFile, type Checkpoint, type CheckpointMode } from './checkpoint-file';
import { MEMORY } from './database-url';
import { keyOf, registry } from './registry';

/** @param path - Absolute, or `:memory:`. */
export function checkpointDatabase(
  path: string,
  busyTimeoutMs: number,
  mode: CheckpointMode,
): Promise<Checkpoint> {
  // Another connection to it would be another database; what SQLite says of one in memory is known.
  if (path === MEMORY) return Promise.resolve({ busy: false, walFrames: -1, checkpointedFrames: -1 });
  // When two copies of the package are loaded, a second SQLite library in the process must not touch the file:
  // closing it there would drop the locks of the first.
  const open = registry().connections.get(keyOf(path));
  return open === undefined
    ? checkpointFile(path, busyTimeoutMs, mode)
    : open.checkpoint(busyTimeoutMs, mode);
}
