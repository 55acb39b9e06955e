/**
 * Who has locks on a database, and whether this process still has its own.
 *
 * What must stay true: nothing here opens the database or its `-shm` by a descriptor, because closing that would drop
 * the locks of the process; nothing takes a lock or waits for one.
 */
export type { ForeignDescriptor } from '../../locks/foreign';
export { diagnoseBusy, type Blocker, type BusyDiagnosis, type OwnLocks } from './diagnose-busy';
export { lockCheck, type LockCheck } from './lock-check';
export type { HeldLock, LockLevel, LockName } from './names';
export type { OtherProcess } from './other-processes';
export type { HoldingConnection, HoldingJob, HoldingPool, RememberedOrigin } from './own-holders';
