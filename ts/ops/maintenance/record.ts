/**
 * When which maintenance was done last, in a small database beside the file, and who is at it.
 *
 * Not in the database itself: tools that compare its schema would find a table that nobody has declared. Whoever works
 * holds the write lock of the record meanwhile, which the system takes back when the process ends.
 */
import { existsSync } from 'node:fs';
import { Database } from '../../core/root';
import { SqliteError } from '../../errors';
import type { TaskName } from './tasks';

/** How a task ended. `problems`: a check has found something. */
export type RecordedOutcome = 'ok' | 'problems' | 'failed';

/** The last run of a task. */
export interface RecordedRun {
  readonly task: TaskName;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: RecordedOutcome;
  /** What was found, or why it failed. */
  readonly detail: string | null;
}

/** Where the record of a database is. */
export const recordPath = (path: string): string => `${path}-maintenance`;

const SCHEMA = `CREATE TABLE IF NOT EXISTS runs (
  task TEXT PRIMARY KEY, startedAt INTEGER NOT NULL, durationMs REAL NOT NULL, outcome TEXT NOT NULL, detail TEXT
) STRICT, WITHOUT ROWID`;

/** The record, which nobody else writes until it is closed. */
export class Record {
  readonly #database;

  private constructor(path: string) {
    this.#database = new Database(recordPath(path), { timeout: 0 });
  }

  /** Undefined: another process has it. */
  static open(path: string): Record | undefined {
    const record = new Record(path);
    try {
      record.#database.exec('BEGIN IMMEDIATE');
      record.#database.exec(SCHEMA);
      return record;
    } catch (error) {
      record.#database.close();
      if (error instanceof SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined;
      throw error;
    }
  }

  last(task: TaskName): RecordedRun | undefined {
    return this.#database.prepare('SELECT * FROM runs WHERE task = ?').get(task) as RecordedRun | undefined;
  }

  /** Keeps this instead of what is known of the task. */
  write(run: RecordedRun): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO runs VALUES (@task, @startedAt, @durationMs, @outcome, @detail)')
      .run(run);
    this.#database.exec('COMMIT');
  }

  /** Lets others in. */
  close(): void {
    this.#database.close();
  }
}

/** The last runs, without waiting for whoever writes; undefined when there is no record. */
export function recordedRuns(path: string): RecordedRun[] | undefined {
  const file = recordPath(path);
  if (!existsSync(file)) return undefined;
  let database;
  try {
    database = new Database(file, { readonly: true, fileMustExist: true, timeout: 0 });
    return database.prepare('SELECT * FROM runs ORDER BY task').all() as RecordedRun[];
  } catch (error) {
    // Just being made, or taken away.
    if (error instanceof SqliteError && /^SQLITE_(?:CANTOPEN|BUSY|ERROR)/.test(error.code)) return undefined;
    throw error;
  } finally {
    database?.close();
  }
}
