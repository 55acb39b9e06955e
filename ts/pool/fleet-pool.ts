/** `FleetPool`: one database of a fleet, as users have it. */
import type { Berths } from './berths';
import { checkFunction, checkSql, scriptOf, split, type BatchStatement, type Given } from './calls';
import type { Changes } from './jobs';
import {
  readCallOptions,
  readLaneOptions,
  readQueryOptions,
  type CallOptions,
  type PoolSettings,
  type QueryOptions,
  type ReadOptions,
  type TransactionOptions,
} from './options';
import type { Pool } from './pool';
import type { RunOptions } from './queries';
import type { Snapshot } from './snapshot';
import type { Sql } from './sql';
import type { Transaction } from './transaction';

/** Only {@link newFleetPool} has it. */
const key = Symbol('fleet pool');

type Limits = Readonly<{ signal: AbortSignal | undefined; timeoutMs?: number | undefined }>;

/** What a call is given. */
interface ReadCall {
  readonly sql: string;
  readonly params: unknown;
  readonly options: QueryOptions | undefined;
  readonly limits: Limits;
}

/**
 * A database of a fleet: the calls of a pool. It holds nothing open, so it can be kept or made anew for each
 * request: each call opens the database where it is not open.
 */
export class FleetPool {
  /** The database's name in its fleet. */
  readonly name: string;
  readonly #berths: Berths;
  readonly #settings: PoolSettings;

  constructor(secret: symbol, name: string, berths: Berths, settings: PoolSettings) {
    if (secret !== key) throw new TypeError('The pools of a fleet can only be made by fleet.pool()');
    this.name = name;
    this.#berths = berths;
    this.#settings = settings;
  }

  /** As {@link Pool.all}. */
  all<Row = unknown>(query: Sql, options?: QueryOptions): Promise<Row[]>;
  all<Row = unknown>(sql: string, params?: unknown, options?: QueryOptions): Promise<Row[]>;
  async all(...given: Given): Promise<unknown[]> {
    const { sql, params, options, limits } = this.#read(given);
    return this.#call(limits, options, (pool, rest) => pool.all(sql, params, rest));
  }

  /** As {@link Pool.get}. */
  get<Row = unknown>(query: Sql, options?: QueryOptions): Promise<Row | undefined>;
  get<Row = unknown>(sql: string, params?: unknown, options?: QueryOptions): Promise<Row | undefined>;
  async get(...given: Given): Promise<unknown> {
    const { sql, params, options, limits } = this.#read(given);
    return this.#call(limits, options, (pool, rest) => pool.get(sql, params, rest));
  }

  /** As {@link Pool.run}. */
  run(query: Sql, options?: RunOptions): Promise<Changes>;
  run(sql: string, params?: unknown, options?: RunOptions): Promise<Changes>;
  async run(...given: Given): Promise<Changes> {
    const { sql, params, options, limits } = this.#read(given);
    return this.#call(limits, options, (pool, rest) => pool.run(sql, params, rest as RunOptions));
  }

