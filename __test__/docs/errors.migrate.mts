// Calls that give the errors of migrations, by their text in docs/errors.md.
import Database from 'ferrolite';
import {
  migrateAll,
  Migrator,
  runMigrations,
  type MigratorOptions,
  watchMigrations,
} from 'ferrolite/migrate';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { folderOf, type Files } from '../migrate/support.mts';

const CASCADE = `CREATE TABLE p (id INTEGER PRIMARY KEY);
  CREATE TABLE c (p REFERENCES p ON DELETE CASCADE);
  INSERT INTO p VALUES (1);
  INSERT INTO c VALUES (1);`;
const memory = (schema = ''): Database.Database => new Database(':memory:').exec(schema);
const run = (files: Files, db = memory(), options?: MigratorOptions): Promise<unknown> =>
  runMigrations(db, folderOf(files), options);
const made = (options: object): unknown => new Migrator(tempDb(), tempDir(), options);

/** Applies `before`, puts `files` into the folder, and applies again. */
async function then(before: Files, files: Files, removed?: string): Promise<void> {
  const db = memory();
  const folder = folderOf(before);
  await runMigrations(db, folder);
  folderOf(files, folder);
  if (removed !== undefined) rmSync(join(folder, removed));
  await runMigrations(db, folder);
}

export const migrateCalls: Readonly<Record<string, () => unknown>> = {
  FERROLITE_MIGRATION_NAME: () => run({ 'first.sql': 'SELECT 1' }),
  FERROLITE_MIGRATION_CHANGED: () => then({ '1.sql': 'SELECT 1' }, { '1.sql': 'SELECT 2' }),
  FERROLITE_MIGRATION_MISSING: () => then({ '1.sql': 'SELECT 1' }, { '2.sql': 'SELECT 2' }, '1.sql'),
  FERROLITE_MIGRATION_ORDER: () => then({ '2.sql': 'SELECT 1' }, { '1.sql': 'SELECT 2' }),
  FERROLITE_MIGRATION_DRIFT: async () => {
    const db = memory();
    const folder = folderOf({ '1.sql': 'CREATE TABLE t (x)' });
    await runMigrations(db, folder);
    db.exec('DROP TABLE t');
    await runMigrations(db, folder);
  },
  FERROLITE_MIGRATION_ROWS: () => run({ '1.sql': 'DELETE FROM p' }, memory(CASCADE)),
  FERROLITE_MIGRATION_FOREIGN_KEYS: () =>
    run({ '1.sql': 'PRAGMA foreign_keys = OFF; DELETE FROM p' }, memory(CASCADE)),
  FERROLITE_MIGRATION_INTERRUPTED: async () => {
    const migrator = new Migrator(
      memory(),
      folderOf({ '1.up.sql': 'SELECT 1', '1.down.sql': 'VACUUM; SELECT x;' }),
      { rehearse: false },
    );
    await migrator.up();
    await migrator.down().catch(() => undefined);
    await migrator.up();
  },
  FERROLITE_MIGRATION_NO_DOWN: async () => {
    const migrator = new Migrator(memory(), folderOf({ '1.sql': 'SELECT 1' }));
    await migrator.up();
    await migrator.down();
  },
  FERROLITE_NO_MIGRATION: () => new Migrator(memory(), folderOf({ '1.sql': 'SELECT 1' })).to(2),
  FERROLITE_MIGRATION_ADOPT: () => run({ '1.sql': 'SELECT 1' }, memory(), { adopt: 'goose' }),
  FERROLITE_MIGRATION_BACKUP: async () => {
    const path = tempDb();
    const db = new Database(path);
    db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (NULL)');
    db.unsafeMode(true).exec(
      "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = 'CREATE TABLE t (x NOT NULL)'",
    );
    db.close();
    try {
      await runMigrations(path, folderOf({ '1.sql': 'SELECT 1' }), { backup: true, rehearse: false });
    } finally {
      rmSync(dirname(path), { recursive: true });
    }
  },
  FERROLITE_MIGRATION_BUSY: async () => {
    const path = tempDb();
    const writer = new Database(path).exec('BEGIN IMMEDIATE');
    const db = new Database(path, { timeout: 0 });
    try {
      await run({ '1.sql': 'SELECT 1' }, db, { lockTimeoutMs: 0 });
    } finally {
      db.close();
      writer.close();
    }
  },
  FERROLITE_OTHER_APPLICATION: () =>
    run({ '1.sql': 'SELECT 1' }, memory('PRAGMA application_id = 1'), { applicationId: 2 }),
  'Migrations cannot be applied within a transaction': () => run({ '1.sql': 'SELECT 1' }, memory('BEGIN')),
  'Migrations write to the database, but it was opened or named for reading only': () =>
    runMigrations('file:a.db?mode=ro', folderOf({ '1.sql': 'SELECT 1' })),
  'Expected second argument to be the path or the file: URL of a folder': () => runMigrations(tempDb(), ''),
  'Expected third argument to be an options object': () => runMigrations(tempDb(), 'x', 5 as never),
  'Expected first argument to be a positive integer': () => new Migrator(tempDb(), tempDir()).down(0.5),
  'Expected first argument to be a name with letters': () => new Migrator(tempDb(), tempDir()).new('-'),
  "Expected second argument to be 'sql', 'ts' or 'js'": () =>
    new Migrator(tempDb(), tempDir()).new('a', 'c' as never),
  'Expected the "table" option to be the name of a table': () => made({ table: '' }),
  'Expected the "adopt" option to be \'auto\', false or one of <tools>': () => made({ adopt: 'rails' }),
  'A database in memory cannot be copied before migrations: leave the "backup" option out': () =>
    run({ '1.sql': 'SELECT 1' }, memory(), { backup: true }),
  'Expected the "backup" option to be a boolean or an object': () => made({ backup: 5 }),
  'Expected the "rehearse" option to be a boolean or \'auto\'': () => made({ rehearse: 5 }),
  'Expected first argument to be a fleet or the paths of databases': () =>
    migrateAll('app.db' as never, folderOf({ '1.sql': 'SELECT 1' })),
  'Expected first argument to be the name or version of a migration': () =>
    new Migrator(tempDb(), tempDir()).to(null as never),
  'Expected the "to" option to be the name or version of a migration': () =>
    migrateAll([], folderOf({ '1.sql': 'SELECT 1' }), { to: true as never }),
  'Use either the "to" or the "down" option': () =>
    migrateAll([], folderOf({ '1.sql': 'SELECT 1' }), { to: 1, down: 1 }),
  'Expected the "onNewer" option to be a function': () =>
    watchMigrations(memory(), folderOf({ '1.sql': 'SELECT 1' }), { onNewer: 5 as never }),
  'Expected the "callFunction" option to be a function': () => made({ callFunction: true }),
  'Expected the "prepareConnection" option to be a function': () => made({ prepareConnection: true }),
  'Expected the "<name>" option to be a boolean or an array of names': () => made({ allowMissing: 'a' }),
};
