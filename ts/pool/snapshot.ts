/** Snapshots: a reader, held for a function that reads several times from one state of the database. */
import type { Target } from './calls';
import type { Lane } from './lane';
import type { Call } from './options';
import { Reads, STANDARD, TARGET } from './queries';

/** Only {@link runSnapshot} has it. */
const key = Symbol('snapshot');

/** A state of the database, as the function of `read()` has it. */
export class Snapshot extends Reads {
  readonly #lane: Lane;
  readonly #target: Target;

  constructor(secret: symbol, lane: Lane) {
    if (secret !== key) throw new TypeError('Snapshots can only be made by pool.read()');
    super();
    this.#lane = lane;
    this.#target = { jobs: lane.jobs, lane: lane.number, started: (job) => lane.started(job) };
  }

  protected override get [STANDARD](): Call {
    return this.#lane.call;
  }

  protected override [TARGET](): Target {
    this.#lane.requireOpen();
    return this.#target;
  }
}

/** Runs `fn` on the snapshot that `lane` has begun. */
export function runSnapshot<T>(lane: Lane, fn: (snapshot: Snapshot) => T | PromiseLike<T>): Promise<T> {
  return lane.run(() => fn(new Snapshot(key, lane)));
}
