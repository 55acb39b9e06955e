// The tables of other tools: what they say was applied is not applied again, and stays as it is.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'ferrolite';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { Kysely, sql as kyselySql, SqliteDialect } from 'kysely';
import { Migrator as KyselyMigrator } from 'kysely/migration';
import { Migrator, runMigrations, type MigratorOptions } from 'ferrolite/migrate';
import { describe, expect, it } from 'vitest';
import {
  drizzleFolder,
  failure,
  filled,
  folderOf,
  migrator,
  names,
  opened,
  tables,
  type Files,
} from './support.mts';

const sha = (kind: string, text: string): Buffer => createHash(kind).update(text).digest();
const A = 'CREATE TABLE a (x);';
const B = 'CREATE TABLE b (x);';

/** How each tool has `A` applied, and `B` not; as its documentation shows the table. */
const TOOLS: Readonly<Record<string, { files: Files; sql: string }>> = {
  prisma: {
    files: { '20250101000000_a/migration.sql': A, '20250102000000_b/migration.sql': B },
    sql: `CREATE TABLE "_prisma_migrations" (
        "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME, "migration_name" TEXT NOT NULL,
        "logs" TEXT, "rolled_back_at" DATETIME, "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
        "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0);
      INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, rolled_back_at, started_at) VALUES
        ('1', 'x', NULL, '20250102000000_b', 1735689600000, 1735689600000),
        ('2', '${sha('sha256', A).toString('hex')}', 1735689600000, '20250101000000_a', NULL, 1735689600000);`,
  },
  dbmate: {
    files: { '20250101000000_a.sql': `-- migrate:up\n${A}`, '20250102000000_b.sql': `-- migrate:up\n${B}` },
    sql: `CREATE TABLE IF NOT EXISTS "schema_migrations" (version varchar(128) primary key);
      INSERT INTO "schema_migrations" (version) VALUES ('20250101000000');`,
  },
  'golang-migrate': {
    files: { '000001_a.up.sql': A, '000002_b.up.sql': B },
    sql: `CREATE TABLE schema_migrations (version uint64, dirty bool);
      CREATE UNIQUE INDEX version_unique ON schema_migrations (version);
      INSERT INTO schema_migrations VALUES (1, false);`,
  },
  goose: {
    files: { '00001_a.sql': `-- +goose Up\n${A}`, '00002_b.sql': `-- +goose Up\n${B}` },
    sql: `CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL,
        is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')));
      INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1), (2, 1), (2, 0);`,
  },
  flyway: {
    files: { 'V1__a.sql': A, 'V2__b.sql': B },
    sql: `CREATE TABLE "flyway_schema_history" ("installed_rank" INT NOT NULL PRIMARY KEY, "version" VARCHAR(50),
        "description" VARCHAR(200) NOT NULL, "type" VARCHAR(20) NOT NULL, "script" VARCHAR(1000) NOT NULL, "checksum" INT,
        "installed_by" VARCHAR(100) NOT NULL,
        "installed_on" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')), "execution_time" INT NOT NULL,
        "success" BOOLEAN NOT NULL);
      INSERT INTO "flyway_schema_history" (installed_rank, version, description, type, script, installed_by, execution_time,
        success) VALUES (1, '1', 'a', 'SQL', 'V1__a.sql', 'x', 1, 1), (2, '2', 'b', 'SQL', 'V2__b.sql', 'x', 1, 1),
        (3, '2', 'b', 'UNDO_SQL', 'U2__b.sql', 'x', 1, 1);`,
  },
  sqlx: {
    files: { '1_a.sql': A, '2_b.sql': B },
    sql: `CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
        installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL,
        execution_time BIGINT NOT NULL);
      INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (1, 'a', TRUE, x'${sha('sha384', A).toString('hex')}', 1);`,
  },
  migrations: {
    files: { '001_a.sql': A, '002_b.sql': B },
    sql: `CREATE TABLE _migrations (id INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT DEFAULT CURRENT_TIMESTAMP);
      INSERT INTO _migrations (name) VALUES ('001_a.sql');`,
  },
};

const contents = (db: Database.Database, table: string): unknown[] =>
  db.prepare(`SELECT * FROM ${table}`).all();
const tableOf = (db: Database.Database): string => tables(db).find((name) => name !== 'a') as string;

