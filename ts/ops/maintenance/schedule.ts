/** `startMaintenance()`: tasks that come again, in quiet hours, in one process of many. */
import { statSync } from 'node:fs';
import { FerroliteError, SqliteError } from '../../errors';
import { integerOption, known, MAX_TIMER_MS } from '../../options';
import { checkBusyTimeout } from '../../client/connection-options';
import { nameTheFile } from '../../client/open-error';
import { DEFAULT_BUSY_TIMEOUT_MS } from '../../client/profiles';
import type { FileSubject } from '../subject-file';
import { writablePath } from './job';
import { quietHoursFrom, type QuietHours } from './quiet-hours';
import { Record, recordedRuns, type RecordedOutcome, type RecordedRun } from './record';
import { runTask, tasksFrom, type TaskName, type TaskOption, type TaskResult } from './tasks';

/** Options of {@link startMaintenance}. */
export interface ScheduleOptions {
  /**
   * What is done how often. Default: `optimize` every day and `quickCheck` every week; what is given is added to
   * these, and `false` takes one away.
   */
  readonly tasks?: { readonly [Name in TaskName]?: TaskOption | undefined } | undefined;
  /** Work begins only in these hours, and is given up at their end. Default: at any time. */
  readonly quietHours?: QuietHours | undefined;
  /** How often is looked for what is due. Default 60000. */
  readonly checkIntervalMs?: number | undefined;
  /** How long another connection's lock is waited for. Default 5000. */
  readonly busyTimeoutMs?: number | undefined;
  /** Told of every run. What it throws is an uncaught exception. */
  readonly onRun?: ((run: MaintenanceRun) => void) | undefined;
}

/** A run of a task, and how it ended. */
export interface MaintenanceRun {
  readonly task: TaskName;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** `problems`: a check has found something. `cancelled`: stopped, or the quiet hours are over; due again. */
  readonly outcome: RecordedOutcome | 'cancelled';
  /** What the task's function gives. */
  readonly result: TaskResult | undefined;
  readonly error: unknown;
}

