/** The options of migrations: their types, and their check before anything is done. */
import type { Database } from '../core';
import { booleanOption, checkSignal, integerOption, MAX_TIMER_MS, refuseUnknown } from '../options';
import type { BackupSettings, MigrationBackupOptions } from './safety/backup';
import type { CallFunction } from './folder/module';
import type { MigrationProgress } from './apply/progress';
import { DEFAULT_TABLE } from './apply/state';

/** A tool whose table can be taken over. */
export type MigrationTool =
  | 'drizzle'
  | 'prisma'
  | 'dbmate'
  | 'golang-migrate'
  | 'goose'
  | 'flyway'
  | 'sqlx'
  | 'diesel'
  | 'kysely'
  | 'knex'
  | 'migrations';

export const TOOLS: readonly MigrationTool[] = [
  'drizzle',
  'prisma',
  'dbmate',
  'golang-migrate',
  'goose',
  'flyway',
  'sqlx',
  'diesel',
  'kysely',
  'knex',
  'migrations',
];

/** Options of {@link Migrator}. */
export interface MigratorOptions {
  /** The table that says what was applied. Default `_ferrolite_migrations`. */
  readonly table?: string | undefined;
  /** The tool whose table says what was applied before. Default `'auto'`: the one whose table is there. */
  readonly adopt?: 'auto' | false | MigrationTool | undefined;
  /** Go on where applied migrations are no longer in the folder: all of them, or these. */
  readonly allowMissing?: boolean | readonly string[] | undefined;
  /** Apply migrations that come before one that was applied: all of them, or these. */
  readonly allowOutOfOrder?: boolean | readonly string[] | undefined;
  /** Go on where others have changed or removed what migrations have made: all of it, or what has these names. */
  readonly allowDrift?: boolean | readonly string[] | undefined;
  /** Let tables lose rows that the SQL does not name: all tables, or these. */
  readonly allowRowLoss?: boolean | readonly string[] | undefined;
  /** Refuse a file whose `application_id` is another one; a new file gets it. */
  readonly applicationId?: number | undefined;
  /** Look for rows whose foreign keys refer to nothing before each COMMIT. Default true. */
  readonly foreignKeyCheck?: boolean | undefined;
  /** How long another process that migrates, or a writer, is waited for. Default 60000. */
  readonly lockTimeoutMs?: number | undefined;
  /**
   * Apply the pending migrations to a copy first. Default `'auto'`: where the database has no more than `rehearseMaxBytes`.
   */
  readonly rehearse?: boolean | 'auto' | undefined;
  /** Default 104857600, which are 100 MiB. */
  readonly rehearseMaxBytes?: number | undefined;
  /** Copy the database before the first migration, and go back to the copy when one fails. Default false. */
  readonly backup?: boolean | MigrationBackupOptions | undefined;
  /** Called with every connection that is opened for migrations: to set a key, functions or pragmas. */
  readonly prepareConnection?: ((db: Database) => void) | undefined;
  /**
   * Calls the functions of migrations, with what they expect in place of the connection: Kysely's, for example, expect an
   * instance of Kysely.
   */
  readonly callFunction?: CallFunction | undefined;
  /** Called before each migration is begun, on a copy or for good. What it throws ends the call. */
  readonly onProgress?: ((progress: MigrationProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Options, checked. */
export interface Settings {
  readonly table: string;
  readonly adopt: 'auto' | false | MigrationTool;
  readonly allowMissing: boolean | readonly string[];
  readonly allowOutOfOrder: boolean | readonly string[];
  readonly allowDrift: boolean | readonly string[];
  readonly allowRowLoss: boolean | readonly string[];
  readonly applicationId: number | undefined;
  readonly foreignKeyCheck: boolean;
  readonly lockTimeoutMs: number;
  readonly rehearse: boolean | 'auto';
  readonly rehearseMaxBytes: number;
  /** Undefined: none is made. */
  readonly backup: BackupSettings | undefined;
  readonly prepareConnection: ((db: Database) => void) | undefined;
  readonly callFunction: CallFunction | undefined;
  readonly onProgress: ((progress: MigrationProgress) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

const NAMES = [
  'table',
  'adopt',
  'allowMissing',
  'allowOutOfOrder',
  'allowDrift',
  'allowRowLoss',
  'applicationId',
  'foreignKeyCheck',
  'lockTimeoutMs',
  'rehearse',
  'rehearseMaxBytes',
  'backup',
  'prepareConnection',
  'callFunction',
  'onProgress',
  'signal',
];
const DEFAULT_LOCK_TIMEOUT_MS = 60_000;
const DEFAULT_REHEARSE_BYTES = 100 * 2 ** 20;
const DEFAULT_KEEP = 3;

/** @throws {TypeError | RangeError} naming the option. */
export function checkOptions(options: unknown): Settings {
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    throw new TypeError('Expected third argument to be an options object');
  }
  const given = (options ?? {}) as MigratorOptions;
  refuseUnknown(given, NAMES);
  const {
    table = DEFAULT_TABLE,
    adopt = 'auto',
    rehearse = 'auto',
    prepareConnection,
    callFunction,
    onProgress,
    signal,
  } = given;
  if (typeof table !== 'string' || table === '' || table.includes('\0')) {
    throw new TypeError('Expected the "table" option to be the name of a table');
  }
  if (adopt !== 'auto' && adopt !== false && !TOOLS.includes(adopt)) {
    throw new TypeError(`Expected the "adopt" option to be 'auto', false or one of ${TOOLS.join(', ')}`);
  }
  if (rehearse !== 'auto' && typeof rehearse !== 'boolean') {
    throw new TypeError(`Expected the "rehearse" option to be a boolean or 'auto'`);
  }
  if (prepareConnection !== undefined && typeof prepareConnection !== 'function') {
    throw new TypeError('Expected the "prepareConnection" option to be a function');
  }
  if (callFunction !== undefined && typeof callFunction !== 'function') {
    throw new TypeError('Expected the "callFunction" option to be a function');
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new TypeError('Expected the "onProgress" option to be a function');
  }
  return {
    table,
    adopt,
    allowMissing: namesOption(given, 'allowMissing'),
    allowOutOfOrder: namesOption(given, 'allowOutOfOrder'),
    allowDrift: namesOption(given, 'allowDrift'),
    allowRowLoss: namesOption(given, 'allowRowLoss'),
    applicationId: integerOption(given.applicationId, 'applicationId', -0x8000_0000, 0x7fff_ffff),
    foreignKeyCheck: given.foreignKeyCheck === undefined || booleanOption(given, 'foreignKeyCheck'),
    lockTimeoutMs:
      integerOption(given.lockTimeoutMs, 'lockTimeoutMs', 0, MAX_TIMER_MS) ?? DEFAULT_LOCK_TIMEOUT_MS,
    rehearse,
    rehearseMaxBytes:
      integerOption(given.rehearseMaxBytes, 'rehearseMaxBytes', 0, Number.MAX_SAFE_INTEGER) ??
      DEFAULT_REHEARSE_BYTES,
    backup: backupOption(given.backup),
    prepareConnection,
    callFunction,
    onProgress,
    signal: checkSignal(signal),
  };
}

function backupOption(backup: unknown): BackupSettings | undefined {
  if (backup === undefined || backup === false) return undefined;
  if (backup !== true && (typeof backup !== 'object' || backup === null)) {
    throw new TypeError('Expected the "backup" option to be a boolean or an object');
  }
  const given = backup === true ? {} : (backup as MigrationBackupOptions);
  refuseUnknown(given, ['directory', 'keep', 'restore']);
  const { directory, keep } = given;
  if (directory !== undefined && (typeof directory !== 'string' || directory === '')) {
    throw new TypeError('Expected the "directory" option to be a path');
  }
  return {
    directory,
    keep: integerOption(keep, 'keep', 1, Number.MAX_SAFE_INTEGER) ?? DEFAULT_KEEP,
    restore: given.restore === undefined || booleanOption(given, 'restore'),
  };
}

function namesOption(
  options: MigratorOptions,
  name: 'allowMissing' | 'allowOutOfOrder' | 'allowDrift' | 'allowRowLoss',
): boolean | readonly string[] {
  const value: unknown = options[name] ?? false;
  if (typeof value === 'boolean') return value;
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value as string[];
  throw new TypeError(`Expected the "${name}" option to be a boolean or an array of names`);
}

/** Whether an option that allows something allows it for `name`. */
export const allows = (option: boolean | readonly string[], name: string): boolean =>
  typeof option === 'boolean' ? option : option.includes(name);
