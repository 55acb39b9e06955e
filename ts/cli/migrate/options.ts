/** The options of `ferrolite migrate`, and which of them an action has. */
import type { MigrationTool, MigratorOptions } from 'ferrolite/migrate';
import { UsageError } from '../command';
import { reporting, type Options, type Values } from '../options';

/** An object, so that the compiler says when the migrator knows other ones. */
const TOOLS = Object.keys({
  auto: true,
  none: true,
  drizzle: true,
  prisma: true,
  dbmate: true,
  'golang-migrate': true,
  goose: true,
  flyway: true,
  sqlx: true,
  diesel: true,
  kysely: true,
  knex: true,
  migrations: true,
} satisfies Record<MigrationTool | 'auto' | 'none', true>);

/** What stands for all names. */
const ALL = 'all';

export const options = {
  ...reporting,
  dir: {
    type: 'text',
    value: 'folder',
    file: true,
    description: 'Where the migrations are. Default migrations.',
  },
  check: {
    type: 'flag',
    description:
      'status: the status is 1 unless all is applied, and no file and nothing that migrations made has changed.',
  },
  fleet: {
    type: 'text',
    value: 'folder',
    file: true,
    description: 'up, down, to, status: all databases of this folder, <name>.db, instead of --db.',
  },
  concurrency: {
    type: 'integer',
    value: 'n',
    description: 'With --fleet: databases at a time. Default 4.',
  },
  'max-failures': {
    type: 'integer',
    value: 'n',
    description: 'With --fleet: begin no further ones after so many failures. Default: go through all.',
  },
  rehearse: {
    type: 'text',
    value: 'when',
    choices: ['auto', 'always', 'never'],
    description: 'Try everything on a copy first. Default auto: up to 100 MiB; for plan always.',
  },
  backup: {
    type: 'flag',
    description: 'Copy the database before the first migration, and put it back when one fails.',
  },
  'backup-dir': {
    type: 'text',
    value: 'folder',
    file: true,
    description: 'With --backup: where the copy is put. Default beside the database.',
  },
  'allow-missing': {
    type: 'several',
    value: 'name',
    description: 'Go on though this applied migration is not in the folder. A name, or all.',
  },
  'allow-out-of-order': {
    type: 'several',
    value: 'name',
    description: 'Apply this migration though a later one was applied. A name, or all.',
  },
  'allow-drift': {
    type: 'several',
    value: 'name',
    description:
      'Go on though others have changed or removed this table, index, view or trigger. A name, or all.',
  },
  'allow-row-loss': {
    type: 'several',
    value: 'table',
    description: 'Let this table lose rows that the SQL does not name. A name, or all.',
  },
  adopt: {
    type: 'text',
    value: 'tool',
    choices: TOOLS,
    description: 'The tool whose table says what was applied before. Default auto.',
  },
  table: {
    type: 'text',
    value: 'name',
    description: 'The table that says what was applied. Default _ferrolite_migrations.',
  },
  'application-id': {
    type: 'integer',
    value: 'n',
    description: 'Refuse a file with another application_id.',
  },
  'lock-timeout-ms': {
    type: 'integer',
    value: 'n',
    description: 'How long another process that migrates or writes is waited for. Default 60000.',
  },
  'forget-missing': { type: 'flag', description: 'repair: forget what is not in the folder any more, too.' },
  language: {
    type: 'text',
    value: 'name',
    choices: ['sql', 'ts', 'js'],
    description: 'new: what it is written in. Default sql.',
  },
} as const satisfies Options;

export type Given = Values<typeof options>;
type Name = keyof Given;

/** Options that every action has. */
const COMMON: ReadonlySet<Name> = new Set<Name>([
  'db',
  'json',
  'quiet',
  'dir',
  'adopt',
  'table',
  'allow-missing',
  'allow-out-of-order',
  'allow-drift',
]);

/** Options of actions that change the database. */
export const WRITING: readonly Name[] = ['application-id', 'lock-timeout-ms'];
/** Options of actions that execute migrations. */
const APPLYING: readonly Name[] = [...WRITING, 'allow-row-loss', 'rehearse', 'backup', 'backup-dir'];

/** And of those that do so with many databases. */
export const APPLYING_TO_FLEETS: readonly Name[] = [...APPLYING, 'fleet', 'concurrency', 'max-failures'];

/** @throws {UsageError} for an option that the action does not have. */
export function checkGiven(action: string, given: Given, own: readonly Name[]): void {
  const names = (Object.keys(options) as Name[]).filter((name) => {
    const value = given[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  });
  const extra = names.find((name) => !COMMON.has(name) && !own.includes(name));
  if (extra !== undefined) throw new UsageError(`--${extra} is not for migrate ${action}`);
  if (given['backup-dir'] !== undefined && !given.backup) {
    throw new UsageError('--backup-dir is for --backup');
  }
  if (given.fleet === undefined) {
    if (given.concurrency !== undefined) throw new UsageError('--concurrency is for --fleet');
    if (given['max-failures'] !== undefined) throw new UsageError('--max-failures is for --fleet');
  } else if (given.db !== undefined) {
    throw new UsageError('--db and --fleet exclude each other');
  }
}

const allowed = (names: readonly string[]): boolean | readonly string[] =>
  names.includes(ALL) ? true : names;

/** The options of `Migrator`. */
export function migratorOptions(given: Given): MigratorOptions {
  const { rehearse = 'auto', adopt = 'auto', backup, 'backup-dir': directory } = given;
  return {
    table: given.table,
    adopt: adopt === 'none' ? false : (adopt as NonNullable<MigratorOptions['adopt']>),
    allowMissing: allowed(given['allow-missing']),
    allowOutOfOrder: allowed(given['allow-out-of-order']),
    allowDrift: allowed(given['allow-drift']),
    allowRowLoss: allowed(given['allow-row-loss']),
    applicationId: given['application-id'],
    lockTimeoutMs: given['lock-timeout-ms'],
    rehearse: rehearse === 'auto' ? 'auto' : rehearse === 'always',
    backup: backup && (directory === undefined ? true : { directory }),
  };
}
