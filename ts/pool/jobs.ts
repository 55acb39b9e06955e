/**
 * The jobs of one pool: handed to its threads, and settled by the events that come back.
 *
 * The addon calls back when there are events, and is then asked for one after the other: each call
 * delivers a batch in the memory that synchronous executions use, read by the same decoder.
 */
import { setImmediate, setInterval } from 'node:timers';
import type { BatchValue } from '../batch/decode';
import { EXPAND } from '../batch/decode';
import { writeParameter } from '../batch/encode-params';
import * as layout from '../batch/layout';
import { errorFrom, FerroliteError, KIND } from '../errors';
import type { Channel } from '../native';
import { MAX_TIMER_MS } from '../options';
import type { Callback } from './functions';
import { Gate } from './gate';
import type { Rows } from './options';
import { RowReader } from './row-reader';
import { writeValues, type Values } from './values';

const {
  BATCH_LAST,
  BATCH_MORE,
  CALL_ARGUMENT_ARRAY,
  CALL_BACKGROUND,
  CALL_EXPAND,
  CALL_SAFE_INTEGERS,
  EVENT_CALL,
  EVENT_CHANGES,
  EVENT_CLOSED,
  EVENT_FAILED,
  EVENT_LANE_ENDED,
  EVENT_NONE,
  EVENT_OPEN_FAILED,
  EVENT_ROWS,
  MAX_CALL_ARGUMENTS,
  OPERATION_ANSWER,
  OPERATION_STAGE,
  OPERATION_SUBMIT,
  OPERATION_TAKE,
  SLOT_CHANGES,
  SLOT_HOLD_MS,
  SLOT_LAST_ROWID,
  SLOT_LAST_ROWID_EXACT,
  SLOT_MAX_BYTES,
  SLOT_MAX_ROWS,
  WORD_BATCH_FLAGS,
  WORD_CALL_FLAGS,
  WORD_DEPTH,
  WORD_EVENT,
  WORD_JOB,
  WORD_JOB_KIND,
  WORD_LANE,
  WORD_NAMED_AT,
  WORD_NAMED_COUNT,
  WORD_OPERATION,
  WORD_PARAMETERS,
  WORD_SHAPE,
  WORD_STATEMENT,
  WORD_STATUS,
} = layout;

/** Events that are taken before others get a turn of the event loop. */
const EVENTS_PER_TURN = 64;
/** A job's number is a word of the header. */
const LARGEST_NUMBER = 0x7fff_ffff;
/** What a statement fails with when its function has, as `src/pool/callback.rs` says. */
const THROWN = 'a function of the pool has thrown';
const NO_ARGUMENTS: readonly unknown[] = [];

/** What a statement changed. */
export interface Changes {
  changes: number;
  lastInsertRowid: number | bigint;
}

/** A statement with its values. */
export interface Statement {
  readonly sql: string;
  readonly values: Values;
}

/** What the parts of a job come to. */
export interface Receiver {
  /** Rows of a result; `more` of the same follow. */
  rows?(rows: unknown[], more: boolean): void;
  /** What a statement changed. */
  changes?(changes: Changes): void;
  /** It is done. */
  done(): void;
  /** It has failed. */
  failed(error: unknown): void;
}

/** What is asked of a thread. */
export interface Request {
  readonly kind: number;
  readonly receiver: Receiver;
  /** How rows are wanted. */
  readonly rows: Rows;
  readonly statement?: Statement | undefined;
  /** Those of a batch. */
  readonly batch?: readonly Statement[] | undefined;
  /** The number of the transaction or snapshot. */
  readonly lane?: number | undefined;
  readonly background?: boolean;
  readonly holdMs?: number;
  readonly depth?: number;
}

interface Pending {
  readonly receiver: Receiver;
  readonly rows: Rows;
  /** What it is rejected with when it was cancelled. */
  reason: { readonly thrown: unknown } | undefined;
  /** What a function of the user has thrown that it called. */
  thrown: { readonly thrown: unknown } | undefined;
}

