/**
 * The pragmas of a production connection, as one table with a reason each.
 *
 * `docs/client.md` shows the same table; a test compares both with what a connection answers. The busy
 * timeout is not in it: it is set when the file is opened, before the first statement can meet a lock.
 */

/** A set of pragmas for one kind of load. */
export type ProfileName = 'default' | 'readHeavy' | 'writeHeavy' | 'durable';

/** A pragma's value; `true` and `false` stand for ON and OFF. */
export type PragmaValue = string | number | boolean;

interface ProfileRow extends Readonly<Record<ProfileName, PragmaValue>> {
  readonly pragma: string;
  readonly reason: string;
}

/** How long a statement waits for another connection's lock, unless an option says otherwise. */
export const DEFAULT_BUSY_TIMEOUT_MS = 5000;

/** In the order in which they are set. See https://sqlite.org/pragma.html. */
export const PROFILE_TABLE = [
  {
    pragma: 'journal_mode',
    default: 'wal',
    readHeavy: 'wal',
    writeHeavy: 'wal',
    durable: 'wal',
    reason: 'Readers and the writer do not block each other, and a commit is one append.',
  },
  {
    pragma: 'synchronous',
    default: 'normal',
    readHeavy: 'normal',
    writeHeavy: 'normal',
    durable: 'full',
    reason:
      'NORMAL waits for the disk at checkpoints only: after a power cut the last commits can be missing, the ' +
      'file is never damaged. FULL waits at every commit, so what was committed stays.',
  },
  {
    pragma: 'fullfsync',
    default: false,
    readHeavy: false,
    writeHeavy: false,
    durable: true,
    reason: 'On macOS fsync() leaves data in the cache of the drive; this empties it. No effect elsewhere.',
  },
  {
    pragma: 'checkpoint_fullfsync',
    default: false,
    readHeavy: false,
    writeHeavy: false,
    durable: true,
    reason: 'The same for the moment when the log is copied into the database.',
  },
  {
    pragma: 'foreign_keys',
    default: true,
    readHeavy: true,
    writeHeavy: true,
    durable: true,
    reason: 'A constraint that was declared is enforced, whatever the engine was compiled with.',
  },
  {
    pragma: 'cache_size',
    // Negative: KiB instead of pages, so the memory does not depend on the page size.
    default: -64_000,
    readHeavy: -256_000,
    writeHeavy: -128_000,
    durable: -64_000,
    reason:
      'The upper bound of the page cache of one connection, in KiB when negative: 64,000 KiB hold the working ' +
      'set of most applications. More for reads that repeat, and for the index pages that inserts touch.',
  },
  {
    pragma: 'temp_store',
    default: 'memory',
    readHeavy: 'memory',
    writeHeavy: 'memory',
    durable: 'memory',
    reason: 'Sorts and temporary tables stay out of the disk, and need no writable temporary folder.',
  },
  {
    pragma: 'wal_autocheckpoint',
    // Pages; 1000 is SQLite's own default.
    default: 1000,
    readHeavy: 1000,
    writeHeavy: 4000,
    durable: 1000,
    reason:
      'The pages after which a commit copies the log into the database. A larger number writes a page that ' +
      'changes often once instead of several times, and lets the log grow to that many pages.',
  },
  {
    pragma: 'journal_size_limit',
    default: 67_108_864,
    readHeavy: 67_108_864,
    writeHeavy: 67_108_864,
    durable: 67_108_864,
    reason: 'A log that one large transaction has swollen is cut back to 64 MiB once it starts over.',
  },
  {
    pragma: 'mmap_size',
    default: 0,
    readHeavy: 0,
    writeHeavy: 0,
    durable: 0,
    reason:
      'With a memory map a disk error, or a file made shorter, ends the process with SIGBUS instead of an error.',
  },
] as const satisfies readonly ProfileRow[];

/** The names that the option `profile` takes. */
export const PROFILE_NAMES: readonly ProfileName[] = ['default', 'readHeavy', 'writeHeavy', 'durable'];

/** The pragmas of a profile, in the order in which they are set. */
export function pragmasOf(profile: ProfileName): Map<string, PragmaValue> {
  return new Map(PROFILE_TABLE.map((row) => [row.pragma, row[profile]]));
}
