/** A call for each text of docs/errors.md about file descriptors. */
import { openSync, unlinkSync } from 'node:fs';
import { ferrolite } from '../helpers/drivers.mts';
import { openPair, type Pair } from '../helpers/descriptors.mts';

const { Database } = ferrolite;
const pair = (): Pair => openPair(ferrolite);
const withDatabase = (fd: number): unknown => new Database(fd, { journalFd: pair().journalFd });
const reopened = (flags: string): unknown => withDatabase(openSync(pair().databasePath, flags));
const fault = (text: string): string => `Cannot open database because the <database or journal> ${text}`;

export const descriptorCalls: Readonly<Record<string, () => unknown>> = {
  'Expected the file descriptor to be a non-negative 32-bit integer': () => new Database(-1),
  'Expected the "journalFd" option to be a non-negative 32-bit integer': () => pair().open({ journalFd: -1 }),
  'The "journalFd" option is required when opening a database from a file descriptor': () =>
    new Database(pair().fd),
  'The "journalFd" option can only be used when opening a database from a file descriptor': () =>
    new Database('', { journalFd: pair().journalFd }),
  [fault('file descriptor is not open')]: () => withDatabase(0x7fffffff),
  [fault('file descriptor does not refer to a regular file')]: () =>
    withDatabase(openSync(pair().folder, 'r')),
  [fault('file descriptor was not opened for reading')]: () => reopened('w'),
  [fault('file descriptor was not opened for writing (use the "readonly" option)')]: () => reopened('r'),
  [fault('file descriptor was opened in append mode')]: () => reopened('a+'),
  [fault('file has been deleted')]: () => {
    const files = pair();
    unlinkSync(files.journalPath);
    files.open();
  },
  'Cannot open database because the database and journal file descriptors refer to the same file': () => {
    const files = pair();
    files.open({ journalFd: files.fd });
  },
  'Cannot open database because the journal file is itself a database': () => {
    const { fd, open } = pair();
    open().exec('CREATE TABLE t (a)').close();
    pair().open({ journalFd: fd });
  },
  'Cannot open database from a file descriptor because it is in WAL mode': () => {
    const { databasePath, fd } = pair();
    new Database(databasePath).exec('PRAGMA journal_mode = wal').close();
    withDatabase(fd);
  },
  'Cannot open database because a different journal file is already being used for this database': () => {
    const files = pair();
    kept.push(files.open());
    files.open({ journalFd: pair().journalFd });
  },
  'Cannot open database because its journal file is already being used for a different database': () => {
    const files = pair();
    kept.push(files.open());
    pair().open({ journalFd: files.journalFd });
  },
  'Cannot open database because a file cannot be a database and a journal at the same time': () => {
    const files = pair();
    kept.push(files.open());
    pair().open({ journalFd: files.fd });
  },
  'journal_mode WAL is not supported for databases opened from file descriptors': () =>
    pair().open().pragma('journal_mode = wal'),
  'Transactions that write to multiple databases are not supported by databases opened from file descriptors':
    () =>
      pair().open().exec(`
        CREATE TABLE t (a); ATTACH '${ferrolite.path()}' AS other; CREATE TABLE other.u (a);
        BEGIN; INSERT INTO t VALUES (1); INSERT INTO other.u VALUES (1); COMMIT;
      `),
  'The database file or its journal file was deleted or replaced while the database was open (the database must be reopened)':
    () => {
      const files = pair();
      const db = files.open();
      unlinkSync(files.journalPath);
      db.prepare('SELECT * FROM sqlite_schema').all();
    },
};

/** Connections that must be open when another is refused: out of reach for the collector of garbage. */
const kept: unknown[] = [];
