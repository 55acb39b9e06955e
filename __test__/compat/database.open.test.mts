import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inChild } from '../helpers/in-child.mts';
import { describeDrivers, drivers, sameAnswer, sameError, type Driver } from '../helpers/drivers.mts';

describeDrivers('new Database()', (driver) => {
  const { Database } = driver;

  it('opens without new', () => {
    const db = Database(':memory:');
    expect(db).toBeInstanceOf(Database);
    expect(db.open).toBe(true);
  });

  it('opens a subclass', () => {
    class Special extends Database {}
    const db = new Special(':memory:');
    expect(db).toBeInstanceOf(Special);
    expect(db).toBeInstanceOf(Database);
    expect(db.constructor).toBe(Special);
    expect(db.prepare('SELECT 1').pluck().get()).toBe(1);
  });

  it('creates a missing file when it is first written', () => {
    const path = driver.path();
    new Database(path).exec('CREATE TABLE t (a)').close();
    expect(existsSync(path)).toBe(true);
  });

  it.each([[undefined], [null], [''], ['   '], ['\t\n']])('opens a temporary database for %j', (name) => {
    const db = new Database(name);
    expect(db.memory).toBe(true);
    expect(db.name).toBe(name ?? '');
    expect(db.pragma('database_list')).toEqual([{ seq: 0, name: 'main', file: '' }]);
  });

  it('uses the trimmed path and keeps the name as given', () => {
    const path = driver.path();
    const db = new Database(`  ${path}\n`).exec('CREATE TABLE t (a)');
    expect(db.name).toBe(`  ${path}\n`);
    expect(db.memory).toBe(false);
    expect(existsSync(path)).toBe(true);
  });

  it('trims the name of a memory database', () => {
    const db = new Database('  :memory: ');
    expect([db.name, db.memory]).toEqual(['  :memory: ', true]);
  });

  it('opens a file whose name is not ASCII', () => {
    const path = join(driver.folder(), 'Ä ü 漢 🙂 %20?x#y.db');
    new Database(path).exec('CREATE TABLE t (a)').close();
    expect(existsSync(path)).toBe(true);
    expect(new Database(path, { fileMustExist: true }).prepare('SELECT count(*) FROM t').pluck().get()).toBe(
      0,
    );
  });

  it('reads an existing file with readonly and refuses to write it', () => {
    const path = driver.path();
    new Database(path).exec('CREATE TABLE t (a)').close();
    const db = new Database(path, { readonly: true });
    expect(db.readonly).toBe(true);
    expect(db.prepare('SELECT * FROM t').all()).toEqual([]);
    expect(() => db.exec('INSERT INTO t VALUES (1)')).toThrow(
      expect.objectContaining({
        name: 'SqliteError',
        code: 'SQLITE_READONLY',
        message: 'attempt to write a readonly database',
      }),
    );
  });

  it.each([[{ readonly: true }], [{ fileMustExist: true }], [{ readonly: true, fileMustExist: false }]])(
    'does not create a missing file with %j',
    (options) => {
      const path = driver.path();
      expect(() => new Database(path, options)).toThrow(
        expect.objectContaining({
          name: 'SqliteError',
          code: 'SQLITE_CANTOPEN',
          message: 'unable to open database file',
        }),
      );
      expect(existsSync(path)).toBe(false);
    },
  );

  it.each([[':memory:'], ['']])('ignores fileMustExist for %j', (name) => {
    expect(new Database(name, { fileMustExist: true }).memory).toBe(true);
  });

  it('opens an existing file for writing with fileMustExist', () => {
    const path = driver.path();
    writeFileSync(path, '');
    const db = new Database(path, { fileMustExist: true }).exec('CREATE TABLE t (a)');
    expect(db.readonly).toBe(false);
  });

  it.each([[0], [1], [5000], [0x7fffffff]])('sets the busy timeout of %d ms', (timeout) => {
    expect(new Database(':memory:', { timeout }).pragma('busy_timeout', { simple: true })).toBe(timeout);
  });

  it('waits 5000 ms for locks by default', () => {
    expect(driver.memory().pragma('busy_timeout', { simple: true })).toBe(5000);
  });

  it('limits texts, blobs and SQL to 536870888 bytes', () => {
    const db = driver.memory();
    expect(db.prepare('SELECT length(zeroblob(536870888))').pluck().get()).toBe(536870888);
    expect(() => db.prepare('SELECT zeroblob(536870889)').get()).toThrow(
      expect.objectContaining({ code: 'SQLITE_TOOBIG', message: 'string or blob too big' }),
    );
  });

  it('is defensive, keeps load_extension() from SQL and has foreign keys on', () => {
    const db = driver.memory('CREATE TABLE t (a)');
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
    expect(db.pragma('journal_mode = OFF', { simple: true })).toBe('memory');
    db.pragma('writable_schema = 1');
    expect(() => db.exec("UPDATE sqlite_schema SET sql = 'x'")).toThrow(
      'table sqlite_master may not be modified',
    );
    expect(() => db.prepare("SELECT load_extension('x')").get()).toThrow('not authorized');
  });

  it('sees a busy database as SQLITE_BUSY at once with timeout 0', () => {
    const path = driver.path();
    const holder = new Database(path).exec('CREATE TABLE t (a); BEGIN EXCLUSIVE');
    const other = new Database(path, { timeout: 0 });
    expect(() => other.prepare('SELECT * FROM t').all()).toThrow(
      expect.objectContaining({ code: 'SQLITE_BUSY', message: 'database is locked' }),
    );
    holder.exec('COMMIT');
    expect(other.prepare('SELECT * FROM t').all()).toEqual([]);
  });
});

