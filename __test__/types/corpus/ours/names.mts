// Every name of the package, imported by name.
import Database, {
  FerroliteError,
  closeDatabase,
  closeOnSignals,
  getDb,
  getSqlite,
  instrumentSqlite,
  truncateWal,
} from 'ferrolite';
import type {
  CheckpointResult,
  DatabaseConstructor,
  FileDescriptorOptions,
  GetDbOptions,
  GetSqliteOptions,
  PragmaValue,
  ProfileName,
  TableDefinition,
  TableFactory,
  TableFactoryContext,
  TruncateWalOptions,
} from 'ferrolite';

const db: Database.Database = getSqlite({ profile: 'durable' } satisfies GetSqliteOptions);
const other: Database.Database = getDb('other.db', {} satisfies GetDbOptions);
const rows: unknown[] = instrumentSqlite('list', () => db.prepare('SELECT 1').all());
const result: Promise<CheckpointResult> = truncateWal({ busyTimeoutMs: 10 } satisfies TruncateWalOptions);
const stop: () => void = closeOnSignals();
closeDatabase();
const driver: DatabaseConstructor = Database;
const isOurs = (error: unknown): error is FerroliteError => error instanceof FerroliteError;
const profile: ProfileName = 'readHeavy';
const value: PragmaValue = 'wal';

// Databases of the client can be told from others by no type: they are the driver's.
class Store extends Database {}
const store: Database.Database = new Store();

export type { FileDescriptorOptions, TableDefinition, TableFactory, TableFactoryContext };
export { driver, isOurs, other, profile, result, rows, stop, store, value };
