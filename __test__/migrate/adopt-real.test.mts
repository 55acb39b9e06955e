// Migrators whose tables are taken over, run for real: those that are development dependencies here, the others once, for a
// recording (`__test__/fixtures/migrators/record.mts`).
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Migrator, runMigrations, type MigratorOptions } from 'ferrolite/migrate';
import { describe, expect, it } from 'vitest';
import { dump } from '../fixtures/migrators/dump.mts';
import { knexOn, kyselyOn, LIVE } from '../fixtures/migrators/live.mts';
import type { Recording } from '../fixtures/migrators/record.mts';
import { FIRST, names as namesOf, SECOND, THIRD } from '../fixtures/migrators/scenarios.mts';
import { withDb, write, type MigrationProgram } from '../fixtures/migrators/tools.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { failure, filled, folderOf, names, opened, tables } from './support.mts';

const recordings = new URL('../fixtures/migrators/recordings/', import.meta.url);
const RECORDED = readdirSync(recordings).map((file): Recording =>
  JSON.parse(readFileSync(new URL(file, recordings), 'utf8')),
);
const [first, second, third] = namesOf(FIRST, SECOND, THIRD);
/** Diesel's have dashes. */
const plain = (all: readonly string[]): string[] => all.map((name) => name.replaceAll('-', ''));

/** How the functions of those that have functions are called. */
const OPTIONS: Readonly<Record<string, MigratorOptions>> = {
  kysely: { callFunction: (fn, db) => fn(kyselyOn(db)) },
  knex: {
    async callFunction(fn, db) {
      const knex = knexOn(db);
      try {
        await fn(knex);
      } finally {
        await knex.destroy();
      }
    },
  },
};

/** What is another one on each run: identifiers and times. */
const constant = (lines: readonly string[]): string[] =>
  lines.map((line) =>
    line
      .replaceAll(/'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'/g, "'id'")
      .replaceAll(/'\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?'/g, "'time'"),
  );

describe.each(RECORDED)('the database of $tool $version, recorded', (recording) => {
  const { tool, before, handedBack, after } = recording;
  const files = Object.entries(recording.files);
  const folder = (count: number): string =>
    folderOf(Object.fromEntries(files.slice(0, count * (files.length / 3))));

  it('has what the tool has applied, and nothing else', async () => {
    const { adopts, applied, pending, problems } = await new Migrator(
      filled(before.join('\n')),
      folder(3),
    ).status();
    expect([adopts, plain(names(applied)), plain(names(pending)), problems]).toEqual([
      tool,
      [first],
      [second, third],
      [],
    ]);
    const [, day = new Date().toISOString().slice(0, 10)] =
      /'(\d{4}-\d\d-\d\d)[ T]/.exec(before.join('\n')) ?? [];
    expect(applied[0]!.appliedAt.slice(0, 10)).toBe(day);
  });

  it('goes on with the next one, and is handed back as the tool has found it up to date', async () => {
    const db = filled(before.join('\n'));
    const one = new Migrator(db, folder(2));
    const { adopted, runs } = await one.up();
    expect([adopted, plain(names(runs))]).toEqual([tool, [second]]);
    expect(plain((await one.handBack()).written)).toEqual([second]);
    expect(constant(dump(db))).toEqual(constant(handedBack));
  });

  it('is taken over again after the tool has gone on', async () => {
    const db = filled(after.join('\n'));
    const { adopted, runs } = await runMigrations(db, folder(3));
    expect([adopted, runs]).toEqual([tool, []]);
    expect(tables(db)).toContain('tags');
  });

  it('with a file that was changed since is refused where the tool has a checksum', async () => {
    const place = folder(2);
    const [path, sql] = files[0]!;
    const changed = write(place, { [path]: `${sql}-- changed\n` });
    const attempt = runMigrations(filled(before.join('\n')), changed);
    if (['dbmate', 'diesel'].includes(tool)) expect((await attempt).adopted).toBe(tool);
    else expect((await failure(attempt)).code).toBe('FERROLITE_MIGRATION_CHANGED');
  });

  it('does not mind the ends of lines', async () => {
    const windows = files.map(([path, sql]) => [path, sql.replaceAll('\n', '\r\n')]);
    const place = folderOf(Object.fromEntries(windows));
    expect((await runMigrations(filled(before.join('\n')), place)).adopted).toBe(tool);
  });
});

