// CommonJS in TypeScript.
import Database = require('better-sqlite3');
import type Types = require('better-sqlite3');

const db: Database.Database = new Database('app.db', { readonly: true });
const statement: Database.Statement<[number], { id: number }> = db.prepare('SELECT id FROM t WHERE id = ?');
const handle: Types.Database = db;
const { SqliteError } = Database;
type Row = ReturnType<typeof statement.get>;

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError ? error.code === 'SQLITE_BUSY' : error instanceof SqliteError;
}

class Store extends Database {
  all(): Row[] {
    return this.prepare<[], { id: number }>('SELECT id FROM t').all();
  }
}

export = { Store, handle, isBusy };
