/** What goes wrong with migrations, in words. */
import { FerroliteError } from '../errors';
import { pathToFileURL } from 'node:url';
import type { Migration } from './folder/read';
import type { SqlStatement } from './folder/sql-statements';

/** How much of a statement an error shows. */
const SHOWN = 100;

/** One line of a statement. */
export function excerpt(sql: string): string {
  const text = sql.replaceAll(/\s+/g, ' ').trim();
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

/** The error for a statement. @param name - Of the migration or its file. */
export function failedAt(name: string, { sql, line }: SqlStatement, cause: unknown): FerroliteError {
  return new FerroliteError(
    `The migration "${name}" failed at line ${line}: ${reasonOf(cause)} (${excerpt(sql)})`,
    'FERROLITE_MIGRATION_FAILED',
    { cause },
  );
}

/** The error for a migration as a whole. */
export function failed(name: string, reason: string, cause?: unknown): FerroliteError {
  return new FerroliteError(
    `The migration "${name}" failed: ${reason}`,
    'FERROLITE_MIGRATION_FAILED',
    cause === undefined ? undefined : { cause },
  );
}

/** The error for a function: with the line of its file that has thrown, or called what has. */
export function failedIn({ name, file }: Pick<Migration, 'name' | 'file'>, cause: unknown): FerroliteError {
  const stack = cause instanceof Error ? (cause.stack ?? '') : '';
  const called = stack
    .split('\n')
    .find((each) => each.includes(file) || each.includes(pathToFileURL(file).href));
  const [, line] = /:(\d+):\d+\)?$/.exec(called ?? '') ?? [];
  if (line === undefined) return failed(name, reasonOf(cause), cause);
  return new FerroliteError(
    `The migration "${name}" failed at line ${line}: ${reasonOf(cause)}`,
    'FERROLITE_MIGRATION_FAILED',
    { cause },
  );
}

/** The error for a name, or for a folder that does not say which migrations there are. */
export function badName(text: string): FerroliteError {
  return new FerroliteError(text, 'FERROLITE_MIGRATION_NAME');
}

/** The error for a folder without migrations. */
export function noMigrations(folder: string, what: string): FerroliteError {
  return new FerroliteError(`The folder of migrations "${folder}" ${what}`, 'FERROLITE_NO_MIGRATIONS');
}

export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** Names in quotes, with commas. */
export const listed = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
