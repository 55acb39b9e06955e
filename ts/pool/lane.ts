/**
 * What a transaction and a snapshot have in common: they hold a thread, for a limited time, and every
 * call through them is refused once they have ended.
 */
import * as layout from '../batch/layout';
import { FerroliteError } from '../errors';
import type { Jobs } from './jobs';
import { onAbort } from './on-abort';
import type { Call } from './options';
import type { Origin } from './origin';
import { submitWithin } from './submit-call';

/** For how long a thread is waited for and held. */
export interface LaneLimits {
  /** Gives up waiting for the thread. */
  readonly acquireTimeoutMs: number;
  readonly holdMs: number;
  readonly signal: AbortSignal | undefined;
}

/** What is asked for. */
export interface LaneRequest extends LaneLimits {
  readonly kind: typeof layout.JOB_BEGIN | typeof layout.JOB_SNAPSHOT;
  readonly origin: Origin;
  /** The error for one that was not to be had in time. */
  notAcquired(): Error;
  /** The error for one that was held too long. */
  heldTooLong(): Error;
}

/** A thread that is held. */
export class Lane {
  readonly jobs: Jobs;
  readonly call: Call;
  readonly request: LaneRequest;
  /** Its number. */
  number = 0;
  /** When it began. */
  since = 0;
  readonly #running = new Set<number>();
  #ended: { readonly thrown: unknown } | undefined;
  /** Rejects with what has ended the lane, as soon as it has, whether its user's function has or not. */
  readonly over: Promise<never>;
  readonly #hurry: (error: unknown) => void;

  constructor(jobs: Jobs, call: Call, request: LaneRequest) {
    this.jobs = jobs;
    this.call = call;
    this.request = request;
    let hurry: (error: unknown) => void;
    this.over = new Promise((_, reject) => (hurry = reject));
    this.#hurry = hurry!;
    // Nobody may be waiting for it.
    this.over.catch(() => {});
  }

  /** Resolves when the thread is held. */
  begin(): Promise<void> {
    const { kind, holdMs, signal, acquireTimeoutMs, notAcquired } = this.request;
    return new Promise((resolve, reject) => {
      const done = () => {
        this.since = performance.now();
        resolve();
      };
      const request = { kind, holdMs, rows: this.call, receiver: { done, failed: reject } };
      const limits = { signal, limitMs: acquireTimeoutMs, late: notAcquired, fromBeginning: true };
      this.number = submitWithin(this.jobs, request, limits) ?? 0;
    });
  }

  /** Runs the user's function, and ends the lane as that ends: commits, or rolls back what it throws in. */
  async run<T>(fn: () => T | PromiseLike<T>): Promise<T> {
    let result: T;
    try {
      result = await this.#while(fn);
    } catch (error) {
      await this.#rollback(error);
      throw error;
    }
    await this.#commit();
    return result;
  }

  async #while<T>(fn: () => T | PromiseLike<T>): Promise<T> {
    this.requireOpen();
    const { signal } = this.request;
    const abort = () => this.end(signal!.reason);
    if (signal?.aborted === true) abort();
    const ignore = signal && onAbort(signal, abort);
    this.jobs.hold();
    try {
      return await Promise.race([this.over, (async () => fn())()]);
    } finally {
      ignore?.();
      this.jobs.unhold();
    }
  }

  /** Throws once the lane has ended. */
  requireOpen(): void {
    if (this.#ended !== undefined) throw this.#ended.thrown;
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Keeps the number of a call, to give it up when the lane ends. */
  started(job: number): void {
    this.#running.add(job);
    for (const other of this.#running) {
      if (this.jobs.has(other)) break;
      this.#running.delete(other);
    }
  }

  /** Ends the lane for its user: `thrown` is what calls are refused with, and the promise rejects with. */
  end(thrown: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = { thrown };
    for (const job of this.#running) this.jobs.cancel(job, thrown);
    this.#hurry(thrown);
  }

  /** The addon has ended it. */
  lost(error: Error): void {
    const held = error instanceof FerroliteError && error.code === 'FERROLITE_HOLD_TIMEOUT';
    this.end(held ? this.request.heldTooLong() : error);
  }

  /** Hands in what begins and ends parts of it. */
  command(kind: number, depth = 0): Promise<void> {
    return new Promise((resolve, reject) => {
      this.jobs.submit({
        kind,
        depth,
        lane: this.number,
        rows: this.call,
        receiver: { done: resolve, failed: reject },
      });
    });
  }

  /** Commits, or ends a snapshot. */
  async #commit(): Promise<void> {
    this.requireOpen();
    this.#ended = { thrown: ended() };
    await this.command(layout.JOB_COMMIT);
  }

  /** Rolls back. That it is gone already is no failure. */
  async #rollback(thrown: unknown): Promise<void> {
    this.end(thrown);
    try {
      await this.command(layout.JOB_ROLLBACK);
    } catch {
      // What has ended it is what is reported.
    }
    this.#ended = { thrown: this.#lastWord(thrown) };
  }

  /** After an error of the user's function, calls are refused because it has ended. */
  #lastWord(thrown: unknown): unknown {
    return thrown instanceof FerroliteError ? thrown : ended();
  }
}

/** What calls are refused with once their transaction has ended. */
export function ended(): FerroliteError {
  return new FerroliteError('This transaction has ended', 'FERROLITE_TRANSACTION_ENDED');
}