describe.each(Object.entries(TOOLS))('the table of %s', (tool, { files, sql }) => {
  it('is taken over by one call, and stays', async () => {
    const db = filled(`${A} ${sql}`);
    const table = tableOf(db);
    const before = contents(db, table);
    const one = new Migrator(db, folderOf(files));
    const [first, second] = names((await one.status()).applied.concat((await one.status()).pending as never));
    expect((await one.status()).adopts).toBe(tool);
    const { adopted, runs } = await one.up();
    expect([adopted, names(runs)]).toEqual([tool, [second]]);
    expect(contents(db, table)).toEqual(before);
    expect((await one.status()).applied).toMatchObject([
      { name: first, origin: tool },
      { name: second, origin: 'applied' },
    ]);
    expect(await one.verify()).toEqual({ ok: true, problems: [], drift: [], notices: [] });
    expect((await one.up()).adopted).toBeUndefined();
  });

  it('is told what was applied since by handBack(), and can be taken over again', async () => {
    const db = filled(`${A} ${sql}`);
    const one = new Migrator(db, folderOf(files));
    await one.up();
    const { applied } = await one.status();
    expect(await one.handBack()).toEqual({ tool, written: [applied[1]!.name] });
    expect((await one.status()).adopts).toBe(tool);
    expect(names((await one.status()).applied)).toEqual(names(applied));
    expect((await one.up()).runs).toEqual([]);
    expect(await failure(migrator(opened(), files).handBack())).toMatchObject({
      code: 'FERROLITE_MIGRATION_ADOPT',
    });
  });

  it('is passed over where that is asked for', async () => {
    const db = filled(`${A} ${sql}`);
    const error = await failure(runMigrations(db, folderOf(files), { adopt: false }));
    expect(error.message).toContain('table a already exists');
  });
});

