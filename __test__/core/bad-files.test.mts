// Files that cannot be used: each is an error of the contract's class at the call that meets it, and the
// process goes on. Whoever runs the tests as root is not stopped by permissions, so a child gives them up.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeDrivers, drivers, ferrolite, sameAnswer, type Driver } from '../helpers/drivers.mts';
import { inChild } from '../helpers/in-child.mts';
import { damagedOnPurpose } from '../helpers/sound-files.mts';

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const mayMount = isRoot && spawnSync('unshare', ['-m', 'true']).status === 0;

interface Step {
  readonly options?: object;
  readonly sql: string;
}

/** Runs in a child that is not root: what opening `path` and the SQL of each step give. */
function openAs(driver: string, path: string, user: number, steps: readonly Step[]): string[] {
  const Database = require(driver);
  // Loads the addon while its file can be read for certain.
  new Database(':memory:').close();
  if (process.getuid?.() === 0) {
    process.setgid?.(user);
    process.setuid?.(user);
  }
  const outcomes = steps.map(({ options, sql }) => {
    try {
      const db = new Database(path, options);
      try {
        db.exec(sql);
        return 'done';
      } catch (thrown) {
        return `exec: ${thrown} ${(thrown as { code?: string }).code}`;
      } finally {
        db.close();
      }
    } catch (thrown) {
      return `open: ${thrown} ${(thrown as { code?: string }).code}`;
    }
  });
  return [...outcomes, String(new Database(':memory:').prepare('SELECT 1').pluck().get())];
}

const cantOpen = 'SqliteError: unable to open database file SQLITE_CANTOPEN';
const readOnly = 'exec: SqliteError: attempt to write a readonly database SQLITE_READONLY';
const steps: readonly Step[] = [
  { sql: 'SELECT * FROM t' },
  { sql: 'INSERT INTO t VALUES (1)' },
  { options: { readonly: true }, sql: 'SELECT * FROM t' },
];

interface Setting {
  readonly name: string;
  readonly path: (driver: Driver) => string;
  readonly expected: readonly string[];
}

/** A database in a folder of its own, which the child can enter but not write. */
function database(driver: Driver): string {
  const folder = driver.folder();
  chmodSync(folder, 0o755);
  chmodSync(join(folder, '..'), 0o755);
  const path = join(folder, 'test.db');
  new driver.Database(path).exec('CREATE TABLE t (a)').close();
  return path;
}

const settings: readonly Setting[] = [
  {
    name: 'a file that cannot be read',
    path: (driver) => {
      const path = database(driver);
      chmodSync(path, 0o600);
      return path;
    },
    expected: [`open: ${cantOpen}`, `open: ${cantOpen}`, `open: ${cantOpen}`],
  },
  {
    name: 'a file that cannot be written',
    path: database,
    expected: ['done', readOnly, 'done'],
  },
  {
    name: 'a file in a folder in which no journal can be made',
    path: (driver) => {
      const path = database(driver);
      chmodSync(path, 0o666);
      return path;
    },
    expected: ['done', `${readOnly}_DIRECTORY`, 'done'],
  },
  {
    name: 'a missing file in a folder that cannot be written',
    path: (driver) => join(database(driver), '..', 'missing.db'),
    expected: [`open: ${cantOpen}`, `open: ${cantOpen}`, `open: ${cantOpen}`],
  },
  {
    name: 'a file in a folder that cannot be entered',
    path: (driver) => {
      const path = database(driver);
      chmodSync(join(path, '..'), 0o700);
      return path;
    },
    expected: [`open: ${cantOpen}`, `open: ${cantOpen}`, `open: ${cantOpen}`],
  },
  {
    name: 'a folder below one that cannot be entered',
    path: (driver) => {
      const outer = driver.folder();
      mkdirSync(join(outer, 'inner'));
      chmodSync(outer, 0o700);
      return join(outer, 'inner', 'test.db');
    },
    expected: Array.from(
      { length: 3 },
      () => 'open: TypeError: Cannot open database because the directory does not exist undefined',
    ),
  },
];

