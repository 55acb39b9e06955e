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

/** Fails as every other command does where the file cannot be opened. */
export function requireDatabase({ name, path }: Located): void {
  const { closeDatabase, getDb } = driver();
  getDb(name, { readonly: true });
  closeDatabase(path);
}
