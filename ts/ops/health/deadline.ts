/** The time that a check may take. */
import { performance } from 'node:perf_hooks';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

/** Between two tries: short against a transaction, long against the try itself. */
const PAUSE_MS = 10;

/** What needs no waiting for another machine gets this much, even without any time left. */
const LEAST_MS = 100;

/** Stands for an answer that did not come in time. */
export const LATE = Symbol('late');

export class Deadline {
  readonly limitMs: number;
  readonly #start = performance.now();

  constructor(limitMs: number) {
    this.limitMs = limitMs;
  }

  get elapsedMs(): number {
    return performance.now() - this.#start;
  }

  get leftMs(): number {
    return Math.max(0, this.limitMs - this.elapsedMs);
  }

  /** Lets the event loop go on before the next try; false when there is no time for one. */
  async pause(): Promise<boolean> {
    const { leftMs } = this;
    if (leftMs === 0) return false;
    await sleep(Math.min(PAUSE_MS, leftMs));
    return true;
  }

  /** What `promise` gives, or {@link LATE}. */
  async orLate<T>(promise: Promise<T>): Promise<T | typeof LATE> {
    const timer = new AbortController();
    const late = sleep(Math.max(LEAST_MS, this.leftMs), undefined, { signal: timer.signal })
      // What has come while the event loop was held up is heard behind its timers.
      .then(() => turn(LATE))
      .catch(() => LATE);
    try {
      return await Promise.race([promise, late as Promise<typeof LATE>]);
    } finally {
      timer.abort();
    }
  }
}
