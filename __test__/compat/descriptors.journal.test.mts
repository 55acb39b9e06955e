// What a database on file descriptors does otherwise than one with a name, and what it refuses.
import {
  copyFileSync,
  fstatSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPair, pairAt, type Pair } from '../helpers/descriptors.mts';
import { describeDrivers, sameAnswer, sameError, type Database, type Driver } from '../helpers/drivers.mts';

const NO_WAL = 'journal_mode WAL is not supported for databases opened from file descriptors';
const GONE =
  'The database file or its journal file was deleted or replaced while the database was open (the database must be reopened)';
const SEVERAL =
  'Transactions that write to multiple databases are not supported by databases opened from file descriptors';
const OTHER_JOURNAL =
  'Cannot open database because a different journal file is already being used for this database';

const withTable = (driver: Driver): Pair & { db: Database } => {
  const pair = openPair(driver);
  return { ...pair, db: pair.open().exec('CREATE TABLE t (a)') };
};

/** A thrown error as text, or what was returned. */
function outcome(run: () => unknown): unknown {
  try {
    const value = run();
    return typeof value === 'object' && value !== null && 'prepare' in value ? 'done' : value;
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    return [name, message, code];
  }
}

describeDrivers('the journal of a database on file descriptors', (driver) => {
  it.each([
    ['delete', 0],
    ['truncate', 0],
    ['memory', 0],
  ])('is empty after a transaction with journal_mode %s', (mode, size) => {
    const { db, journalFd, folder } = withTable(driver);
    expect(db.pragma(`journal_mode = ${mode}`, { simple: true })).toBe(mode);
    db.exec('INSERT INTO t VALUES (1)');
    expect(fstatSync(journalFd).size).toBe(size);
    expect(readdirSync(folder).toSorted()).toEqual(['test.db', 'test.db-journal']);
  });

  it('is kept with journal_mode persist and emptied by going back', () => {
    const { db, journalFd } = withTable(driver);
    db.pragma('journal_mode = persist');
    db.exec('INSERT INTO t VALUES (1)');
    expect(fstatSync(journalFd).size).toBeGreaterThan(0);
    expect(db.pragma('journal_mode = delete', { simple: true })).toBe('delete');
    expect(fstatSync(journalFd).size).toBe(0);
  });

  it('holds a transaction until its end and undoes it', () => {
    const { db, journalFd } = withTable(driver);
    db.exec('INSERT INTO t VALUES (1); BEGIN; INSERT INTO t VALUES (2)');
    expect(fstatSync(journalFd).size).toBeGreaterThan(0);
    db.exec('ROLLBACK');
    expect(fstatSync(journalFd).size).toBe(0);
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual([1]);
  });
});

describe('WAL mode on file descriptors', () => {
  it.each(['wal', 'WAL', '"wal"', ' wal '])('is refused as %s', (mode) => {
    for (const name of ['journal_mode', 'JOURNAL_MODE', 'main.journal_mode']) {
      sameError(
        (driver) => withTable(driver).db.pragma(`${name} = ${mode}`),
        'SqliteError',
        NO_WAL,
        'SQLITE_ERROR',
      );
      sameError(
        (driver) => withTable(driver).db.exec(`PRAGMA ${name}(${mode})`),
        'SqliteError',
        NO_WAL,
        'SQLITE_ERROR',
      );
    }
  });

  it('is refused in exclusive locking mode too, which needs no shared memory', () => {
    sameAnswer((driver) => {
      const { db } = withTable(driver);
      db.pragma('locking_mode = exclusive');
      db.exec('INSERT INTO t VALUES (1)');
      return [outcome(() => db.pragma('journal_mode = wal')), outcome(() => db.pragma('journal_mode'))];
    });
  });

  it.each(['w', 'wa', "''", 'off', 'none', 'temp.journal_mode = wal'])('answers alike for %s', (mode) => {
    sameAnswer((driver) => withTable(driver).db.pragma(mode.includes('=') ? mode : `journal_mode = ${mode}`));
  });

  it('is there for a file that is attached', () => {
    sameAnswer((driver) => {
      const { db, folder } = withTable(driver);
      db.exec(`ATTACH '${join(folder, 'other.db')}' AS other`);
      return [
        db.pragma('other.journal_mode = wal'),
        outcome(() => db.pragma('journal_mode = wal')),
        outcome(() => db.exec('CREATE TABLE other.u (a); BEGIN; INSERT INTO other.u VALUES (1)')),
        outcome(() => db.exec('INSERT INTO main.t VALUES (1); COMMIT')),
      ];
    });
  });

  it.each(['normal', 'exclusive'])(
    'switched on by somebody else is SQLITE_CANTOPEN with locking_mode %s',
    (mode) => {
      sameAnswer((driver) => {
        const { db, fd } = withTable(driver);
        db.pragma(`locking_mode = ${mode}`);
        // The versions of the header, and a change counter that makes SQLite read it again.
        writeSync(fd, Buffer.from([2, 2]), 0, 2, 18);
        writeSync(fd, Buffer.from([9]), 0, 1, 27);
        return [
          outcome(() => db.prepare('SELECT * FROM t').all()),
          outcome(() => db.exec('INSERT INTO t VALUES (1)')),
        ];
      });
    },
  );
});

