/** How the tables of other tools are read. What each looks like is written in `docs/guides/migrations.md`. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Database } from '../../core';
import { FerroliteError } from '../../errors';
import { flywayChecksum } from './flyway-checksum';
import { compareVersions, parseName } from '../folder/names';
import type { MigrationTool } from '../options';
import type { Migration } from '../folder/read';

export type Row = Readonly<Record<string, unknown>>;

/** A row as far as it says which migration it is about. */
export interface ToolRecord {
  /** How errors call it. */
  readonly label: string;
  readonly appliedAt?: string | undefined;
  readonly is: (migration: Migration) => boolean;
  /** The checksum that the tool has kept, and that of the file. */
  readonly checksum?: { readonly kept: string; readonly of: (bytes: Buffer) => string };
}

/** A tool, and how its table is read. */
export interface Tool {
  readonly tool: MigrationTool;
  readonly table: string;
  /** Columns without which the table is somebody else's. */
  readonly columns: readonly string[];
  readonly without?: string;
  /** Refuses a table that is in use, or whose tool was killed. */
  readonly check?: (db: Database) => void;
  readonly read: (rows: readonly Row[], migrations: readonly Migration[]) => ToolRecord[];
}

const sha = (kind: string) => (bytes: Buffer) => createHash(kind).update(bytes).digest('hex');
const text = (value: unknown): string => String(value);
const isVersion = (migration: Migration, version: string): boolean =>
  migration.version !== undefined &&
  /^\d+(?:\.\d+)*$/.test(version) &&
  compareVersions(migration.version, version) === 0;
const atOrBelow = (migration: Migration, version: string): boolean =>
  migration.version !== undefined && compareVersions(migration.version, version) <= 0;

function incomplete(tool: string, label: string, what: string): FerroliteError {
  return new FerroliteError(
    `The table of ${tool} says that "${label}" ${what}: bring it to an end with ${tool} first`,
    'FERROLITE_MIGRATION_ADOPT',
  );
}

/** What Diesel takes for the version of a migration of this name. */
export const dieselVersion = (name: string): string => name.split('_')[0]!.replaceAll('-', '');

export const TABLES: readonly Tool[] = [
  {
    tool: 'drizzle',
    table: '__drizzle_migrations',
    columns: ['hash', 'created_at'],
    read: (rows) =>
      rows.map((row) => {
        const [hash, name, when] = [text(row['hash']), row['name'], Number(row['created_at'])];
        return {
          label: typeof name === 'string' ? name : `created_at ${when}`,
          // Before 1.0 there is only the time at which it was made.
          appliedAt: dateOf(row['applied_at'] ?? (Number.isFinite(when) ? when : undefined)),
          is: (migration) =>
            typeof name === 'string'
              ? migration.name === name
              : migration.when === when || hashOf(migration) === hash,
          checksum: { kept: hash, of: sha('sha256') },
        };
      }),
  },
  {
    tool: 'prisma',
    table: '_prisma_migrations',
    columns: ['migration_name', 'checksum', 'finished_at', 'rolled_back_at'],
    read: (rows) =>
      rows
        .filter((row) => row['rolled_back_at'] === null)
        .map((row) => {
          const label = text(row['migration_name']);
          if (row['finished_at'] === null) throw incomplete('Prisma', label, 'was begun and not finished');
          return {
            label,
            appliedAt: dateOf(row['finished_at']),
            is: (migration) => migration.name === label,
            checksum: { kept: text(row['checksum']), of: sha('sha256') },
          };
        }),
  },
  {
    tool: 'golang-migrate',
    table: 'schema_migrations',
    columns: ['version', 'dirty'],
    read: (rows, migrations) =>
      rows.flatMap((row) => {
        const version = text(row['version']);
        if (Number(row['dirty']) !== 0) throw incomplete('golang-migrate', version, 'is dirty');
        const all = migrations.filter((migration) => atOrBelow(migration, version));
        if (all.length === 0) return [{ label: version, is: () => false }];
        return all.map((one) => ({ label: one.name, is: (migration: Migration) => migration === one }));
      }),
  },
  {
    tool: 'dbmate',
    table: 'schema_migrations',
    columns: ['version'],
    without: 'dirty',
    read: (rows) => rows.map(byVersion('version')),
  },
  {
    tool: 'goose',
    table: 'goose_db_version',
    columns: ['version_id', 'is_applied'],
    read: (rows) => {
      // Each run is a row; the last one of a version counts, and version 0 is the empty database.
      const last = new Map(rows.map((row) => [text(row['version_id']), row]));
      return [...last]
        .filter(([version, row]) => version !== '0' && Number(row['is_applied']) !== 0)
        .map(([version, row]) => ({
          label: version,
          appliedAt: dateOf(row['tstamp']),
          is: (migration) => isVersion(migration, version),
        }));
    },
  },
  {
    tool: 'flyway',
    table: 'flyway_schema_history',
    columns: ['version', 'script', 'success', 'type'],
    read: ofFlyway,
  },
  {
    tool: 'sqlx',
    table: '_sqlx_migrations',
    columns: ['version', 'success', 'checksum'],
    read: (rows) =>
      rows.map((row) => {
        const record = byVersion('version')(row);
        if (Number(row['success']) === 0) throw incomplete('sqlx', record.label, 'was not successful');
        const kept =
          row['checksum'] instanceof Uint8Array ? Buffer.from(row['checksum']).toString('hex') : '';
        return { ...record, appliedAt: dateOf(row['installed_on']), checksum: { kept, of: sha('sha384') } };
      }),
  },
  {
    tool: 'diesel',
    table: '__diesel_schema_migrations',
    columns: ['version', 'run_on'],
    read: (rows) =>
      rows.map((row) => {
        const label = text(row['version']);
        return {
          label,
          appliedAt: dateOf(row['run_on']),
          is: (migration) => dieselVersion(migration.name) === label,
        };
      }),
  },
  {
    tool: 'kysely',
    table: 'kysely_migration',
    columns: ['name', 'timestamp'],
    read: (rows) => rows.map((row) => byName(text(row['name']), row['timestamp'])),
  },
  {
    tool: 'knex',
    table: 'knex_migrations',
    columns: ['name', 'batch', 'migration_time'],
    check: (db) => {
      const lock = "SELECT 1 FROM pragma_table_info('knex_migrations_lock', 'main')";
      if (db.prepare(lock).get() === undefined) return;
      const isLocked = 'SELECT 1 FROM main.knex_migrations_lock WHERE is_locked <> 0';
      if (db.prepare(isLocked).get() === undefined) return;
      throw incomplete('Knex', 'knex_migrations_lock', 'is locked');
    },
    read: (rows) => rows.map((row) => byName(text(row['name']), row['migration_time'])),
  },
  { tool: 'migrations', table: '_migrations', columns: [], read: (rows) => rows.map(byAnything) },
];

