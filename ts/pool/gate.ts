/** Calls that wait until a pool's file is as they expect it: until its migrations have been applied. */
import type { Request } from './jobs';

/** What is done with the calls in the end. */
interface Way {
  /** Hands one in. */
  send(job: number, request: Request): void;
  /** Nobody has to answer it any more. */
  forget(job: number): void;
  /** The gate is gone: before the first call goes through it. */
  opened(): void;
  /** All calls have gone through it. */
  passed(): void;
}

export class Gate {
  readonly #way: Way;
  /** By their number, in the order of coming. */
  readonly #requests = new Map<number, Request>();
  readonly #waiting: (() => void)[] = [];

  constructor(way: Way) {
    this.#way = way;
  }

  /** Calls that wait. */
  get size(): number {
    return this.#requests.size;
  }

  hold(job: number, request: Request): void {
    this.#requests.set(job, request);
  }

  /** Gives a call up. False: it does not wait here. */
  cancel(job: number, thrown: unknown): boolean {
    const request = this.#requests.get(job);
    if (request === undefined) return false;
    this.#requests.delete(job);
    this.#way.forget(job);
    request.receiver.failed(thrown);
    return true;
  }

  /** Calls `fn` when the gate opens. */
  whenOpen(fn: () => void): void {
    this.#waiting.push(fn);
  }

  /** Lets all through; with `refusal` they are rejected. */
  open(refusal?: { readonly thrown: unknown }): void {
    this.#way.opened();
    for (const [job, request] of this.#requests) {
      try {
        if (refusal !== undefined) throw refusal.thrown;
        this.#way.send(job, request);
      } catch (error) {
        this.cancel(job, error);
      }
    }
    for (const fn of this.#waiting) fn();
    this.#way.passed();
  }
}
