/** The options of `withRetry()`. */
import { checkSignal, integerOption, known, MAX_TIMER_MS } from '../../options';

/** How a transaction begins. */
export type RetryMode = 'immediate' | 'deferred' | 'exclusive';

/** A try that has failed. */
export interface FailedTry {
  /** Which one it was, counted from 1. */
  readonly attempt: number;
  /** What it failed with. */
  readonly error: unknown;
  /** Milliseconds since the first. */
  readonly elapsedMs: number;
}

/** How long and how {@link withRetry} tries. */
export interface RetryOptions {
  /** No try begins later, in milliseconds; 0 tries once. Default 5000, the busy timeout of `new Database()`. */
  readonly deadlineMs?: number | undefined;
  /** How a transaction of a connection begins; that of a pool always begins immediately. Default `'immediate'`. */
  readonly mode?: RetryMode | undefined;
  /** Gives up, at the latest before the next try: the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of each try that has failed and will be repeated. What it throws ends the work. */
  readonly onRetry?: ((failed: FailedTry) => void) | undefined;
}

export interface CheckedRetryOptions extends RetryOptions {
  readonly deadlineMs: number;
}

const DEFAULT_DEADLINE_MS = 5000;
const NAMES = ['deadlineMs', 'mode', 'signal', 'onRetry'];
const MODES = new Set<unknown>([undefined, 'immediate', 'deferred', 'exclusive']);

/** @throws {TypeError | RangeError} for a wrong option, or a name that is none. */
export function checkRetryOptions(options: unknown): CheckedRetryOptions {
  const { deadlineMs, mode, signal, onRetry } = known(options, NAMES) as RetryOptions;
  if (!MODES.has(mode)) {
    throw new TypeError('Expected the "mode" option to be "immediate", "deferred" or "exclusive"');
  }
  checkSignal(signal);
  if (onRetry !== undefined && typeof onRetry !== 'function') {
    throw new TypeError('Expected the "onRetry" option to be a function');
  }
  return {
    ...(options as RetryOptions),
    deadlineMs: integerOption(deadlineMs, 'deadlineMs', 0, MAX_TIMER_MS) ?? DEFAULT_DEADLINE_MS,
  };
}
