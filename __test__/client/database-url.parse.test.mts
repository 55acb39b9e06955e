import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { locateDatabase, parseDatabaseUrl } from '../../dist/client/database-url.js';

const parse = (text: string): unknown => parseDatabaseUrl(text, 'DATABASE_URL', 'linux');
const cwd = process.cwd();

describe('a path or URL', () => {
  it.each([
    ['data/app.db', join(cwd, 'data/app.db')],
    ['./app.db', join(cwd, 'app.db')],
    ['/abs/app.db', '/abs/app.db'],
    ['file:data/app.db', join(cwd, 'data/app.db')],
    ['file:./app.db', join(cwd, 'app.db')],
    ['file:../app.db', join(cwd, '../app.db')],
    ['file:/abs/app.db', '/abs/app.db'],
    ['file:///abs/app.db', '/abs/app.db'],
    ['file://localhost/abs/app.db', '/abs/app.db'],
    ['FILE:/abs/app.db', '/abs/app.db'],
    ['sqlite:data/app.db', join(cwd, 'data/app.db')],
    ['sqlite:/abs/app.db', '/abs/app.db'],
    ['sqlite:///abs/app.db', '/abs/app.db'],
    ['  /abs/app.db\n', '/abs/app.db'],
  ])('%j is a file', (text, path) => {
    expect(parse(text)).toEqual({ path });
  });

  it.each([':memory:', 'file::memory:', 'sqlite::memory:'])('%j is a database in memory', (text) => {
    expect(parse(text)).toEqual({ path: ':memory:' });
  });

  it('decodes the path of a URL, and only that', () => {
    expect(parse('file:/a%20b/50%25%3F%23/%C3%A9.db')).toEqual({ path: '/a b/50%?#/é.db' });
    expect(parse('/a%20b/50%.db')).toEqual({ path: '/a%20b/50%.db' });
  });

  it('ignores a fragment and unknown parameters', () => {
    expect(parse('file:/app.db?cache=shared&vfs=unix&x#mode=nonsense')).toEqual({ path: '/app.db' });
    expect(parse('file:/app.db?connection_limit=1&mode=ro')).toMatchObject({ readonly: true });
  });

  it.each([
    ['mode=ro', { readonly: true }],
    ['mode=rw', { readonly: false, fileMustExist: true }],
    ['mode=rwc', { readonly: false, fileMustExist: false }],
    ['mode=rwc&mode=ro', { readonly: true }],
    ['immutable=1', { immutable: true }],
    ['immutable=0', { immutable: false }],
    ['immutable=true&mode=ro', { immutable: true, readonly: true }],
  ])('understands ?%s', (query, expected) => {
    expect(parse(`file:/app.db?${query}`)).toEqual({ path: '/app.db', ...expected });
    expect(parse(`sqlite:/app.db?${query}`)).toEqual({ path: '/app.db', ...expected });
  });

  it.each(['postgres://u:p@h/d', 'postgresql:x', 'mysql://h/d', 'libsql://h', 'https://h/app.db'])(
    'leaves %j to another engine',
    (text) => {
      expect(parse(text)).toBeUndefined();
    },
  );

  it.each([
    ['file:', 'the path is empty'],
    ['sqlite://', 'the path is empty'],
    ['file:?mode=ro', 'the path is empty'],
    ['file:%20', 'the path is empty'],
    ['file:a%00b.db', 'NUL byte'],
    ['a\0b.db', 'NUL byte'],
    ['file:100%.db', 'write "%25" for a percent sign'],
    ['file:%ff.db', 'percent-encoded UTF-8'],
    [
      'file://server/share/app.db',
      '"server" stands where a URL has its host: write "file:server/share/app.db"',
    ],
    ['sqlite://data/app.db', 'write "sqlite:data/app.db" for a relative path'],
    ['file:app.db?mode=memory', 'the parameter "mode" of DATABASE_URL to be ro, rw or rwc, not "memory"'],
    ['file:app.db?mode=', 'to be ro, rw or rwc, not ""'],
    ['file:app.db?mode=toString', 'to be ro, rw or rwc'],
    ['file:app.db?immutable=2', 'the parameter "immutable" of DATABASE_URL to be 1 or 0, not "2"'],
    ['data/app.db?mode=ro', 'write "file:" before DATABASE_URL'],
    ['data/app.db?x=1&immutable=1', 'write "file:" before DATABASE_URL'],
  ])('%j is a TypeError that says why', (text, message) => {
    expect(() => parse(text)).toThrow(TypeError);
    expect(() => parse(text)).toThrow(message);
  });

  it('keeps secrets of a wrong URL out of the message', () => {
    expect(() => locateDatabase('postgres://user:hunter2@host/db')).toThrow(
      /^(?!.*hunter2).*file name, or a URL starting with "file:" or "sqlite:", not "postgres:"/,
    );
    expect(() => parse('file:app.db?key=hunter2&mode=x')).toThrow(/^(?!.*hunter2)/);
  });
});

