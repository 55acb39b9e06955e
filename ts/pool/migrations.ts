/**
 * The migrations that a pool applies before its first call.
 *
 * `migrate` is built upon `ops`, which knows pools: so it is loaded here, when a pool is opened that has migrations, and not
 * imported. Nothing else of this layer may know it.
 */
import type { MigratorOptions } from '../migrate';
import { existsSync } from 'node:fs';
import type { ConnectionSettings } from '../client/connection-options';

/** The migrations of a pool: the options of `Migrator`, and where they are. */
export interface PoolMigrations extends MigratorOptions {
  /** Their folder: a path or a `file:` URL. */
  readonly folder: string | URL;
}

/** {@link PoolMigrations}, checked. */
export interface MigrationSettings {
  readonly folder: string | URL;
  readonly options: MigratorOptions;
}

const migrate = (): typeof import('../migrate') => require('../migrate') as typeof import('../migrate');

/**
 * Checks the option of a pool.
 *
 * @throws {TypeError | RangeError} naming what is wrong.
 */
export function readMigrationsOption(
  value: unknown,
  { readonly }: Pick<ConnectionSettings, 'readonly'>,
): MigrationSettings | undefined {
  if (value === undefined) return undefined;
  const isFolder = (given: unknown): given is string | URL =>
    (typeof given === 'string' && given !== '') || given instanceof URL;
  const { folder, ...options } = (isFolder(value) ? { folder: value } : Object(value)) as PoolMigrations;
  if (!isFolder(folder)) {
    throw new TypeError(
      'Expected the "migrations" option to be a folder, or an object with a "folder" and the options of Migrator',
    );
  }
  if (readonly) throw new TypeError('A pool that only reads cannot apply migrations');
  const { checkOptions } = require('../migrate/options') as typeof import('../migrate/options');
  checkOptions(options);
  return { folder, options };
}

/**
 * Applies what is pending to the file of a pool, after the caller's turn.
 *
 * @param signal - Ends it: the migration under way leaves nothing.
 */
export async function migratePool(
  path: string,
  { folder, options }: MigrationSettings,
  { fileMustExist }: Pick<ConnectionSettings, 'fileMustExist'>,
  signal: AbortSignal,
): Promise<void> {
  // Opening a pool answers at once, and what is there to be read is read by the first call.
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
  // The pool's own attempt to open it says so.
  if (fileMustExist && !existsSync(path)) return;
  const signals = options.signal === undefined ? signal : AbortSignal.any([options.signal, signal]);
  await migrate().runMigrations(path, folder, { ...options, signal: signals });
}
