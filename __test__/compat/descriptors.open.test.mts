import {
  closeSync,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  readdirSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openPair, type Pair } from '../helpers/descriptors.mts';
import { describeDrivers, sameAnswer, sameError } from '../helpers/drivers.mts';
import { inChild } from '../helpers/in-child.mts';
import { damagedOnPurpose } from '../helpers/sound-files.mts';

/** No process has as many files open. */
const NOT_OPEN = 0x7fffffff;

const NO_DESCRIPTOR = 'Expected the file descriptor to be a non-negative 32-bit integer';
const NO_JOURNAL = 'Expected the "journalFd" option to be a non-negative 32-bit integer';
const MISSING = 'The "journalFd" option is required when opening a database from a file descriptor';
const MISPLACED = 'The "journalFd" option can only be used when opening a database from a file descriptor';

describe('arguments of new Database(fd)', () => {
  it.each([[1.5], [-1], [2 ** 31], [NaN], [Infinity], [-0.5]])('%s is not a descriptor', (fd) => {
    sameError(({ Database }) => new Database(fd, { journalFd: 0 }), 'TypeError', NO_DESCRIPTOR);
  });

  it.each([[5n], [new Number(3)], [true]])('%o is not a file name', (fd) => {
    sameError(
      ({ Database }) => new Database(fd, { journalFd: 0 }),
      'TypeError',
      'Expected first argument to be a string',
    );
  });

  it.each([[1.5], [-1], [2 ** 31], [NaN], ['1'], [5n], [null], [true], [{}]])(
    '%s is not a journal',
    (journalFd) => {
      sameError((driver) => openPair(driver).open({ journalFd }), 'TypeError', NO_JOURNAL);
    },
  );

  it.each([[{}], [{ journalFd: undefined }], [null], [undefined], [[]]])(
    'needs a journal, which %o does not name',
    (options) => {
      sameError((driver) => new driver.Database(openPair(driver).fd, options), 'TypeError', MISSING);
      sameError(({ Database }) => new Database(0, options), 'TypeError', MISSING);
      sameError(({ Database }) => new Database(-0, options), 'TypeError', MISSING);
    },
  );

  it.each([[1], [-1], [1.5], [null], ['x']])('refuses the journal %s for a file name', (journalFd) => {
    sameError(({ Database }) => new Database(':memory:', { journalFd }), 'TypeError', MISPLACED);
    sameError((driver) => new driver.Database(driver.path(), { journalFd }), 'TypeError', MISPLACED);
    sameError(({ Database }) => new Database('3', { journalFd }), 'TypeError', MISPLACED);
  });

  it('ignores an undefined journal for a file name', () => {
    sameAnswer(({ Database }) => new Database(':memory:', { journalFd: undefined }).memory);
  });

  it('takes an inherited journal', () => {
    sameAnswer((driver) => {
      const { fd, journalFd } = openPair(driver);
      return new driver.Database(fd, Object.create({ journalFd })).exec('CREATE TABLE t (a)').open;
    });
  });

  it.each([[5], ['x'], [() => ({})]])('%s is not an options object', (options) => {
    const message = 'Expected second argument to be an options object';
    sameError(({ Database }) => new Database(3, options), 'TypeError', message);
    sameError(({ Database }) => new Database(1.5, options), 'TypeError', NO_DESCRIPTOR);
  });

  it('is checked before the nativeBinding, and opened after it', () => {
    const nativeBinding = 1;
    const message = 'Expected the "nativeBinding" option to be a string or addon object';
    sameError(({ Database }) => new Database(3, { journalFd: -1, nativeBinding }), 'TypeError', NO_JOURNAL);
    sameError(
      ({ Database }) => new Database(':memory:', { journalFd: 1, nativeBinding }),
      'TypeError',
      MISPLACED,
    );
    sameError(
      ({ Database }) => new Database(NOT_OPEN, { journalFd: NOT_OPEN, nativeBinding }),
      'TypeError',
      message,
    );
  });

  it('finds the first fault in a fixed order', () => {
    const options = {
      readOnly: 1,
      memory: 1,
      readonly: 1,
      fileMustExist: 1,
      timeout: -1,
      verbose: 1,
      nativeBinding: 1,
      journalFd: 'x',
    };
    const names = Object.keys(options);
    for (let first = 0; first <= names.length; first += 1) {
      const rest = Object.fromEntries(names.slice(first).map((name) => [name, Reflect.get(options, name)]));
      for (const name of [1.5, NOT_OPEN, ':memory:', Buffer.alloc(0), 'no/such/folder/x.db', true]) {
        sameAnswer(({ Database }) => new Database(name, rest).open);
      }
    }
    sameError(
      ({ Database }) => new Database(3, { timeout: 2 ** 31, journalFd: 'x' }),
      'RangeError',
      'Option "timeout" cannot be greater than 2147483647',
    );
  });
});

