import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database, { FerroliteError, SqliteError, closeDatabase, getDb } from 'ferrolite';
import { afterEach, describe, expect, it } from 'vitest';
import { inChild } from '../helpers/in-child.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { damagedOnPurpose } from '../helpers/sound-files.mts';
import { canMount, filesBeside, onTmpfs, openDir, readOnly, startNode, thrownBy } from './support.mts';

afterEach(() => closeDatabase());

interface Failure {
  name: string;
  code: string | undefined;
  message: string;
}

/**
 * In a child without root's rights: what opening says, and whether the process goes on.
 *
 * Functions for a child may use their parameters and Node's globals only.
 */
function openAsNobody(path: string, options: object): Failure & { goesOn: boolean } {
  const { getDb: open } = require('ferrolite') as typeof import('ferrolite');
  // Loads the addon while it may still be read.
  const memory = open(':memory:');
  if (process.getuid?.() === 0) {
    process.setgroups?.([]);
    process.setgid?.(65534);
    process.setuid?.(65534);
  }
  try {
    open(path, options);
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    return { name, code, message, goesOn: memory.prepare('SELECT 1').pluck().get() === 1 };
  }
  throw new Error('it opened');
}

describe('permissions', () => {
  const cases: [string, (directory: string, file: string) => void, object, Partial<Failure>, string][] = [
    [
      'a directory that may not be created',
      (directory) => chmodSync(directory, 0o555),
      { path: 'new/app.db' },
      { name: 'FerroliteError', code: 'FERROLITE_CANNOT_CREATE_DIRECTORY' },
      'permission denied',
    ],
    [
      'a file that may not be created',
      (directory) => chmodSync(directory, 0o555),
      { path: 'new.db' },
      { name: 'SqliteError', code: 'SQLITE_CANTOPEN' },
      'the file does not exist, and its directory cannot be written, EACCES',
    ],
    [
      'a file that may not be read',
      (_, file) => chmodSync(file, 0o000),
      {},
      { name: 'SqliteError', code: 'SQLITE_CANTOPEN' },
      'the file cannot be read, EACCES',
    ],
    [
      'a file that may not be written',
      (_, file) => chmodSync(file, 0o444),
      {},
      { name: 'SqliteError', code: 'SQLITE_READONLY' },
      'the file cannot be written, EACCES',
    ],
    [
      'a directory that may not be entered',
      (directory) => chmodSync(directory, 0o000),
      {},
      { name: 'SqliteError', code: 'SQLITE_CANTOPEN' },
      'EACCES',
    ],
  ];

  it.each(cases)(
    '%s is an error that says so',
    (_, prepare, { path = 'app.db' }: { path?: string }, expected, reason) => {
      const directory = openDir();
      const file = join(directory, 'app.db');
      new Database(file).exec('CREATE TABLE t (x)').close();
      chmodSync(file, 0o666);
      prepare(directory, file);
      const failure = inChild(openAsNobody, [join(directory, path), {}]);
      chmodSync(directory, 0o777);
      expect(failure).toMatchObject({ ...expected, goesOn: true });
      expect(failure.message).toContain(reason);
      expect(failure.message).toContain(directory);
    },
  );

  it('a WAL database in a directory that may not be written can be read as immutable', () => {
    const directory = openDir();
    const file = join(directory, 'app.db');
    getDb(file).exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    closeDatabase(file);
    chmodSync(file, 0o444);
    chmodSync(directory, 0o555);
    expect(inChild(openAsNobody, [file, { readonly: true }])).toMatchObject({
      code: 'SQLITE_READONLY_DIRECTORY',
      goesOn: true,
    });
    const database = getDb(`file:${file}?immutable=1`);
    expect(database.readonly).toBe(true);
    expect(database.prepare('SELECT x FROM t').pluck().all()).toEqual([1]);
    expect(filesBeside(file)).toEqual(['app.db']);
    chmodSync(directory, 0o777);
  });
});

describe('what is no database', () => {
  const wrongFiles: [string, (path: string) => void, string, string][] = [
    [
      'a text file',
      (path) => writeFileSync(path, 'hello'),
      'SQLITE_NOTADB',
      'encrypted, or no SQLite database',
    ],
    ['random bytes', (path) => writeFileSync(path, randomBytes(8192)), 'SQLITE_NOTADB', 'encrypted'],
    ['an encrypted database', encrypt, 'SQLITE_NOTADB', 'it is encrypted, or no SQLite database'],
    ['a directory', (path) => mkdirSync(path), 'SQLITE_CANTOPEN', 'it is a directory'],
    ['a damaged header', damage, 'SQLITE_NOTADB', 'encrypted, or no SQLite database'],
  ];

  it.each(wrongFiles)('%s is a SqliteError at the open, with the path', (_, make, code, reason) => {
    const path = tempDb();
    make(path);
    const error = thrownBy(() => getDb(path));
    expect(error).toBeInstanceOf(SqliteError);
    expect(error.code).toBe(code);
    expect(error.message).toContain(JSON.stringify(path));
    expect(error.message).toContain(reason);
    expect(error.stack).toContain(error.message);
    expect(Object.keys(error)).toEqual(['code']);
    expect(filesBeside(path)).toEqual(['test.db']);
  });

  it('is told from a database by a read-only connection too', () => {
    const path = tempDb();
    encrypt(path);
    expect(thrownBy(() => getDb(path, { readonly: true })).code).toBe('SQLITE_NOTADB');
    expect(thrownBy(() => getDb(path, { immutable: true })).code).toBe('SQLITE_NOTADB');
    expect(thrownBy(() => getDb(dirname(path), { readonly: true })).message).toContain('it is a directory');
  });

  it.each(['app.db', 'new/app.db'])('a file where a directory must be (%s) is a FerroliteError', (below) => {
    const file = join(tempDir(), 'file');
    writeFileSync(file, '');
    const error = thrownBy(() => getDb(join(file, below)));
    expect(error).toBeInstanceOf(FerroliteError);
    expect(error.code).toBe('FERROLITE_CANNOT_CREATE_DIRECTORY');
    expect(error.cause).toMatchObject({ syscall: 'mkdir' });
  });

  it('a name that is too long says so', () => {
    const error = thrownBy(() => getDb(join(tempDir(), `${'a'.repeat(300)}.db`)));
    expect([error.name, error.code]).toEqual(['SqliteError', 'SQLITE_CANTOPEN']);
    expect(error.message).toContain('ENAMETOOLONG');
  });
});