/** A schedule that is under way. It does not keep the process alive, but for the time of a run. */
export interface MaintenanceSchedule {
  /** Does what is due, whatever the hour; waits for a run under way. Gives what was done here. */
  runDue(): Promise<MaintenanceRun[]>;
  /** The last run of each task, by whichever process. */
  lastRuns(): RecordedRun[];
  /** Gives a run under way up, and ends. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const DEFAULT_INTERVAL_MS = 60_000;
/** What failed is tried again after an hour, if it is not due before. */
const RETRY_MS = 3_600_000;

const NAMES = ['tasks', 'quietHours', 'checkIntervalMs', 'busyTimeoutMs', 'onRun'] as const;

/**
 * Maintains a database by a schedule, off the main thread.
 *
 * Several processes can have one for the same file: whoever comes first does the work, since the file
 * `<database>-maintenance` beside it tells what was done when. Restarts do not make work come again.
 *
 * @throws {TypeError | RangeError} for a wrong argument. What goes wrong later is told by `onRun`.
 *
 * @example
 * const schedule = startMaintenance('app.db', { quietHours: { from: '02:00', to: '05:00' } });
 * await schedule.stop();
 */
export function startMaintenance(database: FileSubject, options?: ScheduleOptions): MaintenanceSchedule {
  return new Schedule(writablePath(database), options);
}

type Ended = (outcome: MaintenanceRun['outcome'], result?: TaskResult, error?: unknown) => MaintenanceRun;

class Schedule implements MaintenanceSchedule {
  readonly #path: string;
  readonly #tasks: ReadonlyMap<TaskName, number>;
  readonly #isQuiet: (date: Date) => boolean;
  readonly #busyTimeoutMs: number;
  readonly #onRun: ScheduleOptions['onRun'];
  readonly #timer: NodeJS.Timeout;
  readonly #stopped = new AbortController();
  /** Ends the run under way that the schedule began. */
  #night: AbortController | undefined;
  /** Failures that the record could not be told of. */
  readonly #unrecorded = new Map<TaskName, Pick<RecordedRun, 'outcome' | 'startedAt'>>();
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(path: string, options: ScheduleOptions | undefined) {
    const given = known(options ?? {}, NAMES) as ScheduleOptions;
    const { onRun } = given;
    if (onRun !== undefined && typeof onRun !== 'function') {
      throw new TypeError('Expected the "onRun" option to be a function');
    }
    this.#path = path;
    this.#tasks = tasksFrom(given.tasks);
    this.#isQuiet = quietHoursFrom(given.quietHours);
    this.#busyTimeoutMs = checkBusyTimeout(given.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS);
    this.#onRun = onRun;
    const everyMs = integerOption(given.checkIntervalMs, 'checkIntervalMs', 1, MAX_TIMER_MS);
    this.#timer = setInterval(() => this.#look(), everyMs ?? DEFAULT_INTERVAL_MS).unref();
    setImmediate(() => this.#look()).unref();
  }

  runDue(): Promise<MaintenanceRun[]> {
    return this.#queue(undefined);
  }

  lastRuns(): RecordedRun[] {
    return recordedRuns(this.#path) ?? [];
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopped.abort(new FerroliteError('The schedule was stopped', 'FERROLITE_CANCELLED'));
    await this.#underWay;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #look(): void {
    const isQuiet = this.#isQuiet(new Date());
    if (this.#night !== undefined) {
      if (!isQuiet) this.#night.abort(new FerroliteError('The quiet hours are over', 'FERROLITE_CANCELLED'));
      return;
    }
    if (!isQuiet || this.#stopped.signal.aborted) return;
    this.#night = new AbortController();
    // What goes wrong was told of, except that a listener has thrown, which nobody else would hear of.
    void this.#queue(this.#night.signal).finally(() => (this.#night = undefined));
  }

  /** One after the other. */
  #queue(signal: AbortSignal | undefined): Promise<MaintenanceRun[]> {
    const next = this.#underWay.then(() => this.#run(signal));
    this.#underWay = next.catch(() => {});
    return next;
  }

  async #run(night: AbortSignal | undefined): Promise<MaintenanceRun[]> {
    const stopped = this.#stopped.signal;
    const signal = night === undefined ? stopped : AbortSignal.any([night, stopped]);
    const runs: MaintenanceRun[] = [];
    for (const [task, everyMs] of this.#tasks) {
      if (signal.aborted) break;
      const run = await this.#runOne(task, everyMs, signal);
      if (run === undefined) continue;
      runs.push(run);
      this.#onRun?.(run);
    }
    return runs;
  }

  /** Undefined: not due, or another process is at it. */
  async #runOne(task: TaskName, everyMs: number, signal: AbortSignal): Promise<MaintenanceRun | undefined> {
    const startedAt = Date.now();
    if (!isDue(this.#unrecorded.get(task), everyMs, startedAt)) return undefined;
    const start = performance.now();
    const ended: Ended = (outcome, result, error) => {
      return { task, startedAt, durationMs: performance.now() - start, outcome, result, error };
    };
    let record;
    try {
      const last = recordedRuns(this.#path)?.find((run) => run.task === task);
      if (!isDue(last, everyMs, startedAt)) return undefined;
      // Beside what is no file nothing is recorded.
      if (statSync(this.#path, { throwIfNoEntry: false })?.isFile() !== true) throw noFile(this.#path);
      record = Record.open(this.#path);
      // Again, because another process may have done it in between.
      if (record === undefined || !isDue(record.last(task), everyMs, startedAt)) return undefined;
      const run = await this.#attempt(task, signal, ended);
      const { outcome, durationMs } = run;
      if (outcome !== 'cancelled') {
        record.write({ task, startedAt, durationMs, outcome, detail: detailOf(run) });
      }
      return run;
    } catch (error) {
      this.#unrecorded.set(task, { outcome: 'failed', startedAt });
      return ended('failed', undefined, error);
    } finally {
      record?.close();
    }
  }

  async #attempt(task: TaskName, signal: AbortSignal, ended: Ended): Promise<MaintenanceRun> {
    try {
      const result = await runTask(task, this.#path, { signal, busyTimeoutMs: this.#busyTimeoutMs });
      return ended(result.ok === false ? 'problems' : 'ok', result);
    } catch (error) {
      return ended(signal.aborted ? 'cancelled' : 'failed', undefined, error);
    }
  }
}

function isDue(
  run: Pick<RecordedRun, 'outcome' | 'startedAt'> | undefined,
  everyMs: number,
  now: number,
): boolean {
  if (run === undefined) return true;
  const afterMs = run.outcome === 'failed' ? Math.min(everyMs, RETRY_MS) : everyMs;
  // A clock that was set back does not keep work from being done.
  return now >= run.startedAt + afterMs || now < run.startedAt;
}

function noFile(path: string): unknown {
  return nameTheFile(new SqliteError('unable to open database file', 'SQLITE_CANTOPEN'), path);
}

function detailOf({ outcome, result, error }: MaintenanceRun): string | null {
  if (outcome === 'failed') return error instanceof Error ? error.message : String(error);
  return outcome === 'problems' ? JSON.stringify(result) : null;
}
