/** What the query planner knows, and the indexes it uses: `optimize()`, `analyze()`, `reindex()`. */
import { quoted } from '../../core';
import { integerOption } from '../../options';
import type { FileSubject } from '../subject-file';
import { maintain } from './job';
import { checkMaintenance, type MaintenanceOptions } from './options';

/** Options of {@link optimize}. */
export interface OptimizeOptions extends MaintenanceOptions {
  /** Rows that are looked at for each index, about; 0: all. Default: as many as SQLite thinks good. */
  readonly analysisLimit?: number | undefined;
}

/** Options of {@link analyze}. */
export interface AnalyzeOptions extends OptimizeOptions {
  /** This table or index alone. */
  readonly name?: string | undefined;
}

/** Options of {@link reindex}. */
export interface ReindexOptions extends MaintenanceOptions {
  /** This index, all indexes of this table, or all that use this collation. Default: all indexes. */
  readonly name?: string | undefined;
}

/** What was done, and to what. */
export interface ObjectsResult {
  /** Tables or indexes, in the order in which they were treated. */
  readonly objects: readonly string[];
  readonly durationMs: number;
}

const MOST_ROWS = 0x7fff_ffff;

/**
 * Analyzes the tables that have changed so much that the planner would choose badly, and only those.
 *
 * Runs `PRAGMA optimize` with the mask 0x10002, which looks at all tables because the connection is new; without an
 * `analysisLimit` the bit 0x10 too, by which SQLite bounds the work. Cheap enough for every hour.
 *
 * @throws {SqliteError} e.g. `SQLITE_BUSY`, `SQLITE_READONLY`; rejects the promise.
 * @see https://sqlite.org/pragma.html#pragma_optimize
 *
 * @example
 * const { objects } = await optimize(pool); // [ 'orders' ]
 */
export async function optimize(database: FileSubject, options?: OptimizeOptions): Promise<ObjectsResult> {
  const common = checkMaintenance(options, 'analysisLimit');
  const limit = analysisLimitOf(options);
  return maintain(database, common, async (job) => {
    const mask = limit === undefined ? 0x1_0012 : 0x1_0002;
    if (limit !== undefined) await job.exec(`PRAGMA analysis_limit = ${limit}`);
    // The lowest bit: tell what would be executed instead of executing it.
    const statements = await job.values<string>(`PRAGMA optimize(${mask + 1})`);
    const work = job.exec(`PRAGMA optimize(${mask})`);
    await job.watched(work, () => job.report('objects', 0, undefined));
    return { objects: statements.map(tableOf).filter((name) => name !== undefined) };
  });
}

/** The table in SQLite's own `ANALYZE "main"."t"`. */
function tableOf(statement: string): string | undefined {
  return /^ANALYZE "main"\."(?<name>(?:[^"]|"")*)"$/.exec(statement)?.groups?.['name']?.replaceAll('""', '"');
}

/**
 * Analyzes every table, one after the other, each in a transaction of its own.
 *
 * @throws {SqliteError} `SQLITE_ERROR` when there is no such table or index; rejects the promise.
 * @see https://sqlite.org/lang_analyze.html
 */
export async function analyze(database: FileSubject, options?: AnalyzeOptions): Promise<ObjectsResult> {
  const common = checkMaintenance(options, 'analysisLimit', 'name');
  const limit = analysisLimitOf(options) ?? 0;
  const name = nameOf(options);
  return maintain(database, common, async (job) => {
    await job.exec(`PRAGMA analysis_limit = ${limit}`);
    const objects = name === undefined ? await job.values<string>(ORDINARY_TABLES) : [name];
    await job.each(objects, (object) => `ANALYZE main.${quoted(object)}`);
    return { objects };
  });
}

/**
 * Builds every index anew from its table, one after the other, each in a transaction of its own: after a collation was
 * defined differently, or when {@link integrityCheck} says that an index lacks rows.
 *
 * @throws {SqliteError} `SQLITE_ERROR` when there is no such index, table or collation; rejects the promise.
 * @see https://sqlite.org/lang_reindex.html
 */
export async function reindex(database: FileSubject, options?: ReindexOptions): Promise<ObjectsResult> {
  const common = checkMaintenance(options, 'name');
  const name = nameOf(options);
  return maintain(database, common, async (job) => {
    const objects = name === undefined ? await job.values<string>(INDEXES) : [name];
    // A collation has no schema, so neither is named where `name` may be one.
    await job.each(objects, (object) => `REINDEX ${name === undefined ? 'main.' : ''}${quoted(object)}`);
    return { objects };
  });
}

const ORDINARY_TABLES = `
  SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
  ORDER BY name`;
const INDEXES = `SELECT name FROM sqlite_schema WHERE type = 'index' ORDER BY tbl_name, name`;

function analysisLimitOf(options: OptimizeOptions | undefined): number | undefined {
  return integerOption(options?.analysisLimit, 'analysisLimit', 0, MOST_ROWS);
}

function nameOf(options: { readonly name?: string | undefined } | undefined): string | undefined {
  const name: unknown = options?.name;
  if (name !== undefined && typeof name !== 'string') {
    throw new TypeError('Expected the "name" option to be a string');
  }
  return name;
}