const cannot = (reason: string): string => `Cannot open database because the ${reason}`;

/** A fault of one file, and who makes it: both files of the pair in turn have it. */
const faults: [
  string,
  (pair: Pair, which: 'database' | 'journal') => Record<'fd' | 'journalFd', number>,
  string,
][] = [
  [
    'is not open',
    ({ fd, journalFd }, which) =>
      which === 'database' ? { fd: NOT_OPEN, journalFd } : { fd, journalFd: NOT_OPEN },
    'file descriptor is not open',
  ],
  [
    'is a folder',
    (pair, which) => reopened(pair, which, 'r', pair.folder),
    'file descriptor does not refer to a regular file',
  ],
  [
    'is a device',
    (pair, which) => reopened(pair, which, 'r+', '/dev/null'),
    'file descriptor does not refer to a regular file',
  ],
  [
    'was opened for writing only',
    (pair, which) => reopened(pair, which, 'w'),
    'file descriptor was not opened for reading',
  ],
  [
    'was opened for appending only',
    (pair, which) => reopened(pair, which, 'a'),
    'file descriptor was not opened for reading',
  ],
  [
    'was opened for reading only',
    (pair, which) => reopened(pair, which, 'r'),
    'file descriptor was not opened for writing (use the "readonly" option)',
  ],
  [
    'was opened in append mode',
    (pair, which) => reopened(pair, which, 'a+'),
    'file descriptor was opened in append mode',
  ],
  [
    'has no name left',
    (pair, which) => {
      unlinkSync(which === 'database' ? pair.databasePath : pair.journalPath);
      return pair;
    },
    'file has been deleted',
  ],
];

function reopened(
  { fd, journalFd, databasePath, journalPath }: Pair,
  which: 'database' | 'journal',
  flags: string,
  path = which === 'database' ? databasePath : journalPath,
): Record<'fd' | 'journalFd', number> {
  const other = openSync(path, flags);
  return which === 'database' ? { fd: other, journalFd } : { fd, journalFd: other };
}

