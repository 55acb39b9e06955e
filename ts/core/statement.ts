/** Prepared statements. */
import type { BatchValue } from '../batch/decode';
import { writeParameter, writeScalars } from '../batch/encode-params';
import * as layout from '../batch/layout';
import type { Channel } from '../native';
import { columnDefinitions } from './column-definitions';
import type { Connection } from './connection';
import { changesRows, finalize, finalizeWith } from './finalizer';
import type { Remains } from './finalizer';
import { newIterator } from './iterator';
import type { Fetched, Late, StatementIterator } from './iterator';
import { showMethods } from './native-like';
import { ParameterList } from './parameters';
import { prepareNative } from './prepare';
import { EXPAND, FLAT, PLUCK, RAW, RowDecoder } from './row-decoder';
import type { Mode } from './row-decoder';
import { booleanArgument } from './toggle';
import type { ColumnDefinition, RunResult } from './types';

const {
  BATCH_MORE,
  CALL_ARGUMENT_ARRAY,
  CALL_SAFE_INTEGERS,
  MAX_CALL_ARGUMENTS,
  MAX_ROWS,
  OPERATION_ALL,
  OPERATION_BIND,
  OPERATION_CLOSE,
  OPERATION_GET,
  OPERATION_NEXT,
  OPERATION_OPEN,
  OPERATION_RUN,
  SLOT_CHANGES,
  SLOT_LAST_ROWID,
  SLOT_LAST_ROWID_EXACT,
  WORD_BATCH_FLAGS,
  WORD_CALL_FLAGS,
  WORD_MAX_ROWS,
  WORD_OPERATION,
  WORD_PARAMETERS,
  WORD_ROWS,
  WORD_STATEMENT,
  WORD_STATUS,
} = layout;

const { defineProperty: define } = Object;
const YES: PropertyDescriptor = { value: true, enumerable: true };
const NO: PropertyDescriptor = { value: false, enumerable: true };

type StatementArguments = [
  secret: symbol,
  database: object,
  connection: Connection,
  sql: string,
  finalizedByHand: boolean,
];

const READER_ONLY = 'This statement does not return data. Use run() instead';
const EMPTY: readonly unknown[] = [];

/** Only {@link prepareStatement} has it. */
const key = Symbol('prepare');

/** Refuses a receiver that is no statement; to be called before any private member is used. */
let requireStatement: (value: unknown) => void;
/** Finalizes a statement that {@link prepareTransient} has made. */
export let finalizeStatement: (statement: Statement) => void;
/** Leaves the parameters of a statement NULL: it takes no values any more. */
export let leaveUnbound: (statement: Statement) => void;
/** Runs a statement although iterators may be open. */
export let runRegardless: (statement: Statement) => void;
/** One getter for all statements: V8 gives objects with getters of their own a hidden class each. */
let BUSY: PropertyDescriptor;

/**
 * A compiled statement; made by `db.prepare()`.
 *
 * Finalized when collected, or when its database closes.
 */
export class Statement {
  /** Whether it returns data: it has at least one column. */
  declare readonly reader: boolean;
  /** Whether it writes nothing to the database. */
  declare readonly readonly: boolean;
  /** The SQL text. */
  declare readonly source: string;
  /** The object on which `prepare()` was called. */
  declare readonly database: object;
  /** Whether an iterator of this statement is open. */
  declare readonly busy: boolean;

  readonly #connection: Connection;
  readonly #channel: Channel;
  readonly #number: number;
  readonly #parameters: ParameterList;
  readonly #decoder: RowDecoder;
  readonly #reader: boolean;
  readonly #writes: boolean;
  #mode: Mode = FLAT;
  #safeIntegers: boolean;
  #bound = false;
  #expanded: string | undefined;
  #iterating = false;

