// A query builder in the manner of Drizzle's session: the driver's types by name, and results by mode.
import Client from 'better-sqlite3';
import type { Database, Options, RunResult, Statement } from 'better-sqlite3';

type Config = { source?: string | Buffer } & Options;
interface Query {
  sql: string;
  params: unknown[];
}
interface TransactionConfig {
  behavior?: 'deferred' | 'immediate' | 'exclusive';
}

class PreparedQuery<T extends { all: unknown; get: unknown; values: unknown }> {
  constructor(
    private readonly stmt: Statement,
    private readonly params: unknown[],
  ) {}

  run(placeholders: unknown[] = []): RunResult {
    return this.stmt.run(...this.params, ...placeholders);
  }

  all(): T['all'] {
    return (this.stmt.raw().all(...this.params) as unknown[][]).map((row) =>
      Object.fromEntries(row.entries()),
    );
  }

  get(): T['get'] {
    return this.stmt.get(...this.params) as T['get'];
  }

  values(): T['values'] {
    return this.stmt.raw().all(...this.params) as T['values'];
  }
}

class Session {
  constructor(private readonly client: Database) {}

  prepareQuery<T extends { all: unknown; get: unknown; values: unknown }>(query: Query): PreparedQuery<T> {
    return new PreparedQuery<T>(this.client.prepare(query.sql), query.params);
  }

  transaction<T>(work: (session: Session) => T, config: TransactionConfig = {}): T {
    const nativeTransaction = this.client.transaction(work);
    return nativeTransaction[config.behavior ?? 'deferred'](this);
  }
}

function isConfig(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && value.constructor.name === 'Object';
}
export function connect(...params: [] | [Database | string] | [Config]): Session {
  const [first] = params;
  if (first === undefined) return new Session(new Client());
  if (typeof first === 'string') return new Session(new Client(first));
  if (isConfig(first)) {
    const { source, ...options } = first;
    return new Session(new Client(source, options));
  }
  return new Session(first as Database);
}

const session = connect(new Client(':memory:'));
session.transaction((inner) => inner.prepareQuery({ sql: 'SELECT 1', params: [] }).values(), {
  behavior: 'immediate',
});