describe('new Database(fd)', () => {
  describe.each(['database', 'journal'] as const)('refuses a %s that', (which) => {
    it.each(faults)('%s', (_, make, text) => {
      sameError(
        (driver) => {
          const { fd, journalFd } = make(openPair(driver), which);
          return new driver.Database(fd, { journalFd });
        },
        'TypeError',
        cannot(`${which} ${text}`),
      );
    });
  });

  it('says of several faults the first, and those of the database before those of the journal', () => {
    const makers = faults.map(([, make]) => make);
    for (const first of makers) {
      for (const second of makers) {
        sameAnswer((driver) => {
          const pair = openPair(driver);
          const { journalFd } = second(pair, 'journal');
          const { fd } = first(pair, 'database');
          return new driver.Database(fd, { journalFd }).open;
        });
      }
    }
  });

  it.each(['w', 'a', 'a+'])('refuses files opened with %s although it shall only read', (flags) => {
    for (const which of ['database', 'journal'] as const) {
      sameAnswer((driver) => {
        const { fd, journalFd } = reopened(openPair(driver), which, flags);
        return new driver.Database(fd, { journalFd, readonly: true }).open;
      });
    }
  });

  const same: [string, (pair: Pair) => number][] = [
    ['the same descriptor', ({ fd }) => fd],
    ['another descriptor of the file', ({ databasePath }) => openSync(databasePath, 'r+')],
    [
      'another name of the file',
      ({ databasePath }) => {
        linkSync(databasePath, `${databasePath}2`);
        return openSync(`${databasePath}2`, 'r+');
      },
    ],
  ];
  it.each(same)('refuses %s as the journal', (_, journal) => {
    sameError(
      (driver) => {
        const pair = openPair(driver);
        return pair.open({ journalFd: journal(pair) });
      },
      'TypeError',
      'Cannot open database because the database and journal file descriptors refer to the same file',
    );
  });

  it.each([[false], [true]])('refuses a database in WAL mode (readonly: %s)', (readonly) => {
    sameError(
      (driver) => {
        const path = driver.path();
        new driver.Database(path).exec('PRAGMA journal_mode = wal; CREATE TABLE t (a)').close();
        return new driver.Database(openSync(path, 'r+'), { journalFd: openPair(driver).fd, readonly });
      },
      'TypeError',
      'Cannot open database from a file descriptor because it is in WAL mode',
    );
  });

  const headers: [string, number, number, number][] = [
    ['both versions are 2', 2, 2, 4096],
    ['the file ends behind them', 2, 2, 20],
    ['only the write version is 2', 2, 1, 4096],
    ['only the read version is 2', 1, 2, 4096],
    ['the versions are unknown', 3, 3, 4096],
  ];
  it.each(headers)('answers alike for a header where %s', (_, writeVersion, readVersion, size) => {
    sameAnswer((driver) => {
      const pair = openPair(driver);
      const header = Buffer.alloc(size);
      header.write('SQLite format 3\0');
      header[18] = writeVersion;
      header[19] = readVersion;
      damagedOnPurpose(pair.databasePath);
      writeSync(pair.fd, header);
      return pair.open().open;
    });
  });

  it('finds WAL mode after all faults of the descriptors', () => {
    sameAnswer((driver) => {
      const pair = openPair(driver);
      writeSync(pair.fd, Buffer.alloc(100, 2));
      return pair.open({ journalFd: pair.fd }).open;
    });
  });

  it('opens what is no database, and fails at the first query', () => {
    sameAnswer((driver) => {
      const pair = openPair(driver);
      writeSync(pair.fd, 'no database '.repeat(1000));
      const db = pair.open();
      return db.prepare('SELECT * FROM t').all();
    });
  });
});

/** Runs in a child, where nothing else opens and closes files: how many more are open at the end. */
function leftOpen(name: string, folder: string): number {
  const fs = require('node:fs') as typeof import('node:fs');
  const Database = require(name);
  const open = (file: string): number => fs.openSync(`${folder}/${file}`, 'w+');
  const [fd, journalFd, other] = [open('a'), open('b'), open('c')];
  new Database(':memory:').close();
  const count = (): number => fs.readdirSync('/proc/self/fd').length;
  const refused = (journal: number): void => {
    let opened;
    try {
      opened = new Database(fd, { journalFd: journal });
    } catch {
      return;
    }
    throw new Error(`${opened.name} was opened`);
  };
  const before = count();
  const first = new Database(fd, { journalFd }).exec('CREATE TABLE t (a)');
  const second = new Database(fd, { journalFd });
  refused(other);
  refused(fd);
  first.exec('BEGIN IMMEDIATE');
  second.close();
  first.exec('COMMIT').close();
  return count() - before;
}

