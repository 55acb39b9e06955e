/** Back to the tool whose table was taken over: it is told what was applied since. */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Database } from '../../core';
import { FerroliteError } from '../../errors';
import { dieselVersion } from './adopt-tables';
import { flywayChecksum } from './flyway-checksum';
import type { MigrationTool } from '../options';
import type { Migration } from '../folder/read';

const hash = (kind: string, { file }: Migration): Buffer =>
  createHash(kind).update(readFileSync(file)).digest();

const baseOf = (file: string): string => file.replace(/^.*[\\/]/, '');

function insert(db: Database, table: string, row: Readonly<Record<string, unknown>>): void {
  const columns = Object.keys(row);
  const sql = `INSERT INTO main."${table}" (${columns.map((name) => `"${name}"`).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
  db.prepare(sql).run(...Object.values(row));
}

const columnsOf = (db: Database, table: string): string[] =>
  db.prepare("SELECT name FROM pragma_table_info(?, 'main')").pluck().all(table) as string[];

/** The first of its columns that names migrations, as {@link adopted} has found it. */
const NAMING = ['name', 'filename', 'file', 'migration', 'migration_name', 'version', 'id'];

/** How each tool writes a migration down. */
const WRITE: Readonly<Record<MigrationTool, (db: Database, migration: Migration) => void>> = {
  drizzle: (db, migration) => {
    const hasName = columnsOf(db, '__drizzle_migrations').includes('name');
    insert(db, '__drizzle_migrations', {
      hash: hash('sha256', migration).toString('hex'),
      created_at: migration.when ?? timeOf(migration.version),
      ...(hasName && { name: migration.name, applied_at: new Date().toISOString() }),
    });
  },
  prisma: (db, migration) => {
    // Milliseconds from Prisma's own engine, text from one with a driver adapter.
    const kept = db.prepare('SELECT typeof(started_at) FROM main._prisma_migrations').pluck().get();
    const now = kept === 'text' ? new Date().toISOString().replace('Z', '+00:00') : Date.now();
    insert(db, '_prisma_migrations', {
      id: randomUUID(),
      checksum: hash('sha256', migration).toString('hex'),
      finished_at: now,
      migration_name: migration.name,
      started_at: now,
      applied_steps_count: 1,
    });
  },
  dbmate: (db, { version }) => insert(db, 'schema_migrations', { version }),
  'golang-migrate': (db, { version }) => {
    db.exec('DELETE FROM main.schema_migrations');
    insert(db, 'schema_migrations', { version: BigInt(version!), dirty: 0 });
  },
  goose: (db, { version }) => insert(db, 'goose_db_version', { version_id: BigInt(version!), is_applied: 1 }),
  flyway: (db, { name, version, file }) => {
    const rank = db
      .prepare('SELECT coalesce(max(installed_rank), 0) + 1 FROM main.flyway_schema_history')
      .pluck()
      .get();
    insert(db, 'flyway_schema_history', {
      installed_rank: rank,
      version: version ?? null,
      description: name.replace(/^.*?__/, '').replaceAll('_', ' '),
      type: 'SQL',
      script: baseOf(file),
      checksum: flywayChecksum(readFileSync(file)),
      installed_by: '',
      execution_time: 0,
      success: 1,
    });
  },
  sqlx: (db, migration) =>
    insert(db, '_sqlx_migrations', {
      version: BigInt(migration.version!),
      description: migration.name.replace(/^\d+_?/, '').replaceAll('_', ' '),
      success: 1,
      checksum: hash('sha384', migration),
      execution_time: 0,
    }),
  diesel: (db, { name }) => insert(db, '__diesel_schema_migrations', { version: dieselVersion(name) }),
  kysely: (db, { name }) => insert(db, 'kysely_migration', { name, timestamp: new Date().toISOString() }),
  knex: (db, { file }) => {
    // Each a batch of its own, so that Knex can undo them one by one.
    const batch = db.prepare('SELECT coalesce(max(batch), 0) + 1 FROM main.knex_migrations').pluck().get();
    insert(db, 'knex_migrations', { name: baseOf(file), batch, migration_time: Date.now() });
  },
  migrations: (db, migration) => {
    const columns = columnsOf(db, '_migrations');
    const column = NAMING.find((name) => columns.includes(name))!;
    const kept = db.prepare(`SELECT "${column}" FROM main."_migrations" LIMIT 1`).pluck().get();
    const base = baseOf(migration.file);
    // Whatever the others are: names of files, names without an ending, or versions.
    const value = /\.\w+$/.test(String(kept))
      ? base
      : typeof kept === 'string' && !/^\d+$/.test(kept)
        ? migration.name
        : migration.version;
    insert(db, '_migrations', { [column]: value });
  },
};

/** Milliseconds of a version that is a time, as Drizzle 1.0 has them in its names. */
function timeOf(version: string | undefined): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(version ?? '') ?? [];
  if (year === undefined) return Date.now();
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}

/** A tool that finds a migration in its table and not in the folder refuses to go on. */
function refuseUnreadable(tool: MigrationTool, { name, up }: Migration): void {
  const readsModules = tool === 'kysely' || tool === 'knex';
  if (tool === 'migrations' || readsModules === (up === undefined)) return;
  throw new FerroliteError(
    `The migration "${name}" is ${up === undefined ? 'a function' : 'SQL'}, which ${tool} does not read: undo it with down() first, or write it anew`,
    'FERROLITE_MIGRATION_ADOPT',
  );
}

/** The tools whose tables can be there. */
const isTool = (origin: string): origin is MigrationTool => Object.hasOwn(WRITE, origin);

/**
 * Writes what was applied since into the tool's table.
 *
 * @param applied - In order, each with its origin.
 * @returns The tool, and the names that were written.
 * @throws {FerroliteError} `FERROLITE_MIGRATION_ADOPT` if no table was taken over.
 */
export function writeBack(
  db: Database,
  applied: readonly { readonly migration: Migration; readonly origin: string }[],
): { tool: MigrationTool; written: string[] } {
  const tool = applied.map(({ origin }) => origin).find(isTool);
  if (tool === undefined) {
    throw new FerroliteError(
      'No table of another tool was taken over, so there is none to go back to',
      'FERROLITE_MIGRATION_ADOPT',
    );
  }
  const since = applied.filter(({ origin }) => origin !== tool).map(({ migration }) => migration);
  for (const migration of since) refuseUnreadable(tool, migration);
  for (const migration of since) WRITE[tool](db, migration);
  return { tool, written: since.map(({ name }) => name) };
}
