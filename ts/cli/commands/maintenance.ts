/** `ferrolite maintenance` */
import { defineCommand, STATUS, UsageError, type Status } from '../command';
import { locate, openable, ops } from '../database';
import { describeError } from '../errors';
import { busyTimeout, reporting } from '../options';
import type { Tone } from '../output';
import { duration, printable } from '../text';

type Runs = typeof import('ferrolite/ops');
type Run = Awaited<ReturnType<ReturnType<Runs['startMaintenance']>['runDue']>>[number];

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const TONES: Readonly<Record<string, Tone>> = {
  ok: 'good',
  problems: 'bad',
  failed: 'bad',
  cancelled: 'warning',
};

export const command = defineCommand({
  description: [
    'Does the maintenance that is due, one task after the other, and ends. What was done when is remembered in the file <database>-maintenance, so it may be started as often as one likes, and an application with startMaintenance() shares it.',
    'Without --task: optimize every day, quickCheck every week. The status is 1 when a check has found something or a lock was held, 2 when a task has failed.',
  ],
  options: {
    ...reporting,
    task: {
      type: 'several',
      value: 'name=interval',
      description:
        'optimize, analyze, quickCheck, integrityCheck, foreignKeyCheck, incrementalVacuum or vacuum, with 30m, 12h, 7d or off. May be given several times, and is added to the default.',
    },
    last: { type: 'flag', description: 'Print when each task was done last, and do nothing.' },
    ...busyTimeout,
  },
  examples: [
    ['ferrolite maintenance --db app.db', 'In a crontab, every hour.'],
    [
      'ferrolite maintenance --db app.db --task integrityCheck=30d --task quickCheck=off',
      'The thorough check instead of the quick one.',
    ],
    ['ferrolite maintenance --db app.db --last', 'What was done when.'],
  ],
  async run({ values, output, cancelling }) {
    const located = locate(values.db);
    const { name, path } = located;
    const tasks = Object.fromEntries(values.task.map(readTask));
    const runs: Run[] = [];
    // The record would be made beside a file that is not there.
    await openable(located, { busyTimeoutMs: values['busy-timeout-ms'], signal: cancelling.signal });
    cancelling.state =
      'The task under way was given up and is due again; what was done before is remembered.';
    const schedule = ops().startMaintenance(name, {
      tasks,
      busyTimeoutMs: values['busy-timeout-ms'],
      onRun: (run) => void runs.push(run),
    });
    if (values.last) {
      const last = schedule.lastRuns();
      await schedule.stop();
      const rows = last.map(({ task, startedAt, outcome, durationMs }) => {
        return [task, new Date(startedAt).toISOString(), outcome, duration(durationMs)];
      });
      const lines = rows.length === 0 ? ['nothing was done yet'] : output.rows(rows);
      await output.result({ database: path, runs: last.map(plain) }, lines, false);
      return STATUS.ok;
    }
    cancelling.signal.addEventListener('abort', () => void schedule.stop(), { once: true });
    try {
      await schedule.runDue();
    } finally {
      await schedule.stop();
    }
    cancelling.signal.throwIfAborted();
    const status = worst(runs);
    const lines = runs.length === 0 ? ['nothing is due'] : runs.map((run) => lineOf(run, output));
    await output.result({ database: path, runs: runs.map(plain) }, lines, status === STATUS.ok);
    return status;
  },
});

function readTask(text: string): [string, { everyMs: number } | false] {
  const { task, count, unit } = /^(?<task>\w+)=(?:(?<count>\d+)(?<unit>[mhd])|off)$/.exec(text)?.groups ?? {};
  if (task === undefined)
    throw new UsageError(`--task is <name=interval>, such as optimize=12h or vacuum=off, not "${text}"`);
  return [
    task,
    count === undefined || unit === undefined ? false : { everyMs: Number(count) * UNITS[unit]! },
  ];
}

function worst(runs: readonly Run[]): Status {
  const found = runs.map(({ outcome, error }) => {
    if (outcome === 'failed') return describeError(error).status;
    return outcome === 'problems' ? STATUS.finding : STATUS.ok;
  });
  return found.toSorted((a, b) => b - a)[0] ?? STATUS.ok;
}

function lineOf(
  { task, outcome, durationMs, result, error }: Run,
  output: { tone(tone: Tone, text: string): string },
): string {
  const start = `${task}: ${output.tone(TONES[outcome] ?? 'strong', outcome)} (${duration(durationMs)})`;
  if (outcome === 'failed') return `${start}: ${describeError(error).message}`;
  const { problems = [], objects = [] } = (result ?? {}) as { problems?: string[]; objects?: string[] };
  const remark = [...problems, ...objects].map(printable).join(', ');
  return remark === '' ? start : `${start}: ${remark}`;
}

/** For JSON: times that can be read, errors as texts. */
function plain(run: object & { readonly startedAt: number; readonly error?: unknown }): object {
  const { error, ...others } = run;
  const failure = error === undefined ? undefined : describeError(error);
  return {
    ...others,
    startedAt: new Date(run.startedAt).toISOString(),
    ...(failure && { error: { code: failure.code, message: failure.message } }),
  };
}
