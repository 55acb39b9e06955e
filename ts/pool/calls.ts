/** The calls that pools, transactions and snapshots have in common. */
import * as layout from '../batch/layout';
import type { Changes, Jobs, Receiver, Statement } from './jobs';
import type { Call } from './options';
import { isSql, type Sql } from './sql';
import { submitCall } from './submit-call';
import { readValues } from './values';

const { JOB_ALL, JOB_BATCH, JOB_EXEC, JOB_GET, JOB_RUN } = layout;

/** A statement of a batch: its text, that with its parameters, or a template. */
export type BatchStatement = string | Sql | readonly [sql: string, params?: unknown];

/** What a call is given: a text, parameters and options, or a template and options. */
export type Given = readonly [sql: unknown, params?: unknown, options?: unknown];

/** Where calls are handed in. */
export interface Target {
  readonly jobs: Jobs;
  /** The transaction or snapshot. */
  readonly lane?: number;
  /** Hears of the number of each call. */
  started?(job: number): void;
  /** The numbers of the streams that are open. */
  readonly streams?: Set<number>;
}

/** @throws {TypeError} if `sql` is no string. */
export function checkSql(sql: unknown): string {
  if (typeof sql !== 'string') throw new TypeError('Expected first argument to be a string');
  return sql;
}

/**
 * The text, parameters and options of a call.
 *
 * @throws {TypeError} if parameters stand behind a template.
 */
export function split([sql, params, options]: Given): { sql: unknown; params: unknown; options: unknown } {
  if (!isSql(sql)) return { sql, params, options };
  const isObject = typeof params === 'object' && !Array.isArray(params) && !ArrayBuffer.isView(params);
  if (options !== undefined || !(isObject || params === undefined)) throw onlyOptions();
  return { sql: sql.sql, params: [sql.values], options: params };
}

function onlyOptions(): TypeError {
  return new TypeError('Expected only options behind a template: its parameters are the values in it');
}

/** @throws {TypeError} if `fn` is no function. */
export function checkFunction(fn: unknown): void {
  if (typeof fn !== 'function') throw new TypeError('Expected first argument to be a function');
}

/** A statement whose values are read. Runs code of the user. */
export function statementOf(sql: unknown, params: unknown): Statement {
  return { sql: checkSql(sql), values: readValues(params) };
}

/**
 * The text of a script.
 *
 * @throws {TypeError} for a template with values, which a script cannot have.
 */
export function scriptOf(sql: unknown): string {
  if (!isSql(sql)) return checkSql(sql);
  if (sql.values.length > 0) {
    throw new TypeError('A script takes no values: use run() or batch() for a template that has some');
  }
  return sql.sql;
}

/** Hands a call in, whose receiver hears of the answer. */
function submit(
  { jobs, lane, started }: Target,
  call: Call,
  kind: number,
  receiver: Receiver,
  statement: Statement | undefined,
  statements?: readonly Statement[],
): void {
  const job = submitCall(jobs, call, {
    kind,
    receiver,
    rows: call,
    statement,
    batch: statements,
    lane,
    background: call.background,
  });
  if (job !== undefined) started?.(job);
}

type Resolve<T> = (value: T) => void;
type Reject = (error: unknown) => void;

// Classes and not literals of closures: there are as many of them as calls under way.

/** Gathers all rows. */
class AllRows implements Receiver {
  readonly #resolve: Resolve<unknown[]>;
  readonly failed: Reject;
  #result: unknown[] | undefined;

  constructor(resolve: Resolve<unknown[]>, reject: Reject) {
    this.#resolve = resolve;
    this.failed = reject;
  }

  rows(rows: unknown[]): void {
    this.#result = append(this.#result, rows);
  }

  done(): void {
    this.#resolve(this.#result ?? []);
  }
}

/** Keeps one answer: the first row, or what was changed. */
class Answer<T> implements Receiver {
  readonly #resolve: Resolve<T>;
  readonly failed: Reject;
  #result: T | undefined;

  constructor(resolve: Resolve<T>, reject: Reject) {
    this.#resolve = resolve;
    this.failed = reject;
  }

  rows(rows: unknown[]): void {
    this.#result = rows[0] as T;
  }

  changes(changes: Changes): void {
    this.#result = changes as T;
  }

  done(): void {
    this.#resolve(this.#result as T);
  }
}

/** All rows, in an array that `resolve` is called with. */
export function all(
  target: Target,
  call: Call,
  statement: Statement,
  resolve: Resolve<unknown[]>,
  reject: Reject,
): void {
  submit(target, call, JOB_ALL, new AllRows(resolve, reject), statement);
}

/** Not by spreading, which can exhaust the stack. */
function append(result: unknown[] | undefined, rows: unknown[]): unknown[] {
  if (result === undefined) return rows;
  for (const row of rows) result.push(row);
  return result;
}

/** The first row, or undefined. */
export function get(
  target: Target,
  call: Call,
  statement: Statement,
  resolve: Resolve<unknown>,
  reject: Reject,
): void {
  submit(target, call, JOB_GET, new Answer(resolve, reject), statement);
}

/** What a statement changes. */
export function run(
  target: Target,
  call: Call,
  statement: Statement,
  resolve: Resolve<Changes>,
  reject: Reject,
): void {
  submit(target, call, JOB_RUN, new Answer(resolve, reject), statement);
}

/** Runs a script. */
export function exec(target: Target, call: Call, sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const statement = statementOf(sql, undefined);
    submit(target, call, JOB_EXEC, { done: resolve, failed: reject }, statement);
  });
}

/** Runs several statements, of which all have their effect or none. */
export function batch(
  target: Target,
  call: Call,
  statements: readonly Statement[],
): Promise<(unknown[] | Changes)[]> {
  return new Promise((resolve, reject) => {
    const results: (unknown[] | Changes)[] = [];
    let part: unknown[] | undefined;
    const receiver: Receiver = {
      rows: (rows, more) => {
        part = append(part, rows);
        if (more) return;
        results.push(part);
        part = undefined;
      },
      changes: (changes) => results.push(changes),
      done: () => resolve(results),
      failed: reject,
    };
    submit(target, call, JOB_BATCH, receiver, undefined, statements);
  });
}

/** Reads the statements of a batch. Runs code of the user. */
export function batchOf(statements: unknown): Statement[] {
  if (!Array.isArray(statements)) throw new TypeError('Expected first argument to be an array of statements');
  // Not map(), which passes over what an array leaves out.
  return Array.from(statements as unknown[], (statement) => {
    if (typeof statement === 'string') return statementOf(statement, undefined);
    if (isSql(statement)) return statementOf(statement.sql, [statement.values]);
    if (!Array.isArray(statement) || typeof statement[0] !== 'string') {
      throw new TypeError(
        'Expected each statement to be a string, a template, or an array of a string and parameters',
      );
    }
    return statementOf(statement[0], statement[1]);
  });
}
