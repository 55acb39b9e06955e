/**
 * The open pools of a fleet: which are open, who waits for one, and which is closed for whom.
 *
 * What must stay true: at most `maxOpen` pools have threads or files, those that are being closed
 * included; a pool with calls under way is not closed; who waits is served in the order of coming, so that
 * databases that are always busy do not keep the others out.
 */
import { FerroliteError } from '../errors';
import { MAX_TIMER_MS } from '../options';
import { fileOf } from './fleet-names';
import type { FleetSettings } from './fleet-options';
import type { Definition } from './functions';
import { onAbort } from './on-abort';
import { newPool, type Pool } from './pool';
import { timeoutError } from './submit-call';

/** How long who waits lets busy pools go on, before one of them takes no more calls until it was closed. */
const PATIENCE_MS = 20;

/** A pool that is open. */
interface Berth {
  readonly name: string;
  readonly pool: Pool;
  /** Calls under way. */
  calls: number;
  /** Of these, transactions, snapshots and loops: while they last, their functions may make more calls. */
  holds: number;
  idleSince: number;
  /** Takes no more calls, as others wait. */
  yields: boolean;
  /** Its file was deleted or replaced: it is closed after its calls, and another one opened for those that come. */
  lost: boolean;
  closing: boolean;
}

/** A call that wants a pool. */
export interface Wish {
  readonly name: string;
  /** Whether it is a transaction, a snapshot or a loop. */
  readonly holds: boolean;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  /** Called once there is a pool; `release` when the call has ended, and with what it has failed. */
  begin(pool: Pool, waitedMs: number, release: (error?: unknown) => void): void;
  /** Called instead. */
  fail(error: unknown): void;
}

interface Waiting {
  readonly wish: Wish;
  readonly since: number;
  /** Stops what would give it up. */
  stop(): void;
}

/** What has happened to the pools of a fleet. */
export interface Happened {
  opened: number;
  evicted: number;
  expired: number;
}

