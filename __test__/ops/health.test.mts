// checkHealth() on databases that are sound, busy, full, read-only, replaced, closed or none at all.
import {
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import Database, { closeDatabase, getDb } from 'ferrolite';
import { checkHealth, type HealthCheck, type HealthResult } from 'ferrolite/ops';
import { afterEach, describe, expect, it } from 'vitest';
import { betterSqlite3, describeDrivers } from '../helpers/drivers.mts';
import { hold } from '../helpers/hold.mts';
import { inChild } from '../helpers/in-child.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { filesBeside, onTmpfs, openDir, readOnly } from '../client/support.mts';
import { PATIENT } from './support.mts';

afterEach(() => closeDatabase());

type Statuses = Record<string, HealthCheck['status']>;

const statuses = ({ checks }: HealthResult): Statuses =>
  Object.fromEntries(Object.entries<HealthCheck>({ ...checks }).map(([name, { status }]) => [name, status]));

const ALL_OK: Statuses = {
  open: 'ok',
  file: 'ok',
  read: 'ok',
  write: 'ok',
  wal: 'ok',
  disk: 'ok',
  engine: 'ok',
  fileSystem: 'ok',
  rights: 'ok',
  maintenance: 'skipped',
  checkpoints: 'skipped',
  locks: 'ok',
};
const ONLY_READS: Statuses = { ...ALL_OK, write: 'skipped', disk: 'skipped', rights: 'skipped' };
const NO_FILE: Statuses = Object.fromEntries(
  ['file', 'wal', 'disk', 'fileSystem', 'rights', 'locks'].map((name) => [name, 'skipped']),
);
const NOT_OPEN: Statuses = {
  open: 'unhealthy',
  file: 'skipped',
  read: 'skipped',
  write: 'skipped',
  wal: 'skipped',
  disk: 'skipped',
  engine: 'skipped',
  fileSystem: 'skipped',
  rights: 'skipped',
  maintenance: 'skipped',
  checkpoints: 'skipped',
  locks: 'skipped',
};

/** A database in WAL mode, closed. */
function withTable(): string {
  const path = tempDb();
  getDb(path).exec('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)');
  closeDatabase();
  return path;
}

describeDrivers('checkHealth() on a connection', (driver) => {
  const open = (options = {}): any => new driver.Database(tempDb(), options).exec('CREATE TABLE t (a)');
  /** Only ours tells whether its file is still there. */
  const told = driver === betterSqlite3 ? 'skipped' : 'ok';
  const known: Statuses = { ...ALL_OK, file: told, locks: told };

  it('is ok for a sound one, and leaves no trace', async () => {
    const db = open({ timeout: 1234 });
    db.prepare('INSERT INTO t VALUES (1)').run();
    const before = readdirSync(dirname(db.name));
    const result = await checkHealth(db, PATIENT);
    expect(result).toMatchObject({ status: 'ok', httpStatus: 200 });
    expect(statuses(result)).toEqual(known);
    expect(db.pragma('busy_timeout', { simple: true })).toBe(1234);
    expect(db.prepare('SELECT changes(), last_insert_rowid()').raw().get()).toEqual([1, 1]);
    expect(db.inTransaction).toBe(false);
    expect(readdirSync(dirname(db.name))).toEqual(before);
    db.close();
  });

  it('is ok for one with large integers as bigints', async () => {
    const db = open({ timeout: 1234 }).defaultSafeIntegers();
    expect(statuses(await checkHealth(db, PATIENT))).toEqual(known);
    expect(db.pragma('busy_timeout', { simple: true })).toBe(1234n);
    db.close();
  });

  it('is degraded while another process has the write lock', async () => {
    const db = open({ timeout: 60_000 });
    const holder = await hold(driver.name, db.name, 'BEGIN IMMEDIATE');
    const result = await checkHealth(db, { deadlineMs: 1000 });
    expect(result).toMatchObject({ status: 'degraded', httpStatus: 200 });
    expect(result.checks.write).toEqual({
      status: 'degraded',
      reason: 'another connection held the write lock',
      code: 'SQLITE_BUSY',
      durationMs: expect.any(Number),
    });
    expect(statuses(result)).toEqual({ ...known, write: 'degraded' });
    expect(db.pragma('busy_timeout', { simple: true })).toBe(60_000);
    await holder.release();
    expect((await checkHealth(db, PATIENT)).status).toBe('ok');
    db.close();
  });

  it('waits for a lock that is given back before the deadline, and keeps the event loop going', async () => {
    const db = open({ timeout: 600_000 });
    const holder = await hold(driver.name, db.name, 'BEGIN IMMEDIATE');
    const checked = checkHealth(db, { deadlineMs: 60_000 });
    // Where SQLite waited, there would be no turn before the lock is given back, which is after these.
    for (let turns = 0; turns < 5; turns += 1) await new Promise((resolve) => setTimeout(resolve, 1));
    await holder.release();
    expect((await checked).status).toBe('ok');
    db.close();
  });

  it('is unhealthy while another process keeps it from reading', async () => {
    const db = open();
    const holder = await hold(driver.name, db.name, 'BEGIN EXCLUSIVE');
    const result = await checkHealth(db, { deadlineMs: 0 });
    expect(result).toMatchObject({ status: 'unhealthy', httpStatus: 503 });
    expect(result.checks.read.reason).toBe('another connection held an exclusive lock');
    await holder.release();
    db.close();
  });

  it('says that its own transaction or rows stay open, and disturbs neither', async () => {
    const db = open();
    db.exec('BEGIN; INSERT INTO t VALUES (7)');
    const inside = await checkHealth(db, { deadlineMs: 0 });
    expect(inside.checks.write).toMatchObject({
      status: 'degraded',
      reason: 'a transaction of this connection itself stayed open',
    });
    expect(db.inTransaction).toBe(true);
    db.exec('COMMIT; INSERT INTO t VALUES (8)');

    const rows = db.prepare('SELECT a FROM t').iterate();
    expect(rows.next().value).toEqual({ a: 7 });
    const iterating = await checkHealth(db, { deadlineMs: 0 });
    expect(iterating.checks.read.status).toBe('ok');
    expect(iterating.checks.write).toMatchObject({
      status: 'degraded',
      reason: 'rows of this connection are being iterated',
    });
    expect(rows.next().value).toEqual({ a: 8 });
    rows.return();
    expect((await checkHealth(db, PATIENT)).status).toBe('ok');
    db.close();
  });

  it('believes a file system that has answered while the event loop was held up', async () => {
    const db = open();
    const checked = checkHealth(db, { deadlineMs: 0 });
    for (let step = 0; step < 10; step += 1) await undefined;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    expect((await checked).checks.file.status).toBe(known.file);
    db.close();
  });

  it('waits for its own transaction to end', async () => {
    const db = open();
    db.exec('BEGIN');
    const checked = checkHealth(db, { deadlineMs: 60_000 });
    db.exec('COMMIT');
    expect((await checked).status).toBe('ok');
    db.close();
  });

  it('is not disturbed by being called inside of a function that SQL calls', async () => {
    const db = open();
    let checked: Promise<HealthResult> | undefined;
    db.function('check_health', () => {
      checked = checkHealth(db, { deadlineMs: 60_000 });
      return 1;
    });
    expect(db.prepare('SELECT check_health()').pluck().get()).toBe(1);
    expect((await checked!).status).toBe('ok');
    db.close();
  });

  it('does not try to write through one that only reads', async () => {
    const { name } = open().close();
    const db = new driver.Database(name, { readonly: true }) as any;
    const result = await checkHealth(db, PATIENT);
    expect(result.status).toBe('ok');
    expect(statuses(result)).toEqual({ ...ONLY_READS, file: told, locks: told });
    db.close();
  });

  it('looks at no files for one in memory', async () => {
    const db = new driver.Database(':memory:') as any;
    const result = await checkHealth(db, PATIENT);
    expect(result.status).toBe('ok');
    expect(statuses(result)).toEqual({ ...ALL_OK, ...NO_FILE });
    db.close();
  });

  it('is unhealthy for a closed one, also when it is closed meanwhile', async () => {
    const db = open();
    const meanwhile = checkHealth(db, PATIENT);
    db.close();
    expect((await meanwhile).status).toBe('unhealthy');
    const result = await checkHealth(db, PATIENT);
    expect(result).toMatchObject({ status: 'unhealthy', httpStatus: 503 });
    expect(result.checks.open.reason).toBe('the connection is closed');
    expect(statuses(result)).toEqual(NOT_OPEN);
    expect(Object.keys(result.checks)).toEqual(Object.keys(NOT_OPEN));
  });

  it('is unhealthy for one that is closed while it waits for a lock', async () => {
    let close: (() => void) | undefined;
    // The first try has failed by the next turn.
    const verbose = (sql: string): void => {
      if (sql === 'BEGIN IMMEDIATE' && close !== undefined) setImmediate(close);
    };
    const db = open({ verbose });
    const holder = await hold(driver.name, db.name, 'BEGIN IMMEDIATE');
    close = () => db.close();
    const checked = checkHealth(db, { deadlineMs: 60_000 });
    expect((await checked).checks).toMatchObject({
      read: { status: 'ok' },
      write: { status: 'unhealthy', reason: 'the connection was closed' },
    });
    await holder.release();
  });

  it('is unhealthy when its file is gone', async () => {
    const db = open();
    unlinkSync(db.name);
    const result = await checkHealth(db, PATIENT);
    expect(result.status).toBe('unhealthy');
    expect(result.checks.file.reason).toBe('the file was deleted or moved: what is written here is lost');
    db.close();
  });
});

describe('the file', () => {
  it('is unhealthy when another one has its name', async () => {
    const db = new Database(tempDb()).exec('CREATE TABLE t (a)');
    renameSync(db.name, `${db.name}.old`);
    new Database(db.name).exec('CREATE TABLE t (a)').close();
    const result = await checkHealth(db, PATIENT);
    expect(result).toMatchObject({ status: 'unhealthy', httpStatus: 503 });
    expect(result.checks.file.reason).toBe('another file has taken its name: what is written here is lost');
    db.close();
  });

  it('may be known by a link', async () => {
    const path = withTable();
    const link = join(tempDir(), 'link.db');
    symlinkSync(path, link);
    const db = new Database(link);
    expect(statuses(await checkHealth(db, PATIENT))).toEqual(ALL_OK);
    db.close();
  });

  it.skipIf(process.platform === 'win32')(
    'is not looked for where the database is one on descriptors',
    () => {
      const path = tempDb();
      const result = inChild(
        async (file: string) => {
          const fs = require('node:fs') as typeof import('node:fs');
          const Class = require('ferrolite') as typeof Database;
          const ops = require('ferrolite/ops') as typeof import('ferrolite/ops');
          const [fd, journalFd] = [file, `${file}-journal`].map((name) => fs.openSync(name, 'w+'));
          const db = new Class(fd as never, { journalFd } as never);
          return ops.checkHealth(db, { deadlineMs: 60_000 });
        },
        [path],
      );
      expect(result.status).toBe('ok');
      expect(result.checks.file).toEqual({ status: 'skipped', reason: 'the database has no file' });
    },
  );
});

describe('the log', () => {
  it('is degraded above its limit', async () => {
    const db = getDb(tempDb());
    db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(100000))');
    const large = await checkHealth(db, { maxWalBytes: 50_000 });
    expect(large).toMatchObject({ status: 'degraded', httpStatus: 200 });
    expect(large.checks.wal).toMatchObject({ status: 'degraded', maxBytes: 50_000 });
    expect(large.checks.wal.bytes).toBeGreaterThan(100_000);
    expect((await checkHealth(db, { maxWalBytes: large.checks.wal.bytes! })).status).toBe('ok');
    expect((await checkHealth(db, PATIENT)).checks.wal.maxBytes).toBe(256 * 1024 * 1024);
  });
});

