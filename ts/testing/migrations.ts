/** A folder of `.sql` files as the making of a template. */
import { FerroliteError, type default as Database } from 'ferrolite';
import { executeSql, parseSqlFile } from 'ferrolite/migrate';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { diskError } from './files';

/** One file of the folder. */
export interface Migration {
  /** Its path from the folder, with forward slashes. */
  readonly name: string;
  readonly sql: string;
}

/** What undoes a migration, in folders that have both. */
const DOWN = /(?:^|[./])down\.sql$/i;
/** `9_a.sql` comes before `10_b.sql`, whether or not numbers are padded; with padding this is the order of names. */
const order = new Intl.Collator('en', { numeric: true });

/**
 * Reads the files of a folder and of those in it, in the order in which they are executed.
 *
 * @throws {FerroliteError} `FERROLITE_NO_MIGRATIONS` if there is no such folder, or no file in it.
 */
export function readMigrations(folder: string): Migration[] {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) throw noMigrations(folder, 'does not exist');
  if (!stats.isDirectory()) throw noMigrations(folder, 'is a file');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.split(sep).join('/'))
    .filter((name) => name.toLowerCase().endsWith('.sql') && !DOWN.test(name))
    .filter((name) => statSync(join(folder, name)).isFile())
    .toSorted(order.compare);
  if (names.length === 0) throw noMigrations(folder, 'has no .sql files');
  return names.map((name) => ({
    name,
    sql: parseSqlFile(readFileSync(join(folder, name), 'utf8'), name).up,
  }));
}

function noMigrations(folder: string, what: string): FerroliteError {
  return new FerroliteError(
    `The folder of migrations "${folder}" ${what}: the "migrations" option takes the path of a folder with .sql ` +
      'files, relative to the working directory',
    'FERROLITE_NO_MIGRATIONS',
  );
}

/**
 * Executes migrations one after the other.
 *
 * @throws {FerroliteError} `FERROLITE_MIGRATION_FAILED`, with the file and the line; `cause` is SQLite's error.
 */
export function executeMigrations(db: Database.Database, migrations: readonly Migration[]): void {
  for (const { name, sql } of migrations) {
    try {
      executeSql(db, name, sql);
    } catch (error) {
      const { cause } = error as Error;
      const disk = diskError('fill the template', cause);
      throw disk === cause ? error : disk;
    }
    if (db.inTransaction) {
      throw new FerroliteError(
        `The migration "${name}" leaves a transaction open: end it with COMMIT`,
        'FERROLITE_MIGRATION_FAILED',
      );
    }
  }
}