/** What is told of a pool as a whole. */
export interface PoolEvents {
  /** A transaction or snapshot has ended without its user's doing. */
  laneEnded(lane: number, error: Error): void;
  /** The last thread has ended. */
  closed(): void;
  /** Nothing is pending. */
  idle(): void;
  /** Adds the file's name to an error. */
  nameTheFile(error: Error): unknown;
}

/** Those that wait for something: nothing else may hold them. */
const active = new Set<Jobs>();

/** Ends the threads of pools that nobody has any more. */
const collected = new FinalizationRegistry<{ channel: Channel; number: number }>(({ channel, number }) =>
  channel.native.releasePool(number),
);

export class Jobs {
  readonly channel: Channel;
  readonly number: number;
  readonly #events: PoolEvents;
  readonly #pending = new Map<number, Pending>();
  readonly #rows: RowReader;
  /** Functions of the user that threads ask for by their number. */
  readonly callbacks: Callback[] = [];
  #nextJob = 1;
  /** What else keeps the process alive: open transactions and snapshots. */
  #holds = 0;
  #keepAlive: NodeJS.Timeout | undefined;
  #released = false;
  #gate: Gate | undefined;

  /** @param open - Opens the pool, given what is to be called when there are events. */
  constructor(channel: Channel, open: (wake: () => void) => number, events: PoolEvents) {
    this.channel = channel;
    this.#rows = new RowReader(channel);
    this.#events = events;
    // Weakly: a pool that nobody has any more is to be collected.
    const self = new WeakRef(this);
    this.number = open(() => self.deref()?.drain());
    collected.register(this, { channel, number: this.number }, this);
  }

  /** Calls that have not been answered. */
  get size(): number {
    return this.#pending.size;
  }

  /** Whether a number belongs to a call that has not been answered. */
  has(job: number): boolean {
    return this.#pending.has(job);
  }

  /** Keeps the process alive until {@link unhold}. */
  hold(): void {
    this.#holds += 1;
    this.#stayAlive();
  }

  unhold(): void {
    this.#holds -= 1;
    this.#mayEnd();
  }

  /**
   * Hands a job to the pool and answers its number. Runs no code of the user.
   *
   * @throws {Error} if the job cannot be taken in.
   */
  submit(request: Request): number {
    // The number may be another pool's.
    if (this.#released) throw closedError();
    const job = this.#newNumber();
    const { receiver, rows } = request;
    this.#pending.set(job, { receiver, rows, reason: undefined, thrown: undefined });
    try {
      if (this.#gate === undefined) this.#send(job, request);
      else this.#gate.hold(job, request);
    } catch (error) {
      this.#pending.delete(job);
      throw error;
    }
    this.#stayAlive();
    return job;
  }

  #send(job: number, request: Request): void {
    const { words, reals } = this.channel;
    const { statement, batch, rows } = request;
    if (batch !== undefined) {
      for (const staged of batch) this.#write(OPERATION_STAGE, staged, rows, request);
    }
    words[WORD_JOB] = job;
    words[WORD_JOB_KIND] = request.kind;
    words[WORD_LANE] = request.lane ?? 0;
    words[WORD_DEPTH] = request.depth ?? 0;
    reals[SLOT_MAX_ROWS] = rows.maxRows;
    reals[SLOT_MAX_BYTES] = rows.maxBytes;
    reals[SLOT_HOLD_MS] = request.holdMs ?? 0;
    this.#write(OPERATION_SUBMIT, statement, rows, request);
  }

  /** Lets calls wait until the gate opens. */
  shut(): Gate {
    this.hold();
    this.#gate = new Gate({
      send: (job, request) => this.#send(job, request),
      forget: (job) => this.#pending.delete(job),
      opened: () => (this.#gate = undefined),
      passed: () => this.unhold(),
    });
    return this.#gate;
  }

  /** Where calls wait; undefined: they go to the threads. */
  get gate(): Gate | undefined {
    return this.#gate;
  }

