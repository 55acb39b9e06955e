/** The options that all maintenance has. */
import { checkBusyTimeout } from '../../client/connection-options';
import { DEFAULT_BUSY_TIMEOUT_MS } from '../../client/profiles';
import { checkSignal, known } from '../../options';

/** What is told while maintenance is under way. */
export interface MaintenanceProgress {
  /** What of `total` is done, where that can be known. */
  readonly done: number;
  /** Undefined where SQLite does not say how much there is: then only time passes. */
  readonly total: number | undefined;
  readonly unit: 'bytes' | 'pages' | 'objects';
  /** The table or index at hand, where it is one after the other. */
  readonly object: string | undefined;
  readonly elapsedMs: number;
}

/** Options of all maintenance. */
export interface MaintenanceOptions {
  /** How long another connection's lock is waited for. Default 5000. */
  readonly busyTimeoutMs?: number | undefined;
  /** Gives the work up when it is aborted: the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called a few times a second at most, and at the end. What it throws gives the work up. */
  readonly onProgress?: ((progress: MaintenanceProgress) => void) | undefined;
}

const NAMES = ['busyTimeoutMs', 'signal', 'onProgress'] as const;

/** Checked options. */
export interface CheckedMaintenance {
  readonly busyTimeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: MaintenanceOptions['onProgress'];
}

/**
 * Checks the options that all maintenance has.
 *
 * @param more - Names that are checked elsewhere.
 * @throws {TypeError | RangeError} naming the option.
 */
export function checkMaintenance(options: unknown, ...more: readonly string[]): CheckedMaintenance {
  const { busyTimeoutMs, signal, onProgress } = known(options ?? {}, [
    ...more,
    ...NAMES,
  ]) as MaintenanceOptions;
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new TypeError('Expected the "onProgress" option to be a function');
  }
  return {
    busyTimeoutMs: checkBusyTimeout(busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS),
    signal: checkSignal(signal),
    onProgress,
  };
}
