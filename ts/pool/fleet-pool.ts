/** `FleetPool`: one database of a fleet, as users have it. */
import type { Berths } from './berths';
import { checkFunction, checkSql, type BatchStatement } from './calls';
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
import type { Snapshot } from './snapshot';
import type { Transaction } from './transaction';

/** Only {@link newFleetPool} has it. */
const key = Symbol('fleet pool');

type Limits = Readonly<{ signal: AbortSignal | undefined; timeoutMs?: number | undefined }>;

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
  async all<Row = unknown>(sql: string, params?: unknown, options?: QueryOptions): Promise<Row[]> {
    const limits = this.#query(sql, options);
    return this.#call(limits, options, (pool, rest) => pool.all<Row>(sql, params, rest));
  }

  /** As {@link Pool.get}. */
  async get<Row = unknown>(sql: string, params?: unknown, options?: QueryOptions): Promise<Row | undefined> {
    const limits = this.#query(sql, options);
    return this.#call(limits, options, (pool, rest) => pool.get<Row>(sql, params, rest));
  }

  /** As {@link Pool.run}. */
  async run(
    sql: string,
    params?: unknown,
    options?: CallOptions & { safeIntegers?: boolean },
  ): Promise<Changes> {
    const limits = this.#query(sql, options);
    return this.#call(limits, options, (pool, rest) => pool.run(sql, params, rest));
  }

  /** As {@link Pool.exec}. */
  async exec(sql: string, options?: CallOptions): Promise<void> {
    const limits = readCallOptions(options, this.#settings.call);
    checkSql(sql);
    return this.#call(limits, options, (pool, rest) => pool.exec(sql, rest));
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
  iterate<Row = unknown>(
    sql: string,
    params?: unknown,
    options?: QueryOptions,
  ): AsyncGenerator<Row, undefined, undefined> {
    return this.#rows<Row>(this.#query(sql, options), sql, params, options);
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

  #query(sql: string, options: QueryOptions | undefined): Limits {
    const call = readQueryOptions(options, this.#settings.call);
    checkSql(sql);
    return call;
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
          fn(pool, waitedMs).finally(release).then(resolve, reject);
        },
        fail: reject,
      });
    });
  }

  async *#rows<Row>(
    limits: Limits,
    sql: string,
    params: unknown,
    options: QueryOptions | undefined,
  ): AsyncGenerator<Row, undefined, undefined> {
    const { name } = this;
    const { signal, timeoutMs } = limits;
    const { pool, waitedMs, release } = await new Promise<{
      pool: Pool;
      waitedMs: number;
      release: () => void;
    }>((resolve, reject) => {
      const begin = (taken: Pool, ms: number, end: () => void): void =>
        resolve({ pool: taken, waitedMs: ms, release: end });
      this.#berths.take({ name, holds: true, signal, timeoutMs, begin, fail: reject });
    });
    try {
      return yield* pool.iterate<Row>(sql, params, left(options, limits, waitedMs));
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