  /** Gives a job up; `thrown` is what it is rejected with, unless it is done before. */
  cancel(job: number, thrown: unknown): void {
    const pending = this.#pending.get(job);
    if (this.#released || pending === undefined || pending.reason !== undefined) return;
    if (this.#gate?.cancel(job, thrown) === true) return this.#mayEnd();
    pending.reason = { thrown };
    this.channel.native.cancelJob(this.number, job);
  }

  /** Allows a stream one more batch. */
  credit(job: number): void {
    if (!this.#released && this.#pending.has(job)) this.channel.native.creditJob(this.number, job);
  }

  #write(operation: number, statement: Statement | undefined, rows: Rows, request: Request): void {
    const { channel } = this;
    const { words } = channel;
    let flags = rows.safeIntegers ? CALL_SAFE_INTEGERS : 0;
    if (rows.mode === EXPAND) flags |= CALL_EXPAND;
    if (request.background === true) flags |= CALL_BACKGROUND;
    let args: unknown[] | undefined;
    words[WORD_PARAMETERS] = 0;
    words[WORD_NAMED_AT] = -1;
    if (statement !== undefined) {
      const { sql, values } = statement;
      args = writeValues(channel, values, sql);
      words[WORD_PARAMETERS] = values.values.length;
      words[WORD_NAMED_AT] = values.at;
      words[WORD_NAMED_COUNT] = values.named;
      if (args.length > MAX_CALL_ARGUMENTS) flags |= CALL_ARGUMENT_ARRAY;
    }
    words[WORD_STATEMENT] = this.number;
    words[WORD_OPERATION] = operation;
    words[WORD_CALL_FLAGS] = flags;
    channel.call(args ?? NO_ARGUMENTS);
    if (words[WORD_STATUS] !== 0) throw channel.takeError();
  }

  #newNumber(): number {
    let number = this.#nextJob;
    while (this.#pending.has(number)) number = (number % LARGEST_NUMBER) + 1;
    this.#nextJob = (number % LARGEST_NUMBER) + 1;
    return number;
  }

  /** Takes the events that there are. */
  drain(): void {
    // The number may be another pool's.
    if (this.#released) return;
    for (let taken = 0; taken < EVENTS_PER_TURN; taken += 1) {
      if (this.#released || !this.#take()) return;
    }
    setImmediate(() => this.drain());
  }

  /** Takes one event. False: there was none. */
  #take(): boolean {
    const { channel } = this;
    const { words } = channel;
    words[WORD_STATEMENT] = this.number;
    words[WORD_OPERATION] = OPERATION_TAKE;
    const value = channel.execute();
    const event = words[WORD_EVENT]!;
    if (event === EVENT_NONE) return false;
    const job = words[WORD_JOB]!;
    const failure = words[WORD_STATUS] === 0 ? undefined : channel.native.takeError();
    if (event === EVENT_CALL && failure === undefined) {
      this.#answer(value, this.#pending.get(job));
      return true;
    }
    if (event === EVENT_CLOSED) {
      this.#events.closed();
      return true;
    }
    if (event === EVENT_LANE_ENDED) {
      this.#events.laneEnded(job, errorFrom(failure ?? null));
      return true;
    }
    const last = (words[WORD_BATCH_FLAGS]! & BATCH_LAST) !== 0;
    const pending = this.#pending.get(job);
    try {
      this.#receive(event, value, pending, failure);
    } catch (error) {
      // Out of memory or stack: what comes of it later is passed over.
      this.#pending.delete(job);
      this.channel.native.cancelJob(this.number, job);
      pending?.receiver.failed(error);
      this.#mayEnd();
      return true;
    }
    if (last) this.#settle(job, pending, event, failure);
    return true;
  }

  /** Calls a function of the user for a thread that waits, and gives it the result. */
  #answer(value: BatchValue, pending: Pending | undefined): void {
    const { channel } = this;
    const { words } = channel;
    let result: unknown;
    let given = 0;
    try {
      const { bigints, call } = this.callbacks[words[WORD_SHAPE]!]!;
      result = call(this.#rows.argumentsOf(value, bigints));
      given = 1;
    } catch (thrown) {
      if (pending !== undefined) pending.thrown = { thrown };
    }
    const args: unknown[] = ['', ''];
    if (given === 1 && writeParameter(channel, 0, result) === 1) args.push(result);
    words[WORD_PARAMETERS] = given;
    words[WORD_NAMED_AT] = -1;
    words[WORD_CALL_FLAGS] = 0;
    words[WORD_STATEMENT] = this.number;
    words[WORD_OPERATION] = OPERATION_ANSWER;
    channel.call(args);
    // Too large, or no memory for it.
    if (words[WORD_STATUS] !== 0 && pending !== undefined) pending.thrown = { thrown: channel.takeError() };
  }

  #receive(
    event: number,
    value: BatchValue,
    pending: Pending | undefined,
    failure: ReturnType<Channel['native']['takeError']> | undefined,
  ): void {
    if (event === EVENT_ROWS) {
      const rows = this.#rows.decode(value, pending?.rows);
      pending?.receiver.rows?.(rows, (this.channel.words[WORD_BATCH_FLAGS]! & BATCH_MORE) !== 0);
    } else if (event === EVENT_CHANGES && failure === undefined) {
      const { reals, integers } = this.channel;
      const lastInsertRowid =
        pending?.rows.safeIntegers === true ? integers[SLOT_LAST_ROWID_EXACT]! : reals[SLOT_LAST_ROWID]!;
      pending?.receiver.changes?.({ changes: reals[SLOT_CHANGES]!, lastInsertRowid });
    }
  }

  #settle(
    job: number,
    pending: Pending | undefined,
    event: number,
    failure: ReturnType<Channel['native']['takeError']> | undefined,
  ): void {
    this.#pending.delete(job);
    if (pending !== undefined) {
      if (event !== EVENT_FAILED && event !== EVENT_OPEN_FAILED) pending.receiver.done();
      else pending.receiver.failed(this.#errorOf(pending, event, failure ?? null));
    }
    this.#mayEnd();
  }

  #errorOf({ reason, thrown }: Pending, event: number, failure: Parameters<typeof errorFrom>[0]): unknown {
    if (failure?.kind === KIND.cancelled && reason !== undefined) return reason.thrown;
    if (failure?.message === THROWN && thrown !== undefined) return thrown.thrown;
    const error = errorFrom(failure);
    return event === EVENT_OPEN_FAILED ? this.#events.nameTheFile(error) : error;
  }

  #stayAlive(): void {
    active.add(this);
    if (this.#keepAlive === undefined) this.#keepAlive = setInterval(() => undefined, MAX_TIMER_MS);
    else this.#keepAlive.ref();
  }

  #mayEnd(): void {
    if (this.#pending.size > 0) return;
    this.#events.idle();
    if (this.#holds > 0) return;
    active.delete(this);
    this.#keepAlive?.unref();
  }

  /** What the addon counts. */
  counts(): number[] {
    return this.#released ? Array.from({ length: 9 }, () => 0) : this.channel.native.poolCounts(this.number);
  }

  /** Whether the file was deleted, or another one has taken its name. */
  get hasLostFile(): boolean {
    return !this.#released && this.channel.native.poolHasLostFile(this.number);
  }

  /** Gives the pool's number back. */
  release(): void {
    this.#released = true;
    collected.unregister(this);
    clearInterval(this.#keepAlive);
    this.#keepAlive = undefined;
    this.channel.native.releasePool(this.number);
    // What was handed in after the threads had ended: a transaction's end, say.
    const left = [...this.#pending.values()];
    this.#pending.clear();
    active.delete(this);
    for (const { receiver } of left) receiver.failed(closedError());
  }
}

/** The answer of a pool that is closed. */
export function closedError(): FerroliteError {
  return new FerroliteError('The pool is closed', 'FERROLITE_POOL_CLOSED');
}
