// Libraries describe what they need of a driver by interfaces of their own, in the manner of Kysely's dialect.
import Sqlite from 'better-sqlite3';

interface NeededStatement {
  readonly reader: boolean;
  all(parameters: readonly unknown[]): unknown[];
  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  iterate(parameters: readonly unknown[]): IterableIterator<unknown>;
}
interface NeededDatabase {
  close(): void;
  prepare(sql: string): NeededStatement;
}
class Dialect {
  constructor(readonly config: { database: NeededDatabase | (() => Promise<NeededDatabase>) }) {}
}
new Dialect({ database: new Sqlite(':memory:') });
new Dialect({ database: async () => new Sqlite('app.db') });

interface MinimalDriver {
  exec(sql: string): unknown;
  pragma(source: string, options?: { simple?: boolean }): unknown;
  prepare(sql: string): {
    run(...params: unknown[]): unknown;
    get(...params: any[]): any;
    all(...params: any[]): any[];
  };
  transaction(fn: (...args: any[]) => any): (...args: any[]) => any;
}
const minimal: MinimalDriver = new Sqlite();
minimal.transaction((n: number) => n + 1)(1);

// A part of the interface, faked in tests.
type Executor = Pick<Sqlite.Database, 'exec' | 'prepare'>;
class Recorder implements Pick<Sqlite.Database, 'pragma' | 'serialize'> {
  readonly log: string[] = [];
  pragma(source: string): unknown {
    return this.log.push(source);
  }
  serialize(): Buffer {
    return Buffer.from(this.log.join());
  }
}
const executor: Executor = new Sqlite();
const fake = {
  open: true,
  name: 'fake',
  prepare: () => ({ get: () => ({ id: 1 }) }),
} as unknown as Sqlite.Database;
fake.open = false;
fake.name = 'other';
fake.memory = true;
fake.readonly = true;
fake.inTransaction = true;
const fakeStatement = {} as Sqlite.Statement;
fakeStatement.source = 'SELECT 1';
fakeStatement.reader = true;
fakeStatement.readonly = false;
fakeStatement.busy = false;
fakeStatement.database = fake;
const partial: Partial<Sqlite.Database> = { exec: () => fake, serialize: () => Buffer.alloc(0) };
const result: Sqlite.RunResult = { changes: 1, lastInsertRowid: 1 };
const column: Sqlite.ColumnDefinition = { name: 'a', column: null, table: null, database: null, type: null };

export { Recorder, column, executor, partial, result };
