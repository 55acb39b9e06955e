// toHttpError() on errors that SQLite really made, by both drivers, and as query builders wrap them.
import { runInNewContext } from 'node:vm';
import { FerroliteError, SqliteError } from 'ferrolite';
import { toHttpError, type HttpError } from 'ferrolite/ops';
import { describe, expect, it } from 'vitest';
import { describeDrivers, type Driver } from '../helpers/drivers.mts';
import { hold } from '../helpers/hold.mts';
import { onTmpfs, openDir, thrownBy } from '../client/support.mts';
import { inChild } from '../helpers/in-child.mts';
import { tempDb } from '../helpers/temp-db.mts';

const SCHEMA = `
  CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT UNIQUE, first TEXT, last TEXT, UNIQUE (first, last));
  CREATE TABLE opportunity (
    id TEXT PRIMARY KEY NOT NULL, customer INTEGER NOT NULL REFERENCES customer, value INTEGER NOT NULL,
    CONSTRAINT value_not_negative CHECK (value >= 0), CHECK (value < 1000)
  ) STRICT;
  CREATE TABLE plain (x);
  CREATE UNIQUE INDEX plain_lower ON plain (lower(x));
  CREATE TRIGGER plain_is_closed BEFORE DELETE ON plain BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: a.b'); END;
  INSERT INTO customer VALUES (1, 'ada@example.com', 'Ada', 'L');
  INSERT INTO opportunity VALUES ('one', 1, 5);
  INSERT INTO plain (rowid, x) VALUES (1, 'a');
  PRAGMA foreign_keys = on`;

function errorOf(driver: Driver, sql: string): Error {
  const db = new driver.Database(':memory:').exec(SCHEMA);
  return thrownBy(() => db.exec(sql));
}

function httpError(error: unknown): HttpError {
  const http = toHttpError(error);
  if (http === undefined) throw new Error('it is not known for an error of SQLite');
  return http;
}

const table = undefined;
const constraint = undefined;
const columns: string[] = [];
const none = { table, columns, constraint };
const of = (name: string, ...names: string[]) => ({ table: name, columns: names, constraint });

