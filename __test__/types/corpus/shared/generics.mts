// Functions that pass type parameters on, and types that are taken apart.
import Database from 'better-sqlite3';

const db: Database.Database = new Database();

export function query<Row>(sql: string, ...params: unknown[]): Row[] {
  return db.prepare<unknown[], Row>(sql).all(...params);
}
export function queryOne<Row = Record<string, unknown>>(
  sql: string,
  params: unknown[] = [],
): Row | undefined {
  return db.prepare(sql).get(...params) as Row | undefined;
}
export function prepareTuple<P extends unknown[], R>(sql: string): Database.Statement<P, R> {
  return db.prepare<P, R>(sql);
}
export function prepareNamed<P extends {}, R>(sql: string): Database.Statement<P, R> {
  return db.prepare<P, R>(sql);
}
export function prepareAny<P extends unknown[] | {}, R = unknown>(sql: string): Database.Statement<P, R> {
  return db.prepare<P, R>(sql);
}
export function scalar<T>(statement: Database.Statement<unknown[], unknown>, ...params: unknown[]): T {
  return statement.pluck().get(...params) as T;
}
export function mapRows<Row, Out>(statement: Database.Statement<[], Row>, map: (row: Row) => Out): Out[] {
  return statement.all().map((row) => map(row));
}

type Prepare = Database.Database['prepare'];
type AnyStatement = ReturnType<Prepare>;
type Bindings = Parameters<AnyStatement['run']>;
type Pragma = Parameters<Database.Database['pragma']>;
type Answer = ReturnType<AnyStatement['run']>;
type BackupProgress = Database.BackupOptions['progress'];
type Keys = keyof Database.Database;
type RowOf<S> = S extends Database.Statement<any[], infer Row> ? Row : never;

const statement: AnyStatement = db.prepare('SELECT 1');
const bindings: Bindings = [[1, 'two']];
statement.all([1, 'two']);
const pragma: Pragma = ['journal_mode', { simple: true }];
db.pragma(...pragma);
const answer: Answer = { changes: 0, lastInsertRowid: 0n };
const key: Keys = 'inTransaction';
const typed = db.prepare<[], { a: number }>('SELECT 1 AS a');
const row: RowOf<typeof typed> = { a: 1 };
const progress: BackupProgress = ({ remainingPages }) => remainingPages;

const bindFirst = db.prepare.bind(db);
bindFirst('SELECT 1').all();
const { exec } = db;
exec.call(db, 'SELECT 1');

type Query<T> = { [K in keyof T]: Database.Statement<unknown[], T[K]> };
function prepareAll<T extends Record<string, unknown>>(sources: { [K in keyof T]: string }): Query<T> {
  const made: Partial<Query<T>> = {};
  for (const name in sources) made[name] = db.prepare<unknown[], T[typeof name]>(sources[name]);
  return made as Query<T>;
}
const queries = prepareAll<{ users: { id: number }; tags: { tag: string } }>({
  users: 'SELECT 1',
  tags: 'SELECT 2',
});
const tag: string | undefined = queries.tags.get()?.tag;

export { answer, bindings, key, progress, row, tag };