describe.skipIf(!isRoot)('permissions', () => {
  describe.each(drivers.map((driver) => [driver.name, driver] as const))('for %s', (_, driver) => {
    it.each(settings.map((setting) => [setting.name, setting] as const))('%s', (__, { path, expected }) => {
      const target = path(driver);
      expect(inChild(openAs, [driver.name, target, NOBODY, steps])).toEqual([...expected, '1']);
    });
  });

  it('a WAL database that nobody has open cannot be read from a folder that cannot be written', () => {
    const [ours, theirs] = drivers.map((driver) => {
      const path = database(driver);
      const db = new driver.Database(path);
      db.pragma('journal_mode = WAL');
      db.exec('INSERT INTO t VALUES (1)').close();
      return inChild(openAs, [driver.name, path, NOBODY, steps]);
    });
    expect(ours).toEqual(theirs);
    expect(ours?.[0]).toBe(`${readOnly}_DIRECTORY`);
  });
});

describe.skipIf(!mayMount)('a file system', () => {
  /** A command that mounts a small tmpfs for the child alone and then runs it. */
  const mounted = (folder: string, options: string): string[] => [
    'unshare',
    '-m',
    'sh',
    '-c',
    `mount -t tmpfs -o size=1m tmpfs "$1" && cp "$1".start/* "$1" 2>/dev/null; ${options} shift; exec "$@"`,
    'sh',
    folder,
  ];

  function fill(driver: string, path: string): unknown[] {
    const Database = require(driver);
    const db = new Database(path).exec('PRAGMA journal_mode = DELETE; CREATE TABLE IF NOT EXISTS t (a)');
    const insert = db.prepare('INSERT INTO t VALUES (?)');
    const chunk = Buffer.alloc(20_000, 1);
    let inserted = 0;
    let full: { name?: string; code?: string; message?: string } = {};
    try {
      for (;;) {
        insert.run(chunk);
        inserted += 1;
      }
    } catch (thrown) {
      full = thrown as typeof full;
    }
    const rows = db.prepare('SELECT count(*) FROM t').pluck().get();
    const check = db.pragma('integrity_check', { simple: true });
    db.exec('DELETE FROM t; VACUUM');
    const again = db.prepare('INSERT INTO t VALUES (?)').run(chunk).changes;
    return [
      full.name,
      full.code,
      full.message,
      inserted > 10,
      rows === inserted,
      check,
      db.inTransaction,
      again,
    ];
  }

  it.each(drivers.map((driver) => [driver.name, driver] as const))(
    'that is full is SQLITE_FULL for %s',
    (_, driver) => {
      const folder = driver.folder();
      expect(inChild(fill, [driver.name, join(folder, 'test.db')], { prefix: mounted(folder, '') })).toEqual([
        'SqliteError',
        'SQLITE_FULL',
        'database or disk is full',
        true,
        true,
        'ok',
        false,
        1,
      ]);
    },
  );

  it.each(drivers.map((driver) => [driver.name, driver] as const))(
    'that is read-only refuses %s to write',
    (_, driver) => {
      const folder = driver.folder();
      mkdirSync(`${folder}.start`);
      new driver.Database(join(`${folder}.start`, 'test.db')).exec('CREATE TABLE t (a)').close();
      const prefix = mounted(folder, 'mount -o remount,ro "$1";');
      expect(inChild(openAs, [driver.name, join(folder, 'test.db'), 0, steps], { prefix })).toEqual([
        'done',
        readOnly,
        'done',
        '1',
      ]);
      expect(
        inChild(openAs, [driver.name, join(folder, 'new.db'), 0, steps.slice(0, 1)], { prefix }),
      ).toEqual([`open: ${cantOpen}`, '1']);
    },
  );
});

