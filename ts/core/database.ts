/** Databases: one connection each. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { inspect } from 'node:util';
import { checkOptions, databaseDescriptor, OPEN_MODE } from '../options';
import { registerAggregate } from './aggregate';
import { backup } from './backup';
import { channelFor } from './bindings';
import type { BindingSource } from './bindings';
import { registered } from './callbacks';
import { Connection, nativeKey, type NativeConnection } from './connection';
import { explain } from './explain';
import { registerFunction } from './function';
import { inspectable } from './inspect';
import { serialize } from './serialize';
import { prepareStatement } from './statement';
import { pragma } from './pragma';
import { registerTable } from './table';
import { booleanArgument } from './toggle';
import { transaction } from './transaction';
import type { Database as Names } from './names';
import type { Database as DatabaseType, DatabaseConstructor, Statement } from './types';

export type Database = DatabaseType;

/** The property that holds the native side of a database. */
const connectionKey = Symbol('connection');
/** The option by which the client opens a file that nothing changes; see SQLite's `immutable`. */
const immutableKey = Symbol.for('ferrolite.immutable');

interface WithConnection {
  readonly [connectionKey]: Connection;
}

function connectionOf(database: unknown): Connection {
  const connection = (database as Partial<WithConnection> | undefined)?.[connectionKey];
  if (connection === undefined) throw new TypeError('Illegal invocation');
  return connection;
}

const accessor = <T>(read: (connection: Connection) => T): PropertyDescriptor => ({
  get(this: unknown): T {
    return read(connectionOf(this));
  },
  enumerable: true,
  configurable: false,
});

/** Shared by all databases: V8 gives objects with getters of their own a hidden class each. */
const properties: PropertyDescriptorMap = {
  name: accessor((connection) => connection.name),
  open: accessor((connection) => connection.isOpen),
  inTransaction: accessor((connection) => connection.inTransaction),
  readonly: accessor((connection) => connection.readonly),
  memory: accessor((connection) => connection.memory),
};

/** Makes the constructor of one entry of the package. {@link DatabaseConstructor} documents it. */
export function databaseFor(source: BindingSource): DatabaseConstructor {
  const constructDatabase = function Database(
    this: unknown,
    filenameGiven?: unknown,
    optionsGiven?: unknown,
  ): Database | undefined {
    if (new.target === undefined) {
      return new (constructDatabase as unknown as DatabaseConstructor)(
        filenameGiven as string,
        optionsGiven as Names.Options,
      );
    }
    open(source, this as Database, filenameGiven, optionsGiven);
    return undefined;
  };
  Object.assign(constructDatabase.prototype, methods);
  return constructDatabase as unknown as DatabaseConstructor;
}

/** What the constructor does with the new object. */
function open(
  source: BindingSource,
  database: Database,
  filenameGiven: unknown,
  optionsGiven: unknown,
): void {
  const image = imageOf(filenameGiven);
  const descriptor = databaseDescriptor(filenameGiven);
  const given = descriptor === undefined ? filenameGiven : `fd:${descriptor}`;
  const filename = image === undefined ? (given ?? '') : ':memory:';
  const options = optionsGiven ?? {};
  if (typeof filename !== 'string') throw new TypeError('Expected first argument to be a string');
  if (typeof options !== 'object') throw new TypeError('Expected second argument to be an options object');
  const path = filename.trim();
  const anonymous = path === '' || path === ':memory:';
  if (!source.allowsOption && 'nativeBinding' in options) {
    throw new TypeError(
      'The "nativeBinding" option is only supported by the default better-sqlite3 entrypoint',
    );
  }
  const checked = checkOptions(options, anonymous && image === undefined, descriptor);
  const channel = channelFor(source, checked.nativeBinding);
  if (descriptor === undefined && !anonymous && !path.startsWith('file:') && !existsSync(dirname(path))) {
    throw new TypeError('Cannot open database because the directory does not exist');
  }
  const connection = new Connection({
    channel,
    path,
    image,
    descriptors: checked.descriptors,
    mode: openMode(checked, anonymous, options),
    timeout: checked.timeout,
    name: filename,
    readonly: checked.readonly,
    memory: anonymous,
    detachStrings: checked.detachStrings,
  });
  Object.defineProperty(database, connectionKey, { value: connection });
  Object.defineProperties(database, properties);
  connection.closeWith(database);
  if (checked.verbose !== undefined) logTo(connection, checked.verbose);
}

/** Tells `verbose` of every statement. */
function logTo(connection: Connection, verbose: (sql: string) => unknown): void {
  const log = (sql: string): void => {
    connection.callBack(() => Reflect.apply(verbose, undefined, [sql]));
  };
  registered(connection, connection.channel.native.setLog(connection.number, log), 'verbose', [log]);
}

/** The bytes of a database, given instead of a name: a Buffer, and no other array. */
function imageOf(filename: unknown): Uint8Array | undefined {
  // The second test finds objects that only inherit from Buffer.
  return Buffer.isBuffer(filename) && ArrayBuffer.isView(filename) ? filename : undefined;
}

function openMode(
  checked: { readonly readonly: boolean; readonly fileMustExist: boolean },
  anonymous: boolean,
  options: object,
): number {
  if (anonymous) return OPEN_MODE.create;
  if ((options as Record<symbol, unknown>)[immutableKey] === true) return OPEN_MODE.immutable;
  if (checked.readonly) return OPEN_MODE.readonly;
  return checked.fileMustExist ? OPEN_MODE.readwrite : OPEN_MODE.create;
}

