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

function submit(
  { jobs, lane, started }: Target,
  call: Call,
  request: { kind: number; receiver: Receiver; statement?: Statement; batch?: readonly Statement[] },
): void {
  const job = submitCall(jobs, call, lane === undefined ? request : { ...request, lane });
  if (job !== undefined) started?.(job);
}

/** All rows. */
export function all(target: Target, call: Call, statement: Statement): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    let result: unknown[] | undefined;
    submit(target, call, {
      kind: JOB_ALL,
      statement,
      receiver: {
        rows: (rows) => {
          result = append(result, rows);
        },
        done: () => resolve(result ?? []),
        failed: reject,
      },
    });
  });
}

/** Not by spreading, which can exhaust the stack. */
function append(result: unknown[] | undefined, rows: unknown[]): unknown[] {
  if (result === undefined) return rows;
  for (const row of rows) result.push(row);
  return result;
}

/** The first row, or undefined. */
export function get(target: Target, call: Call, statement: Statement): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let result: unknown;
    submit(target, call, {
      kind: JOB_GET,
      statement,
      receiver: {
        rows: ([row]) => {
          result = row;
        },
        done: () => resolve(result),
        failed: reject,
      },
    });
  });
}

/** What a statement changes. */
export function run(target: Target, call: Call, statement: Statement): Promise<Changes> {
  return new Promise((resolve, reject) => {
    let result: Changes;
    submit(target, call, {
      kind: JOB_RUN,
      statement,
      receiver: {
        changes: (changes) => {
          result = changes;
        },
        done: () => resolve(result),
        failed: reject,
      },
    });
  });
}

/** Runs a script. */
export function exec(target: Target, call: Call, sql: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const statement = statementOf(sql, undefined);
    submit(target, call, { kind: JOB_EXEC, statement, receiver: { done: resolve, failed: reject } });
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
    submit(target, call, {
      kind: JOB_BATCH,
      batch: statements,
      receiver: {
        rows: (rows, more) => {
          part = append(part, rows);
          if (more) return;
          results.push(part);
          part = undefined;
        },
        changes: (changes) => results.push(changes),
        done: () => resolve(results),
        failed: reject,
      },
    });
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
