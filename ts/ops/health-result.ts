/** What `checkHealth()` answers. */

/** `degraded` needs somebody to look, and still serves; `unhealthy` does not serve. */
export type HealthStatus = 'ok' | 'degraded' | 'unhealthy';

/** One thing that was looked at. */
export interface HealthCheck {
  /** `skipped` when it does not apply to this database, or an earlier check makes it pointless. */
  readonly status: HealthStatus | 'skipped';
  /** Why it is not `ok`: for operators, without paths. */
  readonly reason?: string;
  /** The symbolic result code of SQLite's, if it gave one. */
  readonly code?: string;
}

/** Something that was tried. */
export interface ProbeCheck extends HealthCheck {
  /** Until it succeeded or was given up, waiting for locks included. */
  readonly durationMs?: number;
}

/** The size of the write-ahead log. */
export interface WalCheck extends HealthCheck {
  /** Of the log's file. */
  readonly bytes?: number;
  /** Above it the check is `degraded`. */
  readonly maxBytes?: number;
}

/** The space that the database can still grow into. */
export interface DiskCheck extends HealthCheck {
  /** What this user may still write. */
  readonly availableBytes?: number;
  /** Of the database's file, without its log. */
  readonly databaseBytes?: number;
  /** Below it the check is `degraded`. */
  readonly minAvailableBytes?: number;
}

/** Every check is always there; later versions add more. */
export interface HealthChecks {
  /** There is an open connection, or one can be opened. */
  readonly open: ProbeCheck;
  /** The file is the one that was opened, neither deleted nor replaced. */
  readonly file: HealthCheck;
  /** The schema can be read. */
  readonly read: ProbeCheck;
  /** A transaction that writes can begin; nothing is written. */
  readonly write: ProbeCheck;
  readonly wal: WalCheck;
  readonly disk: DiskCheck;
}

export interface HealthResult {
  /** The worst of the checks. */
  readonly status: HealthStatus;
  /** 200, or 503 when unhealthy. */
  readonly httpStatus: 200 | 503;
  readonly checks: HealthChecks;
  readonly durationMs: number;
}

export const SKIPPED_UNOPENED: HealthCheck = { status: 'skipped', reason: 'there is no connection' };

/** Nothing could be looked at because there is no connection. */
export function unopened(open: ProbeCheck): HealthChecks {
  const skipped = SKIPPED_UNOPENED;
  return { open, file: skipped, read: skipped, write: skipped, wal: skipped, disk: skipped };
}

/** The checks with what follows from them. */
export function resultOf(checks: HealthChecks, durationMs: number): HealthResult {
  const found = new Set(Object.values<HealthCheck>({ ...checks }).map((check) => check.status));
  const status = (['unhealthy', 'degraded'] as const).find((one) => found.has(one)) ?? 'ok';
  return { status, httpStatus: status === 'unhealthy' ? 503 : 200, checks, durationMs };
}
