/**
 * `ferrolite/kysely`: Kysely on a pool. Reads go to readers, also while a transaction is open, and a
 * transaction has the writer to itself.
 *
 * Kysely is imported here and nowhere else; nothing of this folder is loaded by the rest of the package.
 */
import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type TransactionSettings,
} from 'kysely';
import type { FleetPool, Pool } from 'ferrolite/pool';
import { PoolConnection } from './connection.js';

/** What the dialect is made of. */
export interface FerroliteDialectConfig {
  /** What `openPool()` or `getPool()` gave, which `db.destroy()` closes, or `fleet.pool()`, which stays its fleet's. */
  readonly pool: Pool | FleetPool;
}

/**
 * Kysely's dialect for a pool.
 *
 * @example
 * const db = new Kysely<Tables>({ dialect: new FerroliteDialect({ pool: openPool('app.db') }) });
 */
export class FerroliteDialect implements Dialect {
  readonly #pool: Pool | FleetPool;

  /** @throws {TypeError} if there is no pool. */
  constructor(config: FerroliteDialectConfig) {
    const pool = (config as Partial<FerroliteDialectConfig> | undefined)?.pool;
    // By its methods, since the pool may be of another copy of the package.
    if (typeof pool?.transaction !== 'function' || typeof pool.iterate !== 'function') {
      throw new TypeError(
        'Expected the "pool" option to be what openPool() or getPool() of ferrolite/pool gives',
      );
    }
    this.#pool = pool;
  }

  createDriver(): Driver {
    return new PoolDriver(this.#pool);
  }

  createQueryCompiler(): QueryCompiler {
    return new SqliteQueryCompiler();
  }

  createAdapter(): SqliteAdapter {
    return new PoolAdapter();
  }

  createIntrospector(db: Kysely<any>): DatabaseIntrospector {
    return new SqliteIntrospector(db);
  }
}

class PoolAdapter extends SqliteAdapter {
  /** Otherwise Kysely lets one query run at a time. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }

  /** Migrations run in one transaction, which also keeps other processes from running them at the same moment. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Kysely only hands over connections that {@link PoolDriver.acquireConnection} has made. */
const own = (connection: DatabaseConnection): PoolConnection => connection as PoolConnection;

class PoolDriver implements Driver {
  readonly #pool: Pool | FleetPool;

  constructor(pool: Pool | FleetPool) {
    this.#pool = pool;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return new PoolConnection(this.#pool);
  }

  beginTransaction(connection: DatabaseConnection, { accessMode }: TransactionSettings): Promise<void> {
    return own(connection).begin(accessMode === 'read only');
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return own(connection).commit();
  }

  rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    return own(connection).rollback();
  }

  savepoint(connection: DatabaseConnection, name: string): Promise<void> {
    return own(connection).savepoint(name);
  }

  rollbackToSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    return own(connection).rollbackToSavepoint(name);
  }

  releaseSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    return own(connection).releaseSavepoint(name);
  }

  /** What was begun and never ended must not keep the writer. */
  releaseConnection(connection: DatabaseConnection): Promise<void> {
    return own(connection).rollback();
  }

  async destroy(): Promise<void> {
    if ('close' in this.#pool) await this.#pool.close();
  }
}
