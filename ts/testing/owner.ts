/**
 * Whose a folder is: its name says which process it belongs to, so that whoever finds it later knows whether that
 * process still lives.
 *
 * A number alone does not identify a process, because systems use numbers again. The name also has when the process
 * started, and the place where numbers mean the same: one boot and one process namespace of one machine.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isMainThread } from 'node:worker_threads';

/** Stands for a start that the system does not tell. */
const UNKNOWN = '0';
/** The start, in /proc/PID/stat, counted from behind the command's name. See proc_pid_stat(5). */
const START_FIELD = 19;
const NAME = /^([0-9a-f]{8})-(\d+)-([0-9a-z]+)-(?:run|t\d+)$/;

let thisPlace: string | undefined;

function place(): string {
  thisPlace ??= createHash('sha256').update(describePlace()).digest('hex').slice(0, 8);
  return thisPlace;
}

function describePlace(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8') + readlinkSync('/proc/self/ns/pid');
  } catch {
    // No Linux, or no /proc: then the machine is all there is to know.
    return hostname();
  }
}

/** When the process started, in the system's own terms; undefined once it has ended. */
function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM says that it lives, and is somebody else's.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  if (process.platform === 'linux') return startOnLinux(pid);
  return process.platform === 'win32' ? UNKNOWN : startByPs(pid);
}

function startOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command's name may contain anything, spaces and parentheses included.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : (fields[START_FIELD] ?? UNKNOWN);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : UNKNOWN;
  }
}

function startByPs(pid: number): string {
  try {
    const said = execFileSync('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      // In another language Date.parse() would not understand it.
      env: { LC_ALL: 'C' },
    });
    const started = Date.parse(said);
    return Number.isNaN(started) ? UNKNOWN : started.toString(36);
  } catch {
    return UNKNOWN;
  }
}

/**
 * Whether a test runner has started this process as a worker. Runners do that with a channel for messages, the one of Node
 * says it in the environment. `process.send` says nothing: in Jest it is always there.
 */
const isWorker =
  isMainThread && (process.connected === true || process.env['NODE_TEST_CONTEXT'] !== undefined);

/** The process whose life is that of the test run: the one that started this one as a worker, or this one. */
export function runOwner(): number {
  return isWorker ? process.ppid : process.pid;
}

const names = new Map<number, string>();

/** The name of a folder that belongs to a living process, or to one thread of it. */
export function folderName(pid: number, part: 'run' | `t${number}`): string {
  const known = names.get(pid) ?? `${place()}-${pid}-${startOf(pid) ?? UNKNOWN}`;
  names.set(pid, known);
  return `${known}-${part}`;
}

/** Whether the process that a folder is named for lives; undefined when that cannot be known here. */
export function isOwnerAlive(name: string): boolean | undefined {
  const [, where, pid, start] = NAME.exec(name) ?? [];
  if (where !== place()) return undefined;
  const current = startOf(Number(pid));
  return current !== undefined && (current === start || current === UNKNOWN || start === UNKNOWN);
}

/** Whether a folder's name is one of {@link folderName}. */
export function isOwned(name: string): boolean {
  return NAME.test(name);
}
