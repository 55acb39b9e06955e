/** One private copy of a template: its file, its connection, its end. */
import Database, { closeDatabase } from 'ferrolite';
import type { CopiedFile } from './copies';
import { removeCopy } from './folders';
import type { CopyOptions } from './options';

/** A copy of a template that belongs to one test. */
export interface FixtureDb {
  /** Its path, in a folder of its own; `:memory:` for a copy in memory. */
  readonly path: string;
  /**
   * A connection to it, opened when this is first read. Leave it alone where another SQLite library of this process
   * opens the path: two in one process lose each other's locks.
   */
  readonly db: Database.Database;
  /** Closes `db` and what `getDb()` has opened of it here, and removes the files. Closing again does nothing. */
  close(): void;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Makes what a test gets of a copy. */
export function fixtureDb(copy: CopiedFile | { readonly image: Buffer }, options: CopyOptions): FixtureDb {
  let db: Database.Database | undefined;
  let isClosed = false;
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    const errors: unknown[] = [];
    attempt(errors, () => db?.close());
    if ('folder' in copy) {
      attempt(errors, () => closeDatabase(copy.path));
      attempt(errors, () => removeCopy(copy.folder));
    }
    if (errors.length > 0) throw errors[0];
  };
  return {
    path: 'folder' in copy ? copy.path : ':memory:',
    get db(): Database.Database {
      if (isClosed) throw new TypeError('The fixture is closed');
      db ??= open('folder' in copy ? copy.path : copy.image, options);
      return db;
    },
    close,
    [Symbol.dispose]: close,
    [Symbol.asyncDispose]: () => new Promise((resolve) => resolve(close())),
  };
}

function open(source: string | Buffer, { options, pragmas = {} }: CopyOptions): Database.Database {
  const db = new Database(source, options);
  try {
    for (const [name, value] of Object.entries(pragmas)) db.pragma(`${name} = ${value}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function attempt(errors: unknown[], step: () => unknown): void {
  try {
    step();
  } catch (error) {
    errors.push(error);
  }
}