function byName(label: string, appliedAt: unknown): ToolRecord {
  const name = parseName(label)?.name ?? label;
  return { label, appliedAt: dateOf(appliedAt), is: (migration) => migration.name === name };
}

function byVersion(column: string): (row: Row) => ToolRecord {
  return (row) => {
    const version = text(row[column]);
    return { label: version, is: (migration) => isVersion(migration, version) };
  };
}

function ofFlyway(rows: readonly Row[], migrations: readonly Migration[]): ToolRecord[] {
  const applied = new Map<string, ToolRecord>();
  for (const row of rows.toSorted((a, b) => Number(a['installed_rank']) - Number(b['installed_rank']))) {
    const [type, script] = [text(row['type']), text(row['script'])];
    const version = row['version'] === null ? undefined : text(row['version']).replaceAll('_', '.');
    if (Number(row['success']) === 0) throw incomplete('Flyway', script, 'was not successful');
    const record = {
      label: script,
      appliedAt: dateOf(row['installed_on']),
      // None: a migration in Java, or one of an old Flyway.
      ...(row['checksum'] !== null && {
        checksum: { kept: text(row['checksum']), of: (bytes: Buffer) => String(flywayChecksum(bytes)) },
      }),
    };
    if (type === 'SCHEMA') continue;
    // Undone, or gone from the folder and said so by `flyway repair`.
    if (type.startsWith('UNDO') || type === 'DELETE') {
      applied.delete(version ?? script);
    } else if (version === undefined) {
      const name = parseName(script)?.name;
      applied.set(script, { ...record, is: (migration) => migration.name === name });
    } else if (type.includes('BASELINE')) {
      for (const one of migrations.filter((migration) => atOrBelow(migration, version))) {
        const { appliedAt } = record;
        applied.set(one.version!, { label: one.name, appliedAt, is: (migration) => migration === one });
      }
    } else {
      applied.set(version, { ...record, is: (migration) => isVersion(migration, version) });
    }
  }
  return [...applied.values()];
}

/** A table that somebody has thought of: the first column that names a migration counts. */
function byAnything(row: Row): ToolRecord {
  const columns = ['name', 'filename', 'file', 'migration', 'migration_name', 'version', 'id'];
  const column = columns.find((each) => row[each] !== undefined && row[each] !== null);
  if (column === undefined) {
    throw new FerroliteError(
      `The table "_migrations" has no column that names migrations (one of ${columns.join(', ')})`,
      'FERROLITE_MIGRATION_ADOPT',
    );
  }
  const label = text(row[column]);
  const name = parseName(label)?.name ?? label;
  return {
    label,
    appliedAt: dateOf(row['applied_at'] ?? row['created_at']),
    is: (migration) => migration.name === name || isVersion(migration, label),
  };
}

const hashes = new WeakMap<Migration, string>();

function hashOf(migration: Migration): string {
  const known = hashes.get(migration) ?? sha('sha256')(readFileSync(migration.file));
  hashes.set(migration, known);
  return known;
}

/** Times are text in UTC, or milliseconds. */
function dateOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const zoned = /(?:Z|[+-]\d\d:?\d\d|UTC)$/;
  const date =
    typeof value === 'number' || typeof value === 'bigint'
      ? new Date(Number(value))
      : new Date(zoned.test(text(value)) ? text(value) : `${text(value).replace(' ', 'T')}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
