// What the command line understands, what it says when it does not, and how it finds the database.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../helpers/in-child.mts';
import { tempDir } from '../helpers/temp-db.mts';
import { bin, database, environment, ferrolite, parsed } from './support.mts';

const { version, bin: entries } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
  version: string;
  bin: Record<string, string>;
};
const names = readdirSync(join(projectRoot, 'ts/cli/commands')).map((file) => file.replace('.ts', ''));

describe('without a command', () => {
  it('--version prints the version', () => {
    expect(ferrolite(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    expect(ferrolite(['-V']).stdout).toBe(`${version}\n`);
  });

  it('--help, help and nothing print the commands', () => {
    const { status, stdout, stderr } = ferrolite(['--help']);
    expect([status, stderr]).toEqual([0, '']);
    for (const name of names) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(ferrolite([]).stdout).toBe(stdout);
    expect(ferrolite(['help']).stdout).toBe(stdout);
  });

  it('the package has one command, with a line that starts Node', () => {
    expect(Object.keys(entries)).toEqual(['ferrolite']);
    expect(join(projectRoot, entries['ferrolite'] ?? '')).toBe(bin);
    expect(readFileSync(bin, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('--version loads nothing but the manifest', () => {
    const list = 'process.on("exit", () => console.log(JSON.stringify(Object.keys(require.cache))))';
    const preload = join(tempDir(), 'preload.cjs');
    const { stdout } = spawnSync(
      process.execPath,
      ['-e', `require('node:fs').writeFileSync(${JSON.stringify(preload)}, ${JSON.stringify(list)})`],
      { encoding: 'utf8' },
    );
    expect(stdout).toBe('');
    const child = spawnSync(process.execPath, ['-r', preload, bin, '--version'], {
      encoding: 'utf8',
      env: environment(),
    });
    const files = JSON.parse(child.stdout.split('\n')[1] ?? '') as string[];
    expect(files.filter((file) => file !== preload)).toEqual([bin, join(projectRoot, 'package.json')]);
  });
});

describe('help', () => {
  it.each(names)('%s has its usage, its options and examples that it understands', (name) => {
    const { status, stdout, stderr } = ferrolite([name, '--help']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`  ferrolite ${name}`);
    expect(stdout).toContain('-h, --help');
    expect(ferrolite(['help', name]).stdout).toBe(stdout);
    const examples = stdout.slice(stdout.indexOf('Examples')).match(/--[\w-]+/g) ?? [];
    const known = stdout.slice(0, stdout.indexOf('Examples'));
    for (const option of examples) expect(known).toContain(option);
  });

  it('fits 80 columns', () => {
    for (const name of names) {
      const head = ferrolite([name, '--help']).stdout.split('Examples')[0] ?? '';
      expect(head.split('\n').filter((line) => line.length > 80)).toEqual([]);
    }
  });
});

describe('a wrong command line', () => {
  const said: readonly (readonly [args: string[], text: string])[] = [
    [['chekpoint'], 'There is no command "chekpoint". Is it "checkpoint"?'],
    [['frobnicate'], 'There is no command "frobnicate". Try: ferrolite --help'],
    [['--db', 'x', 'health'], 'There is no option --db before a command'],
    [['health', '--dbb', 'x'], 'There is no option --dbb. Is it --db?'],
    [['health', '-x'], 'There is no option -x'],
    [['health', '--db'], '--db needs a value: <path>'],
    [['health', '--db', '--json'], '--db needs a value: <path>. For "--json" write --db=--json'],
    [['health', '--json=yes'], '--json takes no value'],
    [['health', '--db', 'a', '--db', 'b'], '--db is given twice'],
    [['health', '--deadline-ms', 'soon'], '--deadline-ms needs a whole number, not "soon"'],
    [['health', 'app.db'], '"app.db" is one argument too many'],
    [['checkpoint', '--mode', 'fast'], '--mode is one of passive, full, restart, truncate, not "fast"'],
    [['vacuum', '--into', 'x', '--incremental'], '--into and --incremental exclude each other'],
    [['vacuum', '--max-pages', '1'], '--max-pages is for --incremental'],
    [['maintenance', '--task', 'optimize'], '--task is <name=interval>'],
    [['completion'], '<shell> is missing: bash, zsh or fish.'],
    [['completion', 'fishh'], '<shell> is bash, zsh or fish, not "fishh". Is it fish?'],
    [['query', '--json', '--format', 'csv', 'SELECT 1'], '--json and --format exclude each other'],
    [['query', '-p', '1', '-p', ':a=1', 'SELECT 1'], '--param is given with a name and without one'],
    [['health', '--db', ':memory:'], 'A database in memory belongs to one process'],
    [['health', '--db', 'postgres://host/db'], 'not "postgres:"'],
  ];

  it.each(said)('%j: status 2', (args, text) => {
    const { status, stdout, stderr } = ferrolite(args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^ferrolite: .*\n$/);
    expect(stderr).toContain(text);
  });
});

describe('the database', () => {
  it('is --db, else SQLITE_DB_PATH, else DATABASE_URL, else app-dev.db', () => {
    const [a, b, c] = [database(), database(), database()];
    const of = (args: string[], env: Record<string, string>, cwd = tempDir()): unknown =>
      parsed(ferrolite(['health', '--json', ...args], { env, cwd }))['database'];
    const env = { SQLITE_DB_PATH: b, DATABASE_URL: `file:${c}` };
    expect(of(['--db', a], env)).toBe(a);
    expect(of([], env)).toBe(b);
    expect(of([], { DATABASE_URL: `file:${c}` })).toBe(c);
    expect(of(['-d', `sqlite:${a}?mode=ro`], env)).toBe(a);
    const folder = tempDir();
    expect(of([], { DATABASE_URL: 'postgres://host/db' }, folder)).toBe(join(folder, 'app-dev.db'));
  });

  it('is never created', () => {
    const folder = tempDir();
    const all = names.filter((name) => name !== 'completion');
    for (const name of all) {
      const argument =
        { query: ['SELECT 1'], explain: ['SELECT 1'], import: ['t'], export: ['t'] }[name] ?? [];
      const args = [name, ...argument];
      expect(ferrolite([...args, '--db', 'none.db'], { cwd: folder }).status).toBeGreaterThan(0);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('may have a name that a URL would read otherwise', () => {
    const folder = tempDir();
    const named = join(folder, 'a b%20?#.db');
    expect(ferrolite(['query', '--write', '--db', database(), `VACUUM INTO '${named}'`]).status).toBe(0);
    const url = `file:${named.split('/').map(encodeURIComponent).join('/')}?mode=ro`;
    expect(parsed(ferrolite(['check', '--db', url, '--json']))).toMatchObject({ ok: true, database: named });
  });
});

describe('errors', () => {
  it('have their code, on standard error', () => {
    const { status, stdout, stderr } = ferrolite(['check', '--db', 'none.db'], { cwd: tempDir() });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('ferrolite: SQLITE_CANTOPEN: unable to open database file');
  });

  it('are JSON on standard output with --json', () => {
    const run = ferrolite(['check', '--db', 'none.db', '--json'], { cwd: tempDir() });
    expect([run.status, run.stderr]).toEqual([2, '']);
    expect(parsed(run)).toMatchObject({ error: { code: 'SQLITE_CANTOPEN' } });
  });
});
