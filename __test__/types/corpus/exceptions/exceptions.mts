// What compiles with @types/better-sqlite3 and not here. docs/migrating-from-better-sqlite3.md names the reasons.
import Database from 'better-sqlite3';

// exception: who implements the whole interface lacks the members that @types/better-sqlite3 does not have
class Fake implements Database.Database {
  memory = true;
  readonly = false;
  name = ':memory:';
  open = true;
  inTransaction = false;
  constructor(private readonly real: Database.Database) {}
  prepare: Database.Database['prepare'] = (source) => this.real.prepare(source);
  transaction: Database.Database['transaction'] = (fn) => this.real.transaction(fn);
  exec = (_source: string): this => this;
  pragma = (source: string): unknown => this.real.pragma(source);
  function = (): this => this;
  aggregate = (): this => this;
  loadExtension = (): this => this;
  close = (): this => this;
  defaultSafeIntegers = (): this => this;
  backup: Database.Database['backup'] = (file) => this.real.backup(file);
  table = (): this => this;
  unsafeMode = (): this => this;
  serialize = (): Buffer => Buffer.alloc(0);
}

const work = (): number => 1;
// exception: the same for a transaction, which has `database`
const transaction: Database.Transaction<typeof work> = Object.assign(work, {
  default: work,
  deferred: work,
  immediate: work,
  exclusive: work,
});

function pagesOf(options: Database.BackupOptions): number {
  // exception: `progress` may be missing, and may answer nothing
  return options.progress({ totalPages: 1, remainingPages: 0 });
}

function pathOf(options: Database.Options): string | undefined {
  // exception: an addon may be given by its exports
  return options.nativeBinding;
}

export { Fake, pagesOf, pathOf, transaction };
