// Every library that uses better-sqlite3, unmodified: Ferrolite is installed under that name.
//
// The programs under `orms/` do the library's real work and print what was answered. better-sqlite3 itself runs
// the same programs, in processes and on files of its own, and must have answered the same to the letter.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must, run as runCommand } from '../../scripts/lib/run.mjs';
import { runtime } from '../../scripts/lib/runtimes.mjs';
import { App } from './helpers/app.mts';

const sources = fileURLToPath(new URL('orms', import.meta.url));
const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
const libraries = fs
  .readdirSync(sources)
  .filter((name) => fs.existsSync(path.join(sources, name, 'main.ts')));
const reference = {
  // The folder whose better-sqlite3 is the original.
  FERROLITE_TEST_REFERENCE: import.meta.url,
  NODE_OPTIONS: '--import=../../reference.mjs',
};
/** `prisma generate` fetches an engine that only `prisma migrate` runs; any program in its place spares the way. */
const prismaOffline = { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };

let app: App;
const answers = new Map<string, Promise<string>>();

/** A folder inside of the application for one run, so that no two runs share a database. */
function runFolder(name: string, files: Record<string, string> = {}): string {
  const folder = app.path('runs', name);
  fs.mkdirSync(folder, { recursive: true });
  for (const [file, from] of Object.entries(files))
    fs.cpSync(app.path(from), path.join(folder, file), { recursive: true });
  return folder;
}

/** What a library's program answers on a runtime. */
async function run(library: string, name: string, executable: string, env = {}): Promise<string> {
  const migrations = fs.existsSync(app.path(library, 'migrations'))
    ? { migrations: `${library}/migrations` }
    : undefined;
  const cwd = runFolder(`${library}-${name}`, migrations);
  const script = app.path(library, 'main.ts');
  const { stdout } = await must(executable, [script], { cwd, env, quiet: true, timeoutMs: 60_000 });
  return stdout;
}

/** What Ferrolite answers on the Node that runs the tests, asked once. */
function answer(library: string): Promise<string> {
  const known = answers.get(library) ?? run(library, 'ferrolite', process.execPath);
  answers.set(library, known);
  return known;
}

const steps = (stdout: string): { step: string; value: unknown }[] => JSON.parse(stdout);

function kit(cwd: string, command: string, env = {}): Promise<{ output: string }> {
  const cli = app.path('node_modules', 'drizzle-kit', 'bin.cjs');
  return must(process.execPath, [cli, command], { cwd, env, quiet: true, timeoutMs: 60_000 });
}

beforeAll(async () => {
  app = await App.create();
  app.copy(sources);
  await app.npm('install', '--ignore-scripts', '--prefer-offline', '--loglevel=error');
  const prisma = app.path('node_modules', 'prisma', 'build', 'index.js');
  await must(app.node, [prisma, 'generate'], { cwd: app.path('prisma'), env: prismaOffline, quiet: true });
  await kit(app.path('drizzle'), 'generate');
});

afterAll(() => app?.remove());

describe('the installation', () => {
  it('has one copy of the driver: nothing brought a better-sqlite3 of its own', async () => {
    const lock = JSON.parse(app.read('node_modules/.package-lock.json')) as {
      packages: Record<string, { name?: string; version: string; hasInstallScript?: boolean }>;
    };
    const drivers = Object.entries(lock.packages).filter(([folder]) => folder.endsWith('/better-sqlite3'));
    expect(drivers.map(([folder, { name, version }]) => [folder, name, version])).toEqual([
      ['node_modules/better-sqlite3', 'ferrolite', '13.100.0'],
    ]);
    expect((await app.npm('ls', 'better-sqlite3', '--all')).output).not.toContain('invalid');
  });

  it('type-checks: the programs use the types of the package as those of better-sqlite3', async () => {
    const tsc = path.join(path.dirname(typescript), 'bin', 'tsc');
    expect((await app.run(app.node, [tsc, '--project', '.'])).output).toBe('');
  });
});

describe.each(libraries)('%s', (library) => {
  it('answers as on better-sqlite3', async () => {
    const [ours, theirs] = await Promise.all([
      answer(library),
      run(library, 'better-sqlite3', process.execPath, reference),
    ]);
    expect(steps(ours).length).toBeGreaterThan(3);
    expect(steps(ours)).toEqual(steps(theirs));
    expect(ours).toBe(theirs);
  });

  it.each(['node22', 'node26', 'bun'])('answers the same on %s', async (name) => {
    expect(steps(await run(library, name, await runtime(name)))).toEqual(steps(await answer(library)));
  });
});

