import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeDatabase, getDb } from 'ferrolite';
import { afterEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../helpers/in-child.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { filesBeside, startNode } from './support.mts';

const folder = join(projectRoot, 'examples/nightly-checkpoint');

afterEach(() => closeDatabase());

interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

function run(args: string[], env: Record<string, string> = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'checkpoint.mjs'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

function withLog(): string {
  const path = tempDb();
  getDb(path).exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
  return path;
}

describe('the nightly job', () => {
  it('truncates the log of a running application: status 0', () => {
    const path = withLog();
    const { status, stdout, stderr } = run([path]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^truncated: the log is empty after \d+ ms\n$/);
    expect(statSync(`${path}-wal`).size).toBe(0);
  });

  it('finds the database as the application does', () => {
    const path = withLog();
    expect(run([], { SQLITE_DB_PATH: path }).status).toBe(0);
    expect(run([], { DATABASE_URL: `file:${path}` }).status).toBe(0);
    expect(statSync(`${path}-wal`).size).toBe(0);
  });

  it('says that it did not truncate while a reader holds an old snapshot: status 1', async () => {
    const path = withLog();
    const reader = startNode(
      async (file: string) => {
        const { getDb: open } = require('ferrolite') as typeof import('ferrolite');
        const database = open(file).exec('BEGIN');
        database.prepare('SELECT * FROM t').all();
        process.stdout.write('reading\n');
        await new Promise((resolve) => process.stdin.once('data', resolve));
        process.stdin.destroy();
      },
      [path],
    );
    await reader.says('reading');
    getDb(path).exec('INSERT INTO t VALUES (2)');
    const size = statSync(`${path}-wal`).size;
    const { status, stdout, stderr } = run([path, '--busy-timeout-ms=20']);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^NOT truncated: a reader or writer still held the log after \d+ ms; 3 of 4 pages are copied\n$/,
    );
    expect(statSync(`${path}-wal`).size).toBe(size);
    reader.tell('end');
    await reader.ended;
    expect(run([path]).status).toBe(0);
  });

  it('says what went wrong: status 2', () => {
    const missing = join(tempDir(), 'missing.db');
    expect(run([missing])).toMatchObject({ status: 2, stdout: '' });
    expect(run([missing]).stderr).toContain('failed: SQLITE_CANTOPEN: unable to open database file');
    expect(filesBeside(missing)).toEqual([]);

    const text = tempDb();
    writeFileSync(text, 'this is no database, whatever its name says');
    expect(run([text])).toMatchObject({ status: 2, stdout: '' });

    const rollback = tempDb();
    getDb(rollback, { pragmas: { journal_mode: 'delete' } }).exec('CREATE TABLE t (x)');
    expect(run([rollback]).stderr).toBe('not truncated: the database is not in WAL mode, so it has no log\n');
    expect(run([rollback]).status).toBe(2);

    expect(run([rollback, '--busy-timeout-ms=soon'])).toMatchObject({ status: 2, stdout: '' });
    expect(run([rollback, '--unknown'])).toMatchObject({ status: 2, stdout: '' });
    expect(run([rollback, rollback])).toMatchObject({ status: 2, stdout: '' });
  });
});

describe('the schedules', () => {
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

  it('the line for cron runs the job in a shell', () => {
    const path = withLog();
    const [, command = ''] = /^30 3 \* \* \* (.*)$/m.exec(read('crontab')) ?? [];
    const adapted = command
      .replace('cd /srv/app', `cd ${folder}`)
      .replace('/srv/app/data/app.db', path)
      .replace(/\bnode\b/, process.execPath);
    const { status, stdout } = spawnSync('sh', ['-c', adapted], { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stdout).toContain('truncated: the log is empty');
  });

  it.skipIf(spawnSync('systemd-analyze', ['--version']).status !== 0)('systemd accepts the units', () => {
    const units = tempDir();
    for (const name of ['ferrolite-checkpoint.service', 'ferrolite-checkpoint.timer']) {
      const text = read(name).replace('/usr/bin/node', process.execPath);
      writeFileSync(join(units, name), text);
      chmodSync(join(units, name), 0o644);
    }
    const verify = spawnSync('systemd-analyze', ['verify', join(units, 'ferrolite-checkpoint.timer')], {
      encoding: 'utf8',
    });
    expect(verify.status).toBe(0);
    // Other units of the machine may have complaints of their own.
    expect(verify.stderr).not.toContain('ferrolite-checkpoint');
    const calendar = /^OnCalendar=(.*)$/m.exec(read('ferrolite-checkpoint.timer'))?.[1] ?? '';
    expect(spawnSync('systemd-analyze', ['calendar', calendar]).status).toBe(0);
  });
});
