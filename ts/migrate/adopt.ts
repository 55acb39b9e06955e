/**
 * Tables of other tools: which migrations they have applied.
 *
 * They are read and stay as they are, so that the other tool can be used again. What each table looks like is written in
 * `docs/guides/migrations.md`.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Database } from '../core';
import { FerroliteError } from '../errors';
import { compareVersions, parseName } from './names';
import type { MigrationTool } from './options';
import type { Migration } from './read';

/** What a tool has applied. */
export interface Adopted {
  readonly tool: MigrationTool;
  readonly table: string;
  readonly migrations: readonly { readonly migration: Migration; readonly appliedAt: string | undefined }[];
}

type Row = Readonly<Record<string, unknown>>;

/** A row as far as it says which migration it is about. */
interface Record_ {
  /** How errors call it. */
  readonly label: string;
  readonly appliedAt?: string | undefined;
  readonly is: (migration: Migration) => boolean;
  /** The checksum that the tool has kept, and that of the file. */
  readonly checksum?: { readonly kept: string; readonly of: (bytes: Buffer) => string };
}

interface Tool {
  readonly tool: MigrationTool;
  readonly table: string;
  /** Columns without which the table is somebody else's. */
  readonly columns: readonly string[];
  readonly without?: string;
  readonly read: (rows: readonly Row[], migrations: readonly Migration[]) => Record_[];
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

const KNOWN: readonly Tool[] = [
  {
    tool: 'drizzle',
    table: '__drizzle_migrations',
    columns: ['hash', 'created_at'],
    read: (rows) =>
      rows.map((row) => {
        const [hash, name, when] = [text(row['hash']), row['name'], Number(row['created_at'])];
        return {
          label: typeof name === 'string' ? name : `created_at ${when}`,
          appliedAt: Number.isFinite(when) ? new Date(when).toISOString() : undefined,
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
  { tool: 'migrations', table: '_migrations', columns: [], read: (rows) => rows.map(byAnything) },
];

function byVersion(column: string): (row: Row) => Record_ {
  return (row) => {
    const version = text(row[column]);
    return { label: version, is: (migration) => isVersion(migration, version) };
  };
}

function ofFlyway(rows: readonly Row[], migrations: readonly Migration[]): Record_[] {
  const applied = new Map<string, Record_>();
  for (const row of rows.toSorted((a, b) => Number(a['installed_rank']) - Number(b['installed_rank']))) {
    const [type, script] = [text(row['type']), text(row['script'])];
    const version = row['version'] === null ? undefined : text(row['version']).replaceAll('_', '.');
    if (Number(row['success']) === 0) throw incomplete('Flyway', script, 'was not successful');
    const appliedAt = dateOf(row['installed_on']);
    if (type === 'SCHEMA' || type === 'DELETE') continue;
    if (version === undefined) {
      const name = parseName(script)?.name;
      applied.set(script, { label: script, appliedAt, is: (migration) => migration.name === name });
    } else if (type.startsWith('UNDO')) {
      applied.delete(version);
    } else if (type.includes('BASELINE')) {
      for (const one of migrations.filter((migration) => atOrBelow(migration, version))) {
        applied.set(one.version!, { label: one.name, appliedAt, is: (migration) => migration === one });
      }
    } else {
      applied.set(version, { label: script, appliedAt, is: (migration) => isVersion(migration, version) });
    }
  }
  return [...applied.values()];
}

/** A table that somebody has thought of: the first column that names a migration counts. */
function byAnything(row: Row): Record_ {
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

/** The tables of other tools that are there. */
export function foreignTables(db: Database): string[] {
  return [...new Set(toolsOf(db).map(({ table }) => table))];
}

function toolsOf(db: Database): Tool[] {
  return KNOWN.filter(({ table, columns, without }) => {
    const found = db.prepare("SELECT name FROM pragma_table_info(?, 'main')").pluck().all(table) as string[];
    return (
      found.length > 0 && columns.every((name) => found.includes(name)) && !found.includes(without ?? '')
    );
  });
}

/**
 * Reads the table of another tool; undefined if there is none.
 *
 * @throws {FerroliteError} `FERROLITE_MIGRATION_ADOPT` if several tools have one, or it tells of migrations that failed or are
 *   not those of the folder; `FERROLITE_MIGRATION_CHANGED` if a file is not what it was.
 */
export function adopted(
  db: Database,
  migrations: readonly Migration[],
  wanted: 'auto' | MigrationTool,
  allowMissing: (label: string) => boolean,
): Adopted | undefined {
  const there = toolsOf(db).filter(({ tool }) => wanted === 'auto' || wanted === tool);
  const filled = there
    .map((tool) => ({ tool, rows: rowsOf(db, tool.table) }))
    .filter(({ rows }) => rows.length > 0);
  if (filled.length > 1) {
    throw new FerroliteError(
      `The database has tables of several tools: say which one counts with the "adopt" option (${filled.map(({ tool }) => tool.tool).join(', ')})`,
      'FERROLITE_MIGRATION_ADOPT',
    );
  }
  const [only] = filled;
  if (only === undefined) {
    if (wanted === 'auto' || there.length > 0) return undefined;
    throw new FerroliteError(`The database has no table of ${wanted}`, 'FERROLITE_MIGRATION_ADOPT');
  }
  const { tool, table, read } = only.tool;
  const found = read(only.rows, migrations).flatMap((record) =>
    match(record, migrations, table, allowMissing),
  );
  return { tool, table, migrations: found };
}

function rowsOf(db: Database, table: string): Row[] {
  return db.prepare(`SELECT * FROM main."${table}"`).safeIntegers().all() as Row[];
}

function match(
  record: Record_,
  migrations: readonly Migration[],
  table: string,
  allowMissing: (label: string) => boolean,
): Adopted['migrations'][number][] {
  const migration = migrations.find((each) => record.is(each));
  if (migration === undefined) {
    if (allowMissing(record.label)) return [];
    throw new FerroliteError(
      `The table "${table}" has "${record.label}", which is not in the folder: bring the file back, or name it in "allowMissing"`,
      'FERROLITE_MIGRATION_ADOPT',
    );
  }
  const { checksum } = record;
  if (checksum !== undefined && !isSame(checksum, readFileSync(migration.file))) {
    throw new FerroliteError(
      `"${migration.file}" is not what was applied: its checksum is not the one in the table "${table}"`,
      'FERROLITE_MIGRATION_CHANGED',
    );
  }
  return [{ migration, appliedAt: record.appliedAt }];
}

/** Ends of lines may have been changed by Git, which the tools themselves would not forgive. */
function isSame({ kept, of }: NonNullable<Record_['checksum']>, bytes: Buffer): boolean {
  const unix = Buffer.from(bytes.toString('utf8').replaceAll('\r\n', '\n'));
  const windows = Buffer.from(unix.toString('utf8').replaceAll('\n', '\r\n'));
  return [bytes, unix, windows].some((each) => of(each) === kept.toLowerCase());
}
