/** Which other processes have a database open or locked, from /proc of Linux. */
import { readdirSync, readlinkSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { locksIn, type HeldLock } from './names';

/** A process that has locks on the database, or has it open. */
export interface OtherProcess {
  /** Undefined where the system hides it: in another container or on another machine. */
  readonly pid: number | undefined;
  /** The name of its program, where the system tells. */
  readonly command: string | undefined;
  /** Its arguments, up to 200 characters, where the system tells. */
  readonly commandLine: string | undefined;
  readonly locks: readonly HeldLock[];
  /** Whether it waits in the kernel for a lock, which SQLite itself never does. */
  readonly waits: boolean;
}

/** What was found, and what could not be. */
export interface FoundProcesses {
  readonly processes: readonly OtherProcess[];
  /** Whether the system tells at all. */
  readonly isTold: boolean;
  /** Whether processes of other users or containers may be missing. */
  readonly isPartial: boolean;
}

interface Numbers {
  readonly dev: bigint;
  readonly ino: bigint;
}

interface Entry {
  locks: HeldLock[];
  waits: boolean;
}

/** What the system says of locks by itself: of the file that `lockState()` was asked for. */
export interface KnownLock {
  readonly pid: number | undefined;
  readonly lock: HeldLock;
}

/** Looks for processes. @param known - Locks of others that the engine has been told of. */
export async function otherProcesses(path: string, known: readonly KnownLock[]): Promise<FoundProcesses> {
  const files = [
    { file: 'database', numbers: await numbersOf(path) },
    { file: 'shm', numbers: await numbersOf(`${path}-shm`) },
  ] as const;
  const found = new Map<number | undefined, Entry>();
  const entryOf = (pid: number | undefined): Entry => {
    let entry = found.get(pid);
    if (entry === undefined) found.set(pid, (entry = { locks: [], waits: false }));
    return entry;
  };
  const add = (pid: number | undefined, locks: readonly HeldLock[], waits = false): void => {
    const entry = entryOf(pid);
    if (waits) entry.waits = true;
    else entry.locks.push(...locks.filter((lock) => !entry.locks.some((one) => one.name === lock.name)));
  };
  const opened = await openers(path, files[0].numbers, files[1].numbers);
  for (const pid of opened.pids) entryOf(pid);
  const inTable = new Set<number | undefined>();
  const table = await lockTable();
  for (const line of table ?? []) {
    if (line.pid === process.pid) continue;
    const of = files.find(({ numbers }) => numbers !== undefined && isOf(line, numbers, found.has(line.pid)));
    if (of === undefined) continue;
    // A number of 0 stands for a process of another container.
    const pid = line.pid > 0 ? line.pid : undefined;
    inTable.add(pid);
    add(pid, locksIn(of.file, line.from, line.to, line.isExclusive), line.waits);
  }
  // The table does not have what containers hide.
  for (const { pid, lock } of known) if (!inTable.has(pid)) add(pid, [lock]);
  const processes = await Promise.all(
    [...found].map(async ([pid, { locks, waits }]): Promise<OtherProcess> => {
      const { command, commandLine } = await nameOf(pid);
      return { pid, command, commandLine, locks, waits };
    }),
  );
  return { processes, isTold: table !== undefined || known.length > 0, isPartial: opened.isPartial };
}

async function numbersOf(path: string): Promise<Numbers | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch {
    return undefined;
  }
}

interface Line {
  readonly waits: boolean;
  readonly isExclusive: boolean;
  readonly pid: number;
  readonly major: bigint;
  readonly minor: bigint;
  readonly ino: bigint;
  readonly from: number;
  readonly to: number;
}

const LINE =
  /^\d+:( ->)? +(?:POSIX|OFDLCK) +\S+ +(READ|WRITE) +(-?\d+) +([0-9a-f]+):([0-9a-f]+):(\d+) +(\d+) +(\d+|EOF)/;

/** `/proc/locks`; undefined on other systems. */
async function lockTable(): Promise<Line[] | undefined> {
  let text: string;
  try {
    text = await readFile('/proc/locks', 'utf8');
  } catch {
    return undefined;
  }
  return text.split('\n').flatMap((line) => {
    const parts = LINE.exec(line);
    if (parts === null) return [];
    const [, arrow, kind, pid, major, minor, ino, from, to] = parts as unknown as string[];
    return {
      waits: arrow !== undefined,
      isExclusive: kind === 'WRITE',
      pid: Number(pid),
      major: BigInt(`0x${major}`),
      minor: BigInt(`0x${minor}`),
      ino: BigInt(ino!),
      from: Number(from),
      to: to === 'EOF' ? Infinity : Number(to),
    };
  });
}

/** Whether a lock is of a file. @param isOpener - Whether the process is known to have it open. */
function isOf({ ino, major, minor }: Line, numbers: Numbers, isOpener: boolean): boolean {
  if (ino !== numbers.ino) return false;
  const { dev } = numbers;
  // The parts of a device's number are mixed, as glibc does.
  const isSameDevice =
    major === (((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn)) &&
    minor === ((dev & 0xffn) | ((dev >> 12n) & ~0xffn));
  // Btrfs and overlays tell another device than they lock files under.
  return isSameDevice || isOpener;
}

/** Processes that have one of the files open. */
async function openers(
  path: string,
  ...numbers: readonly (Numbers | undefined)[]
): Promise<{ pids: number[]; isPartial: boolean }> {
  const names = new Set([basename(path), `${basename(path)}-shm`]);
  let isPartial = false;
  const pids: number[] = [];
  const all = await readdir('/proc').catch(() => []);
  // What the kernel makes up is read at once, a process at a time: a tenth of asking the pool of threads each time.
  for (const name of all) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    await turn();
    try {
      if (await hasOpen(pid, names, numbers)) pids.push(pid);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') isPartial = true;
    }
  }
  return { pids, isPartial };
}

async function hasOpen(
  pid: number,
  names: ReadonlySet<string>,
  numbers: readonly (Numbers | undefined)[],
): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const named = readdirSync(folder).filter((fd) => names.has(nameOfDescriptor(`${folder}/${fd}`)));
  // Only what has the name is looked at: another file may be on a disk that does not answer.
  for (const fd of named) {
    const found = await numbersOf(`${folder}/${fd}`);
    if (numbers.some((one) => one !== undefined && one.dev === found?.dev && one.ino === found.ino))
      return true;
  }
  return false;
}

function nameOfDescriptor(link: string): string {
  try {
    return basename(readlinkSync(link).replace(/ \(deleted\)$/, ''));
  } catch {
    return '';
  }
}

async function nameOf(pid: number | undefined): Promise<Pick<OtherProcess, 'command' | 'commandLine'>> {
  if (pid === undefined) return { command: undefined, commandLine: undefined };
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  const [comm, line] = await Promise.all([read('comm'), read('cmdline')]);
  const commandLine = line
    .replaceAll(/[\0\s]+/g, ' ')
    .trim()
    .slice(0, 200);
  return { command: comm.trim() || undefined, commandLine: commandLine || undefined };
}
