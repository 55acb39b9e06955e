/** Interactive transactions: the writer, held for a function that may await. */
import * as layout from '../batch/layout';
import { FerroliteError } from '../errors';
import * as calls from './calls';
import type { Target } from './calls';
import { ended, type Lane } from './lane';
import type { Call } from './options';
import { Queries, STANDARD, TARGET } from './queries';

/** Only {@link runTransaction} has it. */
const key = Symbol('transaction');

/**
 * A transaction, as its function has it. Each call is executed when those before it are done; once the
 * function has ended, every call is refused.
 */
export class Transaction extends Queries {
  readonly #lane: Lane;
  readonly #depth: number;
  readonly #target: Target;
  /** A nested transaction is under way. */
  #nested = false;
  #ended = false;

  constructor(secret: symbol, lane: Lane, depth: number) {
    if (secret !== key) throw new TypeError('Transactions can only be made by pool.transaction()');
    super();
    this.#lane = lane;
    this.#depth = depth;
    this.#target = {
      jobs: lane.jobs,
      lane: lane.number,
      started: (job) => lane.started(job),
      streams: new Set(),
    };
  }

  /**
   * A transaction within this one: a savepoint. What its function does is undone if it throws. Until it
   * has ended, calls go through the object that it is given.
   */
  async transaction<T>(fn: (tx: Transaction) => T | PromiseLike<T>): Promise<T> {
    calls.checkFunction(fn);
    this[TARGET]();
    this.#nested = true;
    const depth = this.#depth + 1;
    const inner = new Transaction(key, this.#lane, depth);
    try {
      await this.#lane.command(layout.JOB_SAVEPOINT, depth);
      let result: T;
      try {
        result = await Promise.race([this.#lane.over, (async () => fn(inner))()]);
        inner.#end();
      } catch (error) {
        inner.#end();
        if (!this.#lane.hasEnded) await this.#lane.command(layout.JOB_UNDO, depth);
        throw error;
      }
      this.#lane.requireOpen();
      await this.#lane.command(layout.JOB_RELEASE, depth);
      return result;
    } finally {
      this.#nested = false;
    }
  }

  /** Its streams end with it. Those of the outermost transaction are ended by its thread. */
  #end(): void {
    this.#ended = true;
    for (const job of this.#target.streams!) this.#lane.jobs.cancel(job, ended());
  }

  protected override get [STANDARD](): Call {
    return this.#lane.call;
  }

  protected override [TARGET](): Target {
    this.#lane.requireOpen();
    if (this.#ended) throw ended();
    if (this.#nested) {
      throw new FerroliteError(
        'A transaction within this one is under way: use the object that its function is given, or await it first',
        'FERROLITE_TRANSACTION_NESTED',
      );
    }
    return this.#target;
  }
}

/** Runs `fn` in the transaction that `lane` has begun. */
export function runTransaction<T>(lane: Lane, fn: (tx: Transaction) => T | PromiseLike<T>): Promise<T> {
  return lane.run(() => fn(new Transaction(key, lane, 0)));
}
