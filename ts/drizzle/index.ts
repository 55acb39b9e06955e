/**
 * `ferrolite/drizzle`: Drizzle on a pool, where transactions may await.
 *
 * Built from the classes that drizzle-orm exports for drivers, of 0.45. Compiled twice, for `import` and for
 * `require`, as drizzle-orm is: so the classes and the types are those that the application uses itself. Nothing
 * of this folder is loaded by the rest of the package.
 */
import {
  createTableRelationsHelpers,
  DefaultLogger,
  entityKind,
  extractTablesRelationalConfig,
  NoopLogger,
  type DrizzleConfig,
  type ExtractTablesWithRelations,
} from 'drizzle-orm';
import type { BatchItem, BatchResponse } from 'drizzle-orm/batch';
import { NoopCache } from 'drizzle-orm/cache/core';
import { readMigrationFiles, type MigrationConfig } from 'drizzle-orm/migrator';
import type { RelationalSchemaConfig, TablesRelationalConfig } from 'drizzle-orm/relations';
import { BaseSQLiteDatabase, SQLiteAsyncDialect } from 'drizzle-orm/sqlite-core';
import type { Changes, FleetPool, Pool, TransactionOptions } from 'ferrolite/pool';
import {
  FerroliteSession,
  type Environment,
  type FerroliteTransaction,
  type FerroliteTransactionConfig,
} from './session.js';

export type { FerroliteTransaction, FerroliteTransactionConfig } from './session.js';

/** The longest time that a pool takes for a transaction. */
const LONGEST_MS = 0x7fff_ffff;

/** What `run()` and statements without `returning()` give. */
export type FerroliteRunResult = Changes;

/** Only {@link migrate} asks for it. */
const environments = new WeakMap<object, Environment<TablesRelationalConfig>>();

/** A Drizzle database on a pool. */
export class FerroliteDatabase<
  TSchema extends Record<string, unknown> = Record<string, never>,
  TPool extends Pool | FleetPool = Pool,
> extends BaseSQLiteDatabase<'async', Changes, TSchema> {
  static override readonly [entityKind]: string = 'FerroliteDatabase';
  /** The pool. */
  readonly $client: TPool;
  readonly #session: FerroliteSession<TSchema, ExtractTablesWithRelations<TSchema>>;

  constructor(pool: TPool, environment: Environment<ExtractTablesWithRelations<TSchema>>) {
    const session = new FerroliteSession<TSchema, ExtractTablesWithRelations<TSchema>>(pool, environment);
    super('async', environment.dialect, session, environment.schema);
    this.$client = pool;
    this.#session = session;
    this.$cache = { invalidate: (params) => environment.cache.onMutate(params) };
    environments.set(this, environment as unknown as Environment<TablesRelationalConfig>);
  }

  /**
   * Runs a function that may await in a transaction of its own, with the writer to itself. Committed when it returns,
   * rolled back when it throws. `tx.transaction()` is a savepoint.
   *
   * @param config - The pool's options of a transaction. Whatever `behavior` says, it begins with `BEGIN IMMEDIATE`.
   */
  override transaction<T>(
    fn: (tx: FerroliteTransaction<TSchema, ExtractTablesWithRelations<TSchema>>) => Promise<T>,
    config?: FerroliteTransactionConfig,
  ): Promise<T> {
    return this.#session.transaction(fn, config);
  }

  /** Executes queries one after the other in one transaction: all have their effect, or none. */
  batch<U extends BatchItem<'sqlite'>, T extends Readonly<[U, ...U[]]>>(
    queries: T,
  ): Promise<BatchResponse<T>> {
    return this.#session.batch(queries) as Promise<BatchResponse<T>>;
  }
}

/**
 * Makes a Drizzle database of a pool.
 *
 * @param pool - What `openPool()`, `getPool()` or `fleet.pool()` gave, or the configuration with it as `client`.
 * @throws {TypeError} if there is no pool.
 *
 * @example
 * const db = drizzle(openPool('app.db'), { schema });
 * await db.transaction(async (tx) => {
 *   const [user] = await tx.insert(users).values({ name: 'Ada' }).returning();
 *   await tx.insert(posts).values({ userId: user.id });
 * });
 */
