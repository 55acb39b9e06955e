/** The options of `startCheckpointer()`. */
import { integerOption, MAX_TIMER_MS, refuseUnknown } from '../../options';

/** When a checkpointer acts, and what it warns of. */
export interface CheckpointerOptions {
  /**
   * Copies the log, waiting for nobody, once so many pages of it are not in the database file. Default 1000, SQLite's
   * own threshold.
   */
  readonly passivePages?: number | undefined;
  /** Copies what was written after so long at the latest. Default 60000. */
  readonly passiveIntervalMs?: number | undefined;
  /** Truncates a log file of this size even under load. Default 67108864, 64 MiB. */
  readonly truncateWalBytes?: number | undefined;
  /** Warns of a larger log file. Default 268435456, 256 MiB. */
  readonly maxWalBytes?: number | undefined;
  /** Without a write for so long, the moment counts as quiet. Default 5000. */
  readonly idleMs?: number | undefined;
  /** Truncates a log file of this size in a quiet moment. Default 4194304, 4 MiB. */
  readonly idleTruncateWalBytes?: number | undefined;
  /**
   * How long a truncation waits for readers and the writer, and keeps writers waiting; up to ten times as long after
   * several that failed. Default 100.
   */
  readonly busyTimeoutMs?: number | undefined;
  /** Warns of a snapshot that has held the log for so long. Default 30000. */
  readonly maxSnapshotMs?: number | undefined;
  /** Between two looks at the log, each of which costs some microseconds. Default 100. */
  readonly pollIntervalMs?: number | undefined;
}

type Checked = { readonly [Name in keyof CheckpointerOptions]-?: number };

const MAX_FRAMES = 0x7fff_ffff;
const MAX_BYTES = Number.MAX_SAFE_INTEGER;

interface Limit {
  readonly standard: number;
  readonly least: number;
  readonly most: number;
}

/** `docs/guides/checkpoints.md` has the reasons for the defaults. */
const LIMITS: Readonly<Record<keyof CheckpointerOptions, Limit>> = {
  passivePages: { standard: 1000, least: 1, most: MAX_FRAMES },
  passiveIntervalMs: { standard: 60_000, least: 1, most: MAX_TIMER_MS },
  truncateWalBytes: { standard: 64 * 2 ** 20, least: 1, most: MAX_BYTES },
  maxWalBytes: { standard: 256 * 2 ** 20, least: 0, most: MAX_BYTES },
  idleMs: { standard: 5000, least: 1, most: MAX_TIMER_MS },
  idleTruncateWalBytes: { standard: 4 * 2 ** 20, least: 1, most: MAX_BYTES },
  busyTimeoutMs: { standard: 100, least: 1, most: 60_000 },
  maxSnapshotMs: { standard: 30_000, least: 1, most: MAX_TIMER_MS },
  pollIntervalMs: { standard: 100, least: 1, most: 60_000 },
};

/** @throws {TypeError | RangeError} for a wrong option, or a name that is none. */
export function checkCheckpointerOptions(options: unknown): Checked {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Expected second argument to be an options object');
  }
  refuseUnknown(options, Object.keys(LIMITS));
  const checked = Object.entries(LIMITS).map(([name, { standard, least, most }]) => {
    const value = (options as Record<string, unknown>)[name];
    return [name, integerOption(value, name, least, most) ?? standard];
  });
  return Object.fromEntries(checked) as Checked;
}
