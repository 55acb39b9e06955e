/** What commands need of the package: loaded when one begins to work, because printing help needs none of it. */
import { UsageError } from './command';

export const ops = (): typeof import('ferrolite/ops') =>
  require('ferrolite/ops') as typeof import('ferrolite/ops');

export const pools = (): typeof import('ferrolite/pool') =>
  require('ferrolite/pool') as typeof import('ferrolite/pool');

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
  const { path, readonly = false, immutable = false } = ops().locateDatabase(db);
  if (path === ':memory:')
    throw new UsageError('A database in memory belongs to one process: name a file with --db');
  const query = immutable ? '?immutable=1' : readonly ? '?mode=ro' : '';
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

/** Uses a connection that reads. @throws {SqliteError} where there is no file, or none that can be read. */
export function reading<T>(
  located: Located,
  busyTimeoutMs: number | undefined,
  use: (db: Connection) => T,
): T {
  const { closeDatabase, getDb } = driver();
  const db = getDb(located.name, { readonly: true, busyTimeoutMs });
  try {
    return use(db);
  } finally {
    closeDatabase(located.path);
  }
}

export interface PoolUse {
  readonly write: boolean;
  readonly busyTimeoutMs: number | undefined;
  readonly timeoutMs?: number | undefined;
}

/** As long as a timer can be: a command has the writer for as long as it takes. */
export const NO_LIMIT_MS = 2_147_483_647;

/**
 * Opens connections on threads of their own, which can be given up. The file keeps its journal mode.
 *
 * @throws {UsageError} for writing to what was named for reading.
 */
export function openPool(located: Located, { write, busyTimeoutMs, timeoutMs }: PoolUse): Pool {
  if (write && located.readonly) {
    throw new UsageError('The database is named for reading only, and this writes');
  }
  const journalMode = (db: Connection): string => db.pragma('journal_mode', { simple: true }) as string;
  return pools().openPool({
    path: located.name,
    readonly: !write,
    fileMustExist: true,
    readers: 1,
    busyTimeoutMs,
    timeoutMs,
    ...(write && { pragmas: { journal_mode: reading(located, busyTimeoutMs, journalMode) } }),
  });
}
