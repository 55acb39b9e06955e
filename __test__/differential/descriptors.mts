/** Databases on open file descriptors. */
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../helpers/answer.mts';
import { openPair, pairAt, type Pair } from '../helpers/descriptors.mts';
import { oddValues } from './harness/values.mts';
import { forEachValue, type CaseBody, type CaseDriver, type Cases } from './harness/case.mts';

/** What 0 and 1 are depends on who started the process. */
const notDescriptors = oddValues.filter(([, value]) => value !== undefined && value !== 0 && value !== 1);

const flags = ['r', 'r+', 'w', 'w+', 'wx+', 'a', 'a+'];

/** Opens two files with these flags, the database being there before or not. */
const withFlags = (exists: boolean, database: string, journal: string, options: object): CaseBody => {
  return (driver) => {
    const file = driver.path();
    if (exists) new driver.Database(file).exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)').close();
    if (journal.startsWith('r')) writeFileSync(`${file}-journal`, '');
    const pair = attempt(() => {
      const { fd, journalFd } = pairAt(driver, file, database, journal);
      const opened = attempt(() => {
        const db = new driver.Database(fd, { journalFd, ...options });
        return [
          db.name === `fd:${fd}`,
          db.memory,
          db.readonly,
          attempt(() => db.prepare('SELECT * FROM t').all()),
          attempt(() => db.exec('CREATE TABLE made (a); INSERT INTO made VALUES (1)').open),
          db.close().open,
        ];
      });
      // The descriptors are the caller's, and still open.
      const kept = [fd, journalFd].map((each) => attempt(() => fstatSync(each).isFile()));
      for (const each of [fd, journalFd]) closeSync(each);
      return [opened, kept];
    });
    // The system words its own errors, with the path.
    return 'returned' in (pair.description as object) ? pair : 'the files cannot be opened like this';
  };
};

const flagCases: Cases = Object.fromEntries(
  flags.flatMap((database) =>
    flags.flatMap((journal) =>
      [true, false].flatMap((exists) =>
        [{}, { readonly: true }].map((options): [string, CaseBody] => [
          `${exists ? 'a database' : 'nothing'} as ${database}, a journal as ${journal}, ${JSON.stringify(options)}`,
          withFlags(exists && !database.startsWith('w'), database, journal, options),
        ]),
      ),
    ),
  ),
);

interface ClosablePair extends Pair {
  /** Closes one of the two, which the end of the case then leaves alone: its number may be another's by then. */
  close(fd: number): void;
}

const withPair =
  (body: (pair: ClosablePair, driver: CaseDriver) => unknown): CaseBody =>
  (driver) => {
    const pair = openPair(driver);
    const open = new Set([pair.fd, pair.journalFd]);
    const close = (fd: number): void => {
      open.delete(fd);
      closeSync(fd);
    };
    try {
      return body({ ...pair, close }, driver);
    } finally {
      for (const fd of open) closeSync(fd);
    }
  };

