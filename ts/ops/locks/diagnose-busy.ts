/** `diagnoseBusy()`: who has locks on a database. */
import { existsSync } from 'node:fs';
import { native } from '../../this-platform';
import { subjectFile, type FileSubject } from '../subject-file';
import { lockCheckAt, type LockCheck } from './lock-check';
import { effectOf, LEVELS, lockAt, type HeldLock, type LockLevel } from './names';
import { otherProcesses, type KnownLock, type OtherProcess } from './other-processes';
import { holdingConnections, holdingPools, type HoldingConnection, type HoldingPool } from './own-holders';
import { realPathOf } from './real-path';
import { render } from './render';

/** What this process has. */
export interface OwnLocks {
  readonly pid: number;
  /** Connections that have the file open, those of pools, of other threads and attached databases included. */
  readonly connections: number;
  /** The highest of their levels on the database file. */
  readonly level: LockLevel;
  readonly locks: readonly HeldLock[];
  /** For how long it has had the write lock; undefined when it has not, or the system does not tell. */
  readonly writeHeldMs: number | undefined;
  /** The connections of the thread that asks. */
  readonly ofThread: readonly HoldingConnection[];
  /** The pools of the thread that asks. */
  readonly pools: readonly HoldingPool[];
}

/** Who keeps whom waiting. */
export interface Blocker {
  readonly lock: HeldLock;
  /** Undefined where the system hides the number. */
  readonly pid: number | undefined;
  readonly isThisProcess: boolean;
  /** Who waits, in words. */
  readonly effect: string;
}

/** Who has locks on a database at one moment. */
export interface BusyDiagnosis {
  readonly path: string;
  /** Whether there is the index of a write-ahead log; else the locks are those of a rollback journal. */
  readonly hasLog: boolean;
  readonly blockers: readonly Blocker[];
  readonly own: OwnLocks;
  readonly others: readonly OtherProcess[];
  /** Whether this process still has its locks, and what endangers them. */
  readonly guard: LockCheck;
  /** What the system does not tell. */
  readonly untold: readonly string[];
  /** All of it for a log. */
  readonly text: string;
  toString(): string;
}

/**
 * Finds out who has locks on a database: connections and pools of this process, and other processes.
 *
 * Opens no descriptor of the database, takes no lock and waits for none: also while another process has the file to
 * itself. Costs milliseconds, most of it to look through the processes of the machine, between which the event loop runs.
 *
 * @param database - A connection, a pool, or a path as `getDb()` takes it.
 * @returns What was found, as data and as `text`. A moment later it can be otherwise.
 * @throws {TypeError} for what is no database, pool or path, or has no file; rejects the promise.
 * @see https://sqlite.org/lockingv3.html
 *
 * @example
 * try {
 *   db.exec('BEGIN IMMEDIATE');
 * } catch (error) {
 *   if (error.code === 'SQLITE_BUSY') console.error((await diagnoseBusy(db)).text);
 *   throw error;
 * }
 */
export async function diagnoseBusy(database: FileSubject): Promise<BusyDiagnosis> {
  const asked = subjectFile(database);
  const path = realPathOf(asked.path);
  const state = native().lockState(path);
  const isOpen = state !== null && state.connections > 0;
  const own: OwnLocks = {
    pid: process.pid,
    connections: state?.connections ?? 0,
    level: LEVELS[state?.level ?? 0] ?? 'NONE',
    locks: (state?.locks ?? []).flatMap(({ believed }, index) =>
      believed > 0 ? [lockAt(index, believed === 2)] : [],
    ),
    writeHeldMs: state !== null && state.writeSinceMs >= 0 ? state.writeSinceMs : undefined,
    ofThread: holdingConnections(path, asked),
    pools: holdingPools(path),
  };
  const known: KnownLock[] = (state?.locks ?? []).flatMap(({ other, pid }, index) =>
    other > 0 ? [{ pid: pid > 0 ? pid : undefined, lock: lockAt(index, other === 2) }] : [],
  );
  const guard = lockCheckAt(path);
  const { processes, isTold, isPartial } = await otherProcesses(path, known);
  const hasLog = state?.hasShm === true || existsSync(`${path}-shm`);
  const untold: string[] = [];
  if (state === null) untold.push('which locks connections of this process have: not told by the system');
  if (!isTold && !isOpen) untold.push('which other processes have locks: not told by the system');
  else if (process.platform !== 'linux') {
    untold.push(
      'the names of other processes, and those that have the file open without a lock: not told by the system',
    );
  }
  if (isPartial) untold.push('what processes of other users have open: only root is told');
  if (isTold)
    untold.push(
      'processes of other containers: their numbers, and their locks unless this process has the file open',
    );
  const found = {
    path,
    hasLog,
    blockers: blockersOf(own, processes, hasLog),
    own,
    others: processes,
    guard,
    untold,
  };
  const text = render(found);
  return { ...found, text, toString: () => text };
}

function blockersOf(own: OwnLocks, others: readonly OtherProcess[], hasLog: boolean): Blocker[] {
  const of = (locks: readonly HeldLock[], pid: number | undefined, isThisProcess: boolean): Blocker[] =>
    locks.flatMap((lock) => {
      const effect = effectOf(lock, hasLog);
      return effect === undefined ? [] : [{ lock, pid, isThisProcess, effect }];
    });
  return [...of(own.locks, own.pid, true), ...others.flatMap(({ locks, pid }) => of(locks, pid, false))];
}
