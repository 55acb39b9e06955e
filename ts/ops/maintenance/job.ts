/** One piece of maintenance: its connection, how it is given up, and what is told of it. */
import { connectionOf, type Pool } from '../../pool/own';
import { subjectFile } from '../subject-file';
import type { CheckedMaintenance, MaintenanceProgress } from './options';

/** Between two reports: often enough for a person, seldom enough to cost nothing. */
const REPORT_INTERVAL_MS = 200;

/** Work on one file. */
export class Job {
  readonly path: string;
  readonly connection: Pool;
  /** Of every statement. */
  readonly call: { readonly signal: AbortSignal };
  readonly #own = new AbortController();
  readonly #onProgress: CheckedMaintenance['onProgress'];
  readonly #start = performance.now();
  #reported = -Infinity;

  constructor(path: string, connection: Pool, { signal, onProgress }: CheckedMaintenance) {
    this.path = path;
    this.connection = connection;
    const own = this.#own.signal;
    this.call = { signal: signal === undefined ? own : AbortSignal.any([signal, own]) };
    this.#onProgress = onProgress;
  }

  get elapsedMs(): number {
    return performance.now() - this.#start;
  }

  /** Rows of a statement as objects. */
  rows<Row>(sql: string): Promise<Row[]> {
    return this.connection.all<Row>(sql, [], this.call);
  }

  /** The first column of every row. */
  values<Value>(sql: string): Promise<Value[]> {
    return this.connection.all<Value>(sql, [], { ...this.call, pluck: true });
  }

  async value<Value>(sql: string): Promise<Value> {
    return (await this.connection.get<Value>(sql, [], { ...this.call, pluck: true })) as Value;
  }

  exec(sql: string): Promise<void> {
    return this.connection.exec(sql, this.call);
  }

  /** Tells how far it has come, unless that was told just before. */
  report(unit: MaintenanceProgress['unit'], done: number, total: number | undefined, object?: string): void {
    const isLast = done === total;
    if (this.#onProgress === undefined) return;
    if (!isLast && this.elapsedMs - this.#reported < REPORT_INTERVAL_MS) return;
    this.#reported = this.elapsedMs;
    this.#onProgress({ done, total, unit, object, elapsedMs: this.elapsedMs });
  }

  /** Awaits one long statement, and reports meanwhile what `measure` finds. */
  async watched<T>(work: Promise<T>, measure: () => void): Promise<T> {
    if (this.#onProgress === undefined) return work;
    const timer = setInterval(() => {
      try {
        measure();
      } catch (error) {
        this.#own.abort(error);
      }
    }, REPORT_INTERVAL_MS);
    try {
      return await work;
    } finally {
      clearInterval(timer);
    }
  }

  /** Executes one statement for each object, one after the other: another connection can write in between. */
  async each(objects: readonly string[], statement: (object: string) => string): Promise<void> {
    for (const [index, object] of objects.entries()) {
      this.report('objects', index, objects.length, object);
      await this.exec(statement(object));
    }
    this.report('objects', objects.length, objects.length);
  }
}

/**
 * Does `work` on the file of `subject` off the main thread, with a connection that is closed before the promise is settled.
 *
 * @throws {TypeError} for a wrong subject. All errors reject the promise.
 */
export async function maintain<T extends object>(
  subject: unknown,
  options: CheckedMaintenance & { readonly readonly?: boolean },
  work: (job: Job) => Promise<T>,
): Promise<T & { readonly durationMs: number }> {
  const { busyTimeoutMs, readonly = false, signal } = options;
  const path = readonly ? subjectFile(subject).path : writablePath(subject);
  signal?.throwIfAborted();
  const connection = connectionOf(path, { readonly, busyTimeoutMs });
  try {
    const job = new Job(path, connection, options);
    const result = await work(job);
    return { ...result, durationMs: job.elapsedMs };
  } finally {
    await connection.close({ drainMs: 0 });
  }
}

/** @throws {TypeError} for a wrong subject, and for one that is only read. */
export function writablePath(subject: unknown): string {
  const { path, readonly } = subjectFile(subject);
  if (!readonly) return path;
  throw new TypeError('Maintenance writes to the database, but it was opened or named for reading only');
}
