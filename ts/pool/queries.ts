/** What users call on pools, transactions and snapshots. Each of these says where its calls go. */
import * as calls from './calls';
import type { BatchStatement, Given, Target } from './calls';
import type { Changes, Statement } from './jobs';
import { readCallOptions, readQueryOptions, type Call, type CallOptions, type QueryOptions } from './options';
import type { Sql } from './sql';
import { iterate } from './stream';

/** The method that answers where a call goes, or throws when there are no more. */
export const TARGET = Symbol('target');
/** What holds for calls that do not say otherwise. */
export const STANDARD = Symbol('standard');

/** Options of a call that says what was changed. */
export type RunOptions = CallOptions & { readonly safeIntegers?: boolean | undefined };

/** Reads what a call is given. Runs code of the user. */
function readCall(given: Given, standard: Call): { call: Call; statement: Statement } {
  const { sql, params, options } = calls.split(given);
  const call = readQueryOptions(options, standard);
  return { call, statement: calls.statementOf(sql, params) };
}

/**
 * Calls that give rows.
 *
 * The hot ones make their promise themselves: that of an async function that returns another one takes three more
 * turns of the microtasks and a promise more.
 */
export abstract class Reads {
  protected abstract [TARGET](): Target;
  protected abstract get [STANDARD](): Call;

  /**
   * All rows. A statement that only reads is executed by a reader, another one by the writer; in a transaction
   * or snapshot all are executed there.
   *
   * @param params - An array of what a synchronous execution takes as arguments, or the only one of them.
   */
  all<Row = unknown>(query: Sql, options?: QueryOptions): Promise<Row[]>;
  all<Row = unknown>(sql: string, params?: unknown, options?: QueryOptions): Promise<Row[]>;
  all(...given: Given): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      const { call, statement } = readCall(given, this[STANDARD]);
      calls.all(this[TARGET](), call, statement, resolve, reject);
    });
  }

  /** The first row, or undefined. */
  get<Row = unknown>(query: Sql, options?: QueryOptions): Promise<Row | undefined>;
  get<Row = unknown>(sql: string, params?: unknown, options?: QueryOptions): Promise<Row | undefined>;
  get(...given: Given): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { call, statement } = readCall(given, this[STANDARD]);
      calls.get(this[TARGET](), call, statement, resolve, reject);
    });
  }

  /**
   * The rows one at a time, read two batches ahead. A reader is held until the last row was taken or the loop is
   * left; a transaction and a snapshot execute their other calls in between.
   */
  iterate<Row = unknown>(query: Sql, options?: QueryOptions): AsyncGenerator<Row, undefined, undefined>;
  iterate<Row = unknown>(
    sql: string,
    params?: unknown,
    options?: QueryOptions,
  ): AsyncGenerator<Row, undefined, undefined>;
  iterate(...given: Given): AsyncGenerator<any, undefined, undefined> {
    const { call, statement } = readCall(given, this[STANDARD]);
    return iterate(() => this[TARGET](), call, statement);
  }
}

/** Calls that may write as well. */
export abstract class Queries extends Reads {
  /**
   * Runs a statement for what it changes. Resolves once that is committed, outside of a transaction; writes that
   * wait at the same moment are committed together.
   */
  run(query: Sql, options?: RunOptions): Promise<Changes>;
  run(sql: string, params?: unknown, options?: RunOptions): Promise<Changes>;
  run(...given: Given): Promise<Changes> {
    return new Promise((resolve, reject) => {
      const { call, statement } = readCall(given, this[STANDARD]);
      calls.run(this[TARGET](), call, statement, resolve, reject);
    });
  }

  /** Runs every statement of a script. A transaction that it leaves open is rolled back, with an error. */
  async exec(sql: string | Sql, options?: CallOptions): Promise<void> {
    const call = readCallOptions(options, this[STANDARD]);
    const script = calls.scriptOf(sql);
    return calls.exec(this[TARGET](), call, script);
  }

  /**
   * Runs several statements, of which all have their effect or none. One that returns data gives its
   * rows, another one what it changes.
   */
  async batch(
    statements: readonly BatchStatement[],
    options?: QueryOptions,
  ): Promise<(unknown[] | Changes)[]> {
    const call = readQueryOptions(options, this[STANDARD]);
    const checked = calls.batchOf(statements);
    return calls.batch(this[TARGET](), call, checked);
  }
}
