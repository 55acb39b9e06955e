import { describe, expect, it } from 'vitest';
import { describeDrivers, sameAnswer, sameError } from '../helpers/drivers.mts';

const schema = 'CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL DEFAULT 5); CREATE INDEX i ON t (b)';

describeDrivers('Database#pragma()', (driver) => {
  it('returns rows as objects', () => {
    expect(driver.memory().pragma('cache_size')).toEqual([{ cache_size: -16000 }]);
  });

  it('returns the first column of the first row with simple', () => {
    const db = driver.memory(schema);
    expect(db.pragma('table_info(t)', { simple: true })).toBe(0);
    expect(db.pragma('cache_size', { simple: true })).toBe(-16000);
  });

  it('returns no rows for a pragma without columns', () => {
    const db = driver.memory();
    expect(db.pragma('user_version = 7')).toEqual([]);
    expect(db.pragma('user_version = 8', { simple: true })).toBe(undefined);
    expect(db.pragma('user_version', { simple: true })).toBe(8);
  });

  it('returns no rows for an unknown pragma', () => {
    const db = driver.memory();
    expect(db.pragma('no_such_pragma')).toEqual([]);
    expect(db.pragma('no_such_pragma', { simple: true })).toBe(undefined);
  });

  it('sets the journal mode of a file and answers with it', () => {
    const db = driver.onDisk();
    expect(db.pragma('journal_mode = WAL')).toEqual([{ journal_mode: 'wal' }]);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
  });

  it('syncs a WAL database with NORMAL when it is opened again', () => {
    const db = driver.onDisk();
    db.pragma('journal_mode = WAL');
    db.exec('CREATE TABLE t (a)').close();
    const again = new driver.Database(db.name);
    expect(again.prepare('SELECT * FROM t').all()).toEqual([]);
    expect(again.pragma('synchronous', { simple: true })).toBe(1);
  });

  it('is refused while an iterator is open; a prepared PRAGMA is not', () => {
    const db = driver.memory(schema);
    const rows = db.prepare('SELECT 1').iterate();
    expect(() => db.pragma('cache_size')).toThrow(
      new TypeError('This database connection is busy executing a query'),
    );
    expect(db.prepare('PRAGMA cache_size').pluck().get()).toBe(-16000);
    rows.return();
    expect(db.pragma('cache_size', { simple: true })).toBe(-16000);
  });

  it('throws on a closed database', () => {
    const db = driver.memory().close();
    expect(() => db.pragma('cache_size')).toThrow(new TypeError('The database connection is not open'));
  });

  it('takes an inherited simple option', () => {
    expect(driver.memory().pragma('cache_size', Object.create({ simple: true }))).toBe(-16000);
  });
});

describe('arguments of Database#pragma()', () => {
  it.each([[undefined], [null], [1], [{}], [[]], [new String('cache_size')]])('refuses %o', (source) => {
    sameError(
      (driver) => driver.memory().pragma(source),
      'TypeError',
      'Expected first argument to be a string',
    );
  });

  it.each([[true], ['simple'], [1], [() => ({})]])('refuses %o as options', (options) => {
    sameError(
      (driver) => driver.memory().pragma('cache_size', options),
      'TypeError',
      'Expected second argument to be an options object',
    );
  });

  it.each([[{ simple: undefined }], [{ simple: 1 }], [{ simple: null }], [{ simple: 'true' }]])(
    'refuses %o',
    (options) => {
      sameError(
        (driver) => driver.memory().pragma('cache_size', options),
        'TypeError',
        'Expected the "simple" option to be a boolean',
      );
    },
  );

  it.each([[undefined], [null], [{}], [[]], [{ simple: false }], [{ simple: true }]])(
    'accepts %o',
    (options) => {
      sameAnswer((driver) => driver.memory(schema).pragma('table_info(t)', options));
    },
  );

  it.each([
    [''],
    [';'],
    ['-- x'],
    ['cache_size; SELECT 1'],
    ['cache_size;'],
    ['cache_size -- c'],
    ['cache_size\0 = 5'],
    ['table_xinfo(t)'],
    ['index_list(t)'],
    ["table_info('t')"],
    ['foreign_key_list(t)'],
    ['integrity_check'],
    ['main.user_version = 3'],
    ['missing.user_version'],
    ['cache_size ='],
    ['user_version = 99999999999'],
    ['wal_checkpoint'],
    ['wal_checkpoint(TRUNCATE)'],
    ['encoding'],
    ['page_size'],
    ['busy_timeout = 17'],
    ['database_list'],
    ['foreign_keys = off'],
    ['optimize'],
  ])('answers alike for %j', (source) => {
    sameAnswer((driver) => driver.memory(schema).pragma(source));
    sameAnswer((driver) => driver.memory(schema).pragma(source, { simple: true }));
  });
});