describe('the databases of dbmate and sqlx, recorded', () => {
  const attempt = (wanted: string, change: string) => {
    const { files, before } = RECORDED.find(({ tool }) => tool === wanted)!;
    return failure(runMigrations(filled([...before, change].join('\n')), folderOf(files)));
  };

  it('with a migration that is not in the folder are refused', async () => {
    const error = await attempt('dbmate', "INSERT INTO schema_migrations VALUES ('7');");
    expect(error).toMatchObject({
      code: 'FERROLITE_MIGRATION_ADOPT',
      message: expect.stringContaining('has "7", which is not in the folder'),
    });
  });

  it('with a migration that was not successful are refused', async () => {
    expect((await attempt('sqlx', 'UPDATE _sqlx_migrations SET success = 0;')).message).toContain(
      'was not successful',
    );
  });
});

describe('what Prisma has left of a migration that failed, recorded', () => {
  const { files, failed, rolledBack } = RECORDED.find(({ tool }) => tool === 'prisma')!;
  const broken = {
    '20250102000000_broken/migration.sql': 'CREATE TABLE half (x);\nINSERT INTO missing VALUES (1);\n',
  };
  const folder = folderOf({ ...Object.fromEntries(Object.entries(files).slice(0, 1)), ...broken });

  it('has to be resolved first', async () => {
    const error = await failure(runMigrations(filled(failed!.join('\n')), folder));
    expect(error).toMatchObject({
      code: 'FERROLITE_MIGRATION_ADOPT',
      message: expect.stringContaining('"20250102000000_broken" was begun and not finished'),
    });
  });

  it('is followed by times as they are: text by a driver adapter, milliseconds by the engine of its own', async () => {
    const prisma = RECORDED.find(({ tool }) => tool === 'prisma')!;
    const place = folderOf(Object.fromEntries(Object.entries(files).slice(0, 2)));
    const times = async (change: string): Promise<unknown[]> => {
      const db = filled([...prisma.before, change].join('\n'));
      const one = new Migrator(db, place);
      await one.up();
      await one.handBack();
      const types = "SELECT typeof(started_at) || ' ' || typeof(finished_at) FROM _prisma_migrations";
      return db.prepare(types).pluck().all();
    };
    // Not recorded: that engine is fetched from a server of its own.
    const numbers = 'UPDATE _prisma_migrations SET started_at = 1735689600000, finished_at = 1735689600000;';
    expect(await times('')).toEqual(['text text', 'text text']);
    expect(await times(numbers)).toEqual(['integer integer', 'integer integer']);
  });

  it('does not count once it was rolled back', async () => {
    const { applied, pending } = await new Migrator(filled(rolledBack!.join('\n')), folder).status();
    expect([names(applied), names(pending)]).toEqual([['20250101000000_users'], ['20250102000000_broken']]);
  });
});

describe.each(LIVE)('$tool $version', (program: MigrationProgram) => {
  const { tool, files, up, pending } = program;
  const options = OPTIONS[tool];

  it('has its table taken over, and goes on after handBack()', async () => {
    const folder = write(tempDir('live'), files([FIRST]));
    const file = tempDb();
    expect(await up(folder, file)).toMatchObject({ ok: true });
    write(folder, files([FIRST, SECOND]));
    expect(await pending(folder, file)).toBe(1);
    await withDb(file, async (db) => {
      const one = new Migrator(db, folder, options);
      const { adopts, applied } = await one.status();
      expect([adopts, names(applied)]).toEqual([tool, [first]]);
      expect(applied[0]!.appliedAt.slice(0, 2)).toBe('20');
      expect(await one.up()).toMatchObject({ adopted: tool, runs: [{ name: second }] });
      expect(await one.verify()).toEqual({ ok: true, problems: [], drift: [], notices: [] });
      expect(await one.handBack()).toEqual({ tool, written: [second] });
    });
    expect(await pending(folder, file)).toBe(0);
    write(folder, files([FIRST, SECOND, THIRD]));
    expect(await pending(folder, file)).toBe(1);
    expect(await up(folder, file)).toMatchObject({ ok: true });
    await withDb(file, async (db) => {
      expect(tables(db)).toContain('tags');
      expect(await runMigrations(db, folder, options)).toMatchObject({ adopted: tool, runs: [] });
    });
  });
});

