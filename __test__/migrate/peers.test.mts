// What other migrators do where data is at stake, run for real, and what this one does instead.
//
// Those that are development dependencies run here. What dbmate, sqlx, Diesel, Prisma and Drizzle 1.0 have done is in their recordings
// (`__test__/fixtures/migrators/record.mts`).
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type Database from 'ferrolite';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { Migrator as KyselyMigrator } from 'kysely/migration';
import { runMigrations, type MigratorOptions } from 'ferrolite/migrate';
import { describe, expect, it } from 'vitest';
import { knexOn, kyselyOn, LIVE } from '../fixtures/migrators/live.mts';
import type { Recording } from '../fixtures/migrators/record.mts';
import { behaviourOf, PARENTS, REBUILD, type Behaviour } from '../fixtures/migrators/scenarios.mts';
import {
  answerOf,
  nameOf,
  sqlOf,
  withDb,
  write,
  type MigrationProgram,
} from '../fixtures/migrators/tools.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { drizzleFolder, failure, filled, folderOf, opened, tables, type Files } from './support.mts';

const A = 'CREATE TABLE a (x);';
const B = 'CREATE TABLE b (x);';

/** This one, as its documentation has it called. */
const OURS: MigrationProgram = {
  tool: 'ferrolite',
  version: '',
  files: (migrations) => Object.fromEntries(migrations.map((each) => [`${nameOf(each)}.sql`, sqlOf(each)])),
  up: (folder, file) => answerOf(() => runMigrations(file, folder)),
  pending: () => Promise.resolve(0),
};

const LOSES_NOTHING: Behaviour = {
  rebuild: 1,
  half: 'nothing',
  late: 'refused',
  twin: 'refused',
  edited: 'refused',
};

/** Of each: one row referred to the table that is built anew. */
const THEIRS: Readonly<Record<string, Behaviour>> = {
  drizzle: { rebuild: 0, half: 'nothing', late: 'skipped', twin: 'skipped', edited: 'unnoticed' },
  kysely: { rebuild: 1, half: 'left', late: 'refused', twin: 'applied', edited: 'unnoticed' },
  knex: { rebuild: 0, half: 'nothing', late: 'applied', twin: 'applied', edited: 'unnoticed' },
};

/** Of those that are recorded. */
const ONCE: Readonly<Record<string, Behaviour>> = {
  dbmate: { rebuild: 1, half: 'nothing', late: 'applied', twin: 'skipped', edited: 'unnoticed' },
  diesel: { rebuild: 0, half: 'nothing', late: 'applied', twin: 'skipped', edited: 'unnoticed' },
  drizzle: { rebuild: 0, half: 'nothing', late: 'applied', twin: 'applied', edited: 'unnoticed' },
  prisma: { rebuild: 1, half: 'left', late: 'applied', twin: 'applied', edited: 'unnoticed' },
  sqlx: { rebuild: 0, half: 'nothing', late: 'applied', twin: 'refused', edited: 'refused' },
};
const recordings = new URL('../fixtures/migrators/recordings/', import.meta.url);
const RECORDED = readdirSync(recordings).map((file): Recording =>
  JSON.parse(readFileSync(new URL(file, recordings), 'utf8')),
);

describe('where data is at stake', () => {
  it('this one loses none, leaves none behind, and refuses what is late or was edited', async () => {
    expect(await behaviourOf(OURS, () => tempDir('ours'))).toEqual(LOSES_NOTHING);
  });

  it.each(LIVE)('$tool $version does otherwise', async (program) => {
    expect(await behaviourOf(program, () => tempDir('theirs'))).toEqual(THEIRS[program.tool]);
  });

  it.each(RECORDED)('$tool $version has done otherwise when it was recorded', ({ tool, behaviour }) => {
    expect(behaviour).toEqual(ONCE[tool]);
  });

  it('the guide says the same of each, and which versions it was', () => {
    const guide = readFileSync(new URL('../../docs/guides/migrations.md', import.meta.url), 'utf8');
    const rows = new Map(
      guide
        .split('\n')
        .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')))
        .filter((cells) => cells.length === 6)
        .map(([name, ...cells]) => [name, cells]),
    );
    const all = [
      ['Ferrolite', LOSES_NOTHING],
      ['Drizzle 0.45', THEIRS['drizzle']],
      ['Kysely', THEIRS['kysely']],
      ['Knex', THEIRS['knex']],
      ['Drizzle 1.0-rc', ONCE['drizzle']],
      ['Diesel', ONCE['diesel']],
      ['sqlx', ONCE['sqlx']],
      ['Prisma', ONCE['prisma']],
      ['dbmate', ONCE['dbmate']],
    ] as [string, Behaviour][];
    for (const [name, { rebuild, half, late, twin, edited }] of all) {
      const said = { applied: 'applied', skipped: 'never applied, silently', refused: 'refused' };
      const words = [
        rebuild === 1 ? 'keeps them' : 'deletes them',
        half === 'left' ? 'leaves the first' : 'leaves nothing',
        said[late],
        said[twin],
        edited === 'refused' ? 'refused' : 'not noticed',
      ];
      const cells = rows.get(name)!;
      expect([name, ...cells.map((cell, index) => cell.slice(0, words[index]!.length))]).toEqual([
        name,
        ...words,
      ]);
    }
    for (const { version } of [...LIVE, ...RECORDED]) expect(guide).toContain(` ${version}`);
  });
});

