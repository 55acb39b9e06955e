/** A running application finds out that a newer one has migrated its database. */
import { setImmediate, setInterval } from 'node:timers';
import { quoted, type Database } from '../core';
import { integerOption, MAX_TIMER_MS, refuseUnknown } from '../options';
import { isDatabase } from '../ops/health/subject';
import type { FilePool } from '../ops/subject-file';
import { folderOf } from './migrator';
import { readMigrations } from './folder/read';
import { checkSubject } from './apply/session';
import { DEFAULT_TABLE } from './apply/state';

/** Options of {@link watchMigrations}. */
export interface MigrationWatchOptions {
  /** Called when migrations were applied that this application has not: with the names of all of them. */
  readonly onNewer?: ((names: readonly string[]) => void) | undefined;
  /** Between two looks. Default 10000. */
  readonly intervalMs?: number | undefined;
  /** As for `Migrator`. */
  readonly table?: string | undefined;
}

/** What {@link watchMigrations} gives. Does not keep the process alive. */
export interface MigrationWatch {
  /** Applied migrations that this application has not, by the last look. */
  readonly newer: readonly string[];
  /** Looks. */
  check(): Promise<readonly string[]>;
  /** Ends it. */
  stop(): void;
  [Symbol.dispose](): void;
}

const DEFAULT_INTERVAL_MS = 10_000;

/**
 * Watches whether the database is ahead of the folder, as that is at the time of this call: whoever deploys a newer
 * application may put its files into the same place.
 *
 * A look is one query. What the looks of the timer fail with is left to the next one; `check()` rejects with it.
 *
 * @param database - A connection or a pool. When it is closed, the watch ends.
 *
 * @example
 * const watch = watchMigrations(pool, 'migrations', { onNewer: () => (isReady = false) });
 */
export function watchMigrations(
  database: Database | FilePool,
  folder: string | URL,
  options: MigrationWatchOptions = {},
): MigrationWatch {
  if (typeof database === 'string') {
    throw new TypeError('Expected first argument to be a connection or a pool');
  }
  checkSubject(database);
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('Expected third argument to be an options object');
  }
  refuseUnknown(options, ['onNewer', 'intervalMs', 'table']);
  const { onNewer, table = DEFAULT_TABLE } = options;
  if (onNewer !== undefined && typeof onNewer !== 'function') {
    throw new TypeError('Expected the "onNewer" option to be a function');
  }
  if (typeof table !== 'string' || table === '' || table.includes('\0')) {
    throw new TypeError('Expected the "table" option to be the name of a table');
  }
  const intervalMs = integerOption(options.intervalMs, 'intervalMs', 1, MAX_TIMER_MS) ?? DEFAULT_INTERVAL_MS;
  const own = new Set(readMigrations(folderOf(folder)).map(({ name }) => name));
  return new Watch(database, own, table, onNewer, intervalMs);
}

class Watch implements MigrationWatch {
  readonly #database: Database | FilePool;
  readonly #own: ReadonlySet<string>;
  readonly #sql: string;
  readonly #onNewer: ((names: readonly string[]) => void) | undefined;
  readonly #timer: NodeJS.Timeout;
  #newer: readonly string[] = [];
  #isLooking = false;

  constructor(
    database: Database | FilePool,
    own: ReadonlySet<string>,
    table: string,
    onNewer: ((names: readonly string[]) => void) | undefined,
    intervalMs: number,
  ) {
    this.#database = database;
    this.#own = own;
    // One row, whatever the pool allows.
    this.#sql = `SELECT json_group_array(name) FROM (SELECT name FROM main.${quoted(table)} ORDER BY id)`;
    this.#onNewer = onNewer;
    this.#timer = setInterval(() => this.#look(), intervalMs).unref();
    setImmediate(() => this.#look()).unref();
  }

  get newer(): readonly string[] {
    return this.#newer;
  }

  async check(): Promise<readonly string[]> {
    const names = (await this.#applied()).filter((name) => !this.#own.has(name));
    const before = new Set(this.#newer);
    this.#newer = names;
    if (names.some((name) => !before.has(name))) this.#onNewer?.(names);
    return names;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #look(): void {
    const database = this.#database;
    const isOpen = isDatabase(database) ? (database as Database).open : !(database as FilePool).isClosed;
    if (!isOpen) return this.stop();
    if (this.#isLooking) return;
    this.#isLooking = true;
    // A lock, or a file that is away for a moment: the next look finds out.
    void this.check()
      .catch(() => undefined)
      .finally(() => (this.#isLooking = false));
  }

  async #applied(): Promise<string[]> {
    const database = this.#database;
    try {
      const row: unknown = isDatabase(database)
        ? (database as Database).prepare(this.#sql).pluck().get()
        : (await (database as FilePool).all(this.#sql))[0];
      return JSON.parse(textOf(row)) as string[];
    } catch (error) {
      // Nothing was migrated yet.
      if (error instanceof Error && error.message.startsWith('no such table')) return [];
      throw error;
    }
  }
}

/** The only value of a row, in whatever form the pool gives rows. */
const textOf = (row: unknown): string =>
  typeof row === 'string' ? row : textOf(Object.values(row as object)[0]);
