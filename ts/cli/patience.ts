/**
 * Waiting for the locks of others that can be given up.
 *
 * A thread that waits inside of SQLite hears of nothing, neither of Ctrl-C nor of the end of the process. So it waits for a
 * moment at a time, and signals are heard in between.
 */
import { isBusy } from './errors';

export interface Patience {
  /** Default 5000. */
  readonly busyTimeoutMs: number | undefined;
  readonly signal: AbortSignal;
}

const DEFAULT_MS = 5000;
const SLICE_MS = 200;

/**
 * Tries until nobody's lock is in the way, or the time is over.
 *
 * @param attempt - Is given how long it may wait.
 * @param isOutcomeBusy - Whether an outcome says that there was a lock. Errors that do are known.
 * @throws What the last attempt throws, and the reason of the signal.
 */
export async function patiently<T>(
  { busyTimeoutMs = DEFAULT_MS, signal }: Patience,
  attempt: (busyTimeoutMs: number) => T | Promise<T>,
  isOutcomeBusy: (outcome: T) => boolean = () => false,
): Promise<T> {
  const start = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const left = Math.max(0, Math.round(busyTimeoutMs - (performance.now() - start)));
    const isLast = left <= SLICE_MS;
    try {
      const outcome = await attempt(Math.min(SLICE_MS, left));
      if (isLast || !isOutcomeBusy(outcome)) return outcome;
    } catch (error) {
      if (isLast || !isBusy(error)) throw error;
    }
    // What has blocked the thread lets it hear of signals.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
