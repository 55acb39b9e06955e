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

/** What keeps the files. */
export interface FileSystemCheck extends HealthCheck {
  /** Its name, when it is not one of a disk of this machine. */
  readonly fileSystem?: string;
}

/** What `startMaintenance()` has done last. */
export interface MaintenanceCheck extends HealthCheck {
  /** By task: when its last run began, in milliseconds since 1970, and how it ended. */
  readonly last?: Readonly<Record<string, { readonly startedAt: number; readonly outcome: string }>>;
}

/** Whether the locks of this process are still there; `lockCheck()` tells more. */
export interface LocksCheck extends HealthCheck {
  /** The names of locks that connections rely on and that the system does not know any more. */
  readonly lost?: readonly string[];
}

/** How the checkpointer of the file does. */
export interface CheckpointsCheck extends HealthCheck {
  /** When it has last made a checkpoint, in milliseconds since 1970. */
  readonly lastCheckpointAt?: number;
  /** For how long the snapshot that holds the log longest has done so. */
  readonly oldestSnapshotMs?: number;
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
  /** The version of SQLite is none that damages files. */
  readonly engine: HealthCheck;
  /** The file system has the locks and the shared memory that SQLite needs. */
  readonly fileSystem: FileSystemCheck;
  /** New connections can be made that write. */
  readonly rights: HealthCheck;
  readonly maintenance: MaintenanceCheck;
  /** The log is emptied: no snapshot holds it for long. */
  readonly checkpoints: CheckpointsCheck;
  /** No other code of the process endangers the locks or has lost them. */
  readonly locks: LocksCheck;
}

export interface HealthResult {
  /** The worst of the checks. */
  readonly status: HealthStatus;
  /** 200, or 503 when unhealthy. */
  readonly httpStatus: 200 | 503;
  readonly checks: HealthChecks;
  readonly durationMs: number;
}

/** Why the check `open` fails where there was a connection. */
export const CLOSED = 'the connection is closed';

const SKIPPED_UNOPENED: HealthCheck = { status: 'skipped', reason: 'there is no connection' };

/** The other checks, when nothing can be looked at. */
export function without(
  { open, ...checks }: Partial<HealthChecks> & Pick<HealthChecks, 'open'>,
  skipped: HealthCheck = SKIPPED_UNOPENED,
): HealthChecks {
  return {
    // First, because it says what is the matter.
    open,
    file: skipped,
    read: skipped,
    write: skipped,
    wal: skipped,
    disk: skipped,
    engine: skipped,
    fileSystem: skipped,
    rights: skipped,
    maintenance: skipped,
    checkpoints: skipped,
    locks: skipped,
    ...checks,
  };
}

/** The checks with what follows from them. */
export function resultOf(checks: HealthChecks, durationMs: number): HealthResult {
  const found = new Set(Object.values<HealthCheck>({ ...checks }).map((check) => check.status));
  const status = (['unhealthy', 'degraded'] as const).find((one) => found.has(one)) ?? 'ok';
  return { status, httpStatus: status === 'unhealthy' ? 503 : 200, checks, durationMs };
}
