// CommonJS in TypeScript, under the package's own name.
import Database = require('ferrolite');

const { FerroliteError, getSqlite } = Database;
const db: Database.Database = getSqlite();
const code = (error: unknown): string | undefined =>
  error instanceof FerroliteError || error instanceof Database.SqliteError ? error.code : undefined;

export = { code, plan: db.explain('SELECT 1') };
