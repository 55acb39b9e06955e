/** What surrounds a database: the engine, the file system, rights, and what maintenance has found. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CheckpointsCheck, FileSystemCheck, HealthCheck, MaintenanceCheck } from './result';
import { recordedRuns } from '../maintenance/record';
import { checkpointerOf } from '../checkpoint/running-checkpointers';
import { describeHolder } from '../checkpoint/snapshot-holder';

/**
 * Versions that can damage a database in WAL mode when two connections write and checkpoint at the same moment, and
 * one that was withdrawn. See https://sqlite.org/wal.html#walresetbug.
 */
export function engineCheck(version: string, isWal: boolean): HealthCheck {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const isFixed = major > 3 || minor > 51 || (minor === 51 && patch >= 3);
  const isBackport = (minor === 50 && patch >= 7) || (minor === 44 && patch >= 6);
  if (isWal && major === 3 && minor >= 7 && !isFixed && !isBackport) {
    const reason = `SQLite ${version} can damage a database in WAL mode: use 3.51.3 or later`;
    return { status: 'degraded', reason };
  }
  if (version === '3.52.0') return { status: 'degraded', reason: 'SQLite 3.52.0 was withdrawn' };
  return { status: 'ok' };
}

/** By the numbers of Linux's statfs(2): file systems whose locks, or whose shared memory, end at the machine. */
const NETWORKS: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff53_4d42, 'CIFS'],
  [0xfe53_4d42, 'SMB2'],
  [0x517b, 'SMB'],
  [0x0102_1997, '9P'],
  [0x00c3_6400, 'Ceph'],
  [0x0bd0_0bd3, 'Lustre'],
  [0x4750_4653, 'GPFS'],
  [0x5346_414f, 'AFS'],
  [0x7461_636f, 'OCFS2'],
  [0x0116_1970, 'GFS2'],
]);
const FUSE = 0x6573_5546;

/** Judges the file system by its number. */
export function fileSystemCheck(type: number | undefined, isWal: boolean): FileSystemCheck {
  if (type === undefined)
    return { status: 'skipped', reason: 'the system does not tell its file systems apart' };
  // Bun gives a number with its sign.
  const name = NETWORKS.get(type >>> 0);
  if (name !== undefined) {
    const reason = isWal
      ? `a write-ahead log needs memory that all connections share, which ${name} has for one machine alone`
      : `${name} locks files less reliably than a disk of this machine`;
    return { status: 'degraded', reason, fileSystem: name };
  }
  if (type >>> 0 === FUSE) {
    const reason =
      'a file system in user space: whether its locks and its shared memory work is its own matter';
    return { status: 'degraded', reason, fileSystem: 'FUSE' };
  }
  return { status: 'ok' };
}

/** Whether files can be made beside the database, which a connection does when it needs a log. */
export async function rightsCheck(path: string): Promise<HealthCheck> {
  const mayWrite = (name: string): Promise<boolean> =>
    access(name, constants.W_OK).then(
      () => true,
      () => false,
    );
  const [file, directory] = await Promise.all([mayWrite(path), mayWrite(dirname(path))]);
  if (!file) return { status: 'degraded', reason: 'this user may not write the file: no new connection can' };
  if (!directory) {
    const reason = 'this user may not write the directory: no new connection can make a log or a journal';
    return { status: 'degraded', reason };
  }
  return { status: 'ok' };
}

/** What `startMaintenance()` has recorded. */
export function maintenanceCheck(path: string): MaintenanceCheck {
  let runs;
  try {
    runs = recordedRuns(path);
  } catch (error) {
    return { status: 'degraded', reason: `the record of the maintenance cannot be read: ${String(error)}` };
  }
  if (runs === undefined) {
    return { status: 'skipped', reason: 'nothing is recorded: startMaintenance() does that' };
  }
  const last = Object.fromEntries(runs.map(({ task, startedAt, outcome }) => [task, { startedAt, outcome }]));
  const bad =
    runs.find(({ outcome }) => outcome === 'problems') ?? runs.find((run) => run.outcome === 'failed');
  if (bad === undefined) return { status: 'ok', last };
  const what = bad.outcome === 'problems' ? 'has found problems' : 'has failed';
  return { status: 'degraded', reason: `the last ${bad.task}() ${what}`, last };
}

/** What the checkpointer of the file has seen, if this thread has started one. */
export function checkpointsCheck(path: string): CheckpointsCheck {
  const checkpointer = checkpointerOf(path);
  if (checkpointer === undefined) {
    return { status: 'skipped', reason: 'no checkpointer was started by this thread' };
  }
  const { holders, lastCheckpoint, steppedBack } = checkpointer.stats();
  if (steppedBack) return { status: 'skipped', reason: 'Litestream makes the checkpoints' };
  const oldest = holders.toSorted((one, two) => (two.heldMs ?? 0) - (one.heldMs ?? 0))[0];
  const oldestSnapshotMs = oldest?.heldMs ?? 0;
  const figures = {
    oldestSnapshotMs,
    ...(lastCheckpoint && { lastCheckpointAt: lastCheckpoint.at.getTime() }),
  };
  if (oldest === undefined || oldestSnapshotMs < checkpointer.maxSnapshotMs)
    return { status: 'ok', ...figures };
  // The texts of statements are the application's, and not for everybody.
  const who = describeHolder({ ...oldest, statements: [] });
  return { status: 'degraded', reason: `the log cannot be emptied: it is held by ${who}`, ...figures };
}
