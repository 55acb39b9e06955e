/** The checkpointers that run, by the file that they are about: for whoever asks how that one does. */
import { keyOf } from '../../client/registry';
import type { CheckpointerStats } from './checkpointer';

/** What is asked of a checkpointer. */
export interface RunningCheckpointer {
  readonly path: string;
  /** A snapshot that holds the log for longer is warned of. */
  readonly maxSnapshotMs: number;
  stats(): CheckpointerStats;
}

const running = new Map<string, RunningCheckpointer>();

export function nowRuns(checkpointer: RunningCheckpointer): void {
  running.set(keyOf(checkpointer.path), checkpointer);
}

export function nowEnds(checkpointer: RunningCheckpointer): void {
  const key = keyOf(checkpointer.path);
  if (running.get(key) === checkpointer) running.delete(key);
}

/** That of the file at `path`, which was started by this thread. */
export function checkpointerOf(path: string): RunningCheckpointer | undefined {
  return running.get(keyOf(path));
}
