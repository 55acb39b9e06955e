// migrate: the real command, with folders as people have them.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import Database from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { hold } from '../helpers/hold.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { folderOf, type Files } from '../migrate/support.mts';
import { ferrolite, hasTerminal, onTerminal, parsed, plain, start, type Run } from './support.mts';

const FILES: Files = {
  '001_users.up.sql': "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT DEFAULT 'a, (b)')",
  '001_users.down.sql': 'DROP TABLE users',
  '002_names.up.sql': 'CREATE INDEX users_name ON users (name)',
  '002_names.down.sql': 'DROP INDEX users_name',
};

interface Place {
  readonly path: string;
  readonly dir: string;
  readonly run: (...args: string[]) => Run;
}

function place(files: Files = FILES, path = tempDb()): Place {
  const dir = folderOf(files);
  return { path, dir, run: (...args) => ferrolite(['migrate', ...args, '--db', path, '--dir', dir]) };
}

function tablesOf(path: string): unknown[] {
  const db = new Database(path, { readonly: true });
  const sql =
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY 1";
  const found = db.prepare(sql).pluck().all();
  db.close();
  return found;
}

describe('status', () => {
  it('is 1 with --check while something is pending, and 0 afterwards', () => {
    const { path, run } = place();
    expect(run('status').status).toBe(0);
    const before = run('status', '--check');
    expect(before.status).toBe(1);
    expect(before.stdout).toBe(
      `${path}: 0 migrations applied, 2 migrations pending\n  pending  001_users\n  pending  002_names\n`,
    );
    // Nothing is created by looking.
    expect(existsSync(path)).toBe(false);
    expect(run('up', '--quiet')).toEqual({ status: 0, stdout: '', stderr: '' });
    const after = run('status', '--check');
    expect(after.status).toBe(0);
    expect(after.stdout).toMatch(
      /: 2 migrations applied, nothing is pending\n {2}applied {2}001_users {2}\d{4}-/,
    );
    expect(run('status', '--check', '--quiet').stdout).toBe('');
  });

  it('is 1 with --check when a file or the schema has changed', () => {
    const { path, dir, run } = place();
    run('up');
    const db = new Database(path);
    db.exec('CREATE TABLE extra (v); ALTER TABLE users ADD COLUMN age').close();
    const drifted = run('status', '--check');
    expect(drifted.status).toBe(1);
    expect(drifted.stdout).toContain(
      'drift: others have changed what migrations have made\n  ~ table users, defined in ',
    );
    expect(drifted.stdout).toContain('\n  +     age\n');
    expect(drifted.stdout).toContain('\nnotice: not made by migrations: table extra\n');
    expect(run('plan').stdout).toContain('notice: not made by migrations: table extra\n');
    expect(run('up')).toMatchObject({ status: 2, stdout: '' });
    expect(run('up').stderr).toContain('ferrolite: FERROLITE_MIGRATION_DRIFT: ');
    expect(run('up', '--allow-drift', 'users').status).toBe(0);
    expect(run('status', '--check', '--allow-drift', 'all').status).toBe(0);
    expect(run('repair').stdout).toContain('\naccepted of the schema\n  ~ table users\n');
    expect(run('status', '--check').status).toBe(0);
    writeFileSync(join(dir, '001_users.up.sql'), 'CREATE TABLE users (id INTEGER PRIMARY KEY)');
    const changed = run('status', '--check');
    expect(changed.status).toBe(1);
    expect(changed.stdout).toContain('problem: The migration "001_users" was changed after it was applied');
    expect(run('up')).toMatchObject({ status: 2, stdout: '' });
    expect(run('up').stderr).toContain('ferrolite: FERROLITE_MIGRATION_CHANGED: ');
  });

  it('gives programs what status() and verify() answer', () => {
    const { path, run } = place();
    run('to', '1');
    const json = parsed(run('status', '--json'));
    expect(json).toMatchObject({
      database: path,
      isCurrent: false,
      applied: [{ name: '001_users', origin: 'applied' }],
      pending: [{ name: '002_names', version: '002' }],
      problems: [],
      drift: [],
    });
  });
});

