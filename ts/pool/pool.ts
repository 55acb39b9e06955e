/** `Pool`: what users call. */
import * as layout from '../batch/layout';
import { prepareToWrite } from '../client/open-connection';
import { nameTheFile } from '../client/open-error';
import { FerroliteError } from '../errors';
import { channelOf } from '../native';
import { MAX_TIMER_MS } from '../options';
import { native } from '../this-platform';
import * as calls from './calls';
import type { Target } from './calls';
import type { Gate } from './gate';
import { registerFunction, type CallbackOptions, type Definition, type FunctionOptions } from './functions';
import { guardLocks } from '../locks/guard';
import { migratePool, type MigrationSettings } from './migrations';
import { HOLDERS, laneHolders, rememberPool, streamHolders, type PoolHolder } from './holders';
import { closedError, Jobs } from './jobs';
import { Lane, type LaneLimits, type LaneRequest } from './lane';
import { Origin } from './origin';
import {
  readCloseOptions,
  readLaneOptions,
  type Call,
  type PoolSettings,
  type ReadOptions,
  type TransactionOptions,
} from './options';
import { openMode, pragmasInOrder } from './open';
import { Queries, STANDARD, TARGET } from './queries';
import { runSnapshot, type Snapshot } from './snapshot';
import { runTransaction, type Transaction } from './transaction';

/** What a pool is doing. */
export interface PoolStats {
  /** Calls that wait for a thread. */
  waiting: number;
  /** Calls that are executed. */
  running: number;
  /** Readers that run; they start when they are needed. */
  readers: number;
  /** Readers that wait for work. */
  idleReaders: number;
  /** Readers that streams and snapshots hold. */
  heldReaders: number;
  /** Threads that run. */
  threads: number;
  /** Whether a transaction holds the writer, and for how many milliseconds. */
  heldMs: number | undefined;
  /** Transactions in which writes were committed together. */
  groups: number;
  /** Writes that were committed by these. */
  groupedWrites: number;
  /** Connections that were replaced because of a defect. */
  replaced: number;
  /** Whether the file was deleted, or another one has taken its name: then what is written is lost. */
  fileIsLost: boolean;
}

/** Only {@link newPool} has it. */
const key = Symbol('open');

/**
 * Connections to one database file on threads of their own: one that writes and several that read.
 *
 * Nothing here waits for SQLite: every call answers with a promise.
 */
export class Pool extends Queries {
  /** The file's path. */
  readonly path: string;
  readonly #settings: PoolSettings;
  readonly #jobs: Jobs;
  readonly #target: Target;
  readonly #lanes = new Map<number, Lane>();
  /** The transaction that has the writer. */
  #holder: Lane | undefined;
  #closing: Promise<void> | undefined;
  /** What applies migrations, as long as it does. */
  #migration: { readonly ended: Promise<void>; readonly end: AbortController } | undefined;
  /** What these have failed with: the answer of all calls. */
  #failure: { readonly thrown: unknown } | undefined;
  #ended: (() => void) | undefined;
  #idle: (() => void) | undefined;