export class Berths {
  readonly happened: Happened = { opened: 0, evicted: 0, expired: 0 };
  readonly #settings: FleetSettings;
  /** The one that was used longest ago first. */
  readonly #open = new Map<string, Berth>();
  readonly #waiting = new Set<Waiting>();
  /** Names that nothing is opened for, until these have ended. */
  readonly #locked = new Map<string, Promise<unknown>>();
  /** Known to all pools, also those that are opened later. */
  readonly #functions: Definition[] = [];
  #patience: NodeJS.Timeout | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(settings: FleetSettings) {
    this.#settings = settings;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** The pools that are open. */
  *pools(): Generator<{ pool: Pool; isBusy: boolean }> {
    for (const { pool, calls } of this.#open.values()) yield { pool, isBusy: calls > 0 };
  }

  /** @throws {FerroliteError} `FERROLITE_FLEET_CLOSED`. */
  requireOpen(): void {
    if (this.#closed) throw closedError();
  }

  /** Makes a function known, which a pool has taken before. */
  define(definition: Definition): void {
    this.#functions.push(definition);
    for (const { pool } of this.#open.values())
      if (!pool.isClosed) Reflect.apply(pool.function, pool, definition);
  }

  /** Serves a wish, at once where that is possible. */
  take(wish: Wish): void {
    if (this.#closed) return wish.fail(closedError());
    if (wish.signal?.aborted === true) return wish.fail(wish.signal.reason);
    const berth = this.#open.get(wish.name);
    // Its migrations have failed: they are tried again.
    if (berth?.pool.isClosed === true && !berth.closing) void this.#close(berth);
    if (berth !== undefined && takesCalls(berth)) return this.#give(berth, wish, 0);
    if (this.#waiting.size >= this.#settings.pool.maxQueue) return wish.fail(this.#full(this.#waiting.size));
    this.#waiting.add(this.#wait(wish));
    this.#serve();
  }

  /** Closes the pool of `name`, and opens none for it until `fn` has ended. */
  async exclusively<T>(name: string, drainMs: number, fn: () => Promise<T>): Promise<T> {
    while (this.#locked.has(name)) await this.#locked.get(name);
    this.requireOpen();
    const berth = this.#open.get(name);
    const closed = berth === undefined ? Promise.resolve() : this.#close(berth, drainMs);
    const done = closed.then(fn);
    const unlock = (): void => {
      this.#locked.delete(name);
      this.#serve();
    };
    this.#locked.set(name, done.then(unlock, unlock));
    return done;
  }

  /** Refuses further calls and those that wait, and closes all pools. */
  async close(drainMs: number): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#patience);
    clearTimeout(this.#sweep);
    for (const waiting of this.#waiting) this.#giveUp(waiting, closedError());
    await Promise.all([...this.#open.values()].map((berth) => this.#close(berth, drainMs)));
    await Promise.all(this.#locked.values());
  }

  /** Goes through who waits, in order: gives what is there, and has closed what is idle. */
  #serve(): void {
    const wanted = new Set<string>();
    for (const waiting of this.#waiting) {
      const { name } = waiting.wish;
      if (this.#locked.has(name)) continue;
      const berth = this.#open.get(name);
      if (berth === undefined && this.#open.size >= this.#settings.maxOpen) wanted.add(name);
      else if (berth === undefined) this.#openFor(waiting);
      // Who waits for a pool that yields lets those go first that came before.
      else if (takesCalls(berth) || (!berth.closing && !berth.lost && wanted.size === 0))
        this.#serveFrom(berth, waiting);
    }
    if (this.#closeIdle(wanted.size) + this.#draining() < wanted.size) {
      this.#patience ??= setTimeout(() => this.#makeYield(), PATIENCE_MS);
      return;
    }
    clearTimeout(this.#patience);
    this.#patience = undefined;
    if (wanted.size === 0) for (const berth of this.#open.values()) berth.yields = false;
  }

  /** How many pools will be closed as soon as their calls have ended. */
  #draining(): number {
    return [...this.#open.values()].filter((berth) => !berth.closing && !takesCalls(berth)).length;
  }

  #openFor(waiting: Waiting): void {
    const { name } = waiting.wish;
    const { directory, pool: settings } = this.#settings;
    let pool: Pool;
    try {
      pool = newPool({ ...settings, location: { path: fileOf(directory, name) } });
      for (const definition of this.#functions) Reflect.apply(pool.function, pool, definition);
    } catch (error) {
      this.#giveUp(waiting, error);
      return;
    }
    const now = performance.now();
    const isNew = { yields: false, lost: false, closing: false };
    const berth = { name, pool, calls: 0, holds: 0, idleSince: now, ...isNew };
    this.#open.set(name, berth);
    this.happened.opened += 1;
    this.#serveFrom(berth, waiting);
  }

  #serveFrom(berth: Berth, waiting: Waiting): void {
    this.#waiting.delete(waiting);
    waiting.stop();
    this.#give(berth, waiting.wish, performance.now() - waiting.since);
  }

  #give(berth: Berth, { holds, begin }: Wish, waitedMs: number): void {
    berth.calls += 1;
    if (holds) berth.holds += 1;
    // Used last.
    this.#open.delete(berth.name);
    this.#open.set(berth.name, berth);
    let released = false;
    begin(berth.pool, waitedMs, (error) => {
      if (released) return;
      released = true;
      if (error instanceof FerroliteError && error.code === 'FERROLITE_FILE_REPLACED') berth.lost = true;
      berth.calls -= 1;
      if (holds) berth.holds -= 1;
      if (berth.calls > 0) return;
      if (berth.lost && !berth.closing) return void this.#close(berth);
      berth.idleSince = performance.now();
      if (this.#waiting.size > 0) this.#serve();
      this.#sweepLater(this.#settings.idleMs);
    });
  }

  /** Closes idle pools until `wanted` are being closed. Answers how many are. */
  #closeIdle(wanted: number): number {
    const berths = [...this.#open.values()];
    let closing = berths.filter((berth) => berth.closing).length;
    for (const berth of berths) {
      if (closing >= wanted) break;
      if (berth.closing || berth.calls > 0) continue;
      this.happened.evicted += 1;
      closing += 1;
      void this.#close(berth);
    }
    return closing;
  }

  /** Who waits has waited for long enough: the pool that was opened first takes no more calls. */
  #makeYield(): void {
    this.#patience = undefined;
    const busy = [...this.#open.values()].filter((berth) => !berth.closing && !berth.yields);
    const victim = busy.find(({ holds }) => holds === 0) ?? busy[0];
    if (victim !== undefined) victim.yields = true;
    this.#serve();
  }

  async #close(berth: Berth, drainMs?: number): Promise<void> {
    berth.closing = true;
    await berth.pool.close(drainMs === undefined ? undefined : { drainMs });
    if (this.#open.get(berth.name) === berth) this.#open.delete(berth.name);
    if (!this.#closed) this.#serve();
  }

  /** One timer for all: idle pools do not keep the process alive. */
  #sweepLater(ms: number): void {
    if (this.#sweep !== undefined || this.#closed || ms > MAX_TIMER_MS) return;
    this.#sweep = setTimeout(() => {
      this.#sweep = undefined;
      let next = Infinity;
      for (const berth of this.#open.values()) {
        if (berth.closing || berth.calls > 0) continue;
        const left = berth.idleSince + this.#settings.idleMs - performance.now();
        if (left > 0) {
          next = Math.min(next, left);
          continue;
        }
        this.happened.expired += 1;
        void this.#close(berth);
      }
      this.#sweepLater(Math.ceil(next));
    }, ms);
    this.#sweep.unref();
  }

  #wait(wish: Wish): Waiting {
    const { signal, timeoutMs = Infinity } = wish;
    const { openTimeoutMs } = this.#settings;
    const aborted = (): void => this.#leave(waiting, signal!.reason);
    const ignore = signal && onAbort(signal, aborted);
    const ms = Math.min(openTimeoutMs, timeoutMs);
    const late = (): void =>
      this.#leave(waiting, timeoutMs < openTimeoutMs ? timeoutError(timeoutMs) : this.#full(undefined));
    const timer = ms <= MAX_TIMER_MS ? setTimeout(late, ms) : undefined;
    const waiting: Waiting = {
      wish,
      since: performance.now(),
      stop() {
        clearTimeout(timer);
        ignore?.();
      },
    };
    return waiting;
  }

  #leave(waiting: Waiting, reason: unknown): void {
    this.#giveUp(waiting, reason);
    // Nobody may be left for whom a pool yields.
    this.#serve();
  }

  #giveUp(waiting: Waiting, reason: unknown): void {
    this.#waiting.delete(waiting);
    waiting.stop();
    waiting.wish.fail(reason);
  }

  #full(queued: number | undefined): FerroliteError {
    const { maxOpen, openTimeoutMs } = this.#settings;
    const what =
      queued === undefined
        ? `Waited more than ${openTimeoutMs} ms for another database of the fleet to be closed (openTimeoutMs)`
        : `${queued} calls wait for other databases of the fleet to be closed (maxQueue)`;
    return new FerroliteError(
      `${what}: ${maxOpen} may be open at once (maxOpen), and all have calls under way. ` +
        'Raise maxOpen, or end transactions, snapshots and loops sooner',
      'FERROLITE_FLEET_FULL',
    );
  }
}

/** Functions of those that hold a pool can end only when the calls that they make are served. */
function takesCalls({ closing, lost, yields, holds }: Berth): boolean {
  return !closing && (!(lost || yields) || holds > 0);
}

function closedError(): FerroliteError {
  return new FerroliteError('The fleet is closed', 'FERROLITE_FLEET_CLOSED');
}
