/**
 * `ferrolite/ops`: what a service needs around its queries.
 *
 * `toHttpError()` says how an API answers a failure of the database, `checkHealth()` whether the database can do
 * its work. Both look at errors and connections from outside, by their shape: they also serve the connections and
 * errors of another copy of the package, of another realm and of better-sqlite3.
 *
 * What must stay true: nothing is loaded or opened at import, nothing that is meant for a client holds SQL, values or
 * paths, and no check changes the database or the settings of a connection that it was given.
 */
export {
  checkpoint,
  type CheckpointMode,
  type CheckpointOptions,
  type CheckpointResult,
} from './checkpoint/checkpoint';
export {
  startCheckpointer,
  type Checkpointer,
  type CheckpointerCheckpoint,
  type CheckpointerEvents,
  type CheckpointerStats,
} from './checkpoint/checkpointer';
export type { CheckpointerOptions } from './checkpoint/checkpointer-options';
export type { CheckpointerWarning, CheckpointerWarningCode } from './checkpoint/checkpointer-warning';
export {
  databaseStats,
  type ConnectionStats,
  type DatabaseStats,
  type DatabaseStatsOptions,
  type ObjectStats,
  type WalStats,
} from './database-stats';
export type { SnapshotHolder } from './checkpoint/snapshot-holder';
export type { FilePool, FileSubject } from './subject-file';
export { checkHealth } from './health/health';
export {
  healthHandler,
  healthListener,
  type HealthHandlerOptions,
  type HealthKind,
  type HealthServerResponse,
  type HealthSubject,
} from './health/handler';
export type { HealthOptions } from './health/options';
export type { CheckedPool } from './health/pool';
export type { CheckedDatabase, CheckedStatement } from './health/subject';
export type {
  CheckpointsCheck,
  DiskCheck,
  FileSystemCheck,
  HealthCheck,
  HealthChecks,
  HealthResult,
  HealthStatus,
  LocksCheck,
  MaintenanceCheck,
  ProbeCheck,
  WalCheck,
} from './health/result';
export { locateDatabase, type DatabaseLocation } from './locate';
export { toHttpError, type HttpError, type HttpErrorStatus, type ProblemDetails } from './http-error';
export * from './bulk';
export * from './plan';
export * from './retry';
export * from './locks';
export * from './maintenance';
