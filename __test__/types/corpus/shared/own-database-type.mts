// A type of the application's own that is called like the import, as Kysely's documentation names it.
import Database from 'better-sqlite3';

interface Database {
  person: { id: number; name: string };
}

type TableName = keyof Database;
const table: TableName = 'person';
const row: Database['person'] = { id: 1, name: 'Ada' };
const connection = new Database(':memory:');
connection.prepare(`SELECT * FROM ${table}`).all();

export { row };