describe('plan', () => {
  const CHANGE = {
    ...FILES,
    '003_change.sql': `INSERT INTO users DEFAULT VALUES;
ALTER TABLE users DROP COLUMN mail;
ALTER TABLE users ADD COLUMN city TEXT;
CREATE TABLE cities (name TEXT);
DROP TABLE old`,
  };
  const SCHEMA = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT DEFAULT 'a, (b)', mail TEXT);
    CREATE TABLE old (v); INSERT INTO old VALUES (1), (2)`;

  it('is a diff, with rows and warnings, and changes nothing', () => {
    const { path, run } = place(CHANGE);
    new Database(path).exec(SCHEMA).close();
    expect(run('baseline', '2').stdout).toBe(
      'done: 2 migrations recorded, none executed\n  001_users\n  002_names\n',
    );
    const { status, stdout, stderr } = run('plan');
    expect([status, stderr]).toEqual([0, '']);
    const body = stdout.slice(stdout.indexOf('003_change')).replace(/(?<=003_change {2}).*/, 'FILE');
    expect(body.replaceAll(/\d+ ms|[\d.]+ KiB/g, '#')).toBe(`003_change  FILE
  5 statements, one transaction, # with the copy
  + table cities
  +   CREATE TABLE cities (name TEXT)
  ~ table users
      CREATE TABLE users (
        id INTEGER PRIMARY KEY
        name TEXT DEFAULT 'a, (b)'
  -     mail TEXT
  +     city TEXT
      )
  - table old
  -   CREATE TABLE old (v)
  rows of old: 2 before, none after
  rows of users: 0 before, 1 after
  rows of cities: none before, 0 after
  warning: line 2, ALTER TABLE users DROP COLUMN mail;
    the values are gone, every row is written anew, and SQL of before that names the column fails
  warning: line 5, DROP TABLE old
    the rows are gone, and those of tables that refer to it with ON DELETE CASCADE while foreign
    keys are enforced

succeeds on a copy of # (#)
`);
    expect(tablesOf(path)).toEqual(['old', 'users']);
    const rehearsed = parsed(run('plan', '--json'));
    expect(rehearsed).toMatchObject({
      database: path,
      migrations: [{ name: '003_change', warnings: [{ kind: 'drop-column' }, { kind: 'drop-table' }] }],
      rehearsal: { migrations: [{ rows: expect.arrayContaining([{ table: 'old', before: 2 }]) }] },
    });
    expect(parsed(run('plan', '--json', '--rehearse', 'never'))).not.toHaveProperty('rehearsal');
  });

  it('is 1 when up would fail, and says why', () => {
    const { run } = place({ '1_a.sql': 'CREATE TABLE a (v);\nINSERT INTO b VALUES (1)' });
    const { status, stdout } = run('plan');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^fails on a copy .*: The migration "1_a" failed at line 2: no such table: b /m);
    expect(parsed(run('plan', '--json'))).toMatchObject({
      rehearsal: { error: { code: 'FERROLITE_MIGRATION_FAILED' } },
    });
    expect(run('up').status).toBe(2);
    expect(parsed(run('up', '--json'))).toMatchObject({ error: { code: 'FERROLITE_MIGRATION_FAILED' } });
  });

  it('shows nothing that commands the terminal', () => {
    const { run } = place({ '1_a.sql': 'CREATE TABLE "a\u001B[31m" (v)' });
    expect(run('plan').stdout).toContain('+ table a\\u001b[31m\n');
    expect(run('plan').stdout).not.toContain('\u001B');
  });
});

describe('up, down and to', () => {
  it('say what they have done', () => {
    const { path, run } = place();
    expect(run('up').stdout.replaceAll(/\d+ ms/g, '#')).toBe(
      'done: 2 migrations applied (#)\n  up  001_users  #\n  up  002_names  #\n',
    );
    expect(run('up').stdout).toBe('nothing is to be done\n');
    expect(run('down').stdout).toMatch(/^done: 1 migration undone \(\d+ ms\)\n {2}down {2}002_names/);
    expect(parsed(run('to', '2', '--json'))).toMatchObject({
      database: path,
      runs: [{ name: '002_names', direction: 'up' }],
    });
    expect(parsed(run('down', '2', '--json'))['runs']).toHaveLength(2);
    expect(tablesOf(path)).toEqual([]);
    expect(run('to', '7')).toMatchObject({ status: 2, stdout: '' });
  });

  it('copy the database before with --backup', () => {
    const { path, run } = place();
    const directory = tempDir();
    const { status, stdout } = run('up', '--backup', '--backup-dir', directory);
    expect(status).toBe(0);
    const [copy = ''] = readdirSync(directory);
    expect(copy.startsWith(`${basename(path)}.before-001_users-`)).toBe(true);
    expect(stdout).toContain(`The database of before is ${join(directory, copy)}\n`);
  });

  it('let a table lose rows only by its name', () => {
    const { path, run } = place({
      '1_a.sql': 'CREATE TABLE a (v); CREATE TABLE kept (v); INSERT INTO kept VALUES (1)',
      '2_b.sql':
        'CREATE TRIGGER t AFTER DELETE ON a BEGIN DELETE FROM kept; END; INSERT INTO a VALUES (1); DELETE FROM a',
    });
    expect(run('to', '1').status).toBe(0);
    expect(run('up').stderr).toContain('FERROLITE_MIGRATION_ROWS: ');
    expect(run('up', '--allow-row-loss', 'other').status).toBe(2);
    expect(run('up', '--allow-row-loss', 'kept').status).toBe(0);
    expect(tablesOf(path)).toEqual(['a', 'kept']);
  });

  it('apply functions, without TypeScript being installed', () => {
    const { path, run } = place({ '1_a.cjs': "exports.up = (db) => db.exec('CREATE TABLE made (v)')" });
    expect(run('plan').stdout).toContain('  a function, one transaction');
    expect(run('up').status).toBe(0);
    expect(tablesOf(path)).toEqual(['made']);
  });

  it('take the table of another tool over, and go back to it', () => {
    const { path, run } = place();
    new Database(path)
      .exec(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE schema_migrations (version); INSERT INTO schema_migrations VALUES ('001')",
      )
      .close();
    expect(run('status').stdout).toContain('The table of dbmate says so');
    expect(run('up').stdout).toContain('The table of dbmate was taken over.\n');
    expect(run('hand-back').stdout).toBe(
      'done: the table of dbmate says what was applied, 1 row added\n  002_names\n',
    );
  });

  it.skipIf(process.platform === 'win32')('are 1 while another process has the file', async () => {
    const { path, run } = place();
    new Database(path).exec('PRAGMA journal_mode = wal').close();
    const writer = await hold('ferrolite', path, 'BEGIN IMMEDIATE');
    const { status, stderr } = run('up', '--lock-timeout-ms', '100', '--rehearse', 'never');
    expect(status).toBe(1);
    expect(stderr).toContain('FERROLITE_MIGRATION_BUSY: ');
    await writer.release();
  });

  it.runIf(process.platform === 'linux')(
    'end at once by a signal while SQL is executed, and leave nothing of it',
    async () => {
      const { path, dir, run } = place({
        '1_a.sql': 'CREATE TABLE a (v)',
        '2_endless.sql': `CREATE TABLE b (v);
        WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n`,
      });
      const started = start(['migrate', 'up', '--db', path, '--dir', dir, '--rehearse', 'never']);
      // The first one is there: the second one is begun.
      while (!existsSync(path) || tablesOf(path).length === 0)
        await new Promise((resolve) => setImmediate(resolve));
      started.process.kill('SIGINT');
      const { code, signal } = await started.ended;
      expect([code, signal]).toEqual([null, 'SIGINT']);
      expect(run('status').stdout).toContain(': 1 migration applied, 1 migration pending');
      expect(tablesOf(path)).toEqual(['a']);
    },
  );
});

describe('verify, repair and new', () => {
  it('verify is 1 when the schema has changed', () => {
    const { path, run } = place();
    run('up');
    expect(run('verify')).toMatchObject({ status: 0, stdout: `${path}: is what the migrations have made\n` });
    new Database(path).exec('ALTER TABLE users ADD COLUMN extra').close();
    const { status, stdout } = run('verify');
    expect(status).toBe(1);
    expect(stdout).toContain('  ~ table users, defined in ');
    expect(stdout).toContain('\n  +     extra\n');
  });

  it('repair forgets what is gone with --forget-missing', () => {
    const { path, run } = place();
    run('up');
    const fewer = folderOf({ '001_users.sql': FILES['001_users.up.sql'] ?? '' });
    const args = ['migrate', 'repair', '--db', path, '--dir', fewer, '--forget-missing', '--json'];
    expect(parsed(ferrolite(args))).toMatchObject({ database: path, accepted: [], forgotten: ['002_names'] });
  });

  it('new writes files in the form of the folder, and needs no database', () => {
    const { dir } = place();
    const { status, stdout } = ferrolite(['migrate', 'new', 'add cities', '--dir', '.'], { cwd: dir });
    expect([status, stdout]).toEqual([0, '003_add_cities.up.sql\n003_add_cities.down.sql\n']);
    const script = ferrolite(['migrate', 'new', 'fill', '--dir', dir, '--language', 'ts', '--json']);
    expect(parsed(script)).toEqual({ files: [join(dir, '004_fill.ts')] });
  });
});

describe('what is wrong with the line: status 2', () => {
  it.each([
    [['migrate'], '<action> is missing'],
    [['migrate', 'statsu'], 'Is it status?'],
    [['migrate', 'to'], 'migrate to needs a version'],
    [['migrate', 'up', '7'], '"7" is one argument too many'],
    [['migrate', 'down', 'all', '--db', '.'], 'migrate down takes how many are undone, not "all"'],
    [['migrate', 'up', '--check'], '--check is not for migrate up'],
    [['migrate', 'status', '--backup'], '--backup is not for migrate status'],
    [['migrate', 'up', '--backup-dir', 'x'], '--backup-dir is for --backup'],
    [['migrate', 'up', '--concurrency', '2'], '--concurrency is for --fleet'],
    [['migrate', 'up', '--fleet', 'x', '--db', 'y'], '--db and --fleet exclude each other'],
    [['migrate', 'up', '--fleet', 'none'], 'There is no folder '],
    [['migrate', 'status', '--fleet', '.', '--dir', 'none'], 'FERROLITE_NO_MIGRATIONS: '],
    [['migrate', 'down', '--db', 'none.db'], 'There is no file '],
    [['migrate', 'up', '--adopt', 'rails'], '--adopt is one of auto, none, drizzle'],
  ])('%j', (args, text) => {
    const { status, stdout, stderr } = ferrolite(args, { cwd: tempDir() });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(text);
  });

  it('a folder without migrations', () => {
    const { stderr, status } = ferrolite(['migrate', 'up', '--db', tempDb(), '--dir', tempDir()]);
    expect(status).toBe(2);
    expect(stderr).toContain('FERROLITE_NO_MIGRATIONS: ');
  });
});

describe('a fleet', () => {
  function tenants(count: number): string {
    const folder = tempDir();
    for (let index = 0; index < count; index += 1) {
      new Database(join(folder, `tenant${index}.db`)).exec('CREATE TABLE notes (v)').close();
    }
    return folder;
  }

  it('is migrated, and a second run finds nothing to do', () => {
    const folder = tenants(5);
    const { dir } = place();
    const args = ['migrate', 'up', '--fleet', folder, '--dir', dir];
    const { status, stdout } = ferrolite(args);
    expect(status).toBe(0);
    expect(stdout).toMatch(/: 5 databases migrated, 0 had nothing to do \(/);
    expect(parsed(ferrolite([...args, '--json']))).toMatchObject({
      directory: folder,
      migrated: 0,
      unchanged: 5,
      databases: expect.arrayContaining([expect.objectContaining({ name: 'tenant3', outcome: 'unchanged' })]),
    });
    expect(ferrolite([...args, '--quiet']).stdout).toBe('');
  });

  it('is brought forth and back to a version, and undone', () => {
    const folder = tenants(2);
    const { dir } = place();
    const all = ['--fleet', folder, '--dir', dir];
    expect(ferrolite(['migrate', 'to', '1', ...all]).stdout).toMatch(
      /: 2 databases migrated, 0 had nothing to do \(/,
    );
    expect(ferrolite(['migrate', 'to', '2', ...all])).toMatchObject({ status: 0 });
    expect(parsed(ferrolite(['migrate', 'down', ...all, '--json']))).toMatchObject({
      migrated: 2,
      databases: [{ runs: [{ name: '002_names', direction: 'down' }] }, { name: 'tenant1' }],
    });
    expect(ferrolite(['migrate', 'to', '0', ...all])).toMatchObject({ status: 0 });
    expect(tablesOf(join(folder, 'tenant0.db'))).not.toContain('users');
    const wrong = ferrolite(['migrate', 'to', '7', ...all]);
    expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('FERROLITE_NO_MIGRATION: ')]);
    expect(ferrolite(['migrate', 'down', 'two', ...all]).stderr).toContain(
      'takes how many are undone, not "two"',
    );
    expect(ferrolite(['migrate', 'verify', ...all]).stderr).toContain('--fleet is not for migrate verify');
  });

  it('says which databases are not up to date', () => {
    const folder = tenants(3);
    const { dir } = place();
    const args = ['migrate', 'status', '--fleet', folder, '--dir', dir];
    ferrolite(['migrate', 'up', '--db', join(folder, 'tenant1.db'), '--dir', dir]);
    const { status, stdout } = ferrolite([...args, '--check']);
    expect(status).toBe(1);
    expect(stdout).toBe(
      `${folder}: 3 databases, 2 not up to date\n  tenant0: 2 pending\n  tenant2: 2 pending\n`,
    );
    ferrolite(['migrate', 'up', '--fleet', folder, '--dir', dir]);
    expect(ferrolite([...args, '--check', '--quiet'])).toEqual({ status: 0, stdout: '', stderr: '' });
    new Database(join(folder, 'tenant2.db')).exec('DROP TABLE users').close();
    writeFileSync(join(folder, 'tenant3.db'), 'x'.repeat(4096));
    expect(ferrolite(args)).toMatchObject({ status: 0 });
    expect(parsed(ferrolite([...args, '--json']))).toMatchObject({
      isCurrent: false,
      databases: [
        { name: 'tenant0', findings: [] },
        { name: 'tenant1', findings: [] },
        {
          name: 'tenant2',
          pending: [],
          findings: ['others have removed the index users_name', 'others have removed the table users'],
        },
        { name: 'tenant3', findings: [expect.stringContaining('file is not a database')] },
      ],
    });
  });

  it.runIf(process.platform === 'linux')('goes on where a killed process has left it', async () => {
    const folder = tenants(30);
    const { dir } = place();
    const started = start(['migrate', 'up', '--fleet', folder, '--dir', dir]);
    // The fifth one is begun once one is done.
    while (!tablesOf(join(folder, 'tenant12.db')).includes('users')) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    started.process.kill('SIGKILL');
    await started.ended;
    const json = parsed(ferrolite(['migrate', 'up', '--fleet', folder, '--dir', dir, '--json']));
    expect(json).toMatchObject({ failed: 0, skipped: 0 });
    expect((json['migrated'] as number) + (json['unchanged'] as number)).toBe(30);
    expect(json['unchanged']).toBeGreaterThan(0);
    expect(ferrolite(['migrate', 'status', '--fleet', folder, '--dir', dir, '--check']).status).toBe(0);
  });

  it('goes on behind one that fails, and ends after --max-failures: status 2', () => {
    const folder = tenants(4);
    const { dir } = place();
    for (const name of ['tenant0', 'tenant1']) {
      new Database(join(folder, `${name}.db`)).exec('CREATE TABLE users (id)').close();
    }
    const args = ['migrate', 'up', '--fleet', folder, '--dir', dir, '--concurrency', '1'];
    const ended = ferrolite([...args, '--max-failures', '1']);
    expect(ended.status).toBe(2);
    expect(ended.stdout).toContain('0 databases migrated, 0 had nothing to do, 1 failed, 3 not begun');
    const whole = ferrolite(args);
    expect(whole.status).toBe(2);
    expect(whole.stdout).toContain('2 databases migrated, 0 had nothing to do, 2 failed');
    expect(whole.stdout).toContain(
      '  failed tenant1: The migration "001_users" failed at line 1: table users already',
    );
    expect(parsed(ferrolite([...args, '--json']))['databases']).toContainEqual(
      expect.objectContaining({
        name: 'tenant0',
        outcome: 'failed',
        error: { code: 'FERROLITE_MIGRATION_FAILED', message: expect.any(String) },
      }),
    );
  });
});

it.runIf(hasTerminal)('shows a bar on a terminal while SQL is executed, and takes it away', () => {
  const { path, dir } = place();
  const { status, shown } = onTerminal(['migrate', 'up', '--db', path, '--dir', dir], { columns: 120 });
  expect(status).toBe(0);
  expect(plain(shown)).toMatch(/migrate \[ +\] 0 % of 2 migrations, \d+ ms 001_users/);
  expect(plain(shown)).toMatch(/migrate \[=+ +\] 50 % of 2 migrations, \d+ ms 002_names/);
  expect(shown).toContain('\r\u001B[K\u001B[32mdone');
});