describe('the disk', () => {
  it('is degraded with less space than asked for', async () => {
    const db = getDb(tempDb());
    const { status, checks } = await checkHealth(db, { minAvailableBytes: Number.MAX_SAFE_INTEGER });
    expect(status).toBe('degraded');
    expect(checks.disk).toMatchObject({
      status: 'degraded',
      reason: 'the disk is nearly full',
      minAvailableBytes: Number.MAX_SAFE_INTEGER,
    });
  });

  it.each([
    [2, 'unhealthy', 64],
    [48, 'degraded', 64],
    [96, 'ok', 64],
  ])('with %i MiB is %s', (size, status, minimum) => {
    const folder = openDir();
    const disk = inChild(
      async (directory: string) => {
        const { getDb: get } = require('ferrolite') as typeof import('ferrolite');
        const ops = require('ferrolite/ops') as typeof import('ferrolite/ops');
        return (await ops.checkHealth(get(`${directory}/a.db`))).checks.disk;
      },
      [folder],
      { prefix: onTmpfs(folder, size * 1024) },
    );
    expect(disk).toMatchObject({ status, minAvailableBytes: minimum * 1024 * 1024 });
  });

  it('of a large database needs a tenth of its size', async () => {
    const db = new Database(tempDb()).exec('CREATE TABLE t (a)');
    // A hole: it takes no space.
    truncateSync(db.name, 10 * 2 ** 30);
    const { checks } = await checkHealth(db, PATIENT);
    expect(checks.disk).toMatchObject({ databaseBytes: 10 * 2 ** 30, minAvailableBytes: 2 ** 30 });
    truncateSync(db.name, 8192);
    db.close();
  });

  it('that is read-only is found by the try to write', () => {
    const path = withTable();
    const result = inChild(
      async (file: string) => {
        const Class = require('ferrolite') as typeof Database;
        const ops = require('ferrolite/ops') as typeof import('ferrolite/ops');
        return ops.checkHealth(new Class(file), { deadlineMs: 60_000 });
      },
      [path],
      { prefix: readOnly(dirname(path)) },
    );
    expect(result.status).toBe('unhealthy');
  });
});

