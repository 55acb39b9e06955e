import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database, { closeDatabase, getDb, getSqlite } from 'ferrolite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inChild } from '../helpers/in-child.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { filesBeside } from './support.mts';

const { SQLITE_DB_PATH, DATABASE_URL } = process.env;
const cwd = process.cwd();

beforeEach(() => {
  delete process.env['SQLITE_DB_PATH'];
  delete process.env['DATABASE_URL'];
});

afterEach(() => {
  closeDatabase();
  process.chdir(cwd);
  Object.assign(process.env, SQLITE_DB_PATH === undefined ? {} : { SQLITE_DB_PATH });
  Object.assign(process.env, DATABASE_URL === undefined ? {} : { DATABASE_URL });
});

describe('getSqlite()', () => {
  it('opens nothing at import, and app-dev.db of the working directory at the first call', () => {
    const folder = tempDir();
    const seen = inChild(
      (where: string) => {
        const { readdirSync } = require('node:fs') as typeof import('node:fs');
        const { getSqlite: get } = require('ferrolite') as typeof import('ferrolite');
        process.chdir(where);
        const before = readdirSync('.');
        const { name, open, readonly } = get();
        return { before, name, open, readonly, after: readdirSync('.') };
      },
      [folder],
    );
    expect(seen).toEqual({
      before: [],
      name: join(folder, 'app-dev.db'),
      open: true,
      readonly: false,
      after: ['app-dev.db', 'app-dev.db-shm', 'app-dev.db-wal'],
    });
  });

  it('takes the path from the environment of the call', () => {
    const [first, second] = [tempDb(), tempDb()];
    process.env['DATABASE_URL'] = `file:${first}`;
    expect(getSqlite().name).toBe(first);
    process.env['SQLITE_DB_PATH'] = second;
    expect(getSqlite().name).toBe(second);
    expect(getSqlite({ path: first }).name).toBe(first);
  });

  it('starts a relative path at the working directory of the call', () => {
    const [first, second] = [tempDir(), tempDir()];
    process.env['DATABASE_URL'] = 'file:data/app.db';
    process.chdir(first);
    const database = getSqlite();
    process.chdir(second);
    expect(getSqlite()).not.toBe(database);
    expect(existsSync(join(first, 'data/app.db'))).toBe(true);
    expect(existsSync(join(second, 'data/app.db'))).toBe(true);
  });

  it('is a Database', () => {
    const database = getSqlite({ path: tempDb() });
    expect(database).toBeInstanceOf(Database);
    expect(database.prepare('SELECT 1 AS one').all()).toEqual([{ one: 1 }]);
  });

  it('takes undefined for an option that is not given', () => {
    process.env['SQLITE_DB_PATH'] = tempDb();
    expect(getSqlite({ path: undefined, profile: undefined }).name).toBe(process.env['SQLITE_DB_PATH']);
  });
});

describe('getDb()', () => {
  it('opens the given path, whatever the environment says', () => {
    process.env['SQLITE_DB_PATH'] = tempDb();
    const path = tempDb();
    expect(getDb(path).name).toBe(path);
    expect(filesBeside(process.env['SQLITE_DB_PATH'])).toEqual([]);
  });

  it('creates the file and every directory above it', () => {
    const path = join(tempDir(), 'a/b/c/app.db');
    getDb(path).exec('CREATE TABLE t (x)');
    expect(filesBeside(path)).toContain('app.db');
  });

  it.each(['readonly', 'fileMustExist'])('creates nothing with the option %s', (name) => {
    const path = join(tempDir(), 'a/app.db');
    expect(() => getDb(path, { [name]: true })).toThrow(TypeError);
    expect(existsSync(dirname(path))).toBe(false);
  });

  it.each(['ro', 'rw'])('creates nothing with mode=%s', (mode) => {
    const path = tempDb();
    expect(() => getDb(`file:${path}?mode=${mode}`)).toThrow(
      expect.objectContaining({ name: 'SqliteError', code: 'SQLITE_CANTOPEN' }) as Error,
    );
    expect(filesBeside(path)).toEqual([]);
  });

  it('gives one database in memory', () => {
    const database = getDb(':memory:');
    database.exec('CREATE TABLE t (x)');
    expect(getDb('sqlite::memory:')).toBe(database);
    expect(database.memory).toBe(true);
  });
});