const methods = {
  prepare(this: Database, sql: unknown): Statement {
    const connection = connectionOf(this);
    if (typeof sql !== 'string') throw new TypeError('Expected first argument to be a string');
    connection.requireOpen();
    connection.requireIdle();
    // The class leaves rows and parameters open, which the public type lets users name.
    return prepareStatement(this, connection, sql) as unknown as Statement;
  },

  transaction(this: Database, fn: unknown): unknown {
    return transaction(this, connectionOf(this), fn);
  },

  pragma(this: Database, source: unknown, options?: unknown): unknown {
    return pragma(this, connectionOf(this), source, options);
  },

  explain(this: Database, sql: unknown): unknown[] {
    return explain(this, connectionOf(this), sql);
  },

  // A promise whatever is wrong: also for a receiver that is no database.
  async backup(this: Database, filename: unknown, options?: unknown): Promise<Names.BackupMetadata> {
    return backup(this, connectionOf(this), filename, options);
  },

  serialize(this: Database, options?: unknown): Buffer {
    return serialize(connectionOf(this), options);
  },

  // The names that the functions have are those of better-sqlite3's.
  function: function defineFunction(this: Database, name: unknown, options: unknown, fn: unknown): Database {
    registerFunction(connectionOf(this), name, options, fn);
    return this;
  },

  aggregate: function defineAggregate(this: Database, name: unknown, options: unknown): Database {
    registerAggregate(connectionOf(this), name, options);
    return this;
  },

  table: function defineTable(this: Database, name: unknown, definition: unknown): Database {
    registerTable(connectionOf(this), name, definition);
    return this;
  },

  loadExtension(this: Database, ...args: unknown[]): Database {
    const connection = connectionOf(this);
    const [path, entryPoint] = args as (string | undefined)[];
    if (typeof path !== 'string') throw new TypeError('Expected first argument to be a string');
    if (args.length > 1 && typeof entryPoint !== 'string') {
      throw new TypeError('Expected second argument to be a string');
    }
    if ([path, entryPoint].some((text) => text?.includes('\0'))) {
      throw new TypeError('Cannot load an extension because its path or entry point contains a null byte');
    }
    connection.requireOpen();
    connection.requireNoIterators();
    connection.check(connection.channel.native.loadExtension(connection.number, path, entryPoint));
    return this;
  },

  exec(this: Database, sql: unknown): Database {
    const connection = connectionOf(this);
    if (typeof sql !== 'string') throw new TypeError('Expected first argument to be a string');
    connection.requireOpen();
    connection.requireMayWrite();
    connection.execute(sql);
    return this;
  },

  close(this: Database): Database {
    const connection = connectionOf(this);
    if (connection.isOpen) {
      connection.requireNoIterators();
      connection.close();
    }
    return this;
  },

  defaultSafeIntegers(this: Database, ...toggle: unknown[]): Database {
    connectionOf(this).safeIntegers = booleanArgument(toggle);
    return this;
  },

  unsafeMode(this: Database, ...toggle: unknown[]): Database {
    const connection = connectionOf(this);
    connection.requireOpen();
    connection.setUnsafe(booleanArgument(toggle));
    return this;
  },

  [inspect.custom](this: Database): object {
    return inspectable(this);
  },
};

/**
 * Closes a database although iterators are open on it: the process or thread ends, or its file is gone.
 *
 * @throws {TypeError} inside of a callback: the statement that calls it would hold the file until its end.
 */
export function forceClose(database: Database): void {
  const connection = connectionOf(database);
  connection.requireIdle();
  connection.close();
}

/**
 * Whether the file of a database no longer has the name under which it was opened: then another one may have it.
 * Undefined for what is no database of this copy of the package. For a database that is open and has a file.
 */
export function hasMoved(database: object): boolean | undefined {
  const connection = (database as Partial<WithConnection>)[connectionKey];
  return connection?.channel.native.hasMoved(connection.number);
}

const given = new WeakSet<Connection>();

/**
 * Makes the table of rows that a statement is given known to the connection of a database; see `batch/encode-rows.ts`.
 * False for what is no database of this copy of the package.
 */
export function acceptGivenRows(database: object): boolean {
  const connection = (database as Partial<WithConnection>)[connectionKey];
  if (connection === undefined) return false;
  if (!given.has(connection)) {
    connection.requireOpen();
    connection.requireIdle();
    connection.check(connection.channel.native.defineGivenRows(connection.number));
    given.add(connection);
  }
  return true;
}

/**
 * The connection of a database, whichever evaluation of the package has opened it; undefined for one of another SQLite
 * library. @param library - The caller's.
 */
export function nativeConnection(database: object, library: string): NativeConnection | undefined {
  // The property that holds it has another symbol in each evaluation.
  const held = Object.getOwnPropertySymbols(database).map(
    (symbol) => Reflect.get(database, symbol) as unknown,
  );
  const known = held
    .map((value) => (value as { readonly [nativeKey]?: NativeConnection } | null | undefined)?.[nativeKey])
    .find((value) => value !== undefined);
  return known?.library === library ? known : undefined;
}