  /** As {@link Pool.exec}. */
  async exec(sql: string | Sql, options?: CallOptions): Promise<void> {
    const limits = readCallOptions(options, this.#settings.call);
    const script = scriptOf(sql);
    return this.#call(limits, options, (pool, rest) => pool.exec(script, rest));
  }

  /** As {@link Pool.batch}. */
  async batch(
    statements: readonly BatchStatement[],
    options?: QueryOptions,
  ): Promise<(unknown[] | Changes)[]> {
    const limits = readQueryOptions(options, this.#settings.call);
    return this.#call(limits, options, (pool, rest) => pool.batch(statements, rest));
  }

  /** As {@link Pool.iterate}. The database stays open until the last row was taken or the loop is left. */
  iterate<Row = unknown>(query: Sql, options?: QueryOptions): AsyncGenerator<Row, undefined, undefined>;
  iterate<Row = unknown>(
    sql: string,
    params?: unknown,
    options?: QueryOptions,
  ): AsyncGenerator<Row, undefined, undefined>;
  iterate(...given: Given): AsyncGenerator<any, undefined, undefined> {
    return this.#rows(this.#read(given));
  }

  /** As {@link Pool.transaction}. The database stays open meanwhile. */
  async transaction<T>(
    fn: (tx: Transaction) => T | PromiseLike<T>,
    options?: TransactionOptions,
  ): Promise<T> {
    checkFunction(fn);
    const { signal } = readLaneOptions(options, this.#settings, true);
    return this.#hold({ signal }, (pool) => pool.transaction(fn, options));
  }

  /** As {@link Pool.read}. The database stays open meanwhile. */
  async read<T>(fn: (snapshot: Snapshot) => T | PromiseLike<T>, options?: ReadOptions): Promise<T> {
    checkFunction(fn);
    const { signal } = readLaneOptions(options, this.#settings, false);
    return this.#hold({ signal }, (pool) => pool.read(fn, options));
  }

  /** Checks what a call is given, but for its parameters: these are read once the database is open. */
  #read(given: Given): ReadCall {
    const { sql, params, options } = split(given);
    const limits = readQueryOptions(options, this.#settings.call);
    return { sql: checkSql(sql), params, options: options as QueryOptions | undefined, limits };
  }

  #call<T, Options extends CallOptions>(
    limits: Limits,
    options: Options | undefined,
    fn: (pool: Pool, options: Options | undefined) => Promise<T>,
  ): Promise<T> {
    return this.#while(limits, false, (pool, waitedMs) => fn(pool, left(options, limits, waitedMs)));
  }

  #hold<T>(limits: Limits, fn: (pool: Pool) => Promise<T>): Promise<T> {
    return this.#while(limits, true, fn);
  }

  /** Runs `fn` while the database is open. */
  #while<T>(
    { signal, timeoutMs }: Limits,
    holds: boolean,
    fn: (pool: Pool, waitedMs: number) => Promise<T>,
  ): Promise<T> {
    const { name } = this;
    return new Promise((resolve, reject) => {
      this.#berths.take({
        name,
        holds,
        signal,
        timeoutMs,
        begin(pool, waitedMs, release) {
          // What reading the options throws is the call's failure, and not that of who has made room for it.
          const called = async (): Promise<T> => fn(pool, waitedMs);
          const ended = (settle: () => void, error?: unknown): void => {
            release(error);
            settle();
          };
          called().then(
            (value) => ended(() => resolve(value)),
            (error: unknown) => ended(() => reject(error), error),
          );
        },
        fail: reject,
      });
    });
  }

  async *#rows({ sql, params, options, limits }: ReadCall): AsyncGenerator<unknown, undefined, undefined> {
    const { name } = this;
    const { signal, timeoutMs } = limits;
    const { pool, waitedMs, release } = await new Promise<{
      pool: Pool;
      waitedMs: number;
      release: (error?: unknown) => void;
    }>((resolve, reject) => {
      const begin = (taken: Pool, ms: number, end: (error?: unknown) => void): void =>
        resolve({ pool: taken, waitedMs: ms, release: end });
      this.#berths.take({ name, holds: true, signal, timeoutMs, begin, fail: reject });
    });
    try {
      return yield* pool.iterate(sql, params, left(options, limits, waitedMs));
    } catch (error) {
      release(error);
      throw error;
    } finally {
      release();
    }
  }
}

/** The options with what waiting has left of the time. */
function left<Options extends CallOptions>(
  options: Options | undefined,
  { timeoutMs }: Limits,
  waitedMs: number,
): Options | undefined {
  if (waitedMs === 0 || timeoutMs === undefined || timeoutMs === Infinity) return options;
  return { ...options, timeoutMs: Math.max(0, Math.ceil(timeoutMs - waitedMs)) } as Options;
}

/** The database of that name, which was checked. */
export function newFleetPool(name: string, berths: Berths, settings: PoolSettings): FleetPool {
  return new FleetPool(key, name, berths, settings);
}