describe('the connection to a file', () => {
  it('is the same under every name of the path', () => {
    const path = tempDb();
    const link = join(tempDir(), 'link.db');
    const database = getDb(path);
    symlinkSync(path, link);
    process.chdir(dirname(path));
    const names = [
      'test.db',
      './test.db',
      `file:${path}`,
      'sqlite:test.db',
      join(path, '../test.db'),
      ` ${path} `,
      link,
    ];
    for (const name of names) expect(getDb(name)).toBe(database);
    expect(getSqlite({ path })).toBe(database);
  });

  it('is the same when a link led to the place where the file was created', () => {
    const path = tempDb();
    const link = join(tempDir(), 'link.db');
    symlinkSync(path, link);
    const database = getDb(link);
    expect(getDb(path)).toBe(database);
    database.exec('CREATE TABLE t (x)');
    expect(filesBeside(path)).toEqual(['test.db', 'test.db-shm', 'test.db-wal']);
  });

  it('is another one when the link leads to another file', () => {
    const [first, second] = [tempDb(), tempDb()];
    const link = join(tempDir(), 'current.db');
    symlinkSync(first, link);
    const database = getDb(link);
    rmSync(link);
    symlinkSync(second, link);
    expect(getDb(link)).not.toBe(database);
    expect(getDb(first)).toBe(database);
  });

  it('is opened anew after close()', () => {
    const path = tempDb();
    const database = getDb(path);
    database.exec('CREATE TABLE t (x)').close();
    expect(getDb(path)).not.toBe(database);
    expect(getDb(path).prepare('SELECT * FROM t').all()).toEqual([]);
  });

  it('is opened anew, with the old one closed, when the file was deleted', () => {
    const path = tempDb();
    const database = getDb(path);
    database.exec('CREATE TABLE t (x)');
    for (const file of filesBeside(path)) rmSync(join(dirname(path), file));
    expect(getDb(path).prepare('SELECT * FROM sqlite_schema').all()).toEqual([]);
    expect(database.open).toBe(false);
  });

  it('is opened anew, with the old one closed, when the file was replaced', () => {
    const [path, other] = [tempDb(), tempDb()];
    getDb(other).exec('CREATE TABLE replacement (x)');
    closeDatabase(other);
    const database = getDb(path);
    const rows = database.prepare('SELECT 1').iterate();
    rows.next();
    for (const file of filesBeside(path)) rmSync(join(dirname(path), file));
    renameSync(other, path);
    expect(getDb(path).prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['replacement']);
    expect(database.open).toBe(false);
  });

  it('is refused, when the file was deleted, to a function that the old one is running', () => {
    const path = tempDb();
    const database = getDb(path).exec('CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)');
    const answers: unknown[] = [];
    database.function('reopen', (x: unknown) => {
      for (const file of filesBeside(path)) rmSync(join(dirname(path), file));
      try {
        answers.push(getDb(path));
      } catch (error) {
        answers.push(error);
      }
      return x;
    });
    expect(database.prepare('SELECT reopen(x) FROM t').pluck().all()).toEqual([1, 2]);
    const busy = new TypeError('This database connection is busy executing a query');
    expect(answers).toEqual([busy, busy]);
    expect([database.open, getDb(path).prepare('SELECT * FROM sqlite_schema').all()]).toEqual([true, []]);
    expect(database.open).toBe(false);
  });

  it('is registered by a successful call only', () => {
    const path = tempDb();
    mkdirSync(path);
    expect(() => getDb(path)).toThrow('it is a directory');
    rmSync(path, { recursive: true });
    writeFileSync(path, 'no database at all');
    expect(() => getDb(path)).toThrow('file is not a database');
    rmSync(path);
    expect(getDb(path).open).toBe(true);
  });
});
