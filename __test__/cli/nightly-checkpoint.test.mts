// examples/nightly-checkpoint: the job that cron and systemd start, in a folder with the package installed.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hold } from '../helpers/hold.mts';
import { projectRoot } from '../helpers/in-child.mts';
import { tempDir } from '../helpers/temp-db.mts';
import { bin, database, environment, ferrolite, parsed } from './support.mts';

const folder = join(projectRoot, 'examples/nightly-checkpoint');
const job = join(folder, 'nightly.sh');
const WRITE = 'BEGIN; SELECT * FROM city; COMMIT; INSERT INTO city (name) VALUES (1)';

/** The folder of an application, as a package manager leaves it. */
function application(): string {
  const app = tempDir('app');
  mkdirSync(join(app, 'node_modules', '.bin'), { recursive: true });
  symlinkSync(projectRoot, join(app, 'node_modules', 'ferrolite'));
  // What npm makes of `bin`, for a file that is executable once it is installed.
  const command = join(app, 'node_modules', '.bin', 'ferrolite');
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`);
  chmodSync(command, 0o755);
  return app;
}

interface Outcome {
  readonly status: number | null;
  readonly output: string;
}

/** Runs a line of a shell, with this Node before any other. */
function run(line: string, env: Record<string, string> = {}): Outcome {
  const path = `${dirname(process.execPath)}:${process.env['PATH']}`;
  const { status, stdout } = spawnSync('sh', ['-c', `exec 2>&1; ${line}`], {
    encoding: 'utf8',
    env: environment({ PATH: path, npm_config_update_notifier: 'false', ...env }),
  });
  return { status, output: stdout };
}

describe.skipIf(process.platform === 'win32')('the nightly job', () => {
  it('truncates the log of a running application and does what is due, without a word: status 0', async () => {
    const path = database();
    const running = await hold('ferrolite', path, WRITE);
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    expect(run(`${job} ${application()}`, { SQLITE_DB_PATH: path })).toEqual({ status: 0, output: '' });
    const { runs } = parsed(ferrolite(['maintenance', '--db', path, '--last', '--json'])) as {
      runs: object[];
    };
    expect(runs).toMatchObject([{ outcome: 'ok' }, { outcome: 'ok' }]);
    await running.release();
  });

  it('says that a reader has kept the log: status 1', async () => {
    const path = database();
    const reader = await hold('ferrolite', path, 'BEGIN; SELECT * FROM city');
    const writer = await hold('ferrolite', path, 'INSERT INTO city (name) VALUES (1)');
    const impatient = join(tempDir(), 'nightly.sh');
    writeFileSync(impatient, readFileSync(job, 'utf8').replace('60000', '20'));
    const { status, output } = run(`sh ${impatient} ${application()}`, { DATABASE_URL: `file:${path}` });
    expect(status).toBe(1);
    expect(output).toMatch(/^busy: .* held the log; 0 of \d pages are in the database file \(\d+ ms\)\n$/);
    await reader.release();
    await writer.release();
  });

  it('says what went wrong: status 2', () => {
    const missing = run(`${job} ${application()}`);
    expect(missing.status).toBe(2);
    expect(missing.output).toContain('ferrolite: SQLITE_CANTOPEN: unable to open database file');
    expect(run(`${job} ${join(tempDir(), 'none')}`).status).toBe(2);
  });
});

describe.skipIf(process.platform === 'win32')('the schedules', () => {
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

  it('the line for cron runs the job in a shell', () => {
    const [, command = ''] = /^30 3 \* \* \* (.*)$/m.exec(read('crontab')) ?? [];
    const adapted = command
      .replace('/srv/app/data/app.db', database())
      .replace('/srv/app/nightly.sh /srv/app', `${job} ${application()}`);
    expect(adapted).not.toContain('/srv/app');
    expect(run(adapted)).toEqual({ status: 0, output: '' });
  });

  it.skipIf(spawnSync('systemd-analyze', ['--version']).status !== 0)('systemd accepts the units', () => {
    const units = tempDir();
    for (const name of ['ferrolite-nightly.service', 'ferrolite-nightly.timer']) {
      writeFileSync(join(units, name), read(name).replace('/srv/app/nightly.sh', job));
      chmodSync(join(units, name), 0o644);
    }
    const verify = spawnSync('systemd-analyze', ['verify', join(units, 'ferrolite-nightly.timer')], {
      encoding: 'utf8',
    });
    expect(verify.status).toBe(0);
    // Other units of the machine may have complaints of their own.
    expect(verify.stderr).not.toContain('ferrolite-nightly');
    const calendar = /^OnCalendar=(.*)$/m.exec(read('ferrolite-nightly.timer'))?.[1] ?? '';
    expect(spawnSync('systemd-analyze', ['calendar', calendar]).status).toBe(0);
  });
});
