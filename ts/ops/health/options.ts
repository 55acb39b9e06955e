/** The arguments of `checkHealth()`. */
import { integerOption, MAX_TIMER_MS, refuseUnknown } from '../../options';

/** How long {@link checkHealth} takes at most, and its limits. */
export interface HealthOptions {
  /** When the answer must be there, in milliseconds; 0 tries each thing once. Default 500. */
  readonly deadlineMs?: number | undefined;
  /** A larger write-ahead log is `degraded`. Default 268435456, 256 MiB. */
  readonly maxWalBytes?: number | undefined;
  /**
   * Less space on the disk is `degraded`. Default 67108864, 64 MiB, or a tenth of the database's size if that is
   * more. Less than 4 MiB is always `unhealthy`.
   */
  readonly minAvailableBytes?: number | undefined;
}

export interface CheckedHealthOptions {
  readonly deadlineMs: number;
  readonly maxWalBytes: number;
  /** Undefined: by the database's size. */
  readonly minAvailableBytes: number | undefined;
}

/** Half of the second that Kubernetes gives a probe unless it is told otherwise. */
const DEFAULT_DEADLINE_MS = 500;

/** Four times what the client's profiles cut the log back to: no single transaction of the usual kind gets there. */
const DEFAULT_MAX_WAL_BYTES = 256 * 2 ** 20;

const NAMES = ['deadlineMs', 'maxWalBytes', 'minAvailableBytes'];

/** @throws {TypeError | RangeError} for a wrong option, or a name that is none. */
export function checkHealthOptions(options: unknown): CheckedHealthOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Expected second argument to be an options object');
  }
  refuseUnknown(options, NAMES);
  const { deadlineMs, maxWalBytes, minAvailableBytes } = options as HealthOptions;
  return {
    deadlineMs: integerOption(deadlineMs, 'deadlineMs', 0, MAX_TIMER_MS) ?? DEFAULT_DEADLINE_MS,
    maxWalBytes:
      integerOption(maxWalBytes, 'maxWalBytes', 0, Number.MAX_SAFE_INTEGER) ?? DEFAULT_MAX_WAL_BYTES,
    minAvailableBytes: integerOption(minAvailableBytes, 'minAvailableBytes', 0, Number.MAX_SAFE_INTEGER),
  };
}