describe('a Windows drive', () => {
  const onWindows = (text: string): unknown => parseDatabaseUrl(text, 'DATABASE_URL', 'win32');

  it.each([
    'file:C:/data/app.db',
    'file:/C:/data/app.db',
    'file:///C:/data/app.db',
    'sqlite:///C:/data/app.db',
  ])('is what %j starts with', (text) => {
    // path.resolve() is that of this machine: what counts is the text that reaches it.
    expect(onWindows(text)).toEqual({ path: resolve('C:/data/app.db') });
  });

  it('is no scheme', () => {
    expect(onWindows('C:\\data\\app.db')).toEqual({ path: resolve('C:\\data\\app.db') });
    expect(parse('file:///C:/data/app.db')).toEqual({ path: '/C:/data/app.db' });
  });
});

describe('the source of the path', () => {
  const locate = (env: Record<string, string>, path?: string): string => locateDatabase(path, env).path;
  const both = { SQLITE_DB_PATH: '/sqlite.db', DATABASE_URL: 'file:/url.db' };

  it('is the option, then SQLITE_DB_PATH, then DATABASE_URL, then app-dev.db', () => {
    expect(locate(both, '/option.db')).toBe('/option.db');
    expect(locate(both)).toBe('/sqlite.db');
    expect(locate({ DATABASE_URL: 'file:/url.db' })).toBe('/url.db');
    expect(locate({})).toBe(join(cwd, 'app-dev.db'));
  });

  it('is not an empty variable', () => {
    expect(locate({ SQLITE_DB_PATH: '', DATABASE_URL: 'file:/url.db' })).toBe('/url.db');
    expect(locate({ SQLITE_DB_PATH: ' ', DATABASE_URL: '' })).toBe(join(cwd, 'app-dev.db'));
  });

  it('is not a DATABASE_URL of another engine', () => {
    expect(locate({ DATABASE_URL: 'postgres://user:secret@host/db' })).toBe(join(cwd, 'app-dev.db'));
  });

  it('refuses another engine where only SQLite can be meant', () => {
    expect(() => locate({ SQLITE_DB_PATH: 'postgres://host/db', DATABASE_URL: 'file:/url.db' })).toThrow(
      'Expected SQLITE_DB_PATH to be a file name',
    );
    expect(() => locate(both, 'postgres://host/db')).toThrow('Expected the path to be a file name');
    expect(() => locate(both, '')).toThrow('the path is empty');
  });

  it('may be a URL or a path wherever it stands', () => {
    expect(locateDatabase('file:/a.db?mode=ro', {})).toEqual({ path: '/a.db', readonly: true });
    expect(locate({ SQLITE_DB_PATH: 'file:/a%20b.db' })).toBe('/a b.db');
    expect(locate({ DATABASE_URL: 'data/app.db' })).toBe(join(cwd, 'data/app.db'));
  });
});
