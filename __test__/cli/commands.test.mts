// checkpoint, health, check, optimize, vacuum and maintenance, beside other processes that have the file open.
import { closeSync, existsSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { hold } from '../helpers/hold.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { database, ferrolite, parsed } from './support.mts';

const FILL =
  "INSERT INTO city (name, area) SELECT 'a name that takes some space', value FROM generate_series(1, 3000)";

/** A file in WAL mode of which most pages are free. */
const sparse = (before = ''): string =>
  database(`${before}; CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT, area REAL);
    CREATE INDEX city_area ON city (area);
    WITH RECURSIVE generate_series(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM generate_series LIMIT 3000)
    ${FILL.replace('(1, 3000)', '')}; DELETE FROM city WHERE id > 500`);

describe('checkpoint', () => {
  const WRITE = 'BEGIN; SELECT * FROM city; COMMIT; INSERT INTO city (name) VALUES (1)';

  it('copies the log of a running application', async () => {
    const path = database();
    const application = await hold('ferrolite', path, WRITE);
    const { status, stdout, stderr } = ferrolite(['checkpoint', '--db', path]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^done: 1 of 1 pages are in the database file \(\d+ ms\)\n$/);
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    await application.release();
  });

  it('truncates it', async () => {
    const path = database();
    const application = await hold('ferrolite', path, WRITE);
    const { status, stdout } = ferrolite(['checkpoint', '--db', path, '--mode', 'truncate']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^truncated: the log is empty \(\d+ ms\)\n$/);
    expect(statSync(`${path}-wal`).size).toBe(0);
    await application.release();
  });

  it('says that it is busy while a reader holds an old snapshot: status 1', async () => {
    const path = database();
    const reader = await hold('ferrolite', path, 'BEGIN; SELECT * FROM city');
    const writer = await hold('ferrolite', path, 'INSERT INTO city (name) VALUES (1)');
    const args = ['checkpoint', '--db', path, '-m', 'truncate', '--busy-timeout-ms', '300'];
    const { status, stdout, stderr } = ferrolite(args);
    expect([status, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/^busy: .* held the log; \d of \d pages are in the database file \(\d+ ms\)\n$/);
    const json = parsed(ferrolite([...args, '--json']));
    expect(json).toMatchObject({ database: path, mode: 'truncate', busy: true, truncated: false });
    expect(json['durationMs']).toBeGreaterThanOrEqual(300);
    expect(ferrolite([...args, '--quiet']).stdout).toMatch(/^busy: /);
    await reader.release();
    await writer.release();
    expect(ferrolite([...args, '--quiet'])).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('refuses a database without a write-ahead log, and one that is only read: status 2', () => {
    const path = database('PRAGMA journal_mode = delete; CREATE TABLE t (v)');
    expect(ferrolite(['checkpoint', '--db', path])).toMatchObject({ status: 2, stdout: '' });
    expect(ferrolite(['checkpoint', '--db', path]).stderr).toContain('FERROLITE_NOT_WAL: ');
    expect(ferrolite(['checkpoint', '--db', `file:${database()}?mode=ro`])).toMatchObject({ status: 2 });
  });
});

describe('health', () => {
  it('has a line for each check', () => {
    const path = database();
    const { status, stdout, stderr } = ferrolite(['health', '--db', path]);
    expect([status, stderr]).toEqual([0, '']);
    const [head, ...checks] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/ is ok \(\d+ ms\)$/);
    for (const name of ['open', 'file', 'read', 'write', 'wal', 'disk']) {
      expect(checks.some((line) => new RegExp(`^  ${name} +ok\\b`).test(line))).toBe(true);
    }
  });

  it('gives programs what checkHealth() answers', () => {
    const path = database();
    const run = ferrolite(['health', '--db', path, '--json']);
    // Microseconds at most: more is what a floating point number adds.
    expect(run.stdout).not.toMatch(/Ms":\d+\.\d{4}/);
    const json = parsed(run);
    expect(json).toMatchObject({ database: path, status: 'ok', checks: { write: { status: 'ok' } } });
  });

  it('is a finding when it is degraded or unhealthy: status 1', () => {
    const path = database();
    const degraded = ferrolite(['health', '--db', path, '--min-available-bytes', String(2 ** 52)]);
    expect(degraded.status).toBe(1);
    expect(degraded.stdout).toContain(' is degraded (');
    const missing = ferrolite(['health', '--db', join(tempDir(), 'none.db'), '--json']);
    expect(missing.status).toBe(1);
    expect(parsed(missing)).toMatchObject({
      status: 'unhealthy',
      checks: { open: { code: 'SQLITE_CANTOPEN' } },
    });
  });

  it('says nothing with --quiet while all is well', () => {
    expect(ferrolite(['health', '-q', '--db', database()])).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

describe('check', () => {
  it('finds nothing in a sound file', () => {
    const path = sparse();
    const { status, stdout } = ferrolite(['check', '--db', path, '--full', '--foreign-keys']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^integrity check: ok \(\d+ ms\)\nforeign keys: ok \(\d+ ms\)\n$/);
    expect(parsed(ferrolite(['check', '--db', path, '--json', '--table', 'city']))).toMatchObject({
      ok: true,
      checks: { quickCheck: { ok: true, problems: [] } },
    });
  });

  it('says which rows refer to nothing: status 1', () => {
    const path = database(`CREATE TABLE parents (id INTEGER PRIMARY KEY);
      CREATE TABLE children (id INTEGER PRIMARY KEY, parent REFERENCES parents);
      PRAGMA foreign_keys = OFF; INSERT INTO children VALUES (7, 1)`);
    const { status, stdout } = ferrolite(['check', '--db', path, '--foreign-keys']);
    expect(status).toBe(1);
    expect(stdout).toContain(
      'foreign keys: 1 problem\n  row 7 of children: parent refers to no row of parents\n',
    );
  });

  it('says what is damaged, also with --quiet: status 1', () => {
    const path = sparse();
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, 4096);
    closeSync(file);
    const { status, stdout } = ferrolite(['check', '--db', path, '--quiet']);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^quick check: problems\n {2}/);
    writeFileSync(path, '');
  });

  it('refuses what is no database: status 2', () => {
    const path = tempDb();
    writeFileSync(path, 'this is no database, whatever its name says. '.repeat(100));
    expect(ferrolite(['check', '--db', path]).status).toBe(2);
    writeFileSync(path, '');
  });
});

describe('optimize', () => {
  it('says which tables were analyzed', () => {
    const path = sparse();
    expect(ferrolite(['optimize', '--db', path]).stdout).toMatch(/^done: analyzed city \(\d+ ms\)\n$/);
    expect(ferrolite(['optimize', '--db', path]).stdout).toMatch(/^done: nothing needs to be analyzed/);
    const all = parsed(ferrolite(['optimize', '--db', path, '--all', '--analysis-limit', '10', '--json']));
    expect(all).toMatchObject({ database: path, objects: ['city'] });
    expect(ferrolite(['optimize', '--db', path, '--table', 'none']).status).toBe(2);
  });

  it('is busy while another process writes: status 1', async () => {
    const path = sparse();
    const writer = await hold('ferrolite', path, 'BEGIN IMMEDIATE');
    const { status, stderr } = ferrolite(['optimize', '--db', path, '--all', '--busy-timeout-ms', '10']);
    expect(status).toBe(1);
    expect(stderr).toContain('ferrolite: SQLITE_BUSY: database is locked');
    await writer.release();
  });
});

describe('vacuum', () => {
  it('makes the file smaller', () => {
    const path = sparse();
    const before = statSync(path).size;
    const { status, stdout } = ferrolite(['vacuum', '--db', path]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^done: [\d.]+ KiB before, [\d.]+ KiB after \(\d+ ms\)\n$/);
    expect(statSync(path).size).toBeLessThan(before / 2);
  });

  it('copies into a file that does not exist', () => {
    const path = sparse();
    const copy = join(tempDir(), 'copy.db');
    expect(parsed(ferrolite(['vacuum', '--db', path, '--into', copy, '--json']))).toMatchObject({
      into: copy,
    });
    expect(new Database(copy, { readonly: true }).prepare('SELECT count(*) FROM city').pluck().get()).toBe(
      500,
    );
    const again = ferrolite(['vacuum', '--db', path, '--into', copy]);
    expect(again.status).toBe(2);
    expect(again.stderr).toContain('FERROLITE_FILE_EXISTS');
  });

  it('gives free pages back step by step, once the file can', () => {
    const path = sparse('PRAGMA auto_vacuum = none');
    const refused = ferrolite(['vacuum', '--db', path, '--incremental']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('(ferrolite vacuum --auto-vacuum incremental does that)');
    expect(ferrolite(['vacuum', '--db', path, '--auto-vacuum', 'incremental']).status).toBe(0);
    expect(ferrolite(['query', '--db', path, '-w', 'DELETE FROM city']).status).toBe(0);
    const { bytesBefore, bytesAfter } = parsed(
      ferrolite(['vacuum', '--db', path, '--incremental', '--max-pages', '3', '--json']),
    ) as { bytesBefore: number; bytesAfter: number };
    expect(bytesBefore - bytesAfter).toBeGreaterThanOrEqual(3 * 4096);
  });
});

describe('maintenance', () => {
  it('does what is due, once', () => {
    const path = sparse();
    expect(ferrolite(['maintenance', '--db', path, '--last']).stdout).toBe('nothing was done yet\n');
    const first = ferrolite([
      'maintenance',
      '--db',
      path,
      '--task',
      'integrityCheck=30d',
      '--task',
      'quickCheck=off',
    ]);
    expect(first.status).toBe(0);
    expect(first.stdout).toMatch(/^optimize: ok \(\d+ ms\): city\nintegrityCheck: ok \(\d+ ms\)\n$/);
    expect(ferrolite(['maintenance', '--db', path, '--task', 'quickCheck=off']).stdout).toBe(
      'nothing is due\n',
    );
    expect(ferrolite(['maintenance', '--db', path, '--last']).stdout).toMatch(
      /^optimize +\d{4}-\S+ +ok +\d+ ms\n/m,
    );
    expect(parsed(ferrolite(['maintenance', '--db', path, '--last', '--json']))).toMatchObject({
      runs: [{ task: 'integrityCheck' }, { task: 'optimize', outcome: 'ok' }],
    });
    expect(existsSync(`${path}-maintenance`)).toBe(true);
  });

  it('says what has failed: status 2, or 1 where a lock was held', async () => {
    const path = sparse();
    const writer = await hold('ferrolite', path, 'BEGIN IMMEDIATE');
    const args = [
      'maintenance',
      '--db',
      path,
      '--task',
      'vacuum=1d',
      '--task',
      'optimize=off',
      '--task',
      'quickCheck=off',
    ];
    const busy = ferrolite([...args, '--busy-timeout-ms', '10', '--quiet']);
    expect(busy.status).toBe(1);
    expect(busy.stdout).toMatch(/^vacuum: failed \(\d+ ms\): database is locked/);
    await writer.release();
    expect(ferrolite(['maintenance', '--db', path, '--task', 'dance=1d'])).toMatchObject({
      status: 2,
      stdout: '',
    });
  });
});