describe.each(LIVE.filter(({ tool }) => OPTIONS[tool] !== undefined))('the functions of $tool', (program) => {
  const { tool, files, up } = program;

  /** A database and a folder of which the first migration is applied. */
  async function begun(): Promise<{ folder: string; file: string }> {
    const folder = write(tempDir('functions'), files([FIRST]));
    const file = tempDb();
    await up(folder, file);
    return { folder: write(folder, files([FIRST, SECOND])), file };
  }

  it('are not called without the option, and nothing changes', async () => {
    const { folder, file } = await begun();
    await withDb(file, async (db) => {
      const error = await failure(runMigrations(db, folder));
      expect(error.code).toBe('FERROLITE_MIGRATION_FAILED');
      expect(error.message).toMatch(
        /expect what (?:Kysely|Knex) gives them: say with the "callFunction" option/,
      );
      expect(tables(db)).not.toContain('posts');
      const { rehearsal } = await new Migrator(db, folder).plan();
      expect(rehearsal?.error?.message).toContain('"callFunction"');
    });
  });

  it('are undone with all that they have done where one fails', async () => {
    const { folder, file } = await begun();
    const [name] = Object.keys(files([SECOND]));
    const text = readFileSync(join(folder, name!), 'utf8');
    const isKnex = tool === 'knex';
    const bad = isKnex
      ? "  await knex.raw('SELECT * FROM missing');\n};"
      : "  await sql.raw('SELECT * FROM missing').execute(db);\n}";
    writeFileSync(join(folder, name!), text.replace(isKnex ? '};' : /\}\s*$/, bad));
    await withDb(file, async (db) => {
      const error = await failure(runMigrations(db, folder, { ...OPTIONS[tool], rehearse: false }));
      expect(error.message).toContain('no such table: missing');
      expect(tables(db)).not.toContain('posts');
    });
  });

  it('are the only ones that it can be handed back with', async () => {
    const { folder, file } = await begun();
    write(folder, { '20250109000000_sql.sql': 'CREATE TABLE more (x);' });
    await withDb(file, async (db) => {
      const one = new Migrator(db, folder, OPTIONS[tool]);
      await one.up();
      expect(await failure(one.handBack())).toMatchObject({
        code: 'FERROLITE_MIGRATION_ADOPT',
        message: expect.stringContaining(`is SQL, which ${tool} does not read`),
      });
    });
  });
});

describe('Knex', () => {
  it('that was killed within a migration has to be unlocked first', async () => {
    const { files, up } = LIVE.find(({ tool }) => tool === 'knex')!;
    const folder = write(tempDir('locked'), files([FIRST]));
    const file = tempDb();
    await up(folder, file);
    await withDb(file, async (db) => {
      // What its migrator writes before it begins, and takes back at the end.
      db.exec('UPDATE knex_migrations_lock SET is_locked = 1');
      expect(await failure(runMigrations(db, folder))).toMatchObject({
        code: 'FERROLITE_MIGRATION_ADOPT',
        message: expect.stringContaining('is locked'),
      });
    });
  });

  it('changes a column within the transaction of the migration', async () => {
    const alter = `exports.up = (knex) => knex.schema.alterTable('users', (table) => {
      table.string('name').notNullable().defaultTo('x').alter();
    });`;
    const { files, up } = LIVE.find(({ tool }) => tool === 'knex')!;
    const folder = write(tempDir('alter'), files([FIRST]));
    const file = tempDb();
    await up(folder, file);
    write(folder, { '20250102000000_alter.cjs': alter });
    await withDb(file, async (db) => {
      await runMigrations(db, folder, OPTIONS['knex']);
      const column = db.prepare("SELECT \"notnull\" FROM pragma_table_info('users') WHERE name = 'name'");
      expect(column.pluck().get()).toBe(1);
      expect(db.prepare('SELECT * FROM users').all()).toEqual([{ id: 1, name: 'Ada' }]);
    });
  });
});

describe('functions of migrations', () => {
  it('are called by the option where there is one, on a copy too', async () => {
    const db = opened();
    const folder = folderOf({
      '1_a.mjs': 'export const up = (name) => name("a"); export const down = (name) => name("b");',
    });
    const calls: unknown[] = [];
    const one = new Migrator(db, folder, {
      callFunction: (fn, connection, { name, isRehearsal }) =>
        fn((table: string) => {
          calls.push([name, isRehearsal, connection === db]);
          connection.exec(`CREATE TABLE ${table} (x)`);
        }),
    });
    await one.up();
    await one.down();
    expect(calls).toEqual([
      ['1_a', true, false],
      ['1_a', false, true],
      ['1_a', true, false],
      ['1_a', false, true],
    ]);
    expect(tables(db)).toEqual(['a', 'b']);
  });

  it('have to be called by a function', () => {
    const options = { callFunction: true } as never;
    expect(() => new Migrator(opened(), tempDir(), options)).toThrow(
      new TypeError('Expected the "callFunction" option to be a function'),
    );
  });
});
