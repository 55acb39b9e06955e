/** Databases: one connection each. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { inspect } from 'node:util';
import { checkOptions } from '../options';
import { Connection, OPEN_MODE } from './connection';
import { inspectable } from './inspect';
import { serialize } from './serialize';
import { prepareStatement } from './statement';
import { pragma } from './pragma';
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

// oxlint-disable-next-line no-shadow -- the name that V8 shows in messages
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
  const image = imageOf(filenameGiven);
  const filename = image === undefined ? (filenameGiven ?? '') : ':memory:';
  const options = optionsGiven ?? {};
  if (typeof filename !== 'string') throw new TypeError('Expected first argument to be a string');
  if (typeof options !== 'object') throw new TypeError('Expected second argument to be an options object');
  const path = filename.trim();
  const anonymous = path === '' || path === ':memory:';
  const checked = checkOptions(options, anonymous && image === undefined);
  if (!anonymous && !path.startsWith('file:') && !existsSync(dirname(path))) {
    throw new TypeError('Cannot open database because the directory does not exist');
  }
  const connection = new Connection({
    path,
    image,
    mode: openMode(checked, anonymous, options),
    timeout: checked.timeout,
    name: filename,
    readonly: checked.readonly,
    memory: anonymous,
  });
  Object.defineProperty(this, connectionKey, { value: connection });
  Object.defineProperties(this, properties);
  connection.closeWith(this as object);
  return undefined;
};

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

/** The constructor. {@link DatabaseConstructor} documents it. */
export const Database = constructDatabase as unknown as DatabaseConstructor;

const methods = {
  prepare(this: Database, sql: unknown): Statement {
    const connection = connectionOf(this);
    if (typeof sql !== 'string') throw new TypeError('Expected first argument to be a string');
    connection.requireOpen();
    // The class leaves rows and parameters open, which the public type lets users name.
    return prepareStatement(this, connection, sql) as unknown as Statement;
  },

  transaction(this: Database, fn: unknown): unknown {
    return transaction(this, connectionOf(this), fn);
  },

  pragma(this: Database, source: unknown, options?: unknown): unknown {
    return pragma(this, connectionOf(this), source, options);
  },

  serialize(this: Database, options?: unknown): Buffer {
    return serialize(connectionOf(this), options);
  },

  exec(this: Database, sql: unknown): Database {
    const connection = connectionOf(this);
    if (typeof sql !== 'string') throw new TypeError('Expected first argument to be a string');
    connection.requireOpen();
    connection.requireNoIterators();
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

  [inspect.custom](this: Database): object {
    return inspectable(this);
  },
};
Object.assign(Database.prototype, methods);

/** Closes a database although iterators are open on it: the process or thread ends. */
export function forceClose(database: Database): void {
  connectionOf(database).close();
}
