/** What commands need of the package: loaded when one begins to work, because printing help needs none of it. */
import { UsageError } from './command';
import { patiently, type Patience } from './patience';

export const ops = (): typeof import('ferrolite/ops') =>
  require('ferrolite/ops') as typeof import('ferrolite/ops');

export const pools = (): typeof import('ferrolite/pool') =>
  require('ferrolite/pool') as typeof import('ferrolite/pool');

export const migrations = (): typeof import('ferrolite/migrate') =>
  require('ferrolite/migrate') as typeof import('ferrolite/migrate');

export const driver = (): typeof import('ferrolite') => require('ferrolite') as typeof import('ferrolite');

export interface Located {
  /** What the functions of the package are given: a path, or the URL with its parameters. */
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly readonly: boolean;
  readonly immutable: boolean;
}

/** Finds the database that a command is about. Nothing is opened or created. */
export function locate(db: string | undefined): Located {
  const { path, readonly = false, immutable = false, fileMustExist = false } = ops().locateDatabase(db);
  if (path === ':memory:')
    throw new UsageError('A database in memory belongs to one process: name a file with --db');
  const query = immutable ? '?immutable=1' : readonly ? '?mode=ro' : fileMustExist ? '?mode=rw' : '';
  return {
    name: query === '' ? path : urlOf(path) + query,
    path,
    readonly: readonly || immutable,
    immutable,
  };
}

/** A path may hold what a URL reads as its own. */
const urlOf = (path: string): string => `file:${path.split('/').map(encodeURIComponent).join('/')}`;

type Connection = ReturnType<ReturnType<typeof driver>['getDb']>;
export type Pool = ReturnType<ReturnType<typeof pools>['openPool']>;

/**
 * Uses a connection that reads. It tells what cannot be opened, and waits for who keeps everybody out.
 *
 * @throws {SqliteError} where there is no file, or none that can be read.
 */
export async function reading<T>(
  located: Located,
  patience: Patience,
  use: (db: Connection) => T | Promise<T>,
): Promise<T> {
  const { closeDatabase, getDb } = driver();
  return patiently(patience, async (busyTimeoutMs) => {
    try {
      return await use(getDb(located.name, { readonly: true, busyTimeoutMs }));
    } finally {
      closeDatabase(located.path);
    }
  });
}

/** Waits until the file can be opened: work on another thread cannot be given up while it does that. */
export const openable = (located: Located, patience: Patience): Promise<void> =>
  reading(located, patience, () => {});

export interface PoolUse extends Patience {
  readonly write: boolean;
  readonly timeoutMs?: number | undefined;
}

/** As long as a timer can be: a command has the writer for as long as it takes. */
export const NO_LIMIT_MS = 2_147_483_647;

/**
 * Opens connections on threads of their own, which can be given up. The file keeps its journal mode.
 *
 * @throws {UsageError} for writing to what was named for reading.
 */
export async function openPool(located: Located, { write, timeoutMs, ...patience }: PoolUse): Promise<Pool> {
  if (write && located.readonly) {
    throw new UsageError('The database is named for reading only, and this writes');
  }
  const journalMode = await reading(located, patience, (db) => {
    return db.pragma('journal_mode', { simple: true }) as string;
  });
  return pools().openPool({
    path: located.name,
    readonly: !write,
    fileMustExist: true,
    readers: 1,
    busyTimeoutMs: patience.busyTimeoutMs,
    timeoutMs,
    ...(write && { pragmas: { journal_mode: journalMode } }),
  });
}