  constructor(secret: symbol, settings: PoolSettings) {
    if (secret !== key) throw new TypeError('Pools can only be opened by openPool() or getPool()');
    super();
    const { path } = settings.location;
    const { connection, readers, readerIdleMs } = settings;
    this.path = path;
    this.#settings = settings;
    if (!connection.readonly) prepareToWrite(path, connection);
    const channel = channelOf(native());
    const mode = openMode(connection);
    const options = {
      path,
      mode,
      readers,
      ...(readerIdleMs !== Infinity && { readerIdleMs }),
      busyTimeoutMs: connection.busyTimeoutMs,
      ...pragmasInOrder(connection),
    };
    // Weakly, as the pool of jobs is held by its threads' wake-up.
    this.#jobs = new Jobs(channel, (wake) => channel.native.openPool(options, wake), {
      laneEnded: (number, error) => this.#lanes.get(number)?.lost(error),
      closed: () => this.#ended?.(),
      idle: () => this.#idle?.(),
      nameTheFile: (error) => nameTheFile(error, path),
    });
    this.#target = { jobs: this.#jobs };
    rememberPool(this);
    guardLocks(channel.native);
    if (settings.migrations !== undefined) this.#migrate(settings.migrations);
  }

  /** What holds its threads. */
  [HOLDERS](): PoolHolder[] {
    return [...laneHolders(this.#lanes.values()), ...streamHolders(this.#jobs)];
  }

  /** Whether it only reads. */
  get readonly(): boolean {
    return this.#settings.connection.readonly;
  }

  /** Whether `close()` was called. */
  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Runs a function that may await with the writer to itself, in a transaction that is committed when it
   * returns and rolled back when it throws. All other writes wait meanwhile.
   */
  async transaction<T>(
    fn: (tx: Transaction) => T | PromiseLike<T>,
    options?: TransactionOptions,
  ): Promise<T> {
    calls.checkFunction(fn);
    const limits = readLaneOptions(options, this.#settings, true);
    const lane = this.#lane(layout.JOB_BEGIN, limits, new Origin(new Error('here')));
    return this.#serve(lane, () => {
      this.#holder = lane;
      return runTransaction(lane, fn);
    });
  }

  /** Runs a function that may await with a reader to itself, all of whose reads see one state of the database. */
  async read<T>(fn: (snapshot: Snapshot) => T | PromiseLike<T>, options?: ReadOptions): Promise<T> {
    calls.checkFunction(fn);
    const limits = readLaneOptions(options, this.#settings, false);
    const lane = this.#lane(layout.JOB_SNAPSHOT, limits, new Origin(new Error('here')));
    return this.#serve(lane, () => runSnapshot(lane, fn));
  }

  /**
   * Makes a function known to all connections, for queries that are made later. An expression of SQL, whose parameters are the
   * arguments (`pool.function('area', '?1 * ?2')`), is executed by the threads. A function in JavaScript is called on the
   * thread of JavaScript, for which the query's thread waits: each call takes tens of microseconds, and longer while
   * JavaScript is busy.
   *
   * @throws {TypeError | RangeError} for a wrong name or option, for what is not one expression of its parameters alone,
   *   and for an async function.
   * @throws {SqliteError} what SQLite says of the expression.
   */
  function(name: string, expression: string): this;
  function(name: string, options: FunctionOptions, expression: string): this;
  function(name: string, fn: (...values: any[]) => unknown): this;
  function(name: string, options: CallbackOptions, fn: (...values: any[]) => unknown): this;
  function(...given: Definition): this {
    this.#requireOpen();
    registerFunction(this.#jobs, given, this.#settings.call.safeIntegers);
    return this;
  }

  /** What the pool is doing. */
  stats(): PoolStats {
    const counts = this.#jobs.counts();
    const [waiting, running, readers, idleReaders, heldReaders, threads, groups, groupedWrites, replaced] =
      counts as [number, number, number, number, number, number, number, number, number];
    return {
      waiting: waiting + (this.#jobs.gate?.size ?? 0),
      running,
      readers,
      idleReaders,
      heldReaders,
      threads,
      heldMs: this.#holder === undefined ? undefined : performance.now() - this.#holder.since,
      groups,
      groupedWrites,
      replaced,
      fileIsLost: this.#jobs.hasLostFile,
    };
  }

  /**
   * Refuses further calls, waits for those under way, cancels what is left after `drainMs` (default
   * 10000), and closes the connections. Resolves when the file is closed; closing again is waiting for
   * the same.
   */
  close(options?: { readonly drainMs?: number | undefined }): Promise<void> {
    const drainMs = readCloseOptions(options);
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(drainMs: number): Promise<void> {
    const jobs = this.#jobs;
    await this.#endMigration(drainMs);
    if (jobs.size > 0 || this.#lanes.size > 0) await this.#drained(drainMs);
    jobs.hold();
    await new Promise<void>((resolve) => {
      this.#ended = resolve;
      jobs.channel.native.closePool(jobs.number);
    });
    jobs.unhold();
    jobs.release();
  }

  /** Lets all calls wait until the file is migrated. */
  #migrate(migrations: MigrationSettings): void {
    const { path } = this;
    const gate = this.#jobs.shut();
    const end = new AbortController();
    const ended = this.#migrated(migratePool(path, migrations, this.#settings.connection, end.signal), gate);
    this.#migration = { ended, end };
  }

  async #migrated(migration: Promise<void>, gate: Gate): Promise<void> {
    try {
      await migration;
    } catch (thrown) {
      this.#failure = { thrown };
    }
    this.#migration = undefined;
    gate.open(this.#failure);
    if (this.#failure !== undefined) void this.close({ drainMs: 0 });
  }

  /** Waits for migrations that are applied, for so long, and has them given up then, the one under way too. */
  async #endMigration(drainMs: number): Promise<void> {
    if (this.#migration === undefined) return;
    const { ended, end } = this.#migration;
    const giveUp = (): void => end.abort(closedError());
    if (drainMs === 0) giveUp();
    const timer = drainMs <= MAX_TIMER_MS ? setTimeout(giveUp, drainMs) : undefined;
    await ended;
    clearTimeout(timer);
  }

  /** Resolves when nothing is under way, or the time is over. */
  #drained(drainMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = drainMs <= MAX_TIMER_MS ? setTimeout(resolve, drainMs) : undefined;
      this.#idle = () => {
        if (this.#jobs.size > 0 || this.#lanes.size > 0) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** What a transaction or snapshot holds its thread by. @param origin - Where it was asked for. */
  #lane(kind: LaneRequest['kind'], limits: LaneLimits, origin: Origin): Lane {
    this[TARGET]();
    const { acquireTimeoutMs, holdMs } = limits;
    const writes = kind === layout.JOB_BEGIN;
    const thread = writes ? 'the writer' : 'a reader';
    const held = writes
      ? `The transaction was held for more than ${holdMs} ms (maxHoldMs) and rolled back`
      : `The snapshot was held for more than ${holdMs} ms (maxAgeMs)`;
    return new Lane(this.#jobs, this.#laneCall, {
      ...limits,
      kind,
      origin,
      notAcquired: () =>
        new FerroliteError(
          `Waited more than ${acquireTimeoutMs} ms for ${thread} (acquireTimeoutMs).${writes ? this.#whoHolds() : ''}`,
          'FERROLITE_ACQUIRE_TIMEOUT',
        ),
      heldTooLong: () =>
        new FerroliteError(`${held}. It was started\n${origin.lines}`, 'FERROLITE_HOLD_TIMEOUT'),
    });
  }

  async #serve<T>(lane: Lane, run: () => Promise<T>): Promise<T> {
    const begun = lane.begin();
    // Not later: where JavaScript was busy, one turn tells of its beginning and of its end.
    this.#lanes.set(lane.number, lane);
    try {
      await begun;
      return await run();
    } finally {
      this.#lanes.delete(lane.number);
      if (this.#holder === lane) this.#holder = undefined;
      this.#idle?.();
    }
  }

  /** Limits of rows and their form hold in transactions too, a time for each call does not. */
  get #laneCall(): Call {
    return { ...this.#settings.call, timeoutMs: undefined };
  }

  #whoHolds(): string {
    const holder = this.#holder;
    if (holder === undefined) return '';
    const heldMs = Math.round(performance.now() - holder.since);
    return ` A transaction has held it for ${heldMs} ms. It was started\n${holder.request.origin.lines}`;
  }

  protected override get [STANDARD](): Call {
    return this.#settings.call;
  }

  #requireOpen(): void {
    if (this.#failure !== undefined) throw this.#failure.thrown;
    if (this.#closing !== undefined) throw closedError();
  }

  /** Throws when no more calls are taken. */
  protected override [TARGET](): Target {
    this.#requireOpen();
    const { size } = this.#jobs;
    const { maxQueue } = this.#settings;
    if (size >= maxQueue) {
      throw new FerroliteError(
        `The queue of the pool is full: ${size} calls are under way (maxQueue)`,
        'FERROLITE_QUEUE_FULL',
      );
    }
    return this.#target;
  }
}

/** Opens a pool. */
export function newPool(settings: PoolSettings): Pool {
  return new Pool(key, settings);
}
