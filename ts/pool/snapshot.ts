/** Snapshots: a reader, held for a function that reads several times from one state of the database. */
import * as calls from './calls';
import type { Target } from './calls';
import type { Lane } from './lane';
import { readQueryOptions, type QueryOptions } from './options';

/** Only {@link runSnapshot} has it. */
const key = Symbol('snapshot');

/** A state of the database, as the function of `read()` has it. */
export class Snapshot {
  readonly #lane: Lane;
  readonly #target: Target;

  constructor(secret: symbol, lane: Lane) {
    if (secret !== key) throw new TypeError('Snapshots can only be made by pool.read()');
    this.#lane = lane;
    this.#target = { jobs: lane.jobs, lane: lane.number, started: (job) => lane.started(job) };
  }

  /** All rows. */
  async all<Row = unknown>(sql: string, params?: unknown, options?: QueryOptions): Promise<Row[]> {
    const call = readQueryOptions(options, this.#lane.call);
    const statement = calls.statementOf(sql, params);
    this.#lane.requireOpen();
    return calls.all(this.#target, call, statement) as Promise<Row[]>;
  }

  /** The first row, or undefined. */
  async get<Row = unknown>(sql: string, params?: unknown, options?: QueryOptions): Promise<Row | undefined> {
    const call = readQueryOptions(options, this.#lane.call);
    const statement = calls.statementOf(sql, params);
    this.#lane.requireOpen();
    return calls.get(this.#target, call, statement) as Promise<Row | undefined>;
  }
}

/** Runs `fn` on the snapshot that `lane` has begun. */
export function runSnapshot<T>(lane: Lane, fn: (snapshot: Snapshot) => T | PromiseLike<T>): Promise<T> {
  return lane.run(() => fn(new Snapshot(key, lane)));
}