describe('checkHealth() on a path', () => {
  it('opens a connection for the time of the check, and leaves nothing behind', async () => {
    const path = withTable();
    const result = await checkHealth(path, PATIENT);
    expect(result.status).toBe('ok');
    expect(statuses(result)).toEqual(ALL_OK);
    expect(filesBeside(path)).toEqual(['test.db']);
  });

  it('uses the connection that the client has open', async () => {
    const path = withTable();
    const db = getDb(path).exec('BEGIN');
    const result = await checkHealth(path, { deadlineMs: 0 });
    expect(result.checks.write.reason).toBe('a transaction of this connection itself stayed open');
    expect(db.open).toBe(true);
  });

  it('takes a URL, whose mode says whether to try to write', async () => {
    const path = withTable();
    const result = await checkHealth(`file:${path}?mode=ro`, PATIENT);
    expect(statuses(result)).toEqual(ONLY_READS);
    expect(statuses(await checkHealth(`file:${path}?immutable=1`, PATIENT))).toEqual(ONLY_READS);
  });

  it('is unhealthy without a file, and creates none', async () => {
    const path = tempDb();
    const result = await checkHealth(path, PATIENT);
    expect(result).toMatchObject({ status: 'unhealthy', httpStatus: 503 });
    expect(result.checks.open).toMatchObject({ status: 'unhealthy', code: 'SQLITE_CANTOPEN' });
    expect(statuses(result)).toEqual(NOT_OPEN);
    expect(filesBeside(path)).toEqual([]);
    expect((await checkHealth(join(path, 'below.db'))).checks.open.status).toBe('unhealthy');
  });

  it('is unhealthy for a folder, and for a file that is no database', async () => {
    const folder = join(tempDir(), 'folder.db');
    mkdirSync(folder);
    expect((await checkHealth(folder, PATIENT)).status).toBe('unhealthy');
    const text = join(tempDir(), 'text.txt');
    writeFileSync(text, 'no database, although it is longer than its header would be. '.repeat(20));
    const { checks } = await checkHealth(text, PATIENT);
    expect(checks.read).toMatchObject({ status: 'unhealthy', code: 'SQLITE_NOTADB' });
    unlinkSync(text);
  });
});

