// startMaintenance(): what is due is done once, by one process of several, in its hours.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'ferrolite';
import { startMaintenance, type MaintenanceRun, type ScheduleOptions } from 'ferrolite/ops';
import { afterEach, describe, expect, it } from 'vitest';
import { hold } from '../helpers/hold.mts';
import { inChild } from '../helpers/in-child.mts';
import { tempDb } from '../helpers/temp-db.mts';

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((each) => each.stop()));
});

/** It does nothing by itself within any test. */
const NEVER: ScheduleOptions = { checkIntervalMs: 2 ** 31 - 1, quietHours: elsewhen() };

/** Quiet hours of one minute, half a day from here. */
function elsewhen(): { from: string; to: string; timeZone: string } {
  const hour = (new Date().getUTCHours() + 12) % 24;
  const text = String(hour).padStart(2, '0');
  return { from: `${text}:00`, to: `${text}:01`, timeZone: 'UTC' };
}

function schedule(path: string, options: ScheduleOptions = {}): ReturnType<typeof startMaintenance> {
  const made = startMaintenance(path, { ...NEVER, ...options });
  started.push(made);
  return made;
}

function withTable(): string {
  const path = tempDb();
  new Database(path).exec('CREATE TABLE t (v); INSERT INTO t VALUES (1)').close();
  return path;
}

const ended = (runs: readonly MaintenanceRun[]): string[][] =>
  runs.map(({ task, outcome }) => [task, outcome]);

describe('what is due', () => {
  it('is optimize() and quickCheck() where nothing was done before, and nothing afterwards', async () => {
    const path = withTable();
    const first = schedule(path);
    expect(first.lastRuns()).toEqual([]);
    const runs = await first.runDue();
    expect(ended(runs)).toEqual([
      ['optimize', 'ok'],
      ['quickCheck', 'ok'],
    ]);
    expect(runs[1]!.result).toMatchObject({ ok: true, problems: [] });
    expect(await first.runDue()).toEqual([]);
    expect(await schedule(path).runDue()).toEqual([]);
    expect(first.lastRuns().map(({ task, outcome, detail }) => [task, outcome, detail])).toEqual([
      ['optimize', 'ok', null],
      ['quickCheck', 'ok', null],
    ]);
    expect(readdirSync(dirname(path)).toSorted()).toEqual(['test.db', 'test.db-maintenance']);
  });

  it('fails beside what is no file, and leaves nothing there', async () => {
    const folder = dirname(tempDb());
    const inNone = join(folder, 'none', 'test.db');
    mkdirSync(join(folder, 'folder'));
    for (const path of [join(folder, 'missing.db'), inNone, join(folder, 'folder')]) {
      const made = schedule(path);
      const runs = await made.runDue();
      expect(ended(runs)).toEqual([
        ['optimize', 'failed'],
        ['quickCheck', 'failed'],
      ]);
      expect(runs[0]!.error).toMatchObject({
        code: 'SQLITE_CANTOPEN',
        message: expect.stringContaining(path),
      });
      expect(made.lastRuns()).toEqual([]);
    }
    expect(readdirSync(folder)).toEqual(['folder']);
  });

  it('is what the options say', async () => {
    const path = withTable();
    const tasks = {
      optimize: false,
      quickCheck: false,
      integrityCheck: { everyMs: 1 },
      foreignKeyCheck: { everyMs: 86_400_000 },
      analyze: { everyMs: 86_400_000 },
      vacuum: { everyMs: 86_400_000 },
    } as const;
    const made = schedule(path, { tasks });
    expect(ended(await made.runDue()).map(([task]) => task)).toEqual([
      'analyze',
      'integrityCheck',
      'foreignKeyCheck',
      'vacuum',
    ]);
    // A millisecond has passed with the others.
    expect(ended(await made.runDue())).toEqual([['integrityCheck', 'ok']]);
  });

  it('is done by the schedule itself in its hours', async () => {
    const path = withTable();
    const heard = new Promise<MaintenanceRun>((resolve) => {
      schedule(path, { checkIntervalMs: 1, quietHours: undefined, onRun: resolve });
    });
    expect(await heard).toMatchObject({ task: 'optimize', outcome: 'ok' });
  });

  it('is left to the process that is at it', async () => {
    const path = withTable();
    const other = await hold(process.cwd(), `${path}-maintenance`, 'BEGIN IMMEDIATE');
    const made = schedule(path);
    expect(await made.runDue()).toEqual([]);
    await other.release();
    expect(ended(await made.runDue())).toHaveLength(2);
  });

  it('was done by another process', async () => {
    const path = withTable();
    inChild(
      async (ops: string, name: string) => {
        const made = require(ops).startMaintenance(name);
        await made.runDue();
        await made.stop();
      },
      ['ferrolite/ops', path],
    );
    expect(await schedule(path).runDue()).toEqual([]);
    expect(schedule(path).lastRuns()).toHaveLength(2);
  });
});

