// CommonJS without esModuleInterop: the namespace import is the class.
import * as Database from 'better-sqlite3';

const db: Database.Database = new Database('app.db', { readonly: true });
const statement: Database.Statement<[], { id: number }> = db.prepare('SELECT id FROM t');
export const isBusy = (error: unknown): boolean =>
  error instanceof Database.SqliteError && error.code === 'SQLITE_BUSY' && statement.busy;
export class Store extends Database {}
