// Statements: their type parameters, and each member.
import Database from 'better-sqlite3';

const db = new Database(':memory:');

interface User {
  id: number;
  name: string;
  email: string | null;
}

// Without type parameters: any parameters, unknown rows.
const plain = db.prepare('SELECT * FROM users WHERE id = ?');
const unknownRow: unknown = plain.get(1);
const unknownRows: unknown[] = plain.all('a', 2, 3n, null, undefined, Buffer.alloc(1), [4], { five: 5 });
const cast = plain.get(1) as User | undefined;
const castRows = plain.all() as User[];
const castThrough = plain.get(1) as { count: number };

// Tuples of parameters.
const byId = db.prepare<[number], User>('SELECT * FROM users WHERE id = ?');
const user: User | undefined = byId.get(1);
const users: User[] = byId.all(1);
const two = db.prepare<[id: number, name?: string], User>('SELECT 1');
two.get(1);
two.get(1, 'Ada');
const none = db.prepare<[], User>('SELECT * FROM users');
const all = none.all().map(({ id, name }) => `${id} ${name}`);
const rest = db.prepare<string[], User>('SELECT * FROM users WHERE name IN (?, ?)');
rest.all(...['Ada', 'Grace']);
const many = db.prepare<unknown[], User>('SELECT 1');
many.get(1, 'x', null);
const wild = db.prepare<any[], any>('SELECT 1');
wild.get(1).whatever.at.all;

// One parameter that is no tuple: a name's object, or a bare value.
const named = db.prepare<{ id: number }, User>('SELECT * FROM users WHERE id = @id');
const namedUser = named.get({ id: 1 })?.email ?? 'none';
const bare = db.prepare<number, { total: number }>('SELECT count(*) AS total FROM users WHERE id > ?');
const total = bare.get(5)!.total;
const text = db.prepare<string>('SELECT * FROM users WHERE name = ?');
text.all('Ada');
const eitherOr = db.prepare<string | number, User>('SELECT 1');
const partial = db.prepare<Partial<User>>('UPDATE users SET name = @name WHERE id = @id');
partial.run({ id: 1 });
partial.run({ id: 1, name: 'Ada' });
const recorded = db.prepare<Record<string, unknown>, User>('SELECT 1');
recorded.get({ anything: true });
const insert = db.prepare<Omit<User, 'id'>>('INSERT INTO users (name, email) VALUES (@name, @email)');
const lastId = insert.run({ name: 'Ada', email: null }).lastInsertRowid;
const tuples = db.prepare<[{ a: number }, string]>('SELECT @a, ?');
tuples.run({ a: 1 }, 'x');

// Results.
const result: Database.RunResult = plain.run();
const { changes, lastInsertRowid } = insert.run({ name: 'Grace', email: 'grace@example.com' });
const sum: number = changes + Number(lastInsertRowid);
const exact: bigint = BigInt(lastInsertRowid);
const isBig = typeof lastInsertRowid === 'bigint';

// Iteration.
for (const row of none.iterate()) console.log(row.name.toUpperCase());
const iterator: IterableIterator<User> = byId.iterate(1);
const first = iterator.next();
if (!first.done) console.log(first.value.id);
const spread: User[] = [...none.iterate()];
const names = Array.from(none.iterate(), ({ name }) => name);
function* take<T>(rows: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const row of rows) {
    if (left <= 0) return;
    left -= 1;
    yield row;
  }
}
const firstTwo = [...take(none.iterate(), 2)];

// Modes keep the statement's type.
const same: Database.Statement<[number], User> = byId
  .pluck()
  .pluck(false)
  .raw()
  .raw(false)
  .expand()
  .expand(false);
const big = db.prepare<[], bigint>('SELECT 1').safeIntegers().safeIntegers(true).pluck();
const value: bigint | undefined = big.get();
const arrays = db.prepare('SELECT a, b FROM t').raw().all() as [number, string][];
const bound = db.prepare<[number], User>('SELECT * FROM users WHERE id = ?').bind(5);
const definitions: Database.ColumnDefinition[] = byId.columns();
const origins = definitions.map(({ name, column, table, database, type }) => [
  name.length,
  column?.length,
  table ?? 'none',
  database ?? 'main',
  (type ?? 'ANY').toUpperCase(),
]);

// Properties.
const owner: Database.Database = byId.database;
const sql: string = byId.source;
const isReader: boolean = byId.reader;
const isReadonly: boolean = byId.readonly;
const isBusy: boolean = byId.busy;
const answer = byId.reader ? byId.all(1) : byId.run(1);

// The type by its name.
type Any = Database.Statement;
type Tuple = Database.Statement<[number, string]>;
type Row = Database.Statement<[], User>;
type Named = Database.Statement<{ id: number }, User>;
type Bare = Database.Statement<string, User>;
const anyStatement: Any = db.prepare('SELECT 1');
const tupleStatement: Tuple = db.prepare('SELECT ?, ?');
const rowStatement: Row = db.prepare('SELECT * FROM users');
const namedStatement: Named = db.prepare('SELECT * FROM users WHERE id = @id');
const bareStatement: Bare = db.prepare('SELECT * FROM users WHERE name = ?');
const sameNamed: Database.Statement<[{ id: number }], User> = namedStatement;
const statements: Record<string, Database.Statement> = { plain, anyStatement };
const cache = new Map<string, Database.Statement<unknown[]>>();
cache.set('a', plain);

export {
  all,
  answer,
  arrays,
  bareStatement,
  big,
  bound,
  cast,
  castRows,
  castThrough,
  eitherOr,
  exact,
  firstTwo,
  isBig,
  isBusy,
  isReader,
  isReadonly,
  lastId,
  named,
  namedUser,
  names,
  origins,
  owner,
  result,
  rowStatement,
  same,
  sameNamed,
  spread,
  sql,
  statements,
  sum,
  total,
  tupleStatement,
  unknownRow,
  unknownRows,
  user,
  users,
  value,
};
