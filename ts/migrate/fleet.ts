/** The same migrations for many databases: those of a fleet, or files. */
import { join } from 'node:path';
import { integerOption } from '../options';
import type { MigrationRun } from './apply/apply';
import { folderOf, Migrator, type MigrationResult } from './migrator';
import { checkOptions, type MigratorOptions } from './options';
import { readMigrations } from './folder/read';
import { find } from './apply/work';

/** A directory of databases, as `openFleet()` gives it. */
export interface MigratedFleet {
  readonly directory: string;
  list(): Promise<string[]>;
}

/** Options of {@link migrateAll}. */
export interface MigrateAllOptions extends Omit<MigratorOptions, 'onProgress'> {
  /** Bring all to this migration, by name or version, as `Migrator.to()`: `0` undoes all. Default: apply what is pending. */
  readonly to?: string | number | undefined;
  /** Undo so many of each instead, as `Migrator.down()`: a second call undoes more. */
  readonly down?: number | undefined;
  /** Databases at a time. Default 4. */
  readonly concurrency?: number | undefined;
  /** Begin no further ones after so many failures. Default: go through all. */
  readonly maxFailures?: number | undefined;
  /**
   * Called after each. `total` is undefined while it is not known how many there are. What it throws ends the call, once those
   * that were begun have ended.
   */
  readonly onProgress?: ((progress: MigrateAllProgress) => void) | undefined;
}

export interface MigrateAllProgress {
  readonly done: number;
  readonly total: number | undefined;
  readonly database: MigratedDatabase;
}

/** What has become of one. */
export interface MigratedDatabase {
  /** Of a fleet its name, else the path. */
  readonly name: string;
  readonly path: string;
  /** `skipped`: there were too many failures before, or it was given up. */
  readonly outcome: 'migrated' | 'unchanged' | 'failed' | 'skipped';
  readonly runs: readonly MigrationRun[];
  readonly error: unknown;
}

/** What has become of all. */
export interface MigrateAllResult {
  readonly migrated: number;
  readonly unchanged: number;
  readonly failed: number;
  readonly skipped: number;
  /** In the order in which they were given. */
  readonly databases: readonly MigratedDatabase[];
}

const DEFAULT_CONCURRENCY = 4;
const MOST = 1000;

interface Source {
  readonly entries: AsyncIterable<{ name: string; path: string }>;
  readonly total: number | undefined;
}

/**
 * Applies what is pending to many databases, or brings them to one migration, a few at a time. One that fails keeps no other from
 * its turn.
 *
 * Whatever ends it in the middle, also a killed process: the next call goes on, as those that are up to date are only
 * read. Not so with `down`.
 *
 * @param databases - A fleet, or the paths of files.
 * @returns What has become of each: nothing that a database fails with is thrown.
 *
 * @example
 * const { failed, databases } = await migrateAll(openFleet('tenants'), 'migrations');
 */
export async function migrateAll(
  databases: MigratedFleet | Iterable<string> | AsyncIterable<string>,
  folder: string | URL,
  options: MigrateAllOptions = {},
): Promise<MigrateAllResult> {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Expected third argument to be an options object');
  }
  const { concurrency, maxFailures, onProgress, to, down, ...others } = options;
  const workers = integerOption(concurrency, 'concurrency', 1, MOST) ?? DEFAULT_CONCURRENCY;
  const most = integerOption(maxFailures, 'maxFailures', 1, Number.MAX_SAFE_INTEGER) ?? Infinity;
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new TypeError('Expected the "onProgress" option to be a function');
  }
  const apply = applyOf(to, integerOption(down, 'down', 1, Number.MAX_SAFE_INTEGER));
  // What is wrong with the options and the folder is wrong for all.
  checkOptions(others);
  const migrations = readMigrations(folderOf(folder));
  if (to !== undefined && String(to) !== '0') find({ migrations }, to);
  const { entries, total } = await sourceOf(databases);
  const found: MigratedDatabase[] = [];
  const iterator = entries[Symbol.asyncIterator]();
  let [begun, done, failures] = [0, 0, 0];
  let thrown: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    for (;;) {
      const { value, done: isEnd } = await iterator.next();
      if (isEnd === true || thrown !== undefined) return;
      const index = begun;
      begun += 1;
      const isSkipped = failures >= most || others.signal?.aborted === true;
      const database = isSkipped
        ? skipped(value)
        : await one(value, () => apply(new Migrator(value.path, folder, others)));
      if (database.outcome === 'failed') failures += 1;
      found[index] = database;
      done += 1;
      try {
        onProgress?.({ done, total, database });
      } catch (error) {
        thrown ??= { error };
      }
      // Reading a file that is up to date waits for nothing: others of this thread would have no turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  if (thrown !== undefined) throw (thrown as { readonly error: unknown }).error;
  const count = (outcome: MigratedDatabase['outcome']): number =>
    found.filter((each) => each.outcome === outcome).length;
  return {
    migrated: count('migrated'),
    unchanged: count('unchanged'),
    failed: count('failed'),
    skipped: count('skipped'),
    databases: found,
  };
}

/** What is done with each. */
function applyOf(to: unknown, down: number | undefined): (migrator: Migrator) => Promise<MigrationResult> {
  if (to !== undefined && typeof to !== 'string' && typeof to !== 'number') {
    throw new TypeError('Expected the "to" option to be the name or version of a migration');
  }
  if (to !== undefined && down !== undefined) throw new TypeError('Use either the "to" or the "down" option');
  if (to !== undefined) return (migrator) => migrator.to(to);
  if (down !== undefined) return (migrator) => migrator.down(down);
  return (migrator) => migrator.up();
}

async function one(
  { name, path }: { name: string; path: string },
  apply: () => Promise<MigrationResult>,
): Promise<MigratedDatabase> {
  try {
    const { runs } = await apply();
    return { name, path, outcome: runs.length > 0 ? 'migrated' : 'unchanged', runs, error: undefined };
  } catch (error) {
    return { name, path, outcome: 'failed', runs: [], error };
  }
}

const skipped = ({ name, path }: { name: string; path: string }): MigratedDatabase => ({
  name,
  path,
  outcome: 'skipped',
  runs: [],
  error: undefined,
});

async function sourceOf(databases: unknown): Promise<Source> {
  if (isFleet(databases)) {
    const names = await databases.list();
    const entries = names.map((name) => ({ name, path: join(databases.directory, `${name}.db`) }));
    return { entries: later(entries, (entry) => entry), total: entries.length };
  }
  const isMany =
    typeof databases === 'object' &&
    databases !== null &&
    (Symbol.iterator in databases || Symbol.asyncIterator in databases);
  if (!isMany) throw new TypeError('Expected first argument to be a fleet or the paths of databases');
  const paths = databases as Iterable<string> | AsyncIterable<string>;
  return {
    entries: later(paths, (path) => ({ name: path, path })),
    total: Array.isArray(databases) ? databases.length : undefined,
  };
}

function isFleet(value: unknown): value is MigratedFleet {
  if (typeof value !== 'object' || value === null) return false;
  const { directory, list } = value as Partial<MigratedFleet>;
  return typeof directory === 'string' && typeof list === 'function';
}

async function* later<T, U>(all: Iterable<T> | AsyncIterable<T>, to: (each: T) => U): AsyncGenerator<U> {
  for await (const each of all) yield to(each);
}
