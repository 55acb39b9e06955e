/**
 * One native connection: its number, and what may be called on it at the moment.
 *
 * `Database`, `Statement` and `StatementIterator` share it. It refers to the `Database`
 * object only weakly, because the collection of that closes it.
 */
import { isMainThread } from 'node:worker_threads';
import { CALL_DETACH_TEXT } from '../batch/layout';
import type { Channel, NativeBinding } from '../native';
import type { Descriptors } from '../options';
import { guardLocks } from '../locks/guard';
import { requireDescriptors, requireUsable } from './descriptors';
import { closed, opened, Origin, REMEMBERS_ORIGINS } from './open-connections';

/** More open iterators than this on one connection are refused. */
const MAX_ITERATORS = 65535;

/** Of all connections whose iterators are not remembered. */
const NO_ORIGINS: Map<object, Origin> = new Map();

/** Closes a connection whose `Database` was collected. */
const collected = new FinalizationRegistry<Connection>((connection) => connection.release());

/** What all evaluations and copies of the package tell of a connection. */
export const nativeKey = Symbol.for('ferrolite.native');

/** A connection as its addon knows it. */
export interface NativeConnection {
  /** Tells the addon's SQLite library from others in the process. */
  readonly library: string;
  /** The addon that has given the number out: each evaluation of the package has an object of its own. */
  readonly native: Pick<NativeBinding, 'connectionStatus' | 'mainFile' | 'connectionLocks'>;
  readonly number: number;
}

/** What a connection is opened with, and what its database says of itself. */
export interface ConnectionOptions {
  /** The way to the addon. */
  readonly channel: Channel;
  /** A file's path, `:memory:`, or `''` for a temporary file. */
  readonly path: string;
  /** The bytes of a database, to be opened in memory in the place of a file. */
  readonly image: Uint8Array | undefined;
  /** One of `OPEN_MODE`. */
  readonly mode: number;
  /** Opened instead of `path`. */
  readonly descriptors: Descriptors | undefined;
  /** Milliseconds to wait for a lock. */
  readonly timeout: number;
  /** The path as the user gave it. */
  readonly name: string;
  readonly readonly: boolean;
  /** In memory or a temporary file. */
  readonly memory: boolean;
  /** Whether strings keep nothing else alive. */
  readonly detachStrings: boolean;
}

export class Connection {
  readonly name: string;
  readonly readonly: boolean;
  readonly memory: boolean;
  readonly channel: Channel;
  /** The addon's number. */
  readonly number: number;
  /** The flags that each of its calls has. */
  readonly callFlags: number;
  /** False from close() on. */
  isOpen = true;
  /** Whether new statements give integers as bigints. */
  safeIntegers = false;
  /** Whether code of the user can run while statements execute. */
  hasCallbacks = false;
  /** Where it was opened, where its transaction and its iterators began: remembered for debugging only. */
  origin: Origin | undefined;
  transactionOrigin: Origin | undefined;
  readonly iteratorOrigins = REMEMBERS_ORIGINS ? new Map<object, Origin>() : NO_ORIGINS;
  #owner: WeakRef<object> | undefined;
  #iterators = 0;
  #rowWriters = 0;
  #callbacks = 0;
  #unsafe = false;

  constructor(options: ConnectionOptions) {
    this.name = options.name;
    this.readonly = options.readonly;
    this.memory = options.memory;
    this.channel = options.channel;
    this.callFlags = options.detachStrings ? CALL_DETACH_TEXT : 0;
    this.number = this.#open(options);
    if (this.number < 0) throw this.channel.takeError();
    if (!options.memory) {
      opened(this);
      guardLocks(this.channel.native);
      if (REMEMBERS_ORIGINS) this.origin = new Origin();
    }
    // The main thread ends with the process, which nothing in SQLite keeps from ending.
    if (!isMainThread) this.channel.native.endWithThread(this.number);
  }

