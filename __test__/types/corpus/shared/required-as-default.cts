// ES syntax that is compiled to CommonJS.
import Database, { SqliteError } from 'better-sqlite3';
import type { RunResult } from 'better-sqlite3';

export function insert(db: Database.Database, name: string): RunResult {
  try {
    return db.prepare('INSERT INTO t (name) VALUES (?)').run(name);
  } catch (error) {
    throw error instanceof SqliteError ? new Error(error.code) : error;
  }
}
export const open = (path: string): Database.Database => new Database(path);
