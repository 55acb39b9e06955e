// Each member of a database, with its result used as what it is.
import Database from 'better-sqlite3';

const db = new Database(':memory:');

const isMemory: boolean = db.memory;
const isReadonly: boolean = db.readonly;
const name: string = db.name;
const isOpen: boolean = db.open;
const isInTransaction: boolean = db.inTransaction;

db.exec('CREATE TABLE t (a)').exec('CREATE INDEX i ON t (a)').pragma('user_version = 1');

db.pragma('journal_mode = WAL');
const version = db.pragma('user_version', { simple: true }) as number;
const columns = db.pragma('table_info(t)') as { name: string; type: string }[];
const mode: unknown = db.pragma('journal_mode', { simple: undefined });
const pragmaOptions: Database.PragmaOptions = { simple: true };
db.pragma('foreign_keys', pragmaOptions);
const isSimple: boolean | undefined = pragmaOptions.simple;

db.loadExtension('./extension.so')
  .unsafeMode()
  .unsafeMode(false)
  .defaultSafeIntegers()
  .defaultSafeIntegers(true);

const image: Buffer = db.serialize();
const attached: Buffer = db.serialize({ attached: 'other' });
const serializeOptions: Database.SerializeOptions = {};
serializeOptions.attached = 'main';
const copy = new Database(db.serialize(serializeOptions));
const bytes: Uint8Array = image.subarray(0, 16);

async function backUp(source: Database.Database): Promise<number> {
  await source.backup(`backup-${Date.now()}.db`);
  const { totalPages, remainingPages }: Database.BackupMetadata = await source.backup('b.db', {
    progress({ totalPages: total, remainingPages: remaining }) {
      console.log(`${(((total - remaining) / total) * 100).toFixed(1)} %`);
      return isReadonly ? 0 : 200;
    },
  });
  const options: Database.BackupOptions = { progress: (info: Database.BackupMetadata) => info.totalPages };
  await source.backup('c.db', options);
  return totalPages - remainingPages;
}
backUp(db)
  .then((pages) => console.log(pages))
  .catch((error: unknown) => console.error(error));

const self: Database.Database = db.close();

process.on('exit', () => db.close());
process.on('SIGHUP', () => process.exit(128 + 1));

export {
  attached,
  bytes,
  columns,
  copy,
  isInTransaction,
  isMemory,
  isOpen,
  isSimple,
  mode,
  name,
  self,
  version,
};