  #open({ path, image, descriptors, mode, timeout, readonly }: ConnectionOptions): number {
    const { native, uri } = this.channel;
    if (image !== undefined) return native.openImage(image, readonly, timeout);
    if (descriptors === undefined) return native.openDatabase(path, mode, uri, timeout);
    const { database, journal } = descriptors;
    requireDescriptors();
    requireUsable(native.descriptorFault(database, journal, readonly));
    return native.openDescriptors(database, journal, mode, uri, timeout);
  }

  /** Ties the connection's life to that of `owner`. */
  closeWith(owner: object): void {
    this.#owner = new WeakRef(owner);
    collected.register(owner, this);
  }

  /** The database whose life the connection shares. */
  get owner(): object | undefined {
    return this.#owner?.deref();
  }

  get inTransaction(): boolean {
    return this.isOpen && this.channel.native.inTransaction(this.number);
  }

  requireOpen(): void {
    if (!this.isOpen) throw new TypeError('The database connection is not open');
  }

  /** Refuses what must not happen inside a callback that SQLite runs. */
  requireIdle(): void {
    if (this.#callbacks > 0) throw busy();
  }

  /** Refuses what would change the connection under an open iterator. */
  requireNoIterators(): void {
    if (this.#iterators > 0 || this.#callbacks > 0) throw busy();
  }

  /** Refuses a statement that could write under an open iterator, unless the user wants it so. */
  requireMayWrite(): void {
    if ((this.#iterators > 0 && !this.#unsafe) || this.#callbacks > 0) throw busy();
  }

  /** Runs code of the user that SQLite waits for. */
  callBack<T>(fn: () => T): T {
    this.beginCallback();
    try {
      return fn();
    } finally {
      this.endCallback();
    }
  }

  /** Code of the user is about to run that SQLite waits for. */
  beginCallback(): void {
    this.#callbacks += 1;
  }

  /** That code has ended, in whatever way. */
  endCallback(): void {
    this.#callbacks -= 1;
  }

  setUnsafe(on: boolean): void {
    this.#unsafe = on;
    this.check(this.channel.native.setDefensive(this.number, !on));
  }

  /** Throws what a call has left that answers a negative number. */
  check(answer: number): void {
    if (answer < 0) throw this.channel.takeError();
  }

  requireIteratorSlot(): void {
    if (this.#iterators >= MAX_ITERATORS) throw new RangeError('Too many active database iterators');
  }

  /** @param statement - Whose rows are iterated. */
  addIterator(statement: object): void {
    this.#iterators += 1;
    if (REMEMBERS_ORIGINS) this.iteratorOrigins.set(statement, new Origin());
  }

  removeIterator(statement: object): void {
    this.#iterators -= 1;
    if (REMEMBERS_ORIGINS) this.iteratorOrigins.delete(statement);
  }

  /** Remembers where a transaction began. @param wasOpen - Whether one was open before. */
  noteTransaction(wasOpen: boolean): void {
    if (!wasOpen) this.transactionOrigin = this.inTransaction ? new Origin() : undefined;
  }

  get [nativeKey](): NativeConnection {
    const { library, native } = this.channel;
    return { library, native, number: this.number };
  }

  /** A statement was prepared that returns data and writes: the only kind that may write under an open iterator. */
  addRowWriter(): void {
    this.#rowWriters += 1;
  }

  removeRowWriter(): void {
    this.#rowWriters -= 1;
  }

  /**
   * Whether an iterator may hold rows that its user has not asked for: no write can change what it
   * sees, and no code of the user runs earlier than it would.
   */
  get mayFetchAhead(): boolean {
    return this.#rowWriters === 0 && !this.hasCallbacks && !this.#unsafe;
  }

  execute(sql: string): void {
    const wasOpen = REMEMBERS_ORIGINS && this.inTransaction;
    this.check(this.channel.native.executeAll(this.number, sql));
    if (REMEMBERS_ORIGINS) this.noteTransaction(wasOpen);
  }

  /** Closes the connection, whatever is open on it. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    closed(this);
    this.check(this.channel.native.closeDatabase(this.number));
  }

  /** Gives the number back to the addon: no object refers to it any more. */
  release(): void {
    closed(this);
    if (this.channel.native.releaseDatabase(this.number) < 0) {
      process.emitWarning(this.channel.takeError());
    }
  }
}

function busy(): TypeError {
  return new TypeError('This database connection is busy executing a query');
}