function encrypt(path: string): void {
  const database = new Database(path);
  database.pragma("key = 'secret'");
  database.exec('CREATE TABLE t (x)').close();
}

function damage(path: string): void {
  writeFileSync(
    damagedOnPurpose(path),
    Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(4080, 0xff)]),
  );
}

describe('a lock of another process', () => {
  const hold = async (path: string, sql: string): Promise<void> => {
    const { default: Driver } = { default: require('ferrolite') as typeof Database };
    const database = new Driver(path);
    database.exec(sql);
    process.stdout.write('holding\n');
    await new Promise((resolve) => process.stdin.once('data', resolve));
    database.close();
    process.stdin.destroy();
  };

  it('that stays for the busy timeout is SQLITE_BUSY, and the next call opens', async () => {
    const path = tempDb();
    const holder = startNode(hold, [path, 'CREATE TABLE t (x); BEGIN EXCLUSIVE']);
    await holder.says('holding');
    const error = thrownBy(() => getDb(path, { busyTimeoutMs: 10 }));
    expect([error.name, error.code]).toEqual(['SqliteError', 'SQLITE_BUSY']);
    expect(error.message).toContain(JSON.stringify(path));
    holder.tell('end');
    await holder.ended;
    expect(getDb(path, { busyTimeoutMs: 10 }).pragma('journal_mode', { simple: true })).toBe('wal');
  });

  it('that is given back in time is waited for, also by the change to WAL mode', async () => {
    const path = tempDb();
    const holder = startNode(hold, [path, 'CREATE TABLE t (x); BEGIN IMMEDIATE']);
    await holder.says('holding');
    const opener = startNode(
      (file: string) => {
        const { getDb: open } = require('ferrolite') as typeof import('ferrolite');
        open(':memory:');
        (require('node:fs') as typeof import('node:fs')).writeSync(1, 'opening\n');
        return open(file, { busyTimeoutMs: 60_000 }).pragma('journal_mode', { simple: true });
      },
      [path],
    );
    await opener.says('opening');
    holder.tell('end');
    expect(await opener.ended).toEqual({ code: 0, signal: null });
    await holder.ended;
  });
});

describe.skipIf(!canMount)('a file system', () => {
  /** In a child on the mounted folder. */
  const fillThere = (path: string): Failure & { opened: boolean; closing: string | undefined } => {
    const { getDb: open, closeDatabase: close } = require('ferrolite') as typeof import('ferrolite');
    const errorOf = (fn: () => unknown): Failure | undefined => {
      try {
        fn();
        return undefined;
      } catch (error) {
        const { name, message, code } = error as Error & { code?: string };
        return { name, code, message };
      }
    };
    let database: ReturnType<typeof open> | undefined;
    const failure = errorOf(() => {
      database = open(path);
      database.exec('CREATE TABLE t (x)');
      const insert = database.prepare('INSERT INTO t VALUES (zeroblob(4000))');
      for (let row = 0; row < 1000; row += 1) insert.run();
    });
    if (failure === undefined) throw new Error('nothing failed');
    const closing = errorOf(() => close())?.code;
    if (database?.open === true) throw new Error('it is still open');
    return { ...failure, opened: database !== undefined, closing };
  };

  it('that is read-only is an error that says so', () => {
    const directory = tempDir();
    const file = join(directory, 'app.db');
    getDb(file).exec('CREATE TABLE t (x)');
    closeDatabase();
    const run = (path: string): Failure => inChild(fillThere, [path], { prefix: readOnly(directory) });
    expect(run(file)).toMatchObject({ name: 'SqliteError', code: 'SQLITE_READONLY' });
    expect(run(file).message).toContain('the file cannot be written, EROFS');
    expect(run(join(directory, 'new.db'))).toMatchObject({ name: 'SqliteError', code: 'SQLITE_CANTOPEN' });
    expect(run(join(directory, 'a/new.db'))).toMatchObject({ code: 'FERROLITE_CANNOT_CREATE_DIRECTORY' });
  });

  it('that is full is an error at the open', () => {
    const directory = tempDir();
    const failure = inChild(fillThere, [join(directory, 'app.db')], { prefix: onTmpfs(directory, 8) });
    expect(failure).toMatchObject({ name: 'SqliteError', code: 'SQLITE_IOERR_SHMSIZE', opened: false });
  });

  it.each([256, 1024])('that fills up at %i KiB is an error of the write, and of closing', (sizeKiB) => {
    const directory = tempDir();
    const failure = inChild(fillThere, [join(directory, 'app.db')], { prefix: onTmpfs(directory, sizeKiB) });
    expect(failure).toMatchObject({
      name: 'SqliteError',
      code: 'SQLITE_FULL',
      opened: true,
      closing: 'SQLITE_FULL',
    });
  });
});