describe('a transaction over several files', () => {
  it('is refused and rolled back', () => {
    sameAnswer((driver) => {
      const { db, folder } = withTable(driver);
      db.exec(`ATTACH '${join(folder, 'other.db')}' AS other; CREATE TABLE other.u (a)`);
      const refused = outcome(() =>
        db.exec('BEGIN; INSERT INTO t VALUES (1); INSERT INTO other.u VALUES (1); COMMIT'),
      );
      expect(refused).toEqual(['SqliteError', SEVERAL, 'SQLITE_CANTOPEN']);
      return [
        refused,
        db.inTransaction,
        db.prepare('SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM other.u)').raw().get(),
        outcome(() => db.exec('BEGIN; INSERT INTO other.u VALUES (1); COMMIT')),
        outcome(() => db.exec('BEGIN; INSERT INTO t SELECT a FROM other.u; COMMIT')),
        readdirSync(folder).toSorted(),
      ];
    });
  });

  it('is refused in a single statement too', () => {
    sameError(
      (driver) => {
        const { db, folder } = withTable(driver);
        db.exec(`
          ATTACH '${join(folder, 'other.db')}' AS other; CREATE TABLE other.u (a);
          CREATE TEMP TRIGGER both AFTER INSERT ON main.t BEGIN INSERT INTO u VALUES (new.a); END;
        `);
        db.prepare('INSERT INTO t VALUES (1)').run();
      },
      'SqliteError',
      SEVERAL,
      'SQLITE_CANTOPEN',
    );
  });

  it('of which only attached files are written is refused', () => {
    sameAnswer((driver) => {
      const { db, folder } = withTable(driver);
      for (const name of ['x', 'y']) {
        db.exec(`ATTACH '${join(folder, name)}' AS ${name}; CREATE TABLE ${name}.u (a)`);
      }
      return outcome(() => db.exec('BEGIN; INSERT INTO x.u VALUES (1); INSERT INTO y.u VALUES (1); COMMIT'));
    });
  });

  it.each([':memory:', ''])('is allowed where the other is %j', (other) => {
    sameAnswer((driver) => {
      const { db } = withTable(driver);
      db.exec(`ATTACH '${other}' AS other; CREATE TABLE other.u (a)`);
      db.exec('BEGIN; INSERT INTO t VALUES (1); INSERT INTO other.u VALUES (1); COMMIT');
      return db.prepare('SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM other.u)').raw().get();
    });
  });

  it('leaves no reason behind that another error would give', () => {
    sameAnswer((driver) => {
      const { db, folder } = withTable(driver);
      db.exec(`ATTACH '${join(folder, 'other.db')}' AS other; CREATE TABLE other.u (a)`);
      return [
        outcome(() => db.exec('BEGIN; INSERT INTO t VALUES (1); INSERT INTO other.u VALUES (1); COMMIT')),
        String(outcome(() => db.exec(`ATTACH '${folder}' AS folder`))).replace(folder, 'folder'),
        outcome(() => db.exec(`VACUUM INTO '${join(folder, 'copy.db')}'`)),
      ];
    });
  });
});

describe('names from a connection on file descriptors', () => {
  it('of files are those of every connection', () => {
    sameAnswer((driver) => {
      const { db, folder } = withTable(driver);
      db.exec(`ATTACH '${join(folder, 'other.db')}' AS other; CREATE TABLE other.u (a)`);
      db.exec(`VACUUM INTO '${join(folder, 'copy.db')}'`);
      return readdirSync(folder).toSorted();
    });
  });

  it('cannot be attached', () => {
    sameAnswer((driver) => {
      const { db } = withTable(driver);
      const [{ file }] = db.pragma('database_list') as [{ file: string }];
      const names = [file, db.name, `${db.name}:99`, `${file}-journal`];
      return names.map((name) =>
        String(outcome(() => db.exec(`ATTACH '${name}' AS other`))).replace(name, 'NAME'),
      );
    });
  });

  it('mean files to other connections', () => {
    sameAnswer((driver) => {
      const { db, folder } = withTable(driver);
      const other = new driver.Database(join(folder, db.name)).exec('CREATE TABLE u (a)');
      return [other.name.endsWith(db.name), readdirSync(folder).length];
    });
  });

  it('fail with fileMustExist where a file is attached that is missing', () => {
    sameAnswer((driver) => {
      const pair = openPair(driver);
      const db = pair.open({ fileMustExist: true });
      return String(outcome(() => db.exec(`ATTACH '${join(pair.folder, 'none')}' AS none`))).replace(
        pair.folder,
        '',
      );
    });
  });
});

