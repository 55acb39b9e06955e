// Declaration merging: into the options and answers of the package, and of databases into other types.
import Database from 'better-sqlite3';
import type { Database as Handle } from 'better-sqlite3';

declare module 'better-sqlite3' {
  interface Options {
    cipher?: string;
  }
  interface RunResult {
    elapsedMs?: number;
  }
  interface PragmaOptions {
    first?: boolean;
  }
  interface SerializeOptions {
    compress?: boolean;
  }
  interface RegistrationOptions {
    innocuous?: boolean;
  }
  interface BackupOptions {
    label?: string;
  }
  interface BackupMetadata {
    startedAt?: Date;
  }
}

const db = new Database('app.db', { cipher: 'aes', readonly: true });
const elapsed: number | undefined = db.prepare('SELECT 1').run().elapsedMs;
db.pragma('user_version', { first: true });
db.serialize({ compress: true });
db.function('f', { innocuous: true }, () => 1);
db.backup('b.db', { label: 'nightly', progress: ({ startedAt }) => startedAt?.getTime() ?? 100 }).then(
  ({ startedAt }) => console.log(startedAt),
  console.error,
);

declare global {
  namespace App {
    interface Locals {
      db: Database.Database;
      handle?: Handle;
    }
  }
}
const locals: App.Locals = { db };
locals.handle?.close();

export { elapsed };
