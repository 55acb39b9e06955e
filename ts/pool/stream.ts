/** Rows as they are asked for: a thread works ahead by two batches, and waits when nobody takes them. */
import * as layout from '../batch/layout';
import type { Target } from './calls';
import { streamBegan } from './holders';
import type { Jobs, Statement } from './jobs';
import type { Call } from './options';
import { submitCall } from './submit-call';

/** The end of a stream whose user has left it. */
const LEFT = new Error('the stream was left');

interface Waiting {
  resolve(rows: unknown[] | undefined): void;
  reject(error: unknown): void;
}

class Stream {
  readonly #jobs: Jobs;
  readonly #job: number | undefined;
  readonly #batches: unknown[][] = [];
  /** Those of the transaction. */
  #streams: Set<number> | undefined;
  #waiting: Waiting | undefined;
  #ended = false;
  #error: { readonly thrown: unknown } | undefined;

  constructor({ jobs, lane, started, streams }: Target, call: Call, statement: Statement) {
    this.#jobs = jobs;
    this.#job = submitCall(jobs, call, {
      kind: layout.JOB_ITERATE,
      statement,
      rows: call,
      lane,
      background: call.background,
      receiver: {
        rows: (rows) => {
          this.#batches.push(rows);
          this.#wake();
        },
        done: () => this.#close(undefined),
        failed: (thrown) => this.#close({ thrown }),
      },
    });
    if (this.#job === undefined) return;
    this.#streams = streams;
    streams?.add(this.#job);
    started?.(this.#job);
  }

  /** The next rows; undefined at the end. Once for each batch: the one before is used up. */
  next(): Promise<unknown[] | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#wake();
    });
  }

  /** The batch last given was used up. */
  used(): void {
    if (this.#job !== undefined) this.#jobs.credit(this.#job);
  }

  /** Nobody wants more. */
  end(): void {
    if (!this.#ended && this.#job !== undefined) this.#jobs.cancel(this.#job, LEFT);
  }

  #close(error: { readonly thrown: unknown } | undefined): void {
    this.#ended = true;
    this.#error = error;
    if (this.#job !== undefined) this.#streams?.delete(this.#job);
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const batch = this.#batches.shift();
    if (batch === undefined && !this.#ended) return;
    this.#waiting = undefined;
    if (batch !== undefined) waiting.resolve(batch);
    else if (this.#error === undefined) waiting.resolve(undefined);
    else waiting.reject(this.#error.thrown);
  }
}

/** The rows of a statement, one at a time. Nothing is executed before the first is asked for. */
export async function* iterate(
  target: () => Target,
  call: Call,
  statement: Statement,
): AsyncGenerator<unknown, undefined, undefined> {
  const reached = target();
  const stream = new Stream(reached, call, statement);
  const ended = streamBegan(reached.jobs, statement.sql);
  try {
    for (;;) {
      const rows = await stream.next();
      if (rows === undefined) return undefined;
      for (const row of rows) yield row;
      stream.used();
    }
  } finally {
    ended();
    stream.end();
  }
}
