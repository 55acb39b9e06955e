import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeDrivers, sameAnswer, sameError, type Driver } from '../helpers/drivers.mts';
import { damagedOnPurpose } from '../helpers/sound-files.mts';

describeDrivers('SqliteError', (driver) => {
  const { SqliteError } = driver;

  it('is an Error with a code', () => {
    const error = new SqliteError('message', 'SQLITE_ERROR');
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.message, error.code]).toEqual(['SqliteError', 'message', 'SQLITE_ERROR']);
    expect(Object.keys(error)).toEqual(['code']);
    expect(Object.getOwnPropertyDescriptor(error, 'code')).toMatchObject({
      writable: true,
      enumerable: true,
    });
    expect(Object.hasOwn(error, 'name')).toBe(false);
    expect(driver.Database.SqliteError).toBe(SqliteError);
  });

  it('is what a failing statement throws, with a stack that ends at the caller', () => {
    const callerOfPrepare = (): unknown => driver.memory().prepare('nonsense');
    let caught: unknown;
    try {
      callerOfPrepare();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(SqliteError);
    expect((caught as Error).stack).toContain('callerOfPrepare');
    expect((caught as Error).stack).toMatch(/^SqliteError: near "nonsense": syntax error\n/);
  });

  it('needs new, and can be extended', () => {
    expect(() => Reflect.apply(SqliteError, undefined, ['m', 'c'])).toThrow(TypeError);
    class Special extends SqliteError {}
    const error = new Special('m', 'c');
    expect([error.code, error.name, error instanceof SqliteError]).toEqual(['c', 'SqliteError', true]);
  });
});

describe('arguments of SqliteError', () => {
  it.each([[undefined], [null], [5], [{}], [['a', 'b']], ['text'], [Symbol('s')]])(
    'message %o',
    (message) => {
      sameAnswer(({ SqliteError }) => new SqliteError(message, 'CODE'));
    },
  );

  it.each([[undefined], [null], [5], [{}], [new String('x')], [Symbol('s')], ['']])('code %o', (code) => {
    sameAnswer(({ SqliteError }) => new SqliteError('message', code));
  });

  it('a code that is not a string', () => {
    sameError(
      ({ SqliteError }) => new SqliteError('m', 5),
      'TypeError',
      'Expected second argument to be a string',
    );
  });

  it('the class has the same layout', () => {
    sameAnswer(({ SqliteError }) => [
      SqliteError.length,
      SqliteError.name,
      Object.getOwnPropertyDescriptor(SqliteError.prototype, 'name'),
    ]);
    sameAnswer(({ SqliteError }) => [
      Reflect.ownKeys(new SqliteError('m', 'c')).map(String),
      Reflect.ownKeys(SqliteError.prototype).map(String),
    ]);
    sameAnswer(({ SqliteError }) => [
      String(new SqliteError('m', 'c')),
      JSON.stringify(new SqliteError('m', 'c')),
    ]);
    sameAnswer(({ SqliteError }) => Object.getOwnPropertyDescriptor(new SqliteError('m', 'c'), 'message'));
  });
});

