/** What connections and pools of this thread hold of a file. */
import type { NativeConnectionLocks } from '../../../native/binding.js';
import { openConnections } from '../../core';
import { HOLDERS, openPools } from '../../pool/holders';
import { isOfShm, LEVELS, LOCK_NAMES, lockAt, type HeldLock, type LockLevel } from './names';
import type { SubjectFile } from '../subject-file';
import { realPathOf } from './real-path';

/** Where and since when; of connections only while `FERROLITE_DEBUG` is 1. */
export interface RememberedOrigin {
  readonly heldMs: number;
  /** Lines of a stack. */
  readonly stack: string;
}

/** A connection of this thread that has the file open. */
export interface HoldingConnection {
  /** As it was opened. */
  readonly name: string;
  readonly readonly: boolean;
  /** What it has on the database file. */
  readonly level: LockLevel;
  /** Its locks of the index of the log. */
  readonly locks: readonly HeldLock[];
  readonly inTransaction: boolean;
  /** The texts of statements that stand on a row: iterators that were not read to their end. */
  readonly statements: readonly string[];
  readonly opened: RememberedOrigin | undefined;
  /** Of a transaction that `transaction()` or `exec()` began. */
  readonly transaction: RememberedOrigin | undefined;
  readonly iterators: readonly RememberedOrigin[];
}

/** A transaction, a snapshot or a stream of a pool of this thread. */
export interface HoldingJob {
  readonly kind: 'transaction' | 'snapshot' | 'stream';
  readonly heldMs: number;
  /** Where it was asked for: lines of a stack. Not of a stream. */
  readonly stack: string | undefined;
  /** Of a stream. */
  readonly sql: string | undefined;
}

/** A pool of this thread that is open on the file. */
export interface HoldingPool {
  readonly path: string;
  readonly jobs: readonly HoldingJob[];
}

/**
 * The connections of this thread that have the file open.
 *
 * @param path - A real path.
 * @param asked - The connection that was asked about, which may be one of another evaluation of the package, as in a
 *   bundle: those are not known here otherwise.
 */
export function holdingConnections(path: string, asked: SubjectFile): HoldingConnection[] {
  const now = performance.now();
  const remembered = (origin: { since: number; stack: string } | undefined) =>
    origin === undefined ? undefined : { heldMs: now - origin.since, stack: origin.stack };
  const own = openConnections();
  const found: HoldingConnection[] = [];
  for (const connection of own) {
    const held = connection.channel.native.connectionLocks(connection.number, path);
    if (held === null) continue;
    const { inTransaction } = connection;
    found.push({
      name: connection.name,
      readonly: connection.readonly,
      inTransaction,
      ...holdings(held),
      opened: remembered(connection.origin),
      transaction: inTransaction ? remembered(connection.transactionOrigin) : undefined,
      iterators: [...connection.iteratorOrigins.values()].map((origin) => remembered(origin)!),
    });
  }
  const { connection: other, database } = asked;
  if (other === undefined || own.some(({ number }) => number === other.number)) return found;
  const held = other.native.connectionLocks(other.number, path);
  if (held === null || database === undefined) return found;
  const { name, readonly, inTransaction } = database;
  const unknown = { opened: undefined, transaction: undefined, iterators: [] };
  return [...found, { name, readonly, inTransaction, ...holdings(held), ...unknown }];
}

const holdings = (
  held: NativeConnectionLocks,
): Pick<HoldingConnection, 'level' | 'locks' | 'statements'> => ({
  level: LEVELS[held.level] ?? 'NONE',
  locks: maskedLocks(held.shared, held.exclusive),
  statements: held.statements,
});

function maskedLocks(shared: number, exclusive: number): HeldLock[] {
  const shm = [...LOCK_NAMES.keys()].filter(isOfShm);
  return shm
    .filter((_, bit) => ((shared | exclusive) & (1 << bit)) !== 0)
    .map((index) => lockAt(index, (exclusive & (1 << (index - shm[0]!))) !== 0));
}

/** The pools of this thread that are open on the file. @param path - A real path. */
export function holdingPools(path: string): HoldingPool[] {
  return openPools()
    .filter((pool) => realPathOf(pool.path) === path)
    .map((pool) => ({
      path: pool.path,
      jobs: pool[HOLDERS]()
        .map(({ kind, heldMs, origin, sql }) => ({ kind, heldMs, stack: origin, sql }))
        .toSorted((a, b) => b.heldMs - a.heldMs),
    }));
}