  static {
    requireStatement = (value) => {
      if (typeof value !== 'object' || value === null || !(#number in value)) {
        throw new TypeError('Illegal invocation');
      }
    };
    finalizeStatement = (statement) => finalize(statement.#remains());
    leaveUnbound = (statement) => {
      statement.#bound = true;
      // No user has the statement, so nobody asks for the text with the values.
      statement.#expanded = statement.source;
    };
    runRegardless = (statement) => {
      statement.#requireReady();
      statement.#execute(OPERATION_RUN, 0, EMPTY);
    };
    BUSY = {
      get(this: Statement) {
        requireStatement(this);
        return this.#iterating;
      },
      enumerable: true,
      configurable: false,
    };
  }

  // Declared without parameters, as the native class is.
  constructor(...args: StatementArguments) {
    const [secret, database, connection, sql, finalizedByHand] = args;
    if (secret !== key) throw new TypeError('Statements can only be constructed by the db.prepare() method');
    const prepared = prepareNative(connection, sql);
    const { number, reader, readonly } = prepared;
    this.#connection = connection;
    this.#channel = connection.channel;
    this.#number = number;
    this.#parameters = new ParameterList(prepared.parameters, prepared.names);
    this.#decoder = new RowDecoder(this.#channel, number, prepared.columnNames);
    this.#reader = reader;
    this.#writes = !readonly;
    this.#safeIntegers = connection.safeIntegers;
    define(this, 'reader', reader ? YES : NO);
    define(this, 'readonly', readonly ? YES : NO);
    define(this, 'source', { value: sql, enumerable: true });
    define(this, 'database', { value: database, enumerable: true });
    define(this, 'busy', BUSY);
    finalizeWith(this, this.#remains(), finalizedByHand);
  }

  /**
   * Runs the statement: to its end, or to its first row if it returns data.
   *
   * @throws {SqliteError} if SQLite fails.
   */
  run(...params: unknown[]): RunResult {
    requireStatement(this);
    this.#requireReady();
    this.#connection.requireMayWrite();
    this.#execute(OPERATION_RUN, 0, params);
    const { reals, integers } = this.#channel;
    return {
      changes: reals[SLOT_CHANGES]!,
      lastInsertRowid: this.#safeIntegers ? integers[SLOT_LAST_ROWID_EXACT]! : reals[SLOT_LAST_ROWID]!,
    };
  }

  /** The first row, or undefined. */
  get(...params: unknown[]): unknown {
    requireStatement(this);
    this.#requireReader();
    const value = this.#execute(OPERATION_GET, 1, params);
    const channel = this.#channel;
    if (channel.words[WORD_ROWS] === 0) return undefined;
    return this.#decoder.first(value, this.#mode, this.#safeIntegers);
  }

  /** All rows. */
  all(...params: unknown[]): unknown[] {
    requireStatement(this);
    this.#requireReader();
    const rows: unknown[] = [];
    const channel = this.#channel;
    let value = this.#execute(OPERATION_ALL, MAX_ROWS, params);
    // Asked only now: a getter among the parameters may have switched them.
    const mode = this.#mode;
    const safeIntegers = this.#safeIntegers;
    try {
      for (;;) {
        const more = (channel.words[WORD_BATCH_FLAGS]! & BATCH_MORE) !== 0;
        if (channel.words[WORD_ROWS] !== 0) this.#decoder.all(value, mode, safeIntegers, rows);
        if (!more) return rows;
        value = this.#request(OPERATION_NEXT, MAX_ROWS, 0, safeIntegers, EMPTY);
        this.#throwFailure();
      }
    } catch (error) {
      // Out of stack or memory in the middle of a result: the statement must not stay open.
      this.#request(OPERATION_CLOSE, 0, 0, safeIntegers, EMPTY);
      throw error;
    }
  }

  /** An iterator over the rows. Parameters are bound at once, the statement runs on `next()`. */
  iterate(...params: unknown[]): StatementIterator {
    requireStatement(this);
    this.#requireReader();
    this.#connection.requireIteratorSlot();
    this.#execute(OPERATION_OPEN, 0, params);
    this.#connection.addIterator(this);
    this.#iterating = true;
    const mode = this.#mode;
    const safeIntegers = this.#safeIntegers;
    return newIterator(this, {
      connection: this.#connection,
      fetch: (maxRows) => this.#fetch(maxRows, mode, safeIntegers),
      close: (running) => this.#endIteration(running),
    });
  }

  /**
   * Binds parameters for good. Afterwards executions take none.
   *
   * @throws {TypeError} at the second call.
   */
  bind(...params: unknown[]): this {
    requireStatement(this);
    if (this.#bound) {
      throw new TypeError('The bind() method can only be invoked once per statement object');
    }
    this.#requireReady();
    this.#execute(OPERATION_BIND, 0, params);
    this.#bound = true;
    return this;
  }

  /** Rows as their first column alone. */
  pluck(...toggle: boolean[]): this {
    requireStatement(this);
    return this.#setMode('pluck', PLUCK, toggle);
  }

  /** Rows as objects with an object per table; what comes from no table is in `$`. */
  expand(...toggle: boolean[]): this {
    requireStatement(this);
    return this.#setMode('expand', EXPAND, toggle);
  }

  /** Rows as arrays. */
  raw(...toggle: boolean[]): this {
    requireStatement(this);
    return this.#setMode('raw', RAW, toggle);
  }

  /** Integers as bigints. */
  safeIntegers(...toggle: boolean[]): this {
    requireStatement(this);
    this.#requireChangeable();
    this.#safeIntegers = booleanArgument(toggle);
    return this;
  }

  /** Name and origin of each column. */
  columns(): ColumnDefinition[] {
    requireStatement(this);
    if (!this.#reader) throw new TypeError('The columns() method is only for statements that return data');
    this.#connection.requireOpen();
    this.#connection.requireIdle();
    const parts = this.#channel.native.columns(this.#number);
    if (parts === null) throw this.#channel.takeError();
    return columnDefinitions(parts);
  }

  /** The SQL text; after `bind()` with the values in place, long ones cut. */
  toString(): string {
    requireStatement(this);
    if (!this.#bound || !this.#connection.isOpen) return this.source;
    return this.#expandedSql();
  }

  /** The SQL text with the values that are bound for good. */
  #expandedSql(): string {
    if (this.#expanded === undefined) {
      const sql = this.#channel.native.expandedSql(this.#number);
      if (sql === null) throw this.#channel.takeError();
      this.#expanded = sql;
    }
    return this.#expanded;
  }

  #remains(): Remains {
    const writesRows = this.#reader && this.#writes && changesRows(this.source);
    return { connection: this.#connection, number: this.#number, writesRows };
  }

  /** For what changes how rows come. */
  #requireChangeable(): void {
    this.#connection.requireIdle();
    this.#requireUnlocked();
  }

  #requireUnlocked(): void {
    if (this.#iterating) throw new TypeError('This statement is busy executing a query');
  }

  #requireReady(): void {
    this.#connection.requireOpen();
    this.#connection.requireIdle();
    this.#requireUnlocked();
  }

  #requireUnbound(): void {
    if (this.#bound) throw new TypeError('This statement already has bound parameters');
  }

  #requireReader(): void {
    if (!this.#reader) throw new TypeError(READER_ONLY);
    this.#requireReady();
  }

  #setMode(method: string, mode: Mode, toggle: readonly boolean[]): this {
    if (!this.#reader) throw new TypeError(`The ${method}() method is only for statements that return data`);
    this.#requireChangeable();
    if (booleanArgument(toggle)) this.#mode = mode;
    else if (this.#mode === mode) this.#mode = FLAT;
    return this;
  }

  /** Binds and executes; throws what went wrong. */
  #execute(operation: number, maxRows: number, params: readonly unknown[]): BatchValue {
    let value: BatchValue;
    if (params.length > 0) this.#requireUnbound();
    // A callback may ask for the text, when the addon is executing the statement.
    if (this.#bound && this.#connection.hasCallbacks) this.#expandedSql();
    if (this.#bound || (params.length === 0 && this.#parameters.count === 0)) {
      value = this.#request(operation, maxRows, 0, this.#safeIntegers, EMPTY);
    } else {
      const channel = this.#channel;
      let values = params;
      let needed = this.#parameters.takesInOrder(params) ? writeScalars(channel, params) : -1;
      if (needed < 0) {
        values = this.#parameters.collect(params);
        // Getters of the user have run: the world may have changed.
        this.#requireReady();
        this.#requireUnbound();
        needed = 0;
        for (let position = 0; position < values.length; position += 1) {
          needed |= writeParameter(channel, position, values[position]);
        }
      }
      const args = needed === 0 ? EMPTY : values;
      value = this.#request(operation, maxRows, values.length, this.#safeIntegers, args);
    }
    this.#throwFailure();
    return value;
  }

  /** One call of the addon: the header, then `execute` with the values that are no numbers. */
  #request(
    operation: number,
    maxRows: number,
    parameters: number,
    safeIntegers: boolean,
    args: readonly unknown[],
  ): BatchValue {
    const channel = this.#channel;
    const { words } = channel;
    let flags = this.#connection.callFlags;
    if (safeIntegers) flags |= CALL_SAFE_INTEGERS;
    if (args.length > MAX_CALL_ARGUMENTS) flags |= CALL_ARGUMENT_ARRAY;
    words[WORD_STATEMENT] = this.#number;
    words[WORD_OPERATION] = operation;
    words[WORD_MAX_ROWS] = maxRows;
    words[WORD_PARAMETERS] = parameters;
    words[WORD_CALL_FLAGS] = flags;
    return channel.call(args);
  }

  #throwFailure(): void {
    if (this.#channel.words[WORD_STATUS] !== 0) throw this.#channel.takeError();
  }

  #fetch(wanted: number, mode: Mode, safeIntegers: boolean): Fetched {
    this.#connection.requireOpen();
    const { words } = this.#channel;
    // Fetching ahead must not move what a writing statement does, nor what a loop sees of writes.
    const maxRows = this.#writes || !this.#connection.mayFetchAhead ? 1 : Math.min(wanted, MAX_ROWS);
    const value = this.#request(OPERATION_NEXT, maxRows, 0, safeIntegers, EMPTY);
    const error = words[WORD_STATUS] === 0 ? undefined : this.#channel.takeError();
    const more = (words[WORD_BATCH_FLAGS]! & BATCH_MORE) !== 0;
    const rows: unknown[] = [];
    if (words[WORD_ROWS] !== 0) this.#decoder.all(value, mode, safeIntegers, rows);
    return { rows, more, error };
  }

  /** Returns the error of the commit with which a statement that writes has ended. */
  #endIteration(running: boolean): Late | undefined {
    const resets = running && this.#connection.isOpen;
    let late: Late | undefined;
    try {
      if (resets) this.#request(OPERATION_CLOSE, 0, 0, false, EMPTY);
    } catch (thrown) {
      // A generator has thrown while it was ended, and the statement is closed: closing it again does
      // nothing. Or nothing could run at all: then this throws as well.
      this.#request(OPERATION_CLOSE, 0, 0, false, EMPTY);
      late = { thrown };
    }
    if (resets && this.#channel.words[WORD_STATUS] !== 0) late ??= { thrown: this.#channel.takeError() };
    // Last, so that what interrupts the above leaves an iteration that can still be ended.
    this.#iterating = false;
    this.#connection.removeIterator(this);
    return late;
  }
}

const METHODS = 'run get all iterate bind pluck expand raw safeIntegers columns toString';
showMethods(Statement, METHODS.split(' '));

/** Compiles `sql` for `database`. */
export function prepareStatement(database: object, connection: Connection, sql: string): Statement {
  return new Statement(key, database, connection, sql, false);
}

/** Compiles a statement for one execution; {@link finalizeStatement} ends it. */
export function prepareTransient(database: object, connection: Connection, sql: string): Statement {
  return new Statement(key, database, connection, sql, true);
}
