// Transactions, and what is wrapped around them.
import Database from 'better-sqlite3';

const db = new Database(':memory:');
const insert = db.prepare('INSERT INTO cats (name, age) VALUES (@name, @age)');

interface Cat {
  name: string;
  age: number;
}

const insertMany = db.transaction((cats: Cat[]) => {
  for (const cat of cats) insert.run(cat);
  return cats.length;
});
const count: number = insertMany([{ name: 'Joey', age: 2 }]);
const deferred: number = insertMany.deferred([]);
insertMany.immediate([]);
insertMany.exclusive([]);
insertMany.default([]);
insertMany.default.length;

const nothing: void = db.transaction(() => {})();
const withDefaults = db.transaction((a: number, b = 2, ...others: string[]) => a + b + others.length);
withDefaults(1);
withDefaults.immediate(1, 2, 'x', 'y');
const outer = db.transaction((cats: Cat[]) => insertMany(cats) + insertMany.immediate(cats));

// The type by its name.
let kept: Database.Transaction | undefined;
kept = db.transaction(() => 1);
kept = insertMany;
kept();
const typed: Database.Transaction<(cats: Cat[]) => number> = insertMany;
const asFunction: (cats: Cat[]) => number = insertMany;
type Wrapped = ReturnType<typeof db.transaction<(id: number) => Cat>>;
const wrapped: Wrapped = db.transaction((id) => ({ name: String(id), age: id }));
const cat: Cat = wrapped(1);

// A choice by name, as query builders make it.
type Behavior = 'default' | 'deferred' | 'immediate' | 'exclusive';
function run<T>(fn: () => T, behavior: Behavior = 'default'): T {
  return db.transaction(fn)[behavior]();
}
const answer: string = run(() => 'x', 'immediate');

// Wrappers.
function inTransaction<T>(fn: () => T): T {
  return db.transaction(fn)();
}
function atomically<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
  const transaction = db.transaction(fn);
  return (...args) => transaction.immediate(...args);
}
function immediately<F extends (...args: any[]) => unknown>(fn: F): Database.Transaction<F> {
  return db.transaction(fn);
}
function withDatabase<T>(work: (db: Database.Database) => T): T {
  return db.transaction(() => work(db)).exclusive();
}
const doubled: number = atomically((n: number) => n * 2)(4);
const joined: string = immediately((a: string, b: string) => a + b).immediate('a', 'b');
const inner: number = withDatabase((handle) => handle.prepare('SELECT 1').all().length);

class Store {
  private readonly saveAll: Database.Transaction<(cats: readonly Cat[]) => void>;

  constructor(private readonly handle: Database.Database) {
    this.saveAll = this.handle.transaction((cats: readonly Cat[]) => cats.forEach((each) => this.save(each)));
  }

  save(each: Cat): void {
    insert.run(each);
  }

  replace(cats: readonly Cat[]): void {
    this.saveAll(cats);
  }

  readonly clear = db.transaction(function clear(this: void, table: string) {
    db.exec(`DELETE FROM ${table}`);
  });
}

export {
  Store,
  answer,
  asFunction,
  cat,
  count,
  deferred,
  doubled,
  inTransaction,
  inner,
  joined,
  nothing,
  outer,
  typed,
};
