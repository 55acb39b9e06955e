// Opening: each form of the constructor and each option.
import { readFileSync } from 'node:fs';
import Database from 'better-sqlite3';

new Database();
new Database('app.db');
new Database(undefined, { timeout: 100 });
new Database(readFileSync('app.db'));
new Database(Buffer.from('x'), { readonly: true });
Database();
Database('app.db', { fileMustExist: true });

const everything: Database.Options = {
  readonly: false,
  fileMustExist: true,
  timeout: 5000,
  verbose: console.log,
  nativeBinding: './better_sqlite3.node',
};
new Database('app.db', everything);

// `| undefined` is part of the types, also under exactOptionalPropertyTypes.
const isDebugging = process.env['DEBUG'] !== undefined;
new Database('app.db', { verbose: isDebugging ? console.log : undefined });
new Database('app.db', {
  readonly: undefined,
  fileMustExist: undefined,
  timeout: undefined,
  nativeBinding: undefined,
});

// Loggers as they are written.
new Database('app.db', { verbose: (message) => process.stderr.write(`${String(message)}\n`) });
new Database('app.db', { verbose: (message?: unknown) => console.debug(message) });
new Database('app.db', { verbose: (message, ...others) => console.debug('sql', message, ...others) });
new Database('app.db', { verbose: (message, first) => console.debug(message, first) });
new Database('app.db', {
  verbose: (message) => console.debug(typeof message === 'string' ? message.trim() : message),
});
new Database('app.db', { verbose: (message) => console.debug((message as string).length) });
const log: string[] = [];
new Database('app.db', { verbose: (sql) => void log.push(sql as string) });

// Options that are read back.
const isReadonly: boolean | undefined = everything.readonly;
const mustExist: boolean | undefined = everything.fileMustExist;
const timeout: number = everything.timeout ?? 5000;
everything.verbose?.();
everything.verbose?.('SELECT 1', 2, 3);
const logger: ((message?: unknown, ...additionalArgs: unknown[]) => void) | undefined = everything.verbose;

interface StoreOptions extends Database.Options {
  path: string;
}
function openStore({ path, ...options }: StoreOptions): Database.Database {
  return new Database(path, { timeout: 10_000, ...options });
}

type Arguments = ConstructorParameters<typeof Database>;
function openWith(...args: Arguments): InstanceType<typeof Database> {
  const [filename, options] = args;
  const path: string | Buffer | undefined = filename;
  const given: Database.Options | undefined = options;
  return given === undefined ? new Database(path) : new Database(path, given);
}

const factory: (path: string) => Database.Database = (path) => new Database(path);
const maker: typeof Database = Database;
const made: Database.Database = new maker(':memory:');
const isDatabase = (value: unknown): value is Database.Database => value instanceof Database;
const prototype: Database.Database = Database.prototype;
Object.assign(Database.prototype, { greet: () => 'hello' });

export { factory, isDatabase, isReadonly, logger, made, mustExist, openStore, openWith, prototype, timeout };