describe('drizzle on the connection of the client', () => {
  it('leaves no log behind when SIGTERM ends the process', async () => {
    const cwd = runFolder('drizzle-signal');
    const script = app.path('drizzle', 'signal.ts');
    const ended = await runCommand(process.execPath, [script], { cwd, quiet: true, timeoutMs: 60_000 });
    expect(ended).toMatchObject({ signal: 'SIGTERM', stdout: '[{"x":"written"}]\n' });
    expect(fs.readdirSync(cwd)).toEqual(['app.db']);
  });
});

describe('on a pool', () => {
  const email = (name: string) => `${name}@example.com`;
  const noOrder = { step: 'rolled back', value: { error: 'Error', name: 'Error', message: 'no order' } };
  const answersOf = {
    drizzle: [
      noOrder,
      {
        step: 'relations',
        value: [
          { annualValue: 5, customer: { email: email('ada') } },
          { annualValue: 7, customer: { email: email('grace') } },
        ],
      },
      { step: 'its class is the one that is imported', value: true },
      { step: 'get', value: { id: 1 } },
    ],
    kysely: [
      noOrder,
      {
        step: 'unique',
        value: expect.objectContaining({ error: 'SqliteError', code: 'SQLITE_CONSTRAINT_UNIQUE' }) as object,
      },
      {
        step: 'join',
        value: [
          { email: email('ada'), annual_value: 5 },
          { email: email('grace'), annual_value: 7 },
        ],
      },
      { step: 'stream', value: { email: email('ada'), annual_value: 5 } },
      { step: 'stream', value: { email: email('grace'), annual_value: 7 } },
    ],
  };
  const cases = ['node22', 'node24', 'node26', 'bun'].flatMap((name) => [
    ['drizzle', name] as const,
    ['kysely', name] as const,
  ]);

  it.each(cases)('%s awaits in transactions on %s', async (library, name) => {
    const cwd = runFolder(`${library}-pool-${name}`, { migrations: 'drizzle/migrations' });
    const script = app.path(`${library}-pool`, 'app.ts');
    const { stdout } = await must(await runtime(name), [script], { cwd, quiet: true, timeoutMs: 60_000 });
    expect(steps(stdout)).toEqual(answersOf[library]);
    expect(fs.readdirSync(cwd).toSorted()).toEqual(['app.db', 'migrations']);
  });

  it('drizzle applies migrations by a script, and CommonJS can require both', async () => {
    const cwd = runFolder('drizzle-pool-migrate', { migrations: 'drizzle/migrations' });
    await must(process.execPath, [app.path('drizzle-pool', 'migrate.ts')], { cwd, quiet: true });
    expect(fs.readdirSync(cwd).toSorted()).toEqual(['app.db', 'migrations']);
    const source = `
      const { drizzle } = require('better-sqlite3/drizzle');
      const { BaseSQLiteDatabase } = require('drizzle-orm/sqlite-core');
      const { FerroliteDialect } = require('better-sqlite3/kysely');
      const { openPool } = require('better-sqlite3/pool');
      const db = drizzle(openPool('never-opened.db'));
      console.log(db instanceof BaseSQLiteDatabase, typeof FerroliteDialect);`;
    const script = app.write('required.cjs', source).path('required.cjs');
    const { stdout } = await must(process.execPath, [script], { cwd, quiet: true });
    expect(stdout.trim()).toBe('true function');
  });
});

describe('drizzle-kit', () => {
  it('generates migrations, which a script of their own applies', async () => {
    const cwd = runFolder('drizzle-migrate', { migrations: 'drizzle/migrations' });
    await must(process.execPath, [app.path('drizzle', 'migrate.ts')], { cwd, quiet: true });
    expect(fs.readdirSync(cwd).toSorted()).toEqual(['app.db', 'migrations']);
  });

  it.each(['ferrolite', 'better-sqlite3'])('pushes to a database of %s and reads it back', async (driver) => {
    const env = driver === 'ferrolite' ? {} : reference;
    const files = { 'schema.ts': 'drizzle/schema.ts', 'drizzle.config.ts': 'drizzle/drizzle.config.ts' };
    const cwd = runFolder(`kit-${driver}`, files);
    expect((await kit(cwd, 'push', env)).output).toContain('Changes applied');
    expect((await kit(cwd, 'push', env)).output).toContain('No changes detected');
    await kit(cwd, 'pull', env);
    const pulled = fs.readFileSync(path.join(cwd, 'migrations', 'schema.ts'), 'utf8');
    expect(pulled).toContain(
      'customerId: integer("customer_id").notNull().references(() => customers.id, { onDelete: "cascade" } )',
    );
  });
});