describeDrivers('a database on file descriptors', (driver) => {
  it('has their number as its name and is no memory database', () => {
    const pair = openPair(driver);
    const db = pair.open();
    expect([db.name, db.memory, db.readonly, db.open, db.inTransaction]).toEqual([
      `fd:${pair.fd}`,
      false,
      false,
      true,
      false,
    ]);
    expect(db.pragma('journal_mode', { simple: true })).toBe('delete');
    db.close();
    expect([db.name, db.open]).toEqual([`fd:${pair.fd}`, false]);
  });

  it('opens without new, and as a subclass', () => {
    const { fd, journalFd } = openPair(driver);
    class Special extends driver.Database {}
    expect(driver.Database(fd, { journalFd })).toBeInstanceOf(driver.Database);
    expect(new Special(fd, { journalFd })).toBeInstanceOf(Special);
  });

  it('is a plain file that opens by its path', () => {
    const pair = openPair(driver);
    pair.open().exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)').close();
    const db = new driver.Database(pair.databasePath);
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([1]);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  it('opens what is there', () => {
    const path = driver.path();
    new driver.Database(path).exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)').close();
    const journalFd = openSync(`${path}-journal`, 'w+');
    const db = new driver.Database(openSync(path, 'r+'), { journalFd, fileMustExist: true });
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([1]);
  });

  it('leaves the descriptors and their offset to the caller', () => {
    const pair = openPair(driver);
    pair.open().exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)').close();
    expect(fstatSync(pair.journalFd).size).toBe(0);
    const start = Buffer.alloc(15);
    readSync(pair.fd, start, 0, 15, null);
    expect(String(start)).toBe('SQLite format 3');
    expect(readFileSync(pair.fd).length).toBe(fstatSync(pair.fd).size - 15);
  });

  it('needs the descriptors no more when it is open', () => {
    const pair = openPair(driver);
    const db = pair.open();
    closeSync(pair.fd);
    closeSync(pair.journalFd);
    db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([1]);
  });

  it.runIf(process.platform === 'linux')(
    'leaves no descriptor open, whether it was opened or refused',
    () => {
      expect(inChild(leftOpen, [driver.name, driver.folder()])).toBe(0);
    },
  );

  it('reads with readonly from descriptors that cannot write', () => {
    const pair = openPair(driver);
    pair.open().exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)').close();
    const db = new driver.Database(openSync(pair.databasePath, 'r'), {
      journalFd: openSync(pair.journalPath, 'r'),
      readonly: true,
    });
    expect(db.readonly).toBe(true);
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([1]);
    expect(() => db.exec('INSERT INTO t VALUES (2)')).toThrow(
      expect.objectContaining({ code: 'SQLITE_READONLY', message: 'attempt to write a readonly database' }),
    );
    db.exec('CREATE TEMP TABLE u (a); INSERT INTO u VALUES (1)');
  });

  it('does not write with readonly, whatever the descriptors can', () => {
    const pair = openPair(driver);
    pair.open().exec('CREATE TABLE t (a)').close();
    const db = pair.open({ readonly: true });
    expect(() => db.exec('INSERT INTO t VALUES (2)')).toThrow('attempt to write a readonly database');
    db.exec('BEGIN IMMEDIATE; COMMIT');
  });

  it('has the settings of every database', () => {
    const db = openPair(driver).open({ timeout: 7 });
    const simple = (name: string): unknown => db.pragma(name, { simple: true });
    expect([simple('busy_timeout'), simple('foreign_keys'), simple('cache_size')]).toEqual([7, 1, -16000]);
    expect(db.pragma('mmap_size = 1000000')).toEqual([]);
    expect(() => db.prepare("SELECT load_extension('x')").get()).toThrow('not authorized');
  });

  it('creates no file beside its own', () => {
    const pair = openPair(driver);
    const db = pair.open().exec('CREATE TABLE t (a)');
    db.transaction(() => {
      for (let row = 0; row < 500; row += 1) db.prepare('INSERT INTO t VALUES (?)').run('x'.repeat(1000));
    })();
    db.exec('VACUUM; CREATE TEMP TABLE u (a); INSERT INTO u VALUES (1)');
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
    expect(readdirSync(pair.folder).toSorted()).toEqual(['test.db', 'test.db-journal']);
  });
});