describeDrivers('a file that is not a database', (driver) => {
  it('fails at every query, and the process goes on', () => {
    const path = driver.path();
    writeFileSync(path, 'no database. '.repeat(1000));
    const db = new driver.Database(path);
    const notADatabase = expect.objectContaining({
      code: 'SQLITE_NOTADB',
      message: 'file is not a database',
    });
    expect(() => db.prepare('SELECT 1 FROM sqlite_schema')).toThrow(notADatabase);
    expect(() => db.exec('CREATE TABLE t (a)')).toThrow(notADatabase);
    expect(() => db.pragma('journal_mode')).toThrow(notADatabase);
    expect(() => db.prepare('SELECT 1')).toThrow(notADatabase);
    expect([db.open, db.inTransaction, db.close().open]).toEqual([true, false, false]);
    expect(driver.memory().prepare('SELECT 1').pluck().get()).toBe(1);
  });
});

describe('an encrypted file', () => {
  it('is no database for whoever has no key, and is left as it is', () => {
    const source = ferrolite.path();
    const db = new ferrolite.Database(source);
    db.pragma("cipher = 'aegis'");
    db.pragma("key = 'secret'");
    db.exec("CREATE TABLE t (a); INSERT INTO t VALUES ('hidden')").close();
    sameAnswer((driver) => {
      const path = driver.path();
      copyFileSync(source, path);
      const answers = [
        'SELECT * FROM t',
        'CREATE TABLE u (a)',
        'PRAGMA user_version',
        'PRAGMA journal_mode = WAL',
      ].map((sql) => {
        const opened = new driver.Database(path);
        try {
          return opened.exec(sql).open;
        } catch (error) {
          return error;
        } finally {
          opened.close();
        }
      });
      return answers;
    });
    const again = new ferrolite.Database(source);
    again.pragma("cipher = 'aegis'");
    again.pragma("key = 'secret'");
    expect(again.prepare('SELECT a FROM t').pluck().get()).toBe('hidden');
  });

  it('is no database with a wrong key', () => {
    const path = ferrolite.path();
    const db = new ferrolite.Database(path);
    db.pragma("key = 'right'");
    db.exec('CREATE TABLE t (a)').close();
    const wrong = new ferrolite.Database(path);
    wrong.pragma("key = 'wrong'");
    expect(() => wrong.prepare('SELECT * FROM t')).toThrow(
      expect.objectContaining({ code: 'SQLITE_NOTADB' }),
    );
    expect(wrong.close().open).toBe(false);
  });
});

describeDrivers('a database that goes away', (driver) => {
  it('keeps answering while it is open, as files do that are deleted', () => {
    const db = driver.onDisk("CREATE TABLE t (a); INSERT INTO t VALUES ('kept')");
    spawnSync('rm', [db.name]);
    expect(db.prepare('SELECT a FROM t').pluck().get()).toBe('kept');
    expect(db.close().open).toBe(false);
  });

  it('that is cut off in its middle is SQLITE_CORRUPT, and the next connection works', () => {
    const path = driver
      .onDisk(
        'CREATE TABLE t (a); INSERT INTO t SELECT randomblob(3000) FROM (VALUES (1), (2), (3), (4), (5))',
      )
      .close().name;
    spawnSync('truncate', ['-s', '8192', damagedOnPurpose(path)]);
    const db = new driver.Database(path);
    expect(() => db.prepare('SELECT * FROM t').all()).toThrow(
      expect.objectContaining({ name: 'SqliteError', code: 'SQLITE_CORRUPT' }),
    );
    db.close();
    expect(driver.memory().prepare('SELECT 1').pluck().get()).toBe(1);
  });
});

describe.skipIf(!isRoot)('a file of another user', () => {
  it('that may be written keeps its owner', () => {
    const path = database(ferrolite);
    chownSync(path, NOBODY, NOBODY);
    chownSync(join(path, '..'), NOBODY, NOBODY);
    expect(inChild(openAs, [ferrolite.name, path, NOBODY, steps])).toEqual(['done', 'done', 'done', '1']);
  });
});