describeDrivers('toHttpError(), for an error', (driver) => {
  it.each([
    [409, 'UNIQUE', of('customer', 'email'), "INSERT INTO customer (email) VALUES ('ada@example.com')"],
    [409, 'UNIQUE', of('customer', 'first', 'last'), "INSERT INTO customer VALUES (2, 'b', 'Ada', 'L')"],
    [409, 'UNIQUE', { ...none, constraint: 'plain_lower' }, "INSERT INTO plain (x) VALUES ('A')"],
    [409, 'PRIMARYKEY', of('opportunity', 'id'), "INSERT INTO opportunity VALUES ('one', 1, 5)"],
    [409, 'PRIMARYKEY', of('customer', 'id'), 'INSERT INTO customer (id) VALUES (1)'],
    [409, 'ROWID', of('plain', 'rowid'), 'INSERT INTO plain (rowid) VALUES (1)'],
    [409, 'FOREIGNKEY', none, "INSERT INTO opportunity VALUES ('two', 9, 5)"],
    [409, 'FOREIGNKEY', none, 'DELETE FROM customer'],
    [422, 'NOTNULL', of('opportunity', 'value'), "INSERT INTO opportunity VALUES ('two', 1, NULL)"],
    [422, 'CHECK', { ...none, constraint: 'value_not_negative' }, 'UPDATE opportunity SET value = -1'],
    [422, 'CHECK', none, 'UPDATE opportunity SET value = 1000'],
    [422, 'DATATYPE', of('opportunity', 'value'), "UPDATE opportunity SET value = 'much'"],
    [422, 'TRIGGER', none, 'DELETE FROM plain'],
  ])('%i for %s, with %o', (status, kind, details, sql) => {
    const error = errorOf(driver, sql);
    const http = httpError(error);
    expect(http).toMatchObject({ status, code: `SQLITE_CONSTRAINT_${kind}`, ...details });
    expect(http.cause).toBe(error);
    expect(http.headers).toEqual({ 'Content-Type': 'application/problem+json' });
  });

  it('422 for text in an INTEGER PRIMARY KEY', () => {
    const error = errorOf(driver, "INSERT INTO customer (id) VALUES ('x')");
    expect(httpError(error)).toMatchObject({ status: 422, code: 'SQLITE_MISMATCH' });
  });

  it('413 for a value that is too large', () => {
    const error = errorOf(driver, 'SELECT zeroblob(2147483647)');
    expect(httpError(error)).toMatchObject({ status: 413, code: 'SQLITE_TOOBIG' });
  });

  it('507 for a full database', () => {
    const error = errorOf(driver, 'PRAGMA max_page_count = 1; INSERT INTO plain VALUES (zeroblob(100000))');
    expect(httpError(error)).toMatchObject({ status: 507, code: 'SQLITE_FULL', headers: {} });
  });

  it('503 with Retry-After while another process holds the lock', async () => {
    const path = tempDb();
    const db = new driver.Database(path, { timeout: 0 }).exec('CREATE TABLE t (a)');
    const holder = await hold(driver.name, path, 'BEGIN IMMEDIATE');
    const http = httpError(thrownBy(() => db.exec('INSERT INTO t VALUES (1)')));
    await holder.release();
    expect(http).toMatchObject({ status: 503, code: 'SQLITE_BUSY', headers: { 'Retry-After': '1' } });
    db.close();
  });

  it('503 without Retry-After for what does not end by itself', () => {
    const path = tempDb();
    new driver.Database(path).exec('CREATE TABLE t (a)').close();
    const db = new driver.Database(path, { readonly: true });
    const http = httpError(thrownBy(() => db.exec('INSERT INTO t VALUES (1)')));
    expect(http).toMatchObject({ status: 503, code: 'SQLITE_READONLY' });
    expect(Object.keys(http.headers)).toEqual(['Content-Type']);
    db.close();
    const missing = httpError(thrownBy(() => new driver.Database(`${path}-not`, { readonly: true })));
    expect(missing).toMatchObject({ status: 503, code: 'SQLITE_CANTOPEN' });
  });

  it('500 that tells the client nothing, for wrong SQL', () => {
    const http = httpError(errorOf(driver, 'SELECT secret FROM customer'));
    expect(http).toMatchObject({ status: 500, code: 'SQLITE_ERROR' });
    expect(JSON.parse(JSON.stringify(http))).toEqual({
      status: 500,
      title: 'Internal Server Error',
      detail: 'The server failed to process the request.',
    });
  });

  it('undefined for a mistake in the program', () => {
    const db = new driver.Database(':memory:');
    expect(toHttpError(thrownBy(() => db.prepare('SELECT ?').get()))).toBe(undefined);
    expect(toHttpError(thrownBy(() => db.close().exec('SELECT 1')))).toBe(undefined);
  });
});

