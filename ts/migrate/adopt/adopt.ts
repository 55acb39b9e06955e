/**
 * Tables of other tools: which migrations they have applied.
 *
 * They are read and stay as they are, so that the other tool can be used again.
 */
import { readFileSync } from 'node:fs';
import type { Database } from '../../core';
import { FerroliteError } from '../../errors';
import { TABLES, type Row, type Tool, type ToolRecord } from './adopt-tables';
import type { MigrationTool } from '../options';
import type { Migration } from '../folder/read';

/** What a tool has applied. */
export interface Adopted {
  readonly tool: MigrationTool;
  readonly table: string;
  readonly migrations: readonly AdoptedMigration[];
}

interface AdoptedMigration {
  readonly migration: Migration;
  readonly appliedAt: string | undefined;
  /** A checksum that is not that of the file: of a migration that is repeated whenever it changes. */
  readonly otherChecksum: string | undefined;
}

/** The tables of other tools that are there. */
export function foreignTables(db: Database): string[] {
  return [...new Set(toolsOf(db).map(({ table }) => table))];
}

function toolsOf(db: Database): Tool[] {
  return TABLES.filter(({ table, columns, without }) => {
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
  const { tool, table, check, read } = only.tool;
  check?.(db);
  const found = read(only.rows, migrations).flatMap((record) =>
    match(record, migrations, table, allowMissing),
  );
  return { tool, table, migrations: found };
}

function rowsOf(db: Database, table: string): Row[] {
  return db.prepare(`SELECT * FROM main."${table}"`).safeIntegers().all() as Row[];
}

function match(
  record: ToolRecord,
  migrations: readonly Migration[],
  table: string,
  allowMissing: (label: string) => boolean,
): AdoptedMigration[] {
  const migration = migrations.find((each) => record.is(each));
  if (migration === undefined) {
    if (allowMissing(record.label)) return [];
    throw new FerroliteError(
      `The table "${table}" has "${record.label}", which is not in the folder: bring the file back, or name it in "allowMissing"`,
      'FERROLITE_MIGRATION_ADOPT',
    );
  }
  const { checksum, appliedAt } = record;
  if (checksum === undefined || isSame(checksum, readFileSync(migration.file))) {
    return [{ migration, appliedAt, otherChecksum: undefined }];
  }
  if (migration.version === undefined) return [{ migration, appliedAt, otherChecksum: checksum.kept }];
  throw new FerroliteError(
    `"${migration.file}" is not what was applied: its checksum is not the one in the table "${table}"`,
    'FERROLITE_MIGRATION_CHANGED',
  );
}

/** Ends of lines may have been changed by Git, which the tools themselves would not forgive. */
function isSame({ kept, of }: NonNullable<ToolRecord['checksum']>, bytes: Buffer): boolean {
  const unix = Buffer.from(bytes.toString('utf8').replaceAll('\r\n', '\n'));
  const windows = Buffer.from(unix.toString('utf8').replaceAll('\n', '\r\n'));
  return [bytes, unix, windows].some((each) => of(each) === kept.toLowerCase());
}
