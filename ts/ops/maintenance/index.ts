/** Maintenance off the main thread: each function opens a connection of its own for as long as it works. */
export {
  foreignKeyCheck,
  integrityCheck,
  quickCheck,
  type CheckOptions,
  type CheckResult,
  type ForeignKeyResult,
  type ForeignKeyViolation,
} from './checks';
export type { MaintenanceOptions, MaintenanceProgress } from './options';
export {
  analyze,
  optimize,
  reindex,
  type AnalyzeOptions,
  type ObjectsResult,
  type OptimizeOptions,
  type ReindexOptions,
} from './statistics';
export {
  startMaintenance,
  type MaintenanceRun,
  type MaintenanceSchedule,
  type ScheduleOptions,
} from './schedule';
export type { QuietHours } from './quiet-hours';
export type { TaskName } from './tasks';
export {
  incrementalVacuum,
  vacuum,
  vacuumInto,
  type AutoVacuum,
  type IncrementalVacuumOptions,
  type VacuumIntoResult,
  type VacuumOptions,
  type VacuumResult,
} from './vacuum';