describe('the code', () => {
  const coded = (code: string) => httpError(new SqliteError('text', code));

  it.each([
    [503, 'SQLITE_BUSY_SNAPSHOT', true],
    [503, 'SQLITE_BUSY_RECOVERY', true],
    [503, 'SQLITE_LOCKED_SHAREDCACHE', true],
    [503, 'SQLITE_PROTOCOL', true],
    [503, 'SQLITE_NOMEM', true],
    [503, 'SQLITE_IOERR_NOMEM', true],
    [503, 'SQLITE_INTERRUPT', false],
    [503, 'SQLITE_READONLY_DBMOVED', false],
    [500, 'SQLITE_IOERR_WRITE', false],
    [500, 'SQLITE_CORRUPT', false],
    [500, 'SQLITE_NOTADB', false],
    [500, 'UNKNOWN_SQLITE_ERROR_999', false],
    [409, 'SQLITE_CONSTRAINT_COMMITHOOK', false],
  ])('is answered with %i: %s', (status, code, retry) => {
    expect(coded(code)).toMatchObject({ status, code });
    expect('Retry-After' in coded(code).headers).toBe(retry);
  });

  it('may be one of ours', () => {
    expect(httpError(new FerroliteError('text', 'FERROLITE_OPTIONS_CONFLICT')).status).toBe(500);
    expect(httpError(new FerroliteError('text', 'FERROLITE_CANNOT_CREATE_DIRECTORY')).status).toBe(503);
  });

  it.each([
    [503, true, ['QUEUE_FULL', 'FLEET_FULL', 'TIMEOUT', 'ACQUIRE_TIMEOUT', 'HOLD_TIMEOUT', 'NO_THREAD']],
    [503, false, ['POOL_CLOSED', 'FLEET_CLOSED', 'CANCELLED']],
    [500, false, ['TRANSACTION_ENDED', 'TRANSACTION_NESTED', 'TOO_MANY_ROWS']],
  ])('of a pool is answered with %i, to be tried again: %s, for %j', (status, retry, names) => {
    for (const name of names) {
      const http = httpError(new FerroliteError('text', `FERROLITE_${name}`));
      expect(http.status).toBe(status);
      expect('Retry-After' in http.headers).toBe(retry);
    }
  });

  it('of a transaction that SQLite has ended is that of the cause', () => {
    const cause = new SqliteError('database or disk is full', 'SQLITE_FULL');
    const ended = new FerroliteError('rolled back', 'FERROLITE_TRANSACTION_ENDED', { cause });
    expect(httpError(new Error('wrapped', { cause: ended }))).toMatchObject({ status: 507, cause });
  });

  it('is all that an error is known by: another realm, another class', () => {
    const foreign: unknown = runInNewContext(
      `Object.assign(new Error('UNIQUE constraint failed: t.a'), { code: 'SQLITE_CONSTRAINT_UNIQUE' })`,
    );
    expect(foreign).not.toBeInstanceOf(Error);
    expect(httpError(foreign)).toMatchObject({ status: 409, table: 't', columns: ['a'] });
  });

  it('is read from the message where a driver gives SQLITE_CONSTRAINT alone', () => {
    const error = new SqliteError('SQLITE_CONSTRAINT: NOT NULL constraint failed: t.a', 'SQLITE_CONSTRAINT');
    expect(httpError(error)).toMatchObject({
      status: 422,
      code: 'SQLITE_CONSTRAINT_NOTNULL',
      columns: ['a'],
    });
    const foreignKey = new SqliteError('FOREIGN KEY constraint failed', 'SQLITE_CONSTRAINT');
    expect(httpError(foreignKey)).toMatchObject({ status: 409, code: 'SQLITE_CONSTRAINT_FOREIGNKEY' });
    expect(httpError(new SqliteError('?', 'SQLITE_CONSTRAINT'))).toMatchObject({ status: 409, columns: [] });
  });

  it('of libsql is the extended one', () => {
    const error = { code: 'SQLITE_CONSTRAINT', extendedCode: 'SQLITE_CONSTRAINT_PRIMARYKEY', message: 'x' };
    expect(httpError(error).code).toBe('SQLITE_CONSTRAINT_PRIMARYKEY');
  });

  it('decides, not what a value in the message looks like', () => {
    const inValue = new SqliteError(
      "insert into `t` (`a`) values ('UNIQUE constraint failed: x.y') - CHECK constraint failed: positive",
      'SQLITE_CONSTRAINT_CHECK',
    );
    expect(httpError(inValue)).toMatchObject({ status: 422, table, columns, constraint: 'positive' });
    const twice = new SqliteError(
      "insert into `t` values ('UNIQUE constraint failed: x.y') - UNIQUE constraint failed: t.a",
      'SQLITE_CONSTRAINT_UNIQUE',
    );
    expect(httpError(twice)).toMatchObject(of('t', 'a'));
  });
});

describe('the names of columns', () => {
  it.each([
    ['a.b.c', 'a.b', ['c']],
    ['a.b.c, a.b.d', 'a.b', ['c', 'd']],
    ['t.a.x, t.b', 't', ['a.x', 'b']],
    ['nothing', undefined, []],
    ['t.a, u.b', undefined, []],
  ])('in "%s" are those of table %s: %j', (names, name, found) => {
    const error = new SqliteError(`UNIQUE constraint failed: ${names}`, 'SQLITE_CONSTRAINT_UNIQUE');
    expect(httpError(error)).toMatchObject({ table: name, columns: found });
  });
});

