// The tables of tools that do not run here, and plain ones: what they say was applied is not applied again, and stays as it is.
// Those that run are in adopt-real.test.mts.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'ferrolite';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { Migrator, runMigrations, type MigratorOptions } from 'ferrolite/migrate';
import { describe, expect, it } from 'vitest';
import { flywayChecksum } from '../../dist/migrate/adopt/flyway-checksum.js';
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

const A = 'CREATE TABLE a (x);';
const B = 'CREATE TABLE b (x);';

/**
 * How each tool has `A` applied, and `B` not: tables typed as its documentation shows them, not made by the tool.
 *
 * Flyway's checksums are CRC-32, computed by Python's zlib.
 */
const TOOLS: Readonly<Record<string, { files: Files; sql: string }>> = {
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
      INSERT INTO "flyway_schema_history" (installed_rank, version, description, type, script, checksum, installed_by,
        execution_time, success) VALUES (1, '1', 'a', 'SQL', 'V1__a.sql', 302061556, 'x', 1, 1),
        (2, '2', 'b', 'SQL', 'V2__b.sql', -1802148518, 'x', 1, 1), (3, '2', 'b', 'UNDO_SQL', 'U2__b.sql', NULL, 'x', 1, 1);`,
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
    ['golang-migrate', 'UPDATE schema_migrations SET dirty = 1', 'is dirty'],
    ['flyway', 'UPDATE flyway_schema_history SET success = 0', 'was not successful'],
    ['goose', 'INSERT INTO goose_db_version VALUES (9, 7, 1, NULL)', 'has "7", which is not in the folder'],
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

  it('a table that is asked for and not there', async () => {
    expect((await adopt('goose', '', { adopt: 'drizzle' })).message).toBe(
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
});

describe("Flyway's table", () => {
  const { files, sql } = TOOLS['flyway']!;
  const R1 = 'CREATE VIEW v AS\nSELECT 1;\n';
  const R2 = 'DROP VIEW v;\nCREATE VIEW v AS SELECT 2;\n';
  const repeatable = (rank: number, checksum: number): string =>
    `INSERT INTO flyway_schema_history VALUES (${rank}, NULL, 'v', 'SQL', 'R__v.sql', ${checksum}, 'x', '2026-01-01 00:00:00.000', 1, 1);`;
  const view = (db: Database.Database): unknown => db.prepare('SELECT * FROM v').pluck().get();

  it('has the CRC-32 of the lines, without their ends and the byte order mark', () => {
    expect(flywayChecksum(Buffer.from('123456789'))).toBe(-873_187_034);
    expect(flywayChecksum(Buffer.from('\uFEFF1234\r\n56\n\n789\r'))).toBe(-873_187_034);
    expect(flywayChecksum(Buffer.from('-- Größe\nCREATE TABLE c (x);\n'))).toBe(-963_279_072);
  });

  it('refuses a file that was changed, however its lines end', async () => {
    const folder = folderOf({ ...files, 'V1__a.sql': `${A}\r\n` });
    expect((await runMigrations(filled(`${A} ${sql}`), folder)).adopted).toBe('flyway');
    folderOf({ 'V1__a.sql': `${A} -- x` }, folder);
    expect((await failure(runMigrations(filled(`${A} ${sql}`), folder))).code).toBe(
      'FERROLITE_MIGRATION_CHANGED',
    );
    // Without a checksum there is nothing to compare.
    const none = 'UPDATE flyway_schema_history SET checksum = NULL;';
    expect((await runMigrations(filled(`${A} ${sql} ${none}`), folder)).adopted).toBe('flyway');
  });

  it('has repeatable ones that are applied again once they change', async () => {
    const db = filled(`${A} ${R1} ${sql} ${repeatable(4, 1)} ${repeatable(5, -1106423914)}`);
    const folder = folderOf({ ...files, 'R__v.sql': R1 });
    expect(names((await new Migrator(db, folder).status()).pending)).toEqual(['V2__b']);
    folderOf({ 'R__v.sql': R2 }, folder);
    const one = new Migrator(db, folder);
    expect(names((await one.status()).pending)).toEqual(['V2__b', 'R__v']);
    expect(names((await one.up()).runs)).toEqual(['V2__b', 'R__v']);
    expect(view(db)).toBe(2);
    expect((await one.up()).runs).toEqual([]);
    await one.handBack();
    expect(
      db
        .prepare('SELECT version, type, script, checksum FROM flyway_schema_history WHERE installed_rank > 5')
        .raw()
        .all(),
    ).toEqual([
      ['2', 'SQL', 'V2__b.sql', -1_802_148_518],
      [null, 'SQL', 'R__v.sql', flywayChecksum(Buffer.from(R2))],
    ]);
    expect((await one.up()).runs).toEqual([]);
  });

  it('does not count what `repair` has said is gone', async () => {
    const gone = `INSERT INTO flyway_schema_history VALUES
      (4, '3', 'c', 'SQL', 'V3__c.sql', 7, 'x', '', 1, 1), (5, '3', 'c', 'DELETE', 'V3__c.sql', 7, 'x', '', 0, 1);`;
    expect((await runMigrations(filled(`${A} ${sql} ${gone}`), folderOf(files))).adopted).toBe('flyway');
  });
});
