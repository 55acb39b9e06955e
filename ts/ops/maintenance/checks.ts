/** Checks of a whole file, off the main thread. */
import { SqliteError } from '../../errors';
import { quoted } from '../../core';
import { integerOption } from '../../options';
import type { FileSubject } from '../subject-file';
import { maintain, type Job } from './job';
import { checkMaintenance, type MaintenanceOptions } from './options';

/** Options of {@link quickCheck}, {@link integrityCheck} and {@link foreignKeyCheck}. */
export interface CheckOptions extends MaintenanceOptions {
  /** The check ends after so many problems. Default 100. */
  readonly maxProblems?: number | undefined;
  /** Check this table and its indexes alone. Default: the whole file, also its free pages. */
  readonly table?: string | undefined;
}

/** What a check has found. */
export interface CheckResult {
  readonly ok: boolean;
  /** In SQLite's words. */
  readonly problems: readonly string[];
  /** There may be more: `maxProblems` was reached. */
  readonly truncated: boolean;
  readonly durationMs: number;
}

/** A row that refers to one that is not there. */
export interface ForeignKeyViolation {
  readonly table: string;
  /** Null in a table without rowids. */
  readonly rowid: number | null;
  /** The columns that refer, in the constraint's order. */
  readonly columns: readonly string[];
  /** The table referred to. */
  readonly parent: string;
}

export interface ForeignKeyResult {
  readonly ok: boolean;
  readonly violations: readonly ForeignKeyViolation[];
  readonly truncated: boolean;
  readonly durationMs: number;
}

const DEFAULT_MAX_PROBLEMS = 100;
const MOST_PROBLEMS = 1_000_000;

/**
 * Looks for damage in every page, without comparing indexes with their tables.
 *
 * Reads the whole file once. Writers go on, and the log cannot be emptied meanwhile.
 *
 * @throws {SqliteError} when the file cannot be read at all, e.g. `SQLITE_NOTADB`; rejects the promise.
 * @see https://sqlite.org/pragma.html#pragma_quick_check
 *
 * @example
 * const { ok, problems } = await quickCheck('app.db');
 */
export function quickCheck(database: FileSubject, options?: CheckOptions): Promise<CheckResult> {
  return check('quick_check', database, options);
}

/**
 * As {@link quickCheck}, and compares every index with its table, which takes several times longer.
 *
 * @see https://sqlite.org/pragma.html#pragma_integrity_check
 */
export function integrityCheck(database: FileSubject, options?: CheckOptions): Promise<CheckResult> {
  return check('integrity_check', database, options);
}

/** What keeps the check itself from going on is a finding too. */
function damageOf(error: unknown): string[] {
  if (error instanceof SqliteError && error.code.startsWith('SQLITE_CORRUPT')) return [error.message];
  throw error;
}

async function check(
  pragma: string,
  database: FileSubject,
  options: CheckOptions | undefined,
): Promise<CheckResult> {
  const { common, maxProblems, table } = readOptions(options);
  return maintain(database, { ...common, readonly: true }, async (job) => {
    const argument = table === undefined ? maxProblems : quoted(table);
    const found = await timed(job, job.values<string>(`PRAGMA ${pragma}(${argument})`).catch(damageOf));
    const problems = found.filter((text) => text !== 'ok');
    return { ok: problems.length === 0, problems, truncated: problems.length >= maxProblems };
  });
}

/**
 * Looks for rows whose foreign keys refer to nothing: what was written while they were not enforced.
 *
 * @see https://sqlite.org/pragma.html#pragma_foreign_key_check
 */
export async function foreignKeyCheck(
  database: FileSubject,
  options?: CheckOptions,
): Promise<ForeignKeyResult> {
  const { common, maxProblems, table } = readOptions(options);
  return maintain(database, { ...common, readonly: true }, async (job) => {
    const argument = table === undefined ? '' : `(${quoted(table)})`;
    const found = await timed(job, firstRows(job, `PRAGMA foreign_key_check${argument}`, maxProblems));
    const columns = new Map<string, ReadonlyMap<number, string[]>>();
    const violations: ForeignKeyViolation[] = [];
    for (const { table: name, rowid, parent, fkid } of found) {
      if (!columns.has(name)) columns.set(name, await foreignKeys(job, name));
      violations.push({ table: name, rowid, columns: columns.get(name)?.get(fkid) ?? [], parent });
    }
    return { ok: violations.length === 0, violations, truncated: violations.length >= maxProblems };
  });
}

interface FoundViolation {
  readonly table: string;
  readonly rowid: number | null;
  readonly parent: string;
  readonly fkid: number;
}

async function firstRows(job: Job, sql: string, most: number): Promise<FoundViolation[]> {
  const rows: FoundViolation[] = [];
  for await (const row of job.connection.iterate<FoundViolation>(sql, [], job.call)) {
    rows.push(row);
    if (rows.length >= most) break;
  }
  return rows;
}

/** The columns of each foreign key of a table, by its number. */
async function foreignKeys(job: Job, table: string): Promise<ReadonlyMap<number, string[]>> {
  const rows = await job.rows<{ id: number; from: string }>(`PRAGMA foreign_key_list(${quoted(table)})`);
  const columns = new Map<number, string[]>();
  for (const { id, from } of rows) columns.set(id, [...(columns.get(id) ?? []), from]);
  return columns;
}

/** One statement, of which nothing can be told but that it goes on. */
function timed<T>(job: Job, work: Promise<T>): Promise<T> {
  return job.watched(work, () => job.report('pages', 0, undefined));
}

function readOptions(options: CheckOptions | undefined): {
  common: ReturnType<typeof checkMaintenance>;
  maxProblems: number;
  table: string | undefined;
} {
  const common = checkMaintenance(options, 'maxProblems', 'table');
  const { maxProblems, table } = options ?? {};
  if (table !== undefined && typeof table !== 'string') {
    throw new TypeError('Expected the "table" option to be a string');
  }
  return {
    common,
    maxProblems: integerOption(maxProblems, 'maxProblems', 1, MOST_PROBLEMS) ?? DEFAULT_MAX_PROBLEMS,
    table,
  };
}
