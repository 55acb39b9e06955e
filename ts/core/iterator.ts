/** Iterators over the rows of a statement. */
import type { Connection } from './connection';
import { showMethods } from './native-like';

/** Rows that an iterator fetched ahead. */
export interface Fetched {
  rows: unknown[];
  /** Whether the statement may give more. */
  more: boolean;
  /** What follows the rows instead of more of them. */
  error: Error | undefined;
}

/** What the end of an iteration has thrown. */
export interface Late {
  readonly thrown: unknown;
}

/** What an iterator needs of its statement. */
interface Source {
  readonly connection: Connection;
  /** Fetches up to `wanted` rows. */
  fetch(wanted: number): Fetched;
  /** Unlocks the statement, and returns the error of its end. @param running - whether it has to be reset. */
  close(running: boolean): Late | undefined;
}

/** Each fetch asks for so many times the rows of the one before: a loop that is left early has read little in vain. */
const GROWTH = 4;

/** Only {@link newIterator} has it. */
const key = Symbol('iterate');

/** Refuses a receiver that is no iterator; to be called before any private member is used. */
let requireIterator: (value: unknown) => void;

/**
 * The rows of one execution, one at a time; made by `stmt.iterate()`.
 *
 * Rows are fetched ahead in growing batches where nothing can tell. The statement and its
 * connection stay locked until the last row was taken, an error was thrown, or `return()` was called.
 */
export class StatementIterator implements IterableIterator<unknown> {
  /** The statement. */
  declare readonly statement: object;

  readonly #source: Source;
  #rows: unknown[] = [];
  #at = 0;
  #more = true;
  #error: Error | undefined;
  #done = false;
  #batch = 1;

  static {
    requireIterator = (value) => {
      if (typeof value !== 'object' || value === null || !(#done in value)) {
        throw new TypeError('Illegal invocation');
      }
    };
  }

  // Declared without parameters, as the native class is.
  constructor(...args: [secret: symbol, statement: object, source: Source]) {
    const [secret, statement, source] = args;
    if (secret !== key) throw new TypeError('Disabled constructor');
    this.#source = source;
    Object.defineProperty(this, 'statement', { value: statement, enumerable: true });
  }

  next(): IteratorResult<unknown, undefined> {
    requireIterator(this);
    this.#source.connection.requireIdle();
    if (this.#at < this.#rows.length) return this.#take();
    if (this.#done) return { value: undefined, done: true };
    if (this.#error === undefined && this.#more) this.#fetch();
    if (this.#at < this.#rows.length) return this.#take();
    const error = this.#error;
    this.#finish();
    if (error !== undefined) throw error;
    return { value: undefined, done: true };
  }

  /** Ends the iteration and unlocks the statement. */
  return(): IteratorResult<unknown, undefined> {
    requireIterator(this);
    this.#source.connection.requireIdle();
    if (!this.#done) this.#finish();
    return { value: undefined, done: true };
  }

  [Symbol.iterator](): this {
    requireIterator(this);
    return this;
  }

  #take(): IteratorYieldResult<unknown> {
    const value = this.#rows[this.#at];
    // What was taken is its user's alone.
    this.#rows[this.#at] = undefined;
    this.#at += 1;
    return { value, done: false };
  }

  #fetch(): void {
    let fetched: Fetched;
    try {
      fetched = this.#source.fetch(this.#batch);
    } catch (error) {
      this.#finish();
      throw error;
    }
    this.#rows = fetched.rows;
    this.#at = 0;
    this.#more = fetched.more;
    this.#error = fetched.error;
    this.#batch *= GROWTH;
  }

  #finish(): void {
    const late = this.#source.close(this.#more);
    // Last, so that what interrupts the above leaves an iterator that can still be ended.
    this.#done = true;
    this.#rows = [];
    this.#at = 0;
    this.#error = undefined;
    this.#more = false;
    if (late !== undefined) throw late.thrown;
  }
}

showMethods(StatementIterator, ['next', 'return', Symbol.iterator]);

export function newIterator(statement: object, source: Source): StatementIterator {
  return new StatementIterator(key, statement, source);
}

/**
 * One that nobody uses. Without any iterator alive a full garbage collection drops the hidden class
 * of iterators, and with it all code that V8 has optimised for them.
 */
export const unused = newIterator(
  {},
  {
    connection: {} as Connection,
    fetch: () => ({ rows: [], more: false, error: undefined }),
    close: () => undefined,
  },
);
