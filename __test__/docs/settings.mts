/**
 * What a code block of the documentation finds when it runs. A comment on the line before the block names one:
 * `<!-- snippet: opportunities -->`. Without a comment the folder is empty but for the installed package.
 */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'ferrolite';
import { projectRoot } from './markdown.mts';

export interface Setting {
  /** Puts files into the folder that the block runs in. */
  readonly prepare?: (folder: string) => void;
  /** Code that the page shows once, in front of the block. */
  readonly before?: string;
  /** Environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** The code may end by throwing; its error must contain this text. */
  readonly throws?: string;
  /** For TypeScript that cannot run here: its types are checked. */
  readonly typesOnly?: boolean;
}

function withTable(path: string, sql: string): void {
  new Database(path).exec(sql).close();
}

function functions(folder: string, name: string, code: string): void {
  mkdirSync(join(folder, 'migrations'), { recursive: true });
  writeFileSync(join(folder, 'migrations', name), code);
}

export const settings: Readonly<Record<string, Setting>> = {
  /** `app-dev.db` with the table `opportunities`. */
  opportunities: {
    prepare: (folder) => {
      withTable(
        join(folder, 'app-dev.db'),
        `PRAGMA journal_mode = wal;
         CREATE TABLE opportunities (id INTEGER PRIMARY KEY, customer TEXT, annual_value REAL);
         INSERT INTO opportunities (customer, annual_value) VALUES ('Ada', 1200), ('Grace', 800);`,
      );
    },
  },
  /** The database that docs/api/statement.md begins with, as `db`. */
  cities: {
    before: `import Database from 'ferrolite';
const db = new Database(':memory:');
db.exec(\`CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT, area REAL);
  INSERT INTO city (name, area) VALUES ('Bern', 51.6), ('Basel', 23.9)\`);
`,
  },
  /** A folder `migrations` that makes the table `users`. */
  migrations: {
    prepare: (folder) => {
      mkdirSync(join(folder, 'migrations'));
      writeFileSync(
        join(folder, 'migrations', '0001_users.sql'),
        'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)',
      );
    },
  },
  /** `app.db`, in which Kysely has applied the first of two migrations. */
  'kysely-migrations': {
    prepare: (folder) => {
      withTable(
        join(folder, 'app.db'),
        `CREATE TABLE kysely_migration (name varchar(255) PRIMARY KEY, timestamp varchar(255) NOT NULL);
         INSERT INTO kysely_migration VALUES ('001_users', '2026-01-01T00:00:00.000Z');
         CREATE TABLE users (id INTEGER PRIMARY KEY);`,
      );
      functions(folder, '001_users.mjs', 'export const up = () => { throw new Error("called again"); };');
      functions(
        folder,
        '002_posts.mjs',
        "export const up = (db) => db.schema.createTable('posts').addColumn('id', 'integer').execute();",
      );
    },
  },
  /** `app.db`, in which Knex has applied the first of two migrations. */
  'knex-migrations': {
    prepare: (folder) => {
      withTable(
        join(folder, 'app.db'),
        `CREATE TABLE knex_migrations (id integer PRIMARY KEY AUTOINCREMENT, name varchar(255), batch integer, migration_time datetime);
         INSERT INTO knex_migrations VALUES (1, '001_users.cjs', 1, 1767225600000);
         CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);`,
      );
      functions(folder, '001_users.cjs', 'exports.up = () => { throw new Error("called again"); };');
      const alter = "table.string('name').notNullable().alter()";
      functions(
        folder,
        '002_names.cjs',
        `exports.up = (knex) => knex.schema.alterTable('users', (table) => { ${alter}; });`,
      );
    },
  },
  /** `app.db`, and a folder `migrations` whose two migrations can be undone. */
  migrator: {
    prepare: (folder) => {
      mkdirSync(join(folder, 'migrations'));
      for (const [name, sql] of [
        ['001_users.up.sql', 'CREATE TABLE users (id INTEGER PRIMARY KEY)'],
        ['001_users.down.sql', 'DROP TABLE users'],
        ['002_names.up.sql', 'ALTER TABLE users ADD COLUMN name TEXT'],
        ['002_names.down.sql', 'ALTER TABLE users DROP COLUMN name'],
      ] as const) {
        writeFileSync(join(folder, 'migrations', name), sql);
      }
      withTable(join(folder, 'app.db'), 'PRAGMA journal_mode = wal');
    },
  },
  types: { typesOnly: true },
  /** The package is installed as `better-sqlite3` too. */
  alias: {
    prepare: (folder) => {
      symlinkSync(projectRoot, join(folder, 'node_modules', 'better-sqlite3'), 'junction');
    },
  },
  /** `data/catalog.db`, which nobody may write. */
  catalog: {
    prepare: (folder) => {
      mkdirSync(join(folder, 'data'));
      withTable(
        join(folder, 'data', 'catalog.db'),
        'CREATE TABLE product (name TEXT); INSERT INTO product VALUES (1), (2)',
      );
      chmodSync(join(folder, 'data', 'catalog.db'), 0o444);
    },
  },
};

/** Frameworks that examples show and that are no dependency of ours: TypeScript that imports one is not run. */
export const frameworks: readonly string[] = ['hono', 'next'];