describe('codes', () => {
  const schema = `
    CREATE TABLE u (a UNIQUE, b NOT NULL DEFAULT 0, c CHECK (c < 10));
    CREATE TABLE p (id INTEGER PRIMARY KEY);
    CREATE TABLE k (id TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE f (p REFERENCES p);
    CREATE TABLE s (i INT) STRICT;
    CREATE TRIGGER raise BEFORE DELETE ON u BEGIN SELECT RAISE(ABORT, 'no delete'); END;
    INSERT INTO u VALUES (1, 1, 1); INSERT INTO p VALUES (1); INSERT INTO k VALUES ('x');
  `;
  const failures: [string, string][] = [
    ['INSERT INTO u (a) VALUES (1)', 'SQLITE_CONSTRAINT_UNIQUE'],
    ['INSERT INTO u (b) VALUES (NULL)', 'SQLITE_CONSTRAINT_NOTNULL'],
    ['INSERT INTO u (c) VALUES (11)', 'SQLITE_CONSTRAINT_CHECK'],
    ['INSERT INTO p VALUES (1)', 'SQLITE_CONSTRAINT_PRIMARYKEY'],
    ["INSERT INTO k VALUES ('x')", 'SQLITE_CONSTRAINT_PRIMARYKEY'],
    ['INSERT INTO f VALUES (2)', 'SQLITE_CONSTRAINT_FOREIGNKEY'],
    ["INSERT INTO s VALUES ('x')", 'SQLITE_CONSTRAINT_DATATYPE'],
    ['DELETE FROM u', 'SQLITE_CONSTRAINT_TRIGGER'],
    ["INSERT INTO p VALUES ('x')", 'SQLITE_MISMATCH'],
    ['INSERT INTO u (a) VALUES (zeroblob(536870889))', 'SQLITE_TOOBIG'],
    ['SELECT abs(-9223372036854775808)', 'SQLITE_ERROR'],
    ["SELECT json('{')", 'SQLITE_ERROR'],
    ["SELECT * FROM pragma_table_info('u') WHERE load_extension('x')", 'SQLITE_ERROR'],
    ['SELECT missing', 'SQLITE_ERROR'],
    ['COMMIT', 'SQLITE_ERROR'],
    ['ROLLBACK', 'SQLITE_ERROR'],
    ['RELEASE missing', 'SQLITE_ERROR'],
    ["ATTACH 'no/such/folder/x.db' AS a", 'SQLITE_CANTOPEN'],
    ['DETACH main', 'SQLITE_ERROR'],
    ["UPDATE sqlite_schema SET sql = ''", 'SQLITE_ERROR'],
    ['PRAGMA journal_mode = nonsense; SELECT 1', 'SQLITE_ERROR'],
  ];
  it.each(failures)('%s', (sql, code) => {
    const run = (how: 'exec' | 'run' | 'get' | 'all' | 'iterate') => (driver: Driver) => {
      const db = driver.memory(schema);
      if (how === 'exec') return db.exec(sql);
      const statement = db.prepare(sql);
      return how === 'iterate' ? [...statement.iterate()] : statement[how]();
    };
    for (const how of ['exec', 'run', 'get', 'all', 'iterate'] as const) sameAnswer(run(how));
    const answer = sameAnswer(run('exec'));
    if ('threw' in answer) expect(answer).toMatchObject({ threw: { own: [['code', `string "${code}"`]] } });
    else expect(sql).toContain('PRAGMA');
  });

  it('a conflict keeps the message that names the column', () => {
    sameError(
      (driver) => driver.memory(schema).exec('INSERT INTO u (a) VALUES (1)'),
      'SqliteError',
      'UNIQUE constraint failed: u.a',
      'SQLITE_CONSTRAINT_UNIQUE',
    );
  });

  it('an error message with characters that are not ASCII', () => {
    sameAnswer((driver) => driver.memory().prepare('SELECT * FROM "tä漢🙂\u0301"'));
    sameAnswer((driver) =>
      driver.memory().exec('CREATE TABLE "tä漢" (a CHECK (a > \'é🙂\')); INSERT INTO "tä漢" VALUES (\'a\')'),
    );
    sameAnswer((driver) => driver.memory('CREATE TRIGGER t BEFORE INSERT ON x BEGIN SELECT 1; END'));
  });

  it('an error is not left over for the next call', () => {
    sameAnswer((driver) => {
      const db = driver.memory(schema);
      const seen: unknown[] = [];
      for (const sql of ['INSERT INTO u (a) VALUES (1)', 'nonsense', 'SELECT 1']) {
        try {
          seen.push(db.prepare(sql).run());
        } catch (error) {
          seen.push(error);
        }
      }
      return [seen, db.prepare('SELECT 2').get()];
    });
  });

  const files: [string, Buffer][] = [
    [
      'text',
      Buffer.from('this is no database, and long enough to have a header of a hundred bytes. '.repeat(20)),
    ],
    ['short text', Buffer.from('x')],
    ['a header alone', Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(84)])],
    ['noise', Buffer.alloc(8192, 0xa7)],
  ];
  it.each(files)('a file with %s opens and fails at its first query', (_, content) => {
    for (const sql of [
      'SELECT * FROM t',
      'CREATE TABLE t (a)',
      'PRAGMA journal_mode = WAL',
      'PRAGMA user_version',
    ]) {
      sameAnswer((driver) => {
        const path = driver.path();
        writeFileSync(damagedOnPurpose(path), content);
        const db = new driver.Database(path);
        let thrown: unknown;
        try {
          db.exec(sql);
        } catch (error) {
          thrown = error;
        }
        return [db.open, thrown, db.close().open];
      });
    }
  });

  it('a corrupt page is SQLITE_CORRUPT', () => {
    sameAnswer((driver) => {
      const path = driver.path();
      new driver.Database(path).exec('CREATE TABLE t (a); INSERT INTO t VALUES (randomblob(9000))').close();
      const file = Buffer.alloc(20480, 0xff);
      const db = new driver.Database(path);
      file.copy(file);
      db.close();
      writeFileSync(
        damagedOnPurpose(path),
        Buffer.concat([
          Buffer.from('SQLite format 3\0'),
          Buffer.from('10000101004020200000000100000005', 'hex'),
          Buffer.alloc(4064, 0xff),
        ]),
      );
      return new driver.Database(path).prepare('SELECT * FROM t').all();
    });
  });
});
