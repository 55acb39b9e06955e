// Subclasses, mixins and decorated databases.
import Sqlite from 'better-sqlite3';

export class Store extends Sqlite {
  readonly label: string;
  static readonly version = 1;

  constructor(path: string, options?: Sqlite.Options) {
    super(path, { timeout: 1000, ...options });
    this.label = path;
    this.pragma('journal_mode = WAL');
  }

  count(table: string): number {
    return this.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
  }

  override close(): this {
    if (this.open) this.pragma('optimize');
    return super.close();
  }

  override exec(sql: string): this {
    console.debug(sql);
    return super.exec(sql);
  }

  override pragma(source: string, options?: Sqlite.PragmaOptions): unknown {
    return super.pragma(source, options);
  }
}

const store = new Store('app.db');
const same: Store = store.exec('SELECT 1').close();
const asDatabase: Sqlite.Database = store;
const total: number = store.count('t') + Store.version;

class Plain extends Sqlite {}
const plain: Sqlite.Database = new Plain(':memory:', { readonly: false });
new Plain(Buffer.alloc(0));

type Constructor<T = object> = new (...args: any[]) => T;
function Timed<Base extends Constructor<Sqlite.Database>>(base: Base) {
  return class extends base {
    elapsedMs = 0;
    timed<T>(work: () => T): T {
      const start = performance.now();
      const result = work();
      this.elapsedMs += performance.now() - start;
      return result;
    }
  };
}
const TimedDatabase = Timed(Sqlite);
const timed = new TimedDatabase('app.db');
timed.timed(() => timed.prepare('SELECT 1').get());

type Extended = Sqlite.Database & { tenant: string };
const extended: Extended = Object.assign(new Sqlite(), { tenant: 'a' });
const proxied: Sqlite.Database = new Proxy(extended, {
  get: (target, property) => Reflect.get(target, property, target) as unknown,
});

interface Connection extends Sqlite.Database {
  release(): void;
}
function lease(db: Sqlite.Database): Connection {
  return Object.assign(Object.create(db) as Sqlite.Database, { release() {} });
}

export { asDatabase, lease, plain, proxied, same, total };
