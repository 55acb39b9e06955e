// Ctrl-C, other signals, and readers that go away.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { hold } from '../helpers/hold.mts';
import { tempDir } from '../helpers/temp-db.mts';
import { exitOf } from '../helpers/wait.mts';
import { bin, database, environment, ferrolite, isOpen, start } from './support.mts';

const ENDLESS = 'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n)';

/** Sends a signal once the command has its work under way: when it has said `ready`, a row. */
async function interrupted(
  args: readonly string[],
  signal: NodeJS.Signals,
): Promise<[number | null, string]> {
  const run = start(args);
  await new Promise<void>((resolve) => run.process.stdout?.once('data', () => resolve()));
  run.process.stdout?.resume();
  run.process.kill(signal);
  const { code } = await run.ended;
  return [code, run.stderr()];
}

describe.runIf(process.platform === 'linux')('a signal', () => {
  it.each([
    ['SIGINT', 130, 'Ctrl-C'],
    ['SIGTERM', 143, 'SIGTERM'],
    ['SIGHUP', 129, 'SIGHUP'],
  ] as const)('%s gives a query up and says that nothing was changed', async (signal, status, name) => {
    const [code, text] = await interrupted(
      ['query', '--db', database(), '-f', 'csv', `${ENDLESS} SELECT i FROM n`],
      signal,
    );
    expect([code, text]).toEqual([status, `ferrolite: cancelled by ${name}. Nothing was changed.\n`]);
  });

  it('undoes what a statement has written', async () => {
    const path = database('CREATE TABLE t (v); INSERT INTO t VALUES (1)');
    // A row is given for each that is written, so it is under way when the first has come.
    const sql = `INSERT INTO t ${ENDLESS} SELECT i FROM n LIMIT 100000000 RETURNING v`;
    const run = start(['query', '--db', path, '-w', '-f', 'csv', sql]);
    const other = new Database(path, { timeout: 0 });
    while (canWrite(other)) await new Promise((resolve) => setImmediate(resolve));
    run.process.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    expect(run.stderr()).toBe('ferrolite: cancelled by Ctrl-C. What the statement has written was undone.\n');
    expect(other.prepare('SELECT count(*) FROM t').pluck().get()).toBe(1);
    other.close();
  });

  it('ends a checkpoint that waits for a reader', async () => {
    const path = database();
    const reader = await hold('ferrolite', path, 'BEGIN; SELECT * FROM city');
    const writer = await hold('ferrolite', path, 'INSERT INTO city (name) VALUES (1)');
    const run = start(['checkpoint', '--db', path, '-m', 'truncate', '--busy-timeout-ms', '600000']);
    const other = new Database(path, { timeout: 0 });
    // While it waits, it keeps writers waiting now and then.
    while (canWrite(other)) await new Promise((resolve) => setImmediate(resolve));
    run.process.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    expect(run.stderr()).toContain('cancelled by Ctrl-C. What was copied stays so');
    other.close();
    await reader.release();
    await writer.release();
  });

  it.each([
    ['check'],
    ['optimize'],
    ['vacuum'],
    ['maintenance'],
    ['stats'],
    ['query', 'SELECT 1'],
    ['explain', 'SELECT 1'],
    ['import', 'city'],
    ['export', 'city'],
  ])('is heard by %s while another process keeps everybody out', async (...command) => {
    const path = database('PRAGMA journal_mode = delete; CREATE TABLE city (id INTEGER PRIMARY KEY)');
    const writer = await hold('ferrolite', path, 'BEGIN EXCLUSIVE');
    const run = start([...command, '--db', path, '--busy-timeout-ms', '600000']);
    while (!isOpen(path, run.process.pid)) await new Promise((resolve) => setImmediate(resolve));
    run.process.kill('SIGINT');
    expect((await run.ended).code).toBe(130);
    expect(run.stderr()).toMatch(/^ferrolite: cancelled by Ctrl-C\. /);
    await writer.release();
  });

  it('leaves no part of a copy behind', async () => {
    const folder = tempDir();
    const copy = join(folder, 'copy.db');
    const path = database(
      `CREATE TABLE t (v); ${ENDLESS} INSERT INTO t SELECT zeroblob(2000) FROM n LIMIT 50000`,
    );
    const run = start(['vacuum', '--db', path, '--into', copy]);
    while (readdirSync(folder).length === 0) await new Promise((resolve) => setImmediate(resolve));
    run.process.kill('SIGINT');
    const { code } = await run.ended;
    // It may have been done by then.
    if (code !== 0) {
      expect(code).toBe(130);
      expect(run.stderr()).toBe(
        'ferrolite: cancelled by Ctrl-C. There is no copy, and the database is as it was.\n',
      );
    }
    expect(readdirSync(dirname(copy))).toEqual(code === 0 ? ['copy.db'] : []);
    expect(ferrolite(['check', '--db', path]).status).toBe(0);
  });
});

/** Whether nobody else writes at this moment. */
function canWrite(db: InstanceType<typeof Database>): boolean {
  try {
    db.exec('BEGIN IMMEDIATE; ROLLBACK');
    return true;
  } catch {
    return false;
  }
}

describe('a reader that goes away', () => {
  it('ends the command without a word: status 0', async () => {
    const args = [bin, 'query', '--db', database(), '-f', 'csv', `${ENDLESS} SELECT i FROM n`];
    const child = spawn(process.execPath, args, { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stderr.on('data', (piece: Buffer) => (text += piece.toString()));
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await exitOf(child)).toEqual({ code: 0, signal: null });
    expect(text).toBe('');
  });

  it.skipIf(process.platform === 'win32')('is head of a shell', () => {
    const command = `"$0" "$1" query --db "$2" -f csv "$3" | head -n 2`;
    const args = ['-c', command, process.execPath, bin, database(), `${ENDLESS} SELECT i FROM n`];
    const { stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8', env: environment() });
    expect([stdout, stderr]).toEqual(['i\n1\n', '']);
  });

  it.runIf(process.platform === 'linux')('is not a full disk: status 2', () => {
    const command = `"$0" "$1" query --db "$2" -f csv "SELECT 1" > /dev/full`;
    const child = spawnSync('sh', ['-c', command, process.execPath, bin, database()], {
      encoding: 'utf8',
      env: environment(),
    });
    expect(child.status).toBe(2);
    expect(child.stderr).toContain('ferrolite: cannot write the answer: ENOSPC');
  });
});
