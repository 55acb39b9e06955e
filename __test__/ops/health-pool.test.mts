// checkHealth() on a pool, and what maintenance and rights add to it.
import { chmodSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'ferrolite';
import { checkHealth, startCheckpointer, startMaintenance } from 'ferrolite/ops';
import { openPool, type Pool, type PoolOptions } from 'ferrolite/pool';
import { afterEach, describe, expect, it } from 'vitest';
import { hold } from '../helpers/hold.mts';
import { inChild } from '../helpers/in-child.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { deferred } from '../helpers/wait.mts';
import { PATIENT } from './support.mts';

const pools: Pool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

async function poolOf(options: Partial<PoolOptions> = {}): Promise<Pool> {
  const path = tempDb();
  new Database(path).exec('PRAGMA journal_mode = WAL; CREATE TABLE t (v)').close();
  const pool = openPool(path, options);
  pools.push(pool);
  await pool.get('SELECT 1');
  return pool;
}

const ENDLESS = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';

describe('a pool', () => {
  it('is ok, and nothing was written', async () => {
    const pool = await poolOf();
    const { status, checks } = await checkHealth(pool, PATIENT);
    expect([status, checks.open.status, checks.read.status, checks.write.status]).toEqual(
      Array(4).fill('ok'),
    );
    expect(checks.engine.status).toBe('ok');
    expect(await pool.get('SELECT total_changes()', [], { pluck: true })).toBe(0);
  });

  it('is degraded while a transaction holds its writer, or another process has the lock', async () => {
    const pool = await poolOf();
    const begun = deferred();
    const over = deferred();
    const held = pool.transaction(async () => {
      begun.resolve();
      await over.promise;
    });
    await begun.promise;
    const late = { status: 'degraded', reason: 'the writer was not free before the deadline' };
    const inside = await checkHealth(pool, { deadlineMs: 2000 });
    expect(inside).toMatchObject({
      status: 'degraded',
      httpStatus: 200,
      checks: { read: { status: 'ok' }, write: late },
    });
    over.resolve();
    await held;
    const holder = await hold(process.cwd(), pool.path, 'BEGIN IMMEDIATE');
    expect((await checkHealth(pool, { deadlineMs: 2000 })).checks.write).toMatchObject(late);
    await holder.release();
    expect((await checkHealth(pool, PATIENT)).status).toBe('ok');
  });

  it('is ok where the event loop was held up for longer than the deadline', async () => {
    const pool = await poolOf();
    const checked = checkHealth(pool, { deadlineMs: 20 });
    // In each of the first turns: whatever is under way has come to its end meanwhile.
    for (let turn = 0; turn < 10; turn += 1) {
      await new Promise(setImmediate);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
    }
    const { file, read, write } = (await checked).checks;
    expect([file.status, read.status, write.status]).toEqual(['ok', 'ok', 'ok']);
  });

  it('is unhealthy while no reader is free', async () => {
    const pool = await poolOf({ readers: 1 });
    const controller = new AbortController();
    // More than one, because the writer may have the first in hand, to find out who executes it.
    const endless = Array.from({ length: 4 }, () =>
      pool.all(ENDLESS, [], { signal: controller.signal }).catch(() => 'given up'),
    );
    const { status, checks } = await checkHealth(pool, { deadlineMs: 2000 });
    expect(status).toBe('unhealthy');
    expect(checks.read).toMatchObject({
      reason: 'no reader answered before the deadline',
      code: 'FERROLITE_TIMEOUT',
    });
    controller.abort();
    expect(new Set(await Promise.all(endless))).toEqual(new Set(['given up']));
  });

  it('is unhealthy when it is closed, and when its file is gone', async () => {
    const closed = await poolOf();
    await closed.close();
    expect((await checkHealth(closed, PATIENT)).checks.open).toMatchObject({ status: 'unhealthy' });
    const lost = await poolOf();
    unlinkSync(lost.path);
    expect((await checkHealth(lost, { deadlineMs: 2000 })).checks.file.reason).toContain('deleted or moved');
  });

  it('is unhealthy when another file has taken the name of its own', async () => {
    const pool = await poolOf();
    renameSync(pool.path, `${pool.path}.old`);
    new Database(pool.path).exec('CREATE TABLE t (v)').close();
    expect((await checkHealth(pool, { deadlineMs: 2000 })).checks.file.reason).toContain(
      'another file has taken its name',
    );
  });

  it('that only reads is not tried to be written', async () => {
    const { path } = await poolOf();
    const pool = openPool(path, { readonly: true });
    pools.push(pool);
    expect(pool.readonly).toBe(true);
    const { status, checks } = await checkHealth(pool, PATIENT);
    expect([status, checks.write.status, checks.rights.status]).toEqual(['ok', 'skipped', 'skipped']);
  });

  it('on a file that is none tells no path', async () => {
    const pool = openPool(tempDb(), { fileMustExist: true });
    pools.push(pool);
    writeFileSync(pool.path, 'a text that is longer than the header of a database: '.repeat(20));
    const { checks } = await checkHealth(pool, PATIENT);
    expect(checks.read).toMatchObject({
      status: 'unhealthy',
      code: 'SQLITE_NOTADB',
      reason: 'file is not a database',
    });
    unlinkSync(pool.path);
  });
});

describe('maintenance', () => {
  it('is what was recorded last', async () => {
    const path = tempDb();
    new Database(path)
      .exec('PRAGMA foreign_keys = OFF; CREATE TABLE p (k PRIMARY KEY); CREATE TABLE c (v REFERENCES p)')
      .close();
    expect((await checkHealth(path, PATIENT)).checks.maintenance.status).toBe('skipped');
    const tasks = { foreignKeyCheck: { everyMs: 1 } };
    const schedule = startMaintenance(path, { tasks, checkIntervalMs: 86_400_000 });
    await schedule.runDue();
    const fine = (await checkHealth(path, PATIENT)).checks.maintenance;
    expect(fine).toMatchObject({ status: 'ok', last: { quickCheck: { outcome: 'ok' } } });
    new Database(path).exec('PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (1)').close();
    await schedule.runDue();
    await schedule.stop();
    const { status, checks } = await checkHealth(path, PATIENT);
    expect(status).toBe('degraded');
    expect(checks.maintenance.reason).toBe('the last foreignKeyCheck() has found problems');
  });

  it('with a record that cannot be read is degraded', async () => {
    const path = tempDb();
    new Database(path).exec('CREATE TABLE t (v)').close();
    writeFileSync(`${path}-maintenance`, 'a text that is longer than the header of a database: '.repeat(20));
    const { maintenance } = (await checkHealth(path, PATIENT)).checks;
    expect(maintenance).toMatchObject({
      status: 'degraded',
      reason: expect.stringContaining('not a database'),
    });
    unlinkSync(`${path}-maintenance`);
  });
});

describe('checkpoints', () => {
  it('are degraded while a snapshot holds the log, by whom', async () => {
    const path = tempDb();
    const db = new Database(path).exec(
      'PRAGMA journal_mode = WAL; CREATE TABLE t (v); INSERT INTO t VALUES (1), (2)',
    );
    expect((await checkHealth(db, PATIENT)).checks.checkpoints.status).toBe('skipped');
    const checkpointer = startCheckpointer(db, { maxSnapshotMs: 1, passivePages: 1, pollIntervalMs: 1 });
    expect((await checkHealth(db, PATIENT)).checks.checkpoints).toMatchObject({
      status: 'ok',
      oldestSnapshotMs: 0,
    });
    const rows = db.prepare('SELECT v AS secret FROM t').iterate();
    rows.next();
    const writer = new Database(path).exec('INSERT INTO t VALUES (3)');
    const held = new Promise((resolve) => checkpointer.once('warning', resolve));
    // Until the warning is emitted: the thread looks by itself.
    await held;
    const { status, checks } = await checkHealth(db, { deadlineMs: 2000 });
    expect(status).toBe('degraded');
    expect(checks.checkpoints.reason).toMatch(/^the log cannot be emptied: it is held by /);
    expect(checks.checkpoints.reason).not.toContain('secret');
    expect(checks.checkpoints.oldestSnapshotMs).toBeGreaterThan(0);
    rows.return?.();
    await checkpointer.stop();
    expect((await checkHealth(db, PATIENT)).checks.checkpoints.status).toBe('skipped');
    writer.close();
    db.close();
  });
});

describe.skipIf(process.getuid?.() !== 0)('rights', () => {
  it('are degraded where a new connection could make no log', () => {
    const path = tempDb();
    new Database(path).exec('CREATE TABLE t (v)').close();
    const check = (): { status: string; reason?: string } =>
      inChild(
        async (name: string) => {
          const db = new (require('ferrolite') as typeof Database)(name);
          process.setuid!(65_534);
          const ops = require('ferrolite/ops') as typeof import('ferrolite/ops');
          return (await ops.checkHealth(db, { deadlineMs: 60_000 })).checks.rights;
        },
        [path],
      );
    chmodSync(dirname(dirname(path)), 0o755);
    chmodSync(dirname(path), 0o777);
    chmodSync(path, 0o666);
    expect(check()).toEqual({ status: 'ok' });
    chmodSync(dirname(path), 0o755);
    expect(check().reason).toContain('may not write the directory');
    chmodSync(path, 0o644);
    expect(check().reason).toContain('may not write the file');
  });
});