/** Gives functions what Knex gives them. */
const WITH_KNEX: MigratorOptions = {
  async callFunction(fn, db) {
    const knex = knexOn(db);
    await fn(knex);
    await knex.destroy();
  },
};

const childrenIn = (file: string): Promise<unknown> =>
  withDb(file, (db) => db.prepare('SELECT count(*) FROM children').pluck().get());

describe("the functions of others that build a table anew, called by this one's", () => {
  const OPTIONS: Readonly<Record<string, MigratorOptions>> = {
    kysely: { callFunction: (fn, db) => fn(kyselyOn(db)) },
    knex: WITH_KNEX,
  };

  /** A database of the tool, with a folder that has one more migration. */
  async function begun(program: MigrationProgram, more: string): Promise<{ folder: string; file: string }> {
    const folder = write(tempDir('functions'), program.files([PARENTS]));
    const file = tempDb();
    await program.up(folder, file);
    const [[path, text]] = Object.entries(program.files([REBUILD])) as [[string, string]];
    return { folder: write(folder, { [path]: `${text}${more}` }), file };
  }

  it.each(LIVE.filter(({ tool }) => OPTIONS[tool] !== undefined))('lose no rows: $tool', async (program) => {
    // The pragma has no effect within the transaction, which is found out on the copy.
    const { folder, file } = await begun(program, '');
    const options = OPTIONS[program.tool];
    const error = await withDb(file, (db) => failure(runMigrations(db, folder, options)));
    expect([error.code, await childrenIn(file)]).toEqual(['FERROLITE_MIGRATION_ROWS', 1]);
  });

  it.each(LIVE.filter(({ tool }) => OPTIONS[tool] !== undefined))(
    'keep them where they say so: $tool',
    async (program) => {
      const says =
        program.tool === 'knex' ? 'exports.foreignKeys = false;' : 'export const foreignKeys = false;';
      const { folder, file } = await begun(program, `${says}\n`);
      await withDb(file, (db) => runMigrations(db, folder, OPTIONS[program.tool]));
      expect(await childrenIn(file)).toBe(1);
    },
  );
});