describe('a wrapped error', () => {
  const sqlite = new SqliteError('UNIQUE constraint failed: t.a', 'SQLITE_CONSTRAINT_UNIQUE');

  it.each([
    ['cause, as Drizzle has it', new Error("Failed query: insert\nparams: 'secret'", { cause: sqlite })],
    ['cause of a cause', new Error('a', { cause: new Error('b', { cause: sqlite }) })],
    ['driverError, as TypeORM has it', Object.assign(new Error('a'), { driverError: sqlite })],
    [
      'driverError, with its code copied',
      Object.assign(new Error(sqlite.message), { code: sqlite.code, driverError: sqlite }),
    ],
    ['original, as Sequelize has it', Object.assign(new Error('a'), { original: sqlite })],
    ['an AggregateError', new AggregateError([new Error('a'), sqlite])],
  ])('is found: %s', (_, error) => {
    const http = httpError(error);
    expect(http.cause).toBe(sqlite);
    expect(http).toMatchObject({ status: 409, table: 't', columns: ['a'] });
    expect(JSON.stringify(http)).not.toMatch(/secret|insert|Failed/);
  });

  it("is found in Prisma's, whose own code is none of SQLite's", () => {
    const driverError = {
      name: 'DriverAdapterError',
      cause: {
        kind: 'UniqueConstraintViolation',
        originalCode: 'SQLITE_CONSTRAINT_UNIQUE',
        originalMessage: 'UNIQUE constraint failed: User.email',
      },
    };
    const error = Object.assign(new Error('Invalid invocation'), {
      code: 'P2002',
      meta: { modelName: 'User', driverAdapterError: driverError },
    });
    expect(httpError(error)).toMatchObject({ status: 409, table: 'User', columns: ['email'] });
  });

  it('is found behind an error that is its own cause', () => {
    const outer = Object.assign(new AggregateError([new Error('a', { cause: sqlite })]), { driverError: {} });
    Object.assign(outer, { cause: outer, driverError: outer, original: outer, meta: outer });
    expect(httpError(outer).cause).toBe(sqlite);
  });

  it('that is its own cause is taken as it is', () => {
    const own = new SqliteError('UNIQUE constraint failed: t.a', 'SQLITE_CONSTRAINT_UNIQUE');
    Object.assign(own, { cause: own });
    expect(httpError(own).cause).toBe(own);
  });

  it('is the outermost of several', () => {
    const outer = Object.assign(new SqliteError('database is locked', 'SQLITE_BUSY'), { cause: sqlite });
    expect(httpError(outer).code).toBe('SQLITE_BUSY');
  });
});

describe('what is no error of SQLite', () => {
  it.each([
    undefined,
    null,
    'SQLITE_BUSY',
    5,
    {},
    new Error('database is locked'),
    Object.assign(new Error('a'), { code: 'ENOENT' }),
    { code: 5 },
    { code: 'MY_SQLITE_BUSY' },
  ])('is undefined: %o', (value) => {
    expect(toHttpError(value)).toBe(undefined);
  });

  it('ends although its causes form a circle, or never end', () => {
    const circle = new Error('a', { cause: new Error('b') });
    (circle.cause as Error).cause = circle;
    expect(toHttpError(circle)).toBe(undefined);
    let made = 0;
    const endless = (): object => ({
      get cause() {
        made += 1;
        return endless();
      },
    });
    expect(toHttpError(endless())).toBe(undefined);
    expect(made).toBeLessThan(100);
  });

  it('may have getters that throw, and be a revoked proxy', () => {
    const thrower = {
      get code(): string {
        throw new Error('not now');
      },
    };
    expect(toHttpError(thrower)).toBe(undefined);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(toHttpError(proxy)).toBe(undefined);
  });
});

describe('the body', () => {
  it('is what JSON makes of the answer: problem details without table, constraint and cause', async () => {
    const error = new SqliteError('UNIQUE constraint failed: customer.email', 'SQLITE_CONSTRAINT_UNIQUE');
    const { status, headers, ...http } = httpError(error);
    expect(http.table).toBe('customer');
    const response = Response.json(httpError(error), { status, headers });
    expect(response.status).toBe(409);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toEqual({
      title: 'Conflict',
      status: 409,
      detail: 'There is a record with the same email already.',
      code: 'SQLITE_CONSTRAINT_UNIQUE',
      columns: ['email'],
    });
  });

  it('has no expression of a CHECK constraint, and no text of a trigger', () => {
    const check = new SqliteError("CHECK constraint failed: code = 'secret'", 'SQLITE_CONSTRAINT_CHECK');
    const trigger = new SqliteError('secret is not allowed', 'SQLITE_CONSTRAINT_TRIGGER');
    for (const error of [check, trigger]) expect(JSON.stringify(httpError(error))).not.toContain('secret');
    expect(httpError(check).constraint).toBe(undefined);
  });
});

it('a disk that is really full is answered with 507', () => {
  const folder = openDir();
  const code = inChild(
    (directory: string) => {
      const { getDb } = require('ferrolite') as typeof import('ferrolite');
      const { toHttpError: answer } = require('ferrolite/ops') as typeof import('ferrolite/ops');
      const db = getDb(`${directory}/a.db`);
      db.exec('CREATE TABLE t (a)');
      try {
        for (;;) db.prepare('INSERT INTO t VALUES (zeroblob(65536))').run();
      } catch (error) {
        return answer(error)?.status;
      }
    },
    [folder],
    { prefix: onTmpfs(folder, 1024) },
  );
  expect(code).toBe(507);
});
