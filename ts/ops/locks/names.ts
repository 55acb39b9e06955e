/** The locks of SQLite on a database, as bytes of its files; see https://sqlite.org/fileformat.html. */

/** Three of the database file, then those of the index of its write-ahead log, whose name ends with `-shm`. */
export const LOCK_NAMES = [
  'PENDING',
  'RESERVED',
  'SHARED',
  'WRITE',
  'CKPT',
  'RECOVER',
  'READ0',
  'READ1',
  'READ2',
  'READ3',
  'READ4',
  'DMS',
] as const;

export type LockName = (typeof LOCK_NAMES)[number];

/** What a connection, or all of a process, has on the database file. */
export const LEVELS = ['NONE', 'SHARED', 'RESERVED', 'PENDING', 'EXCLUSIVE'] as const;

export type LockLevel = (typeof LEVELS)[number];

/** A lock that somebody has. */
export interface HeldLock {
  readonly name: LockName;
  /** Which file's bytes it is. */
  readonly file: 'database' | 'shm';
  readonly mode: 'shared' | 'exclusive';
}

/** The first byte after 1 GiB. */
const PENDING_BYTE = 0x4000_0000;
const SHARED_FIRST = PENDING_BYTE + 2;
const SHARED_SIZE = 510;
const SHM_FIRST = 120;
const FIRST_OF_SHM = 3;

/** The number of the first of the locks of the log's index. */
export const isOfShm = (index: number): boolean => index >= FIRST_OF_SHM;

export const lockAt = (index: number, isExclusive: boolean): HeldLock => ({
  name: LOCK_NAMES[index]!,
  file: isOfShm(index) ? 'shm' : 'database',
  mode: isExclusive ? 'exclusive' : 'shared',
});

/** The locks of a file whose bytes overlap with a range. */
export function locksIn(file: HeldLock['file'], from: number, to: number, isExclusive: boolean): HeldLock[] {
  const found: HeldLock[] = [];
  for (const [index] of LOCK_NAMES.entries()) {
    if (isOfShm(index) !== (file === 'shm')) continue;
    const [first, last] = bytesOf(index);
    if (from <= last && to >= first) found.push(lockAt(index, isExclusive));
  }
  return found;
}

function bytesOf(index: number): readonly [number, number] {
  if (isOfShm(index)) return [SHM_FIRST + index - FIRST_OF_SHM, SHM_FIRST + index - FIRST_OF_SHM];
  const first = PENDING_BYTE + index;
  return [first, first === SHARED_FIRST ? SHARED_FIRST + SHARED_SIZE - 1 : first];
}

/** The level of a process on the database file, from its locks there. */
export function levelOf(locks: readonly HeldLock[]): LockLevel {
  const of = (name: LockName) => locks.find((lock) => lock.name === name);
  if (of('SHARED')?.mode === 'exclusive') return 'EXCLUSIVE';
  if (of('PENDING') !== undefined) return 'PENDING';
  if (of('RESERVED') !== undefined) return 'RESERVED';
  return of('SHARED') === undefined ? 'NONE' : 'SHARED';
}

/** Whom a lock keeps waiting; undefined for one that keeps nobody. */
export function effectOf({ name, mode }: HeldLock, hasLog: boolean): string | undefined {
  switch (name) {
    case 'WRITE':
      return 'other writers wait';
    case 'CKPT':
      return 'other checkpoints wait';
    case 'RECOVER':
      return 'everybody waits until the log is recovered';
    case 'RESERVED':
      return 'other writers wait';
    case 'PENDING':
      return 'writers and new readers wait';
    case 'SHARED':
      if (mode === 'exclusive') return 'everybody waits';
      // In WAL mode every connection has it for as long as it is open.
      return hasLog ? undefined : 'a writer waits to commit';
    case 'DMS':
      return mode === 'exclusive' ? 'everybody waits until the log is open' : undefined;
    default:
      return mode === 'exclusive' ? undefined : 'a checkpoint cannot start the log anew';
  }
}