export function drizzle<TSchema extends Record<string, unknown> = Record<string, never>>(
  pool: Pool,
  config?: DrizzleConfig<TSchema>,
): FerroliteDatabase<TSchema>;
export function drizzle<TSchema extends Record<string, unknown> = Record<string, never>>(
  pool: FleetPool,
  config?: DrizzleConfig<TSchema>,
): FerroliteDatabase<TSchema, FleetPool>;
export function drizzle<TSchema extends Record<string, unknown> = Record<string, never>>(
  config: DrizzleConfig<TSchema> & { client: Pool },
): FerroliteDatabase<TSchema>;
export function drizzle<TSchema extends Record<string, unknown> = Record<string, never>>(
  config: DrizzleConfig<TSchema> & { client: FleetPool },
): FerroliteDatabase<TSchema, FleetPool>;
export function drizzle<TSchema extends Record<string, unknown>>(
  first: Pool | FleetPool | (DrizzleConfig<TSchema> & { client: Pool | FleetPool }),
  second: DrizzleConfig<TSchema> = {},
): FerroliteDatabase<TSchema, Pool | FleetPool> {
  if (isPool(first)) return construct(first, second);
  const client: unknown = (first as { client?: unknown } | undefined)?.client;
  if (!isPool(client)) {
    throw new TypeError('Expected a pool: what openPool() or getPool() of ferrolite/pool gives');
  }
  return construct(client, first as DrizzleConfig<TSchema>);
}

/** By its methods, since the pool may be of another copy of the package. */
function isPool(value: unknown): value is Pool | FleetPool {
  const { transaction, iterate } = (value ?? {}) as Partial<Pool>;
  return typeof transaction === 'function' && typeof iterate === 'function';
}

function construct<TSchema extends Record<string, unknown>>(
  pool: Pool | FleetPool,
  { schema, casing, logger, cache = new NoopCache() }: DrizzleConfig<TSchema>,
): FerroliteDatabase<TSchema, Pool | FleetPool> {
  return new FerroliteDatabase(pool, {
    dialect: new SQLiteAsyncDialect(casing === undefined ? {} : { casing }),
    schema: schema === undefined ? undefined : relationsOf(schema),
    logger: typeof logger === 'object' ? logger : logger === true ? new DefaultLogger() : new NoopLogger(),
    cache,
  });
}

function relationsOf<TSchema extends Record<string, unknown>>(
  schema: TSchema,
): RelationalSchemaConfig<ExtractTablesWithRelations<TSchema>> {
  const { tables, tableNamesMap } = extractTablesRelationalConfig<ExtractTablesWithRelations<TSchema>>(
    schema,
    createTableRelationsHelpers,
  );
  return { fullSchema: schema, schema: tables, tableNamesMap };
}

/**
 * Applies the migrations that drizzle-kit has generated and that the database has not seen.
 *
 * In one transaction, in which is also looked what is missing: processes that start at the same moment apply each
 * migration once, and one that fails leaves the database as it was.
 *
 * @param config - Drizzle's, and the pool's options of a transaction; without `maxHoldMs` it may take as long as it needs.
 * @throws {Error} if the folder is not one of drizzle-kit.
 *
 * @example
 * await migrate(db, { migrationsFolder: './migrations' });
 */
export async function migrate<TSchema extends Record<string, unknown>>(
  db: FerroliteDatabase<TSchema, Pool | FleetPool>,
  { maxHoldMs = LONGEST_MS, acquireTimeoutMs, signal, ...config }: MigrationConfig & TransactionOptions,
): Promise<void> {
  const environment = environments.get(db);
  if (environment === undefined) {
    throw new TypeError('Expected first argument to be a database of drizzle() of ferrolite/drizzle');
  }
  const migrations = readMigrationFiles(config);
  await db.$client.transaction(
    (tx) => environment.dialect.migrate(migrations, new FerroliteSession(tx, environment), config),
    { maxHoldMs, acquireTimeoutMs, signal },
  );
}
