import { fileURLToPath } from 'node:url';
import { drizzle, type BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { getSqlite, type Database } from 'ferrolite';
import * as schema from './schema.ts';

type Client = BetterSQLite3Database<typeof schema> & { $client: Database };

let client: Client | undefined;

/**
 * The connection: the file that SQLITE_DB_PATH or DATABASE_URL names, else app-dev.db.
 *
 * While a statement waits for another process's lock, this process answers nobody. So it does not wait long, and the
 * client is asked to try again.
 */
export function sqlite(): Database {
  return getSqlite({ busyTimeoutMs: 250 });
}

/** Drizzle on that connection. A function, because the connection is another one after the file was replaced. */
export function db(): Client {
  const connection = sqlite();
  if (client?.$client !== connection) client = drizzle(connection, { schema });
  return client;
}

export function migrateDatabase(): void {
  migrate(db(), { migrationsFolder: fileURLToPath(new URL('../migrations', import.meta.url)) });
}