describe('what goes wrong', () => {
  it('is told, recorded, and not tried again at once', async () => {
    const path = withTable();
    const writer = await hold(process.cwd(), path, 'BEGIN EXCLUSIVE');
    const heard: MaintenanceRun[] = [];
    const made = schedule(path, { busyTimeoutMs: 0, onRun: (run) => heard.push(run) });
    const runs = await made.runDue();
    await writer.release();
    expect(runs).toEqual(heard);
    expect(ended(runs)).toEqual([
      ['optimize', 'failed'],
      ['quickCheck', 'failed'],
    ]);
    expect(runs[0]!.error).toMatchObject({ code: 'SQLITE_BUSY' });
    expect(made.lastRuns()[0]).toMatchObject({
      outcome: 'failed',
      detail: expect.stringContaining('database is locked'),
    });
    expect(await made.runDue()).toEqual([]);
  });

  it('is told when a check has found something', async () => {
    const path = tempDb();
    new Database(path)
      .exec('PRAGMA foreign_keys = OFF; CREATE TABLE t (v REFERENCES t (rowid)); DROP TABLE t')
      .exec('CREATE TABLE p (k PRIMARY KEY); CREATE TABLE c (v REFERENCES p); INSERT INTO c VALUES (7)')
      .close();
    const made = schedule(path, { tasks: { foreignKeyCheck: { everyMs: 1000 } } });
    const run = (await made.runDue()).find(({ task }) => task === 'foreignKeyCheck');
    expect(run).toMatchObject({ outcome: 'problems', result: { ok: false } });
    expect(made.lastRuns()[0]!.detail).toContain('"columns":["v"]');
  });

  it('does not end the process when the record cannot be written', async () => {
    const path = withTable();
    mkdirSync(`${path}-maintenance`);
    const made = schedule(path);
    expect(ended(await made.runDue())).toEqual([
      ['optimize', 'failed'],
      ['quickCheck', 'failed'],
    ]);
    expect(await made.runDue()).toEqual([]);
    rmSync(`${path}-maintenance`, { recursive: true });
    writeFileSync(`${path}-maintenance`, 'a text that is longer than the header of a database: '.repeat(20));
    expect(ended(await schedule(path).runDue())).toEqual([
      ['optimize', 'failed'],
      ['quickCheck', 'failed'],
    ]);
    rmSync(`${path}-maintenance`);
  });

  it('is refused at the call when it is a wrong option', () => {
    const path = withTable();
    const wrong: [unknown, string][] = [
      [7, 'Expected the options to be an object'],
      [{ at: 1 }, 'Unknown option "at"'],
      [{ tasks: 7 }, 'Expected the "tasks" option to be an object of tasks'],
      [{ tasks: { sleep: false } }, 'Unknown option "sleep"'],
      [{ tasks: { vacuum: true } }, 'Expected the task "vacuum" to be false or an object with "everyMs"'],
      [{ tasks: { vacuum: {} } }, 'Expected the task "vacuum" to have "everyMs"'],
      [{ tasks: { vacuum: { everyMs: 0 } } }, '"everyMs"'],
      [{ quietHours: 7 }, 'Expected the "quietHours" option to be an object with "from" and "to"'],
      [
        { quietHours: { from: '2', to: '03:00' } },
        'Expected "from" of the quiet hours to be a time such as "02:00"',
      ],
      [{ quietHours: { from: '02:00', to: '24:00' } }, 'Expected "to" of the quiet hours'],
      [
        { quietHours: { from: '02:00', to: '03:00', timeZone: 'Mars' } },
        'Expected "timeZone" of the quiet hours',
      ],
      [{ checkIntervalMs: 0 }, '"checkIntervalMs"'],
      [{ onRun: 7 }, 'Expected the "onRun" option to be a function'],
    ];
    for (const [options, message] of wrong) {
      expect(() => startMaintenance(path, options as never)).toThrow(message);
    }
    expect(() => startMaintenance(':memory:')).toThrow(
      'Expected first argument to be a database with a file',
    );
    expect(existsSync(`${path}-maintenance`)).toBe(false);
  });
});

describe('the end', () => {
  it('gives up what is under way, which is due again', async () => {
    const path = withTable();
    const made = schedule(path);
    const runs = made.runDue();
    await made.stop();
    expect(ended(await runs).filter(([, outcome]) => outcome !== 'cancelled')).toEqual([]);
    expect(ended(await schedule(path).runDue())).toHaveLength(2);
    expect(await made.runDue()).toEqual([]);
  });

  it('of the process is not put off by a schedule', () => {
    const path = withTable();
    const value = inChild(
      (ops: string, name: string) => {
        require(ops).startMaintenance(name, { checkIntervalMs: 60_000 });
        return 'ended';
      },
      ['ferrolite/ops', path],
    );
    expect(value).toBe('ended');
  });
});