describe('several connections on the same file', () => {
  it('see each other’s locks and changes', () => {
    sameAnswer((driver) => {
      const pair = openPair(driver);
      const [first, second] = [pair.open({ timeout: 0 }), pair.open({ timeout: 0 })];
      first.exec('CREATE TABLE t (a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)');
      return [
        outcome(() => second.exec('INSERT INTO t VALUES (2)')),
        second.prepare('SELECT a FROM t').pluck().all(),
        outcome(() => first.exec('COMMIT')),
        second.prepare('SELECT a FROM t').pluck().all(),
        outcome(() => second.exec('INSERT INTO t VALUES (2)')),
        outcome(() => first.close()),
        second.prepare('SELECT a FROM t').pluck().all(),
      ];
    });
  });

  it('may use any descriptors of the same two files', () => {
    sameAnswer((driver) => {
      const pair = openPair(driver);
      pair.open().exec('CREATE TABLE t (a)');
      return pairAt(driver, pair.databasePath, 'r+', 'r+').open().exec('INSERT INTO t VALUES (1)').open;
    });
  });

  it.each([[{}], [{ readonly: true }]])('cannot have different journals (%o)', (options) => {
    sameError(
      (driver) => {
        const pair = openPair(driver);
        const first = pair.open();
        try {
          pair.open({ journalFd: openPair(driver).journalFd, ...options });
        } finally {
          first.close();
        }
      },
      'SqliteError',
      OTHER_JOURNAL,
      'SQLITE_CANTOPEN',
    );
  });

  it('may have another journal once the first is closed', () => {
    sameAnswer((driver) => {
      const pair = openPair(driver);
      pair.open().close();
      return pair.open({ journalFd: openPair(driver).journalFd }).open;
    });
  });
});

const losses: [string, (pair: Pair) => void][] = [
  ['the database is unlinked', ({ databasePath }) => unlinkSync(databasePath)],
  ['the journal is unlinked', ({ journalPath }) => unlinkSync(journalPath)],
  ['the database is replaced', ({ databasePath }) => replace(databasePath)],
  ['the journal is replaced', ({ journalPath }) => replace(journalPath)],
];

function replace(path: string): void {
  writeFileSync(`${path}.new`, '');
  renameSync(`${path}.new`, path);
}

describe('when a file is lost', () => {
  describe.each(losses)('%s', (_, lose) => {
    it.each([[false], [true]])('no transaction begins (readonly: %s)', (readonly) => {
      sameAnswer((driver) => {
        const pair = withTable(driver);
        const db = readonly ? pair.open({ readonly: true }) : pair.db;
        const select = db.prepare('SELECT * FROM t');
        expect(select.all()).toEqual([]);
        lose(pair);
        const refused = outcome(() => select.all());
        expect(refused).toEqual(['SqliteError', GONE, 'SQLITE_CANTOPEN']);
        return [
          refused,
          outcome(() => db.exec('INSERT INTO t VALUES (1)')),
          outcome(() => db.exec('BEGIN')),
          outcome(() => select.get()),
          outcome(() => db.exec('COMMIT; BEGIN IMMEDIATE')),
          outcome(() => db.pragma('integrity_check')),
          outcome(() => db.close()),
        ];
      });
    });

    it.each(['COMMIT', 'ROLLBACK'])('a transaction that has written ends with %s', (end) => {
      sameAnswer((driver) => {
        const pair = withTable(driver);
        pair.db.exec('BEGIN; INSERT INTO t VALUES (1)');
        lose(pair);
        return [
          outcome(() => pair.db.exec('INSERT INTO t VALUES (2)')),
          pair.db.prepare('SELECT * FROM t').all(),
          outcome(() => pair.db.exec(end)),
          pair.db.inTransaction,
          outcome(() => pair.db.prepare('SELECT * FROM t').all()),
        ];
      });
    });

    it('a transaction that has the lock for it cannot begin to write', () => {
      sameAnswer((driver) => {
        const pair = withTable(driver);
        pair.db.exec('BEGIN IMMEDIATE');
        lose(pair);
        return [
          outcome(() => pair.db.exec('INSERT INTO t VALUES (1)')),
          outcome(() => pair.db.exec('COMMIT')),
        ];
      });
    });

    it('a transaction that has read goes on reading only', () => {
      sameAnswer((driver) => {
        const pair = withTable(driver);
        pair.db.exec('BEGIN; SELECT * FROM t');
        lose(pair);
        return [
          pair.db.prepare('SELECT * FROM t').all(),
          outcome(() => pair.db.exec('INSERT INTO t VALUES (1)')),
          pair.db.prepare('SELECT * FROM t').all(),
          outcome(() => pair.db.exec('COMMIT')),
        ];
      });
    });
  });

  it('a file that is renamed, or has another name left, is not lost', () => {
    sameAnswer((driver) => {
      const pair = withTable(driver);
      renameSync(pair.databasePath, `${pair.databasePath}2`);
      linkSync(pair.journalPath, `${pair.journalPath}2`);
      unlinkSync(pair.journalPath);
      return [
        outcome(() => pair.db.exec('INSERT INTO t VALUES (1)')),
        pair.db.prepare('SELECT * FROM t').all(),
      ];
    });
  });
});

