/** What Drizzle executes through: a pool, or one of its transactions. */
import { entityKind, type Logger, type Query } from 'drizzle-orm';
import type { Cache } from 'drizzle-orm/cache/core';
import type { WithCacheConfig } from 'drizzle-orm/cache/core/types';
import type { RelationalSchemaConfig, TablesRelationalConfig } from 'drizzle-orm/relations';
import type {
  PreparedQueryConfig,
  SelectedFieldsOrdered,
  SQLiteAsyncDialect,
  SQLiteExecuteMethod,
  SQLiteTransactionConfig,
} from 'drizzle-orm/sqlite-core';
import { SQLiteSession, SQLiteTransaction } from 'drizzle-orm/sqlite-core';
import { RemotePreparedQuery, type RemoteCallback } from 'drizzle-orm/sqlite-proxy';
import type { Changes, FleetPool, Pool, Transaction, TransactionOptions } from 'ferrolite/pool';

/** Drizzle's options of a transaction, and the pool's. Nested transactions have none. */
export interface FerroliteTransactionConfig extends SQLiteTransactionConfig, TransactionOptions {}

/** What all sessions of a database have in common. */
export interface Environment<TSchema extends TablesRelationalConfig> {
  readonly dialect: SQLiteAsyncDialect;
  readonly schema: RelationalSchemaConfig<TSchema> | undefined;
  readonly logger: Logger;
  readonly cache: Cache;
}

/** What Drizzle's query builders offer to a batch; its types leave these members out. */
interface Batchable {
  /** It executes nothing. */
  _prepare(): {
    getQuery(): Query & { method: 'run' | 'all' | 'values' | 'get' };
    isResponseInArrayMode(): boolean;
    mapResult(response: unknown, isFromBatch: boolean): unknown;
  };
}

/** Said of each call, as a pool may give another form where a call does not ask for one. */
const OBJECTS = { raw: false, pluck: false, expand: false } as const;
const ARRAYS = { raw: true, pluck: false, expand: false } as const;

/** Executes a query of Drizzle in the form in which its classes for remote databases expect the answer. */
function clientOf(executor: Pool | FleetPool | Transaction, inArrays: boolean): RemoteCallback {
  const form = inArrays ? ARRAYS : OBJECTS;
  return async (sql, values, method) => {
    // An array within the array: nothing that is among the values can pass for named parameters.
    const params = [values];
    switch (method) {
      case 'run':
        // Is handed to the caller as it is.
        return (await executor.run(sql, params)) as never;
      case 'get':
        return { rows: (await executor.get(sql, params, form)) as never };
      case 'values':
        return { rows: await executor.all(sql, params, ARRAYS) };
      default:
        return { rows: await executor.all(sql, params, form) };
    }
  };
}

/** A transaction as its function has it: everything that the database has, on the writer's connection. */
export class FerroliteTransaction<
  TFullSchema extends Record<string, unknown>,
  TSchema extends TablesRelationalConfig,
> extends SQLiteTransaction<'async', Changes, TFullSchema, TSchema> {
  static override readonly [entityKind]: string = 'FerroliteTransaction';
}

export class FerroliteSession<
  TFullSchema extends Record<string, unknown>,
  TSchema extends TablesRelationalConfig,
> extends SQLiteSession<'async', Changes, TFullSchema, TSchema> {
  static override readonly [entityKind]: string = 'FerroliteSession';
  readonly #executor: Pool | FleetPool | Transaction;
  readonly #environment: Environment<TSchema>;
  readonly #depth: number;

  constructor(executor: Pool | FleetPool | Transaction, environment: Environment<TSchema>, depth = 0) {
    super(environment.dialect);
    this.#executor = executor;
    this.#environment = environment;
    this.#depth = depth;
  }

  override prepareQuery(
    query: Query,
    fields: SelectedFieldsOrdered | undefined,
    executeMethod: SQLiteExecuteMethod,
    isResponseInArrayMode: boolean,
    customResultMapper?: (rows: unknown[][]) => unknown,
    queryMetadata?: { type: 'select' | 'update' | 'delete' | 'insert'; tables: string[] },
    cacheConfig?: WithCacheConfig,
  ): RemotePreparedQuery<PreparedQueryConfig & { type: 'async'; run: Changes }> {
    const { logger, cache } = this.#environment;
    // SQL without a mapping is answered as the driver does: with objects.
    const inArrays = fields !== undefined || customResultMapper !== undefined;
    return new RemotePreparedQuery(
      clientOf(this.#executor, inArrays),
      query,
      logger,
      cache,
      queryMetadata,
      cacheConfig,
      fields,
      executeMethod,
      isResponseInArrayMode,
      customResultMapper as never,
    );
  }

  /** Runs `fn` in a transaction of the pool, which begins with `BEGIN IMMEDIATE`, or in a savepoint. */
  override transaction<T>(
    fn: (tx: FerroliteTransaction<TFullSchema, TSchema>) => Promise<T>,
    config: FerroliteTransactionConfig = {},
  ): Promise<T> {
    const { behavior: _, ...options } = config;
    const environment = this.#environment;
    const depth = this.#depth + 1;
    // A transaction has no use for the options.
    return (this.#executor as Pool).transaction((inner) => {
      const session = new FerroliteSession<TFullSchema, TSchema>(inner, environment, depth);
      return fn(new FerroliteTransaction('async', environment.dialect, session, environment.schema, depth));
    }, options);
  }

  /** Executes queries one after the other in a transaction. */
  batch(queries: readonly unknown[]): Promise<unknown[]> {
    const { logger } = this.#environment;
    return (this.#executor as Pool).transaction(async (tx) => {
      const results: unknown[] = [];
      for (const query of queries) {
        // oxlint-disable-next-line no-underscore-dangle -- Drizzle's name.
        const prepared = (query as Batchable)._prepare();
        const { sql, params, method } = prepared.getQuery();
        logger.logQuery(sql, params);
        const response = await clientOf(tx, prepared.isResponseInArrayMode())(sql, params, method);
        results.push(prepared.mapResult(response, true));
      }
      return results;
    });
  }

  // What follows is called by raw queries of a batch, `db.all(sql…)`.

  extractRawAllValueFromBatchResult({ rows }: { rows: unknown }): unknown {
    return rows;
  }

  extractRawGetValueFromBatchResult({ rows }: { rows: unknown }): unknown {
    return rows;
  }

  extractRawValuesValueFromBatchResult({ rows }: { rows: unknown }): unknown {
    return rows;
  }
}
