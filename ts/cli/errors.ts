/** What an error means for the exit status, and how it is told. */
import { STATUS, UsageError, type Status } from './command';
import { printable } from './text';

export interface Described {
  readonly status: Status;
  /** SQLite's, the package's or the system's; undefined for a mistake in the command line. */
  readonly code: string | undefined;
  readonly message: string;
}

/** A lock of somebody else's is a finding: the same command can succeed later. */
const BUSY = /^SQLITE_(?:BUSY|LOCKED)|^FERROLITE_(?:ACQUIRE_TIMEOUT|MIGRATION_BUSY)$/;

/** Whether a lock of somebody else's was in the way. */
export function isBusy(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' && BUSY.test(code);
}

/** What to do about it on the command line. */
const HINTS: Readonly<Record<string, string>> = {
  FERROLITE_NOT_INCREMENTAL: 'ferrolite vacuum --auto-vacuum incremental does that',
};

export function describeError(error: unknown): Described {
  if (!(error instanceof Error)) return { status: STATUS.failed, code: undefined, message: String(error) };
  const { code } = error as { code?: unknown };
  const hint = typeof code === 'string' && Object.hasOwn(HINTS, code) ? ` (${HINTS[code]})` : '';
  const message = printable(error.message) + hint;
  if (error instanceof UsageError || typeof code !== 'string') {
    return { status: STATUS.failed, code: undefined, message };
  }
  return { status: isBusy(error) ? STATUS.finding : STATUS.failed, code, message };
}
