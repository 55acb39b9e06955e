/** `openFleet()`: a directory of databases, one for each tenant, of which some are open. */
import { access, readdir, rm } from 'node:fs/promises';
import { Berths } from './berths';
import { checkFunction } from './calls';
import { checkName, fileOf, filesOf, nameOf } from './fleet-names';
import { readFleetOptions, type FleetOptions, type FleetSettings } from './fleet-options';
import { newFleetPool, type FleetPool } from './fleet-pool';
import { forEach, readForEachOptions, type ForEachOptions } from './for-each';
import type { CallbackOptions, Definition, FunctionOptions } from './functions';
import { readCloseOptions } from './options';
import { newPool, type Pool } from './pool';

/** What a fleet is doing. */
export interface FleetStats {
  /** Databases that are open, or being closed: `maxOpen` at most. */
  open: number;
  /** Of these, those with calls under way. */
  busy: number;
  /** Calls that wait for a database to be opened, as others must be closed before. */
  waiting: number;
  /** Threads of the pools. */
  threads: number;
  /** How often a database was opened. */
  opened: number;
  /** How often one was closed for another one. */
  evicted: number;
  /** How often one was closed because nobody used it. */
  expired: number;
}

/** Only {@link openFleet} has it. */
const key = Symbol('open fleet');

/** A directory of databases. Nothing here waits for SQLite or the disk: what takes time answers with a promise. */
export class Fleet {
  /** The directory's absolute path. */
  readonly directory: string;
  readonly #settings: FleetSettings;
  readonly #berths: Berths;
  /** Takes functions before the others do. It has no thread and no file. */
  #model: Pool | undefined;
  #closing: Promise<void> | undefined;

  constructor(secret: symbol, settings: FleetSettings) {
    if (secret !== key) throw new TypeError('Fleets can only be opened by openFleet()');
    this.directory = settings.directory;
    this.#settings = settings;
    this.#berths = new Berths(settings);
  }

  /** Whether `close()` was called. */
  get isClosed(): boolean {
    return this.#berths.isClosed;
  }

  /**
   * The database of that name. Opens nothing: its calls do.
   *
   * @throws {TypeError | RangeError} for a name that is not allowed.
   */
  pool(name: string): FleetPool {
    return newFleetPool(checkName(name), this.#berths, this.#settings.pool);
  }

  /**
   * Makes a function known to all databases, as {@link Pool.function} does to one.
   *
   * @throws {TypeError | RangeError | SqliteError} as that.
   */
  function(name: string, expression: string): this;
  function(name: string, options: FunctionOptions, expression: string): this;
  function(name: string, fn: (...values: any[]) => unknown): this;
  function(name: string, options: CallbackOptions, fn: (...values: any[]) => unknown): this;
  function(...definition: Definition): this {
    this.#berths.requireOpen();
    const { directory: path, pool } = this.#settings;
    const connection = { ...pool.connection, readonly: true };
    this.#model ??= newPool({ ...pool, connection, location: { path }, migrations: undefined });
    Reflect.apply(this.#model.function, this.#model, definition);
    this.#berths.define(definition);
    return this;
  }

  /** The names of all databases that there are, sorted. */
  async list(): Promise<string[]> {
    this.#berths.requireOpen();
    const entries = await readdir(this.directory, { withFileTypes: true }).catch(nothing);
    const names = (entries ?? []).flatMap((entry) => (entry.isFile() ? (nameOf(entry.name) ?? []) : []));
    return names.toSorted();
  }

  /**
   * Calls a function for each database that there is, a few at a time: for a change to all of them. One that fails keeps
   * no other one from its turn. Resolves with what the function has given, by name.
   *
   * @throws {FleetFailures} `FERROLITE_FLEET_FAILURES` when all have ended, with what has failed, by name.
   */
  async forEach<T>(
    fn: (pool: FleetPool) => T | PromiseLike<T>,
    options?: ForEachOptions,
  ): Promise<Map<string, T>> {
    checkFunction(fn);
    const settings = readForEachOptions(options, this.#settings.maxOpen);
    return forEach(await this.list(), (name) => fn(this.pool(name)), settings);
  }

  /** Whether there is a database of that name. */
  async exists(name: string): Promise<boolean> {
    const file = fileOf(this.directory, checkName(name));
    this.#berths.requireOpen();
    return exists(file);
  }

  /**
   * Deletes a database once its calls under way have ended; those that come meanwhile wait, and find it
   * gone. Resolves with whether there was one.
   *
   * @param options - `drainMs`: cancels what is under way after so many milliseconds. Default 10000.
   */
  async delete(name: string, options?: { readonly drainMs?: number | undefined }): Promise<boolean> {
    checkName(name);
    const drainMs = readCloseOptions(options);
    if (this.#settings.pool.connection.readonly) {
      throw new TypeError('A fleet that only reads cannot delete a database');
    }
    this.#berths.requireOpen();
    return this.#berths.exclusively(name, drainMs, async () => {
      const files = filesOf(this.directory, name);
      const existed = await exists(files[0]!);
      for (const file of files) await rm(file, { force: true });
      return existed;
    });
  }

  /** What the fleet is doing. */
  stats(): FleetStats {
    const stats = { open: 0, busy: 0, waiting: this.#berths.waiting, threads: 0, ...this.#berths.happened };
    for (const { pool, isBusy } of this.#berths.pools()) {
      stats.open += 1;
      if (isBusy) stats.busy += 1;
      stats.threads += pool.stats().threads;
    }
    return stats;
  }

  /**
   * Refuses further calls and those that wait for a database, waits for those under way, cancels what is left
   * after `drainMs` (default 10000), and closes all. Closing again is waiting for the same.
   */
  close(options?: { readonly drainMs?: number | undefined }): Promise<void> {
    const drainMs = readCloseOptions(options);
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  async #close(drainMs: number): Promise<void> {
    const closed = this.#berths.close(drainMs);
    await this.#model?.close();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    nothing(error);
    return false;
  }
}

/** Passes over that there is no such file. */
function nothing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

/**
 * Opens a directory of databases, one file for each name, of which `maxOpen` at most are open at once.
 *
 * Answers at once and touches nothing: the directory and its files are created by the calls that need them.
 *
 * @param directory - Has nothing else in it, best.
 * @param options - Those of a pool, and how many are open for how long.
 * @throws {TypeError | RangeError} for a wrong option.
 *
 * @example
 * const fleet = openFleet('tenants', { maxOpen: 100 });
 * const rows = await fleet.pool('acme').all('SELECT * FROM users');
 */
export function openFleet(directory: string, options: FleetOptions = {}): Fleet {
  return new Fleet(key, readFleetOptions(directory, options));
}
