/** Says what is begun, and lets others have a turn before it is: signals, timers, what draws. */
import type { Settings } from '../options';

/** What is begun. */
export interface MigrationProgress {
  /** `rehearse` is with a copy, `backup` makes one before the first migration. */
  readonly stage: 'rehearse' | 'backup' | 'up' | 'down';
  /** The migration. */
  readonly name: string;
  /** Migrations that this stage is done with. */
  readonly done: number;
  readonly total: number;
}

/** @throws The reason of the signal, if it was aborted: then this is not begun. */
export async function announce(
  { onProgress, signal }: Pick<Settings, 'onProgress' | 'signal'>,
  progress: MigrationProgress,
): Promise<void> {
  if (onProgress === undefined && signal === undefined) return;
  onProgress?.(progress);
  await new Promise((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}
