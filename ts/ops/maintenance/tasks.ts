/** What can be scheduled, and how often it is by default. */
import { integerOption, refuseUnknown } from '../../options';
import { foreignKeyCheck, integrityCheck, quickCheck } from './checks';
import type { MaintenanceOptions } from './options';
import { analyze, optimize } from './statistics';
import { incrementalVacuum, vacuum } from './vacuum';

/** A task by the name of its function. */
export type TaskName = keyof typeof TASKS;

/** How often a task is done; false: never. */
export type TaskOption = { readonly everyMs: number } | false;

/** What a task has found or done; `ok` is false when a check has found something. */
export type TaskResult = { readonly ok?: boolean; readonly durationMs: number } & object;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MOST_MS = 366 * DAY_MS;

interface Task {
  readonly run: (path: string, options: MaintenanceOptions) => Promise<TaskResult>;
  readonly everyMs: number | undefined;
}

const TASKS = {
  // Daily, as https://sqlite.org/pragma.html#pragma_optimize advises for connections that stay open.
  optimize: { run: optimize, everyMs: DAY_MS },
  analyze: { run: analyze, everyMs: undefined },
  quickCheck: { run: quickCheck, everyMs: 7 * DAY_MS },
  integrityCheck: { run: integrityCheck, everyMs: undefined },
  foreignKeyCheck: { run: foreignKeyCheck, everyMs: undefined },
  incrementalVacuum: { run: incrementalVacuum, everyMs: undefined },
  vacuum: { run: vacuum, everyMs: undefined },
} as const satisfies Record<string, Task>;

const NAMES = Object.keys(TASKS) as TaskName[];

/** Does one task. */
export function runTask(name: TaskName, path: string, options: MaintenanceOptions): Promise<TaskResult> {
  return TASKS[name].run(path, options);
}

/**
 * The tasks that are scheduled, with their intervals in milliseconds.
 *
 * @throws {TypeError | RangeError} naming the task.
 */
export function tasksFrom(tasks: unknown): ReadonlyMap<TaskName, number> {
  if (tasks !== undefined && (typeof tasks !== 'object' || tasks === null)) {
    throw new TypeError('Expected the "tasks" option to be an object of tasks');
  }
  const given = (tasks ?? {}) as Partial<Record<TaskName, TaskOption>>;
  refuseUnknown(given, NAMES);
  const intervals = NAMES.map((name) => [name, intervalOf(name, given[name])] as const);
  return new Map(intervals.filter((entry): entry is [TaskName, number] => entry[1] !== undefined));
}

function intervalOf(name: TaskName, option: TaskOption | undefined): number | undefined {
  if (option === undefined) return TASKS[name].everyMs;
  if (option === false) return undefined;
  if (typeof option !== 'object' || option === null) {
    throw new TypeError(`Expected the task "${name}" to be false or an object with "everyMs"`);
  }
  refuseUnknown(option, ['everyMs']);
  const everyMs = integerOption(option.everyMs, 'everyMs', 1, MOST_MS);
  if (everyMs === undefined) throw new TypeError(`Expected the task "${name}" to have "everyMs"`);
  return everyMs;
}
