// What is typed here and not in @types/better-sqlite3.
import { readFileSync } from 'node:fs';
import Database, { SqliteError, type TableDefinition } from 'ferrolite';

const db = new Database(':memory:', {
  nativeBinding: undefined,
  verbose: (sql: string) => console.debug(sql),
});
const addon: object = { initialize() {} };
new Database(':memory:', { nativeBinding: addon });
Database(readFileSync('app.db'), { readonly: true });

// File descriptors.
new Database(3, { journalFd: 4 });
Database(3, { journalFd: 4, readonly: true, timeout: 0 }).close();
const descriptors: Database.FileDescriptorOptions = { journalFd: 4 };
new Database(3, descriptors);

// explain.
const plan = db.explain('QUERY PLAN SELECT * FROM t');
const details: string[] = plan.map((row) => String(row['detail']));

// Statements.
const text: string = db.prepare('SELECT ?').bind(1).toString();

// Backups.
export async function backUp(): Promise<number> {
  await db.backup('a.db', { attached: 'other' });
  const { totalPages } = await db.backup('b.db', {
    attached: 'other',
    progress: ({ remainingPages }) => {
      console.log(remainingPages);
    },
  });
  return totalPages;
}
const reported: Database.BackupOptions = { progress: undefined };
reported.progress?.({ totalPages: 1, remainingPages: 0 });

// Aggregates of several values, of another type than the accumulator's.
db.aggregate('weighted', {
  start: () => ({ sum: 0, weights: 0 }),
  step: (state: { sum: number; weights: number }, value: number, weight: number) => {
    state.sum += value * weight;
    state.weights += weight;
  },
  inverse: (state: { sum: number; weights: number }, value: number, weight: number) => {
    state.sum -= value * weight;
    state.weights -= weight;
  },
  result: ({ sum, weights }) => sum / weights,
});
db.aggregate('longest', {
  start: 0,
  step: (length: number, value: string) => Math.max(length, value.length),
});
const join: Database.AggregateOptions<string[]> = {
  start: () => [],
  step: (list, value: string) => [...list, value],
  result: (list) => list.join(),
};
db.aggregate('joined', join);

// Tables with typed parameters, and factories.
const series: TableDefinition = {
  columns: ['value'],
  parameters: ['first', 'last'],
  safeIntegers: true,
  directOnly: true,
  *rows(first: bigint, last: bigint = 10n) {
    for (let value = first; value <= last; value += 1n) yield { value };
  },
};
db.table('series', series);
db.table('csv', (path) => ({
  columns: ['line'],
  *rows() {
    for (const line of readFileSync(path ?? '', 'utf8').split('\n')) yield [line];
  },
}));
db.table('described', function describe(this: Database.TableFactoryContext, ...words: string[]) {
  const { module, database, table } = this;
  return { columns: [module, database, table, ...words], *rows() {} };
});
db.table('contextual', function contextual() {
  return { columns: [this.table.toUpperCase()], *rows() {} };
});
const factory: Database.TableFactory = () => series;
db.table('made', factory);

// Extensions and transactions.
db.loadExtension('./extension', 'sqlite3_extension_init').close();
const owner: Database.Database = db.transaction(() => 1).database;

// SqliteError as the type of an error.
function report(error: SqliteError): string {
  return `${error.name} ${error.code}: ${error.message}`;
}
function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof SqliteError;
}
try {
  db.exec('nonsense');
} catch (error) {
  if (error instanceof SqliteError) report(error);
  if (isSqliteError(error)) report(error);
  if ((error as SqliteError).code === 'SQLITE_BUSY') throw error;
  if ((error as Database.SqliteError).code.startsWith('SQLITE_IOERR')) throw error;
}
report(new SqliteError('message', 'SQLITE_ERROR'));

export { details, owner, text };
