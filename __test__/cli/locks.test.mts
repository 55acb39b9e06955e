// locks: which process is in the way, while it is.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hold } from '../helpers/hold.mts';
import { projectRoot } from '../helpers/in-child.mts';
import { tempDir } from '../helpers/temp-db.mts';
import { exitOf, lineOf } from '../helpers/wait.mts';
import { database, ferrolite, parsed } from './support.mts';

describe.runIf(process.platform === 'linux')('locks', () => {
  it('names the process that keeps others waiting: status 1', async () => {
    const path = database();
    const program = `new (require(process.argv[1]))(process.argv[2]).exec('BEGIN IMMEDIATE');
      console.log('held'); process.stdin.on('end', () => process.exit()).resume();`;
    const writer = spawn(process.execPath, ['-e', program, projectRoot, path], {
      argv0: 'a writer',
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = exitOf(writer);
    await lineOf(writer.stdout, (line) => line === 'held');
    const { status, stdout, stderr } = ferrolite(['locks', '--db', path]);
    expect([status, stderr]).toEqual([1, '']);
    expect(stdout).toContain(`${path}: somebody is in the way\n`);
    expect(stdout).toMatch(
      new RegExp(`^  WRITE  exclusive  other writers wait +process ${writer.pid} \\(a writer`, 'm'),
    );
    const json = parsed(ferrolite(['locks', '--db', path, '--json']));
    expect(json).toMatchObject({
      database: path,
      hasLog: true,
      others: [{ pid: writer.pid, commandLine: expect.stringContaining('a writer') }],
    });
    expect(json['blockers']).toContainEqual({
      lock: { name: 'WRITE', file: 'shm', mode: 'exclusive' },
      pid: writer.pid,
      effect: 'other writers wait',
    });
    writer.stdin.end();
    await ended;
  });

  it('says that nobody does: status 0', async () => {
    const path = database();
    expect(ferrolite(['locks', '--db', path, '--quiet'])).toEqual({ status: 0, stdout: '', stderr: '' });
    const idle = await hold('ferrolite', path, 'SELECT 1; SELECT count(*) FROM city');
    const { status, stdout } = ferrolite(['locks', '--db', path]);
    expect(status).toBe(0);
    expect(stdout).toContain(`${path}: nobody keeps others waiting\n`);
    expect(stdout).toMatch(/^Others that have it open\n {2}process \d+ \(.*: /m);
    await idle.release();
  });

  it('answers while the file is locked against everybody', async () => {
    const path = database('PRAGMA journal_mode = delete; CREATE TABLE t (v)');
    const writer = await hold('ferrolite', path, 'BEGIN EXCLUSIVE');
    const { status, stdout } = ferrolite(['locks', '--db', path]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^ {2}(?:EXCLUSIVE|SHARED|PENDING|RESERVED) +exclusive /m);
    await writer.release();
  });

  it('needs a file: status 2', () => {
    const { status, stderr } = ferrolite(['locks', '--db', join(tempDir(), 'none.db')]);
    expect(status).toBe(2);
    expect(stderr).toContain('There is no file ');
  });
});