describe('a journal that is there at the start', () => {
  /** The two files of a transaction that has written pages of the database and not ended. */
  function interrupted(driver: Driver): string {
    const { db, databasePath, journalPath, folder } = withTable(driver);
    db.exec('INSERT INTO t VALUES (1); PRAGMA cache_size = 1; BEGIN');
    const insert = db.prepare('INSERT INTO t VALUES (?)');
    for (let row = 0; row < 50; row += 1) insert.run('x'.repeat(3000));
    const copy = join(folder, 'copy.db');
    copyFileSync(databasePath, copy);
    copyFileSync(journalPath, `${copy}-journal`);
    db.exec('ROLLBACK');
    expect(statSync(copy).size).toBeGreaterThan(100_000);
    return copy;
  }

  it('is rolled back', () => {
    sameAnswer((driver) => {
      const path = interrupted(driver);
      const pair = pairAt(driver, path, 'r+', 'r+');
      const db = pair.open();
      return [
        db.prepare('SELECT * FROM t').all(),
        db.pragma('integrity_check'),
        fstatSync(pair.fd).size,
        fstatSync(pair.journalFd).size,
      ];
    });
  });

  it.each(['r', 'r+'])('is left alone with readonly, as SQLITE_READONLY_ROLLBACK (flags %s)', (flags) => {
    sameError(
      (driver) => {
        const path = interrupted(driver);
        const before = [statSync(path).size, statSync(`${path}-journal`).size];
        const db = pairAt(driver, path, flags, flags).open({ readonly: true });
        try {
          db.prepare('SELECT * FROM t').all();
        } finally {
          expect([statSync(path).size, statSync(`${path}-journal`).size]).toEqual(before);
        }
      },
      'SqliteError',
      'attempt to write a readonly database',
      'SQLITE_READONLY_ROLLBACK',
    );
  });

  it('is emptied when it is none', () => {
    sameAnswer((driver) => {
      const pair = openPair(driver);
      pair.open().exec('CREATE TABLE t (a)').close();
      writeSync(pair.journalFd, 'no journal '.repeat(100), 0);
      return [pair.open().prepare('SELECT * FROM t').all(), fstatSync(pair.journalFd).size];
    });
  });

  it('is emptied when the database is empty', () => {
    sameAnswer((driver) => {
      const pair = openPair(driver);
      writeSync(pair.journalFd, 'no journal '.repeat(100), 0);
      return [outcome(() => pair.open().exec('CREATE TABLE t (a)')), fstatSync(pair.journalFd).size];
    });
  });

  it('with a zeroed header is no reason to write', () => {
    sameAnswer((driver) => {
      const pair = openPair(driver);
      pair.open().exec('PRAGMA journal_mode = persist; CREATE TABLE t (a)').close();
      const size = fstatSync(pair.journalFd).size;
      const db = pair.open({ readonly: true });
      return [db.prepare('SELECT * FROM t').all(), size > 0, fstatSync(pair.journalFd).size === size];
    });
  });

  it('is read through the descriptor, not through a name', () => {
    sameAnswer((driver) => {
      const path = interrupted(driver);
      const elsewhere = join(driver.folder(), 'elsewhere');
      copyFileSync(`${path}-journal`, elsewhere);
      unlinkSync(`${path}-journal`);
      const db = new driver.Database(openSync(path, 'r+'), { journalFd: openSync(elsewhere, 'r+') });
      return [db.prepare('SELECT * FROM t').all(), db.pragma('integrity_check'), statSync(elsewhere).size];
    });
  });
});
