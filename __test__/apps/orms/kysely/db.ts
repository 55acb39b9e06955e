import Database from 'better-sqlite3';
import { Kysely, SqliteDialect, type Generated, type JSONColumnType } from 'kysely';

interface Tables {
  customers: { id: Generated<number>; email: string; metadata: JSONColumnType<{ tags: string[] }> | null };
  opportunities: {
    id: Generated<number>;
    customer_id: number;
    cents: bigint | number;
    contract: Uint8Array | null;
  };
}

export const sqlite = new Database('app.db');
sqlite.pragma('journal_mode = WAL');
sqlite.pragma('foreign_keys = ON');

export const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: sqlite }) });