describe('what cannot be taken over', () => {
  const adopt = (tool: string, change: string, options?: MigratorOptions) => {
    const { files, sql } = TOOLS[tool]!;
    return failure(runMigrations(filled(`${A} ${sql} ${change}`), folderOf(files), options));
  };

  it.each([
    ['prisma', 'UPDATE _prisma_migrations SET finished_at = NULL', 'was begun and not finished'],
    ['golang-migrate', 'UPDATE schema_migrations SET dirty = 1', 'is dirty'],
    ['sqlx', 'UPDATE _sqlx_migrations SET success = 0', 'was not successful'],
    ['flyway', 'UPDATE flyway_schema_history SET success = 0', 'was not successful'],
    ['dbmate', "INSERT INTO schema_migrations VALUES ('7')", 'has "7", which is not in the folder'],
    [
      'goose',
      'CREATE TABLE _migrations (name); INSERT INTO _migrations VALUES (1)',
      'tables of several tools',
    ],
    [
      'migrations',
      'DROP TABLE _migrations; CREATE TABLE _migrations (x); INSERT INTO _migrations VALUES (1)',
      'no column',
    ],
  ])('%s: %s', async (tool, change, message) => {
    expect(await adopt(tool, change)).toMatchObject({
      code: 'FERROLITE_MIGRATION_ADOPT',
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['prisma', "UPDATE _prisma_migrations SET checksum = 'x'"],
    ['sqlx', "UPDATE _sqlx_migrations SET checksum = x'00'"],
  ])('a file of %s that is not what was applied', async (tool, change) => {
    expect((await adopt(tool, change)).code).toBe('FERROLITE_MIGRATION_CHANGED');
  });

  it('a table that is asked for and not there', async () => {
    expect((await adopt('sqlx', '', { adopt: 'drizzle' })).message).toBe(
      'The database has no table of drizzle',
    );
  });
});

describe("Drizzle's own migrator", () => {
  const own = (db: Database.Database, migrationsFolder: string): void =>
    migrate(drizzle(db as never), { migrationsFolder });

  it('has its table taken over, and goes on after handBack()', async () => {
    const db = opened();
    const folder = folderOf(drizzleFolder(A));
    own(db, folder);
    folderOf(drizzleFolder(A, B), folder);
    expect(await runMigrations(db, folder)).toMatchObject({ adopted: 'drizzle', runs: [{ name: '0001_x' }] });
    expect(contents(db, '__drizzle_migrations')).toHaveLength(1);
    const one = new Migrator(db, folder);
    expect(await one.handBack()).toEqual({ tool: 'drizzle', written: ['0001_x'] });
    own(db, folder);
    folderOf(drizzleFolder(A, B, 'CREATE TABLE c (x);'), folder);
    own(db, folder);
    expect(tables(db)).toEqual(['__drizzle_migrations', 'a', 'b', 'c']);
  });

  it('has a table that a file with other ends of lines still fits, and a changed one does not', async () => {
    const folder = folderOf(drizzleFolder(`${A}\n-- end\n`));
    const db = opened();
    own(db, folder);
    const file = join(folder, '0000_x.sql');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('\n', '\r\n'));
    expect((await runMigrations(db, folder)).runs).toEqual([]);
    const other = opened();
    own(other, folder);
    writeFileSync(file, B);
    expect((await failure(runMigrations(other, folder))).code).toBe('FERROLITE_MIGRATION_CHANGED');
  });

  const PARENTS = `CREATE TABLE p (id INTEGER PRIMARY KEY);
--> statement-breakpoint
CREATE TABLE c (p INTEGER REFERENCES p (id) ON DELETE CASCADE);
--> statement-breakpoint
INSERT INTO p VALUES (1);
--> statement-breakpoint
INSERT INTO c VALUES (1);`;
  const REBUILD = `PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE __new_p (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'x');
--> statement-breakpoint
INSERT INTO __new_p (id) SELECT id FROM p;
--> statement-breakpoint
DROP TABLE p;
--> statement-breakpoint
ALTER TABLE __new_p RENAME TO p;
--> statement-breakpoint
PRAGMA foreign_keys=ON;`;
  const children = (db: Database.Database): unknown => db.prepare('SELECT count(*) FROM c').pluck().get();

  it('loses the rows that refer to a table that is built anew; this one keeps them', async () => {
    const folder = folderOf(drizzleFolder(PARENTS, REBUILD));
    const theirs = opened();
    own(theirs, folder);
    expect(children(theirs)).toBe(0);
    const ours = opened();
    await runMigrations(ours, folder);
    expect(children(ours)).toBe(1);
  });

  it('loses them without the pragma too; this one refuses', async () => {
    const folder = folderOf(
      drizzleFolder(PARENTS, REBUILD.replaceAll(/PRAGMA foreign_keys=O(?:N|FF);/g, 'SELECT 1;')),
    );
    const theirs = opened();
    own(theirs, folder);
    expect(children(theirs)).toBe(0);
    const ours = opened();
    expect((await failure(runMigrations(ours, folder, { rehearse: false }))).code).toBe(
      'FERROLITE_MIGRATION_ROWS',
    );
    expect(children(ours)).toBe(1);
    expect((await failure(runMigrations(opened(), folder))).code).toBe('FERROLITE_MIGRATION_ROWS');
  });

  it('skips a migration that is older than the last one; this one refuses', async () => {
    const journal = (...entries: [number, number][]): Files => ({
      'meta/_journal.json': JSON.stringify({
        entries: entries.map(([idx, when]) => ({ idx, when, tag: `000${idx}_x`, breakpoints: true })),
      }),
    });
    const folder = folderOf({
      ...journal([0, 1000], [2, 3000]),
      '0000_x.sql': A,
      '0002_x.sql': 'CREATE TABLE c (x);',
    });
    const [theirs, ours] = [opened(), opened()];
    for (const db of [theirs, ours]) own(db, folder);
    folderOf({ ...journal([0, 1000], [1, 2000], [2, 3000]), '0001_x.sql': B }, folder);
    own(theirs, folder);
    expect(tables(theirs)).toEqual(['__drizzle_migrations', 'a', 'c']);
    expect((await failure(runMigrations(ours, folder))).code).toBe('FERROLITE_MIGRATION_ORDER');
    await runMigrations(ours, folder, { allowOutOfOrder: ['0001_x'] });
    expect(tables(ours)).toEqual(['__drizzle_migrations', 'a', 'b', 'c']);
  });
});

describe("Kysely's migrator", () => {
  it('leaves half of a migration that fails; this one leaves nothing', async () => {
    const theirs = opened();
    const up = async (db: Kysely<unknown>): Promise<void> => {
      await kyselySql.raw(A).execute(db);
      await kyselySql.raw('SELECT * FROM missing').execute(db);
    };
    const provider = { getMigrations: () => Promise.resolve({ '1': { up } }) };
    const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: theirs as never }) });
    const { error } = await new KyselyMigrator({ db: kysely, provider }).migrateToLatest();
    expect(error).toBeInstanceOf(Error);
    expect(tables(theirs)).toContain('a');
    const ours = opened();
    await failure(
      runMigrations(ours, folderOf({ '1.sql': `${A} SELECT * FROM missing;` }), { rehearse: false }),
    );
    expect(tables(ours)).toEqual([]);
  });
});