export const cases: Cases = {
  ...flagCases,
  ...forEachValue(
    notDescriptors.filter(([, value]) => typeof value === 'number'),
    'as the descriptor',
    ({ Database }, value) => [
      attempt(() => new Database(value)),
      attempt(() => new Database(value, { journalFd: 1.5 })),
    ],
  ),
  ...Object.fromEntries(
    [2 ** 31 - 1, 2 ** 31, 2 ** 53, -1, 1.5, NaN, Infinity].map((fd): [string, CaseBody] => [
      `the descriptor ${fd}`,
      withPair(({ fd: good, journalFd }, { Database }) => [
        attempt(() => new Database(fd, { journalFd })),
        attempt(() => new Database(good, { journalFd: fd })),
      ]),
    ]),
  ),
  ...forEachValue(notDescriptors, 'as journalFd', (driver, value) =>
    withPair(({ fd }, { Database }) => attempt(() => new Database(fd, { journalFd: value })))(driver),
  ),
  'no journal': withPair(({ fd }, { Database }) => [
    attempt(() => new Database(fd)),
    attempt(() => new Database(fd, {})),
    attempt(() => new Database(fd, { journalFd: undefined })),
    attempt(() => new Database(fd, null)),
  ]),
  'a journal without a descriptor': ({ Database, path }) => [
    attempt(() => new Database(':memory:', { journalFd: 5 })),
    attempt(() => new Database(path(), { journalFd: 5 })),
    attempt(() => new Database(Buffer.alloc(0), { journalFd: 5 })),
  ],
  'the order of checks': withPair(({ fd, journalFd }, { Database }) => [
    attempt(() => new Database(-1, { journalFd: -1 })),
    attempt(() => new Database(-1, 5)),
    attempt(() => new Database(fd, 5)),
    attempt(() => new Database(fd, { readOnly: true })),
    attempt(() => new Database(fd, { readonly: 5, journalFd: 'x' })),
    attempt(() => new Database(fd, { timeout: -1, journalFd })),
    attempt(() => new Database(fd, { journalFd, fileMustExist: 5 })),
    attempt(() => new Database(fd, { journalFd, fileMustExist: true }).open),
  ]),
  'one file for both': withPair(({ fd, databasePath }, { Database }) => [
    attempt(() => new Database(fd, { journalFd: fd })),
    attempt(() => new Database(fd, { journalFd: openSync(databasePath, 'r+') })),
  ]),
  'a descriptor that was closed': withPair(({ fd, journalFd, close }, { Database }) => {
    close(fd);
    return attempt(() => new Database(fd, { journalFd }));
  }),
  'a journal that was closed': withPair(({ fd, journalFd, close }, { Database }) => {
    close(journalFd);
    return attempt(() => new Database(fd, { journalFd }));
  }),
  'a folder': withPair(({ fd, journalFd, folder }, { Database }) => {
    const other = openSync(folder, 'r');
    return [
      attempt(() => new Database(other, { journalFd })),
      attempt(() => new Database(fd, { journalFd: other })),
      attempt(() => new Database(other, { journalFd, readonly: true })),
    ];
  }),
  'a device': withPair(({ fd, journalFd }, { Database }) => {
    const other = openSync('/dev/null', 'r+');
    return [
      attempt(() => new Database(other, { journalFd })),
      attempt(() => new Database(fd, { journalFd: other })),
    ];
  }),
  'a file that was deleted': withPair(({ databasePath, open }) => {
    unlinkSync(databasePath);
    return attempt(() => open());
  }),
  'a journal that was deleted': withPair(({ journalPath, open }) => {
    unlinkSync(journalPath);
    return attempt(() => open());
  }),
  'a file that is deleted later': withPair(({ databasePath, open }) => {
    const db = open().exec('CREATE TABLE t (a)');
    unlinkSync(databasePath);
    return [
      attempt(() => db.prepare('SELECT * FROM t').all()),
      attempt(() => db.exec('INSERT INTO t VALUES (1)').open),
      db.close().open,
    ];
  }),
  'a file that is replaced later': withPair(({ databasePath, open }) => {
    const db = open().exec('CREATE TABLE t (a)');
    renameSync(databasePath, `${databasePath}-moved`);
    writeFileSync(databasePath, '');
    return [
      attempt(() => db.exec('INSERT INTO t VALUES (1)').open),
      attempt(() => db.prepare('SELECT * FROM t').all()),
    ];
  }),
  'a file that is renamed later': withPair(({ databasePath, open }) => {
    const db = open().exec('CREATE TABLE t (a)');
    renameSync(databasePath, `${databasePath}-moved`);
    return [
      attempt(() => db.exec('INSERT INTO t VALUES (1)').open),
      attempt(() => db.prepare('SELECT * FROM t').all()),
    ];
  }),
  'a journal that is deleted later': withPair(({ journalPath, open }) => {
    const db = open().exec('CREATE TABLE t (a)');
    unlinkSync(journalPath);
    return [
      attempt(() => db.exec('INSERT INTO t VALUES (1)').open),
      attempt(() => db.prepare('SELECT * FROM t').all()),
    ];
  }),
  'a database in WAL mode': (driver) => {
    const file = driver.path();
    new driver.Database(file).exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a)').close();
    const { open } = pairAt(driver, file, 'r+', 'w+');
    return [attempt(() => open()), attempt(() => open({ readonly: true }))];
  },
  'another file': (driver) => {
    const file = driver.path();
    writeFileSync(file, 'this is no database, '.repeat(500));
    const { open } = pairAt(driver, file, 'r+', 'w+');
    return attempt(() => attempt(() => open().prepare('SELECT * FROM t').all()));
  },
  'writing and reading': withPair(({ databasePath, journalPath, open }, { Database }) => {
    const db = open().exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    const during = db.exec('BEGIN; INSERT INTO t VALUES (2)').inTransaction;
    const journal = existsSync(journalPath);
    db.exec('COMMIT').close();
    return [
      during,
      journal,
      readFileSync(journalPath).length,
      new Database(databasePath).prepare('SELECT * FROM t').all(),
    ];
  }),
  'every journal mode': withPair(({ open, journalPath }) => {
    const db = open().exec('CREATE TABLE t (a)');
    return ['delete', 'truncate', 'persist', 'memory', 'wal', 'off', 'delete'].map((mode) => [
      mode,
      attempt(() => db.pragma(`journal_mode = ${mode}`)),
      attempt(() => db.exec('INSERT INTO t VALUES (1)').open),
      existsSync(journalPath),
    ]);
  }),
  'a transaction over several databases': withPair(({ open }, driver) => {
    const db = open().exec('CREATE TABLE t (a)');
    db.exec(`ATTACH '${driver.path()}' AS other; CREATE TABLE other.o (a)`);
    return [
      attempt(() => db.exec('BEGIN; INSERT INTO t VALUES (1); INSERT INTO o VALUES (1); COMMIT').open),
      db.inTransaction,
      attempt(() => db.exec('ROLLBACK').open),
      attempt(() => db.exec('INSERT INTO t VALUES (2)').open),
      attempt(() => db.exec('INSERT INTO o VALUES (2)').open),
    ];
  }),
  'two connections on one pair': withPair(({ open }) => {
    const [one, other] = [open().exec('CREATE TABLE t (a)'), open({ timeout: 0 })];
    one.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (1)');
    const during = [
      attempt(() => other.prepare('SELECT * FROM t').all()),
      attempt(() => other.exec('INSERT INTO t VALUES (2)').open),
    ];
    one.exec('COMMIT');
    return [
      during,
      other.prepare('SELECT * FROM t').all(),
      attempt(() => other.exec('INSERT INTO t VALUES (2)').open),
      one.prepare('SELECT * FROM t').all(),
    ];
  }),
  'two connections with other journals': withPair(({ fd, folder, open }, { Database }) => {
    const first = open().exec('CREATE TABLE t (a)');
    const journalFd = openSync(join(folder, 'another'), 'w+');
    const refused = attempt(() => new Database(fd, { journalFd }).prepare('SELECT * FROM t').all());
    first.close();
    return [refused, attempt(() => new Database(fd, { journalFd }).prepare('SELECT * FROM t').all())];
  }),
  'the descriptors can be closed at once': withPair(({ fd, journalFd, open, close }) => {
    const db = open();
    close(fd);
    close(journalFd);
    return [
      db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)').prepare('SELECT * FROM t').all(),
      db.close().open,
    ];
  }),
  'serialize and pragmas': withPair(({ open }) => {
    const db = open().exec('CREATE TABLE t (a)');
    return [
      db.serialize().length,
      db.pragma('journal_mode'),
      db.pragma('synchronous'),
      db.pragma('page_count'),
      db.pragma('locking_mode'),
    ];
  }),
  backup: async (driver) => {
    const { open } = openPair(driver);
    const db = open().exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    const file = driver.path();
    return [await db.backup(file), new driver.Database(file).prepare('SELECT * FROM t').all()];
  },
  'rollback, savepoints and a vacuum': withPair(({ open }) => {
    const db = open().exec('CREATE TABLE t (a)');
    db.exec('BEGIN; INSERT INTO t VALUES (1); SAVEPOINT s; INSERT INTO t VALUES (2); ROLLBACK TO s; COMMIT');
    return [
      db.prepare('SELECT * FROM t').all(),
      attempt(() => db.exec('BEGIN; DELETE FROM t; ROLLBACK').inTransaction),
      attempt(() => db.exec('VACUUM').open),
      db.pragma('integrity_check'),
    ];
  }),
  'a read-only pair': (driver) => {
    const file = driver.path();
    new driver.Database(file).exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)').close();
    writeFileSync(`${file}-journal`, '');
    const { open } = pairAt(driver, file, 'r', 'r');
    const db = open({ readonly: true });
    return [
      db.readonly,
      db.prepare('SELECT * FROM t').all(),
      attempt(() => db.exec('INSERT INTO t VALUES (2)').open),
    ];
  },
  'a folder beside': withPair(({ folder, open }) => {
    mkdirSync(join(folder, 'test.db-wal'));
    return attempt(() => open().exec('CREATE TABLE t (a)').open);
  }),
};
