declare module 'better-sqlite3-session-store' {
  import type { Database } from 'better-sqlite3';
  import type session from 'express-session';

  interface Options {
    client: Database;
    expired?: { clear?: boolean; intervalMs?: number };
  }
  type Store = new (options: Options) => session.Store & Required<Pick<session.Store, 'length'>>;
  export default function sqliteStore(use: typeof session): Store;
}