describe("Drizzle's migrator", () => {
  const own = (db: Database.Database, migrationsFolder: string): void =>
    migrate(drizzle(db as never), { migrationsFolder });

  const REFERRED = `CREATE TABLE p (id INTEGER PRIMARY KEY);
--> statement-breakpoint
CREATE TABLE c (p INTEGER REFERENCES p (id) ON DELETE CASCADE);
--> statement-breakpoint
INSERT INTO p VALUES (1);
--> statement-breakpoint
INSERT INTO c VALUES (1);`;
  const ANEW = `PRAGMA foreign_keys=OFF;--> statement-breakpoint
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
    const folder = folderOf(drizzleFolder(REFERRED, ANEW));
    const theirs = opened();
    own(theirs, folder);
    expect(children(theirs)).toBe(0);
    const ours = opened();
    await runMigrations(ours, folder);
    expect(children(ours)).toBe(1);
  });

  it('loses them without the pragma too; this one refuses', async () => {
    const folder = folderOf(
      drizzleFolder(REFERRED, ANEW.replaceAll(/PRAGMA foreign_keys=O(?:N|FF);/g, 'SELECT 1;')),
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

  it('applies one twice where two processes start at once; this one does not', async () => {
    const folder = folderOf(
      drizzleFolder('CREATE TABLE a (cents INTEGER);--> statement-breakpoint\nINSERT INTO a VALUES (5);'),
    );
    const ours = tempDb();
    const theirs = tempDb();
    for (const path of [ours, theirs]) own(opened(path), folder);
    folderOf(
      drizzleFolder(
        'CREATE TABLE a (cents INTEGER);--> statement-breakpoint\nINSERT INTO a VALUES (5);',
        'UPDATE a SET cents = cents * 100;',
      ),
      folder,
    );
    const cents = (db: Database.Database): unknown => db.prepare('SELECT cents FROM a').pluck().get();
    // The other one comes between what the first one reads and its BEGIN.
    let isOvertaken = false;
    const overtaken = (path: string, other: () => void): Database.Database => {
      isOvertaken = false;
      const verbose = (sql: unknown): void => {
        if (isOvertaken || !/^BEGIN/i.test(String(sql))) return;
        isOvertaken = true;
        other();
      };
      return opened(path, { verbose });
    };
    const other = opened(theirs);
    own(
      overtaken(theirs, () => own(other, folder)),
      folder,
    );
    expect([isOvertaken, cents(other)]).toEqual([true, 50_000]);

    await Promise.all([1, 2, 3].map(() => runMigrations(ours, folder)));
    expect(cents(opened(ours))).toBe(500);
  });
});

describe("Kysely's migrator", () => {
  it('applies one twice where two processes start at once; this one does not', async () => {
    const folder = write(tempDir('race'), {
      '1.mjs': `let isFirst = true;
        export async function up(db) {
          // While it is at work, another process starts.
          if (isFirst) { isFirst = false; await globalThis.startAnother?.(); }
          await db.updateTable('a').set((eb) => ({ cents: eb('cents', '*', 100) })).execute();
        }`,
    });
    const cents = (db: Database.Database): unknown => db.prepare('SELECT cents FROM a').pluck().get();
    const schema = 'CREATE TABLE a (cents INTEGER); INSERT INTO a VALUES (5);';
    const [theirs, ours] = [filled(schema), filled(schema)];
    const { up } = (await import(pathToFileURL(join(folder, '1.mjs')).href)) as { up: never };
    const migrateBy = (db: Database.Database): Promise<unknown> =>
      new KyselyMigrator({
        db: kyselyOn(db),
        provider: { getMigrations: () => Promise.resolve({ '1': { up } }) },
      }).migrateToLatest();
    const started: Promise<unknown>[] = [];
    const state = globalThis as { startAnother?: () => Promise<unknown> };
    state.startAnother = () => migrateBy(opened(theirs.name));
    await migrateBy(theirs);
    expect(cents(theirs)).toBe(50_000);

    const options: MigratorOptions = { callFunction: (fn, db) => fn(kyselyOn(db)), rehearse: false };
    const copy = write(tempDir('race'), { '1.mjs': readFileSync(join(folder, '1.mjs'), 'utf8') });
    state.startAnother = async () => {
      started.push(runMigrations(ours.name, copy, options));
      await Promise.resolve();
    };
    await runMigrations(ours, copy, options);
    await Promise.all(started);
    delete state.startAnother;
    expect([started.length, cents(ours)]).toEqual([1, 500]);
  });
});

describe("Knex's migrator", () => {
  const program = LIVE.find(({ tool }) => tool === 'knex')!;
  /** A database with a row that refers to another, and a folder whose next migration changes the table of that one. */
  async function begun(change: string, more = ''): Promise<{ folder: string; file: string }> {
    const folder = write(tempDir('alter'), program.files([PARENTS]));
    const file = tempDb();
    await program.up(folder, file);
    await withDb(file, (db) => db.exec('ALTER TABLE parents ADD COLUMN name TEXT'));
    const code = `exports.up = (knex) => knex.schema.alterTable('parents', (table) => { ${change}; });
      exports.down = async () => {};
      ${more}`;
    return { folder: write(folder, { '20250102000000_alter.cjs': code }), file };
  }

  it.each(["table.dropColumn('name')", "table.string('name', 50).alter()"])(
    'deletes the rows that refer to a table of which it changes a column; this one does not: %s',
    async (change) => {
      const theirs = await begun(change);
      expect(await program.up(theirs.folder, theirs.file)).toMatchObject({ ok: true });
      expect(await childrenIn(theirs.file)).toBe(0);

      const ours = await begun(change);
      const error = await withDb(ours.file, (db) => failure(runMigrations(db, ours.folder, WITH_KNEX)));
      expect([error.code, await childrenIn(ours.file)]).toEqual(['FERROLITE_MIGRATION_ROWS', 1]);

      const kept = await begun(change, 'exports.foreignKeys = false;');
      await withDb(kept.file, (db) => runMigrations(db, kept.folder, WITH_KNEX));
      expect(await childrenIn(kept.file)).toBe(1);
    },
  );
});