describe('wrong arguments', () => {
  const loose = checkHealth as (...args: unknown[]) => Promise<HealthResult>;
  const db = new Database(':memory:');

  it.each([
    [[], TypeError, 'Expected first argument to be a database, a pool or a path'],
    [[null], TypeError, 'Expected first argument to be a database, a pool or a path'],
    [[{}], TypeError, 'Expected first argument to be a database, a pool or a path'],
    [[''], TypeError, 'Expected the path to name a file, or ":memory:", but the path is empty'],
    [
      [':memory:'],
      TypeError,
      'Expected first argument to be a connection: a database in memory has no other',
    ],
    [[db, 5], TypeError, 'Expected second argument to be an options object'],
    [[db, { deadline: 5 }], TypeError, /^Unknown option "deadline" \(the options are deadlineMs, /],
    [[db, { deadlineMs: '5' }], TypeError, 'Expected the "deadlineMs" option to be an integer'],
    [[db, { deadlineMs: 0.5 }], TypeError, 'Expected the "deadlineMs" option to be an integer'],
    [[db, { deadlineMs: -1 }], RangeError, 'Expected the "deadlineMs" option to be between 0 and 2147483647'],
    [[db, { maxWalBytes: -1 }], RangeError, /^Expected the "maxWalBytes" option to be between 0 and /],
    [[db, { minAvailableBytes: NaN }], TypeError, 'Expected the "minAvailableBytes" option to be an integer'],
  ])('reject: %j', async (args, type, message) => {
    const error = await loose(...args).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
  });
});
