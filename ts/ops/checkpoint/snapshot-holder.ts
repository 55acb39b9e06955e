/** Who has a snapshot that the write-ahead log must be kept for. */
import { readFileSync } from 'node:fs';
import type { NativeHolder } from '../../../native/binding.js';

/** A connection that reads, of this process or another one. */
export interface SnapshotHolder {
  /** Undefined where the system does not tell the process. */
  readonly pid: number | undefined;
  /** The name of another process's program, where the system tells. */
  readonly command: string | undefined;
  /** The thread, where it is one of a pool: `frl-reader-0` or `frl-writer`. */
  readonly thread: string | undefined;
  /** Whether the connection belongs to the thread that asks. The next two are of such a connection. */
  readonly isThisThread: boolean;
  /** Whether it is within a transaction. */
  readonly inTransaction: boolean | undefined;
  /** The texts of its statements that stand on a row: iterators that were not read to their end. */
  readonly statements: readonly string[];
  /** Frames of the log that were written since. */
  readonly framesBehind: number;
  /** For how long it has held the log at least, in milliseconds; undefined while it holds nothing, or nobody watched. */
  readonly heldMs: number | undefined;
}

/** A holder as users see it. */
export function snapshotHolder(native: NativeHolder): SnapshotHolder {
  const { pid, thread, isOwn, inTransaction, statements, framesBehind, heldMs } = native;
  return {
    pid: pid === 0 ? process.pid : pid < 0 ? undefined : pid,
    command: pid > 0 ? commandOf(pid) : undefined,
    thread,
    isThisThread: isOwn,
    inTransaction: isOwn ? inTransaction : undefined,
    statements,
    framesBehind,
    heldMs: heldMs < 0 ? undefined : heldMs,
  };
}

function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    // Another system, or the process has ended.
    return undefined;
  }
}

/** One holder in the words of a message. */
export function describeHolder(holder: SnapshotHolder): string {
  const { heldMs } = holder;
  const time = heldMs === undefined ? '' : ` for ${Math.round(heldMs / 1000)} s`;
  return `${whoIs(holder)}${time}`;
}

function whoIs({ pid, command, thread, isThisThread, statements, inTransaction }: SnapshotHolder): string {
  if (pid === undefined) return 'another process';
  if (pid !== process.pid) return `process ${pid}${command === undefined ? '' : ` (${command})`}`;
  if (thread !== undefined) return `thread ${thread} of this process`;
  if (!isThisThread) return 'another connection of this process';
  if (statements.length > 0) return `an open iterator of this thread over ${JSON.stringify(statements[0])}`;
  return inTransaction === true ? 'an open transaction of this thread' : 'a connection of this thread';
}