describe('arguments of new Database()', () => {
  it.each([
    [true],
    [{}],
    [[]],
    [new Uint8Array(3)],
    [Symbol('s')],
    [() => ':memory:'],
    [new String(':memory:')],
    [5n],
    [new Date(0)],
  ])('%s is not a file name', (name) => {
    sameError(({ Database }) => new Database(name), 'TypeError', 'Expected first argument to be a string');
  });

  it.each([[true], [0], ['x'], [5n], [Symbol('s')], [() => ({})]])(
    '%s is not an options object',
    (options) => {
      sameError(
        ({ Database }) => new Database(':memory:', options),
        'TypeError',
        'Expected second argument to be an options object',
      );
    },
  );

  it.each([[undefined], [null], [[]], [{}], [new Date(0)], [{ unknown: 1 }], [Object.create(null)]])(
    'accepts %o as options',
    (options) => {
      expect(sameAnswer(({ Database }) => new Database(':memory:', options).open)).toEqual({
        returned: 'true',
      });
    },
  );

  const invalid: [unknown, string, string][] = [
    [{ readOnly: true }, 'TypeError', 'Misspelled option "readOnly" should be "readonly"'],
    [{ readOnly: undefined }, 'TypeError', 'Misspelled option "readOnly" should be "readonly"'],
    [
      { memory: true },
      'TypeError',
      'Option "memory" was removed in v7.0.0 (use ":memory:" filename instead)',
    ],
    [{ readonly: 1 }, 'TypeError', 'Expected the "readonly" option to be a boolean'],
    [{ readonly: undefined }, 'TypeError', 'Expected the "readonly" option to be a boolean'],
    [{ readonly: null }, 'TypeError', 'Expected the "readonly" option to be a boolean'],
    [{ readonly: new Boolean(true) }, 'TypeError', 'Expected the "readonly" option to be a boolean'],
    [{ fileMustExist: 'yes' }, 'TypeError', 'Expected the "fileMustExist" option to be a boolean'],
    [{ fileMustExist: undefined }, 'TypeError', 'Expected the "fileMustExist" option to be a boolean'],
    [{ timeout: undefined }, 'TypeError', 'Expected the "timeout" option to be a positive integer'],
    [{ timeout: -1 }, 'TypeError', 'Expected the "timeout" option to be a positive integer'],
    [{ timeout: 1.5 }, 'TypeError', 'Expected the "timeout" option to be a positive integer'],
    [{ timeout: NaN }, 'TypeError', 'Expected the "timeout" option to be a positive integer'],
    [{ timeout: Infinity }, 'TypeError', 'Expected the "timeout" option to be a positive integer'],
    [{ timeout: '1' }, 'TypeError', 'Expected the "timeout" option to be a positive integer'],
    [{ timeout: 1n }, 'TypeError', 'Expected the "timeout" option to be a positive integer'],
    [{ timeout: 0x80000000 }, 'RangeError', 'Option "timeout" cannot be greater than 2147483647'],
    [{ readonly: true }, 'TypeError', 'In-memory/temporary databases cannot be readonly'],
    [Object.create({ readonly: 1 }), 'TypeError', 'Expected the "readonly" option to be a boolean'],
    [
      Object.create({ memory: 1 }),
      'TypeError',
      'Option "memory" was removed in v7.0.0 (use ":memory:" filename instead)',
    ],
  ];
  it.each(invalid)('refuses %o', (options, name, message) => {
    sameError(({ Database }) => new Database(':memory:', options), name, message);
  });

  it('finds the first fault in a fixed order', () => {
    const options = { readOnly: 1, memory: 1, readonly: 1, fileMustExist: 1, timeout: -1 };
    const names = Object.keys(options);
    for (let first = 0; first <= names.length; first += 1) {
      const rest = Object.fromEntries(names.slice(first).map((name) => [name, Reflect.get(options, name)]));
      sameAnswer(({ Database }) => new Database('no/such/folder/x.db', rest).open);
      sameAnswer(({ Database }) => new Database('', { ...rest }).open);
      sameAnswer(({ Database }) => new Database(5n, rest).open);
    }
  });

  it('takes inherited options', () => {
    sameAnswer((driver) => {
      const path = driver.path();
      new driver.Database(path).exec('CREATE TABLE t (a)').close();
      return new driver.Database(path, Object.create({ readonly: true })).readonly;
    });
  });

  it('passes on what an option getter throws', () => {
    const options = {
      get timeout(): number {
        throw new Error('from the getter');
      },
    };
    sameError(({ Database }) => new Database(':memory:', options), 'Error', 'from the getter');
  });

  it('names a missing directory', () => {
    sameError(
      (driver) => new driver.Database(join(driver.folder(), 'missing', 'x.db')),
      'TypeError',
      'Cannot open database because the directory does not exist',
    );
  });

  const broken: [string, (driver: Driver) => string][] = [
    ['a directory', (driver) => driver.folder()],
    [
      'a path below a file',
      (driver) => {
        const path = driver.path();
        writeFileSync(path, '');
        return join(path, 'x.db');
      },
    ],
    ['a path with a slash at its end', (driver) => `${driver.path()}/`],
    ['an existing folder with a slash at its end', (driver) => `${driver.folder()}/`],
    ['a name longer than the system takes', (driver) => join(driver.folder(), 'n'.repeat(300))],
    ['a path longer than SQLite takes', (driver) => join(driver.folder(), 'd/'.repeat(2500), 'x.db')],
    ['a dot', () => '.'],
  ];
  it.each(broken)('answers alike for %s', (_, path) => {
    sameAnswer((driver) => new driver.Database(path(driver)).open);
  });

  it('opens through a symbolic or relative folder name', () => {
    sameAnswer((driver) => {
      const path = driver.path();
      mkdirSync(join(dirname(path), 'sub'));
      const db = new driver.Database(join(dirname(path), 'sub') + '/../test.db').exec('CREATE TABLE t (a)');
      return [existsSync(path), db.open];
    });
  });
});

describe('file: names', () => {
  const openFromFolder = (name: string, folder: string, uri: boolean): unknown => {
    if (uri) process.env['SQLITE_USE_URI'] = '1';
    const Database = require(name);
    const { readdirSync } = require('node:fs') as typeof import('node:fs');
    process.chdir(folder);
    const db = new Database('file:data.db?mode=rwc');
    db.exec('CREATE TABLE t (a)');
    const result = [db.name, db.memory, readdirSync('.')];
    db.close();
    return result;
  };

  it.each(drivers.map((driver) => [driver.name, driver] as const))('are literal in %s', (_, driver) => {
    expect(inChild(openFromFolder, [driver.name, driver.folder(), false])).toEqual([
      'file:data.db?mode=rwc',
      false,
      ['file:data.db?mode=rwc'],
    ]);
  });

  it.each(drivers.map((driver) => [driver.name, driver] as const))(
    'are URIs in %s when SQLITE_USE_URI is 1 as the addon loads',
    (_, driver) => {
      expect(inChild(openFromFolder, [driver.name, driver.folder(), true])).toEqual([
        'file:data.db?mode=rwc',
        false,
        ['data.db'],
      ]);
    },
  );
});
