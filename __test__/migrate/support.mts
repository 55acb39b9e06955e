/** Folders of migrations, and databases that they are applied to. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'ferrolite';
import { Migrator, type MigratorOptions } from 'ferrolite/migrate';
import { onTestFinished } from 'vitest';
import { tempDb, tempDir } from '../helpers/temp-db.mts';

export type Files = Readonly<Record<string, string>>;

/** Writes files into `folder`, or into a new one. */
export function folderOf(files: Files, folder = tempDir('migrations')): string {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return folder;
}

/** A connection that is closed when the test has ended. */
export function opened(path = tempDb(), options: Database.Options = {}): Database.Database {
  const db = new Database(path, options);
  onTestFinished(() => void db.close());
  return db;
}

/** A connection that `schema` was executed on. */
export function filled(schema: string, path = tempDb()): Database.Database {
  return opened(path).exec(schema);
}

export const migrator = (
  database: Database.Database | string,
  files: Files | string,
  options?: MigratorOptions,
): Migrator => new Migrator(database, typeof files === 'string' ? files : folderOf(files), options);

export const tables = (db: Database.Database): unknown[] =>
  db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .pluck()
    .all()
    .filter((name) => name !== '_ferrolite_migrations');

export const names = (each: Iterable<{ name: string }>): string[] => [...each].map(({ name }) => name);

/** What a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was not rejected');
}

/** A folder as drizzle-kit 0.x writes it. */
export function drizzleFolder(...migrations: string[]): Files {
  const entries = migrations.map((_, idx) => ({
    idx,
    version: '6',
    when: 1_700_000_000_000 + idx,
    tag: `000${idx}_x`,
    breakpoints: true,
  }));
  return {
    'meta/_journal.json': JSON.stringify({ version: '7', dialect: 'sqlite', entries }),
    ...Object.fromEntries(migrations.map((sql, idx) => [`000${idx}_x.sql`, sql])),
  };
}
