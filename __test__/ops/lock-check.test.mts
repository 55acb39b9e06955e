// lockCheck() and the guard's warnings: locks that are really lost, in processes of their own.
import { closeSync, openSync } from 'node:fs';
import Database from 'ferrolite';
import { checkHealth, lockCheck } from 'ferrolite/ops';
import { openPool } from 'ferrolite/pool';
import { describe, expect, it } from 'vitest';
import { betterSqlite3 } from '../helpers/drivers.mts';
import { hold } from '../helpers/hold.mts';
import { inChild, tryInChild } from '../helpers/in-child.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { PATIENT } from './support.mts';

/** A database in WAL mode with a table, which a connection has open. */
function openWal(path = tempDb()): Database.Database {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE IF NOT EXISTS t (v)');
  return db;
}

const loose = lockCheck as (...args: unknown[]) => unknown;

describe('lockCheck()', () => {
  it('is ok where nothing else has the file open', () => {
    const db = openWal();
    db.exec('BEGIN IMMEDIATE');
    expect(lockCheck(db)).toMatchObject({ status: 'ok', lost: [], descriptors: [] });
    db.close();
  });

  // The system names the first of those that share a lock.
  it.each([
    ['earlier', true],
    ['later', false],
  ])('is ok while another process shares every lock and took it %s', async (_, isEarlier) => {
    const path = openWal().close().name;
    const holding = () => hold('ferrolite', path, 'BEGIN; SELECT * FROM t');
    const earlier = isEarlier ? await holding() : undefined;
    const db = new Database(path);
    db.exec('BEGIN');
    const rows = db.prepare('SELECT * FROM t').all();
    const other = earlier ?? (await holding());
    expect([lockCheck(db).status, rows]).toEqual(['ok', []]);
    await other.release();
    db.close();
  });

  it('is skipped for a file that this process does not have open', () => {
    const path = tempDb();
    openWal(path).close();
    expect(lockCheck(path)).toEqual({
      status: 'skipped',
      reason: 'this library does not have the file open in this process',
      lost: [],
      descriptors: [],
      libraries: [],
    });
  });

  it.each([
    ['database', '', 'SHARED'],
    ['shm', '-shm', 'DMS'],
  ] as const)(
    'tells of a descriptor of the %s, and of the locks that closing it loses',
    (file, ending, lost) => {
      const db = openWal();
      const fd = openSync(`${db.name}${ending}`, 'r');
      expect(lockCheck(db)).toMatchObject({ status: 'degraded', descriptors: [{ fd, file, kind: 'plain' }] });
      closeSync(fd);
      expect(lockCheck(db)).toMatchObject({ status: 'unhealthy', lost: [lost], descriptors: [] });
      db.close();
    },
  );

  it('tells of the write lock of a rollback journal', () => {
    const db = new Database(tempDb());
    db.exec('CREATE TABLE t (v); BEGIN IMMEDIATE');
    closeSync(openSync(db.name, 'r'));
    expect(lockCheck(db)).toMatchObject({
      status: 'unhealthy',
      reason:
        'this process has lost its locks (RESERVED, SHARED): others can write at the same time and damage the database; restart it',
      lost: ['RESERVED', 'SHARED'],
    });
    db.exec('ROLLBACK');
    expect(lockCheck(db).status).toBe('ok');
    db.close();
  });

  it('finds a lost lock although another process has the same one', async () => {
    const path = openWal().close().name;
    const other = await hold('ferrolite', path, 'BEGIN; SELECT * FROM t');
    const db = new Database(path);
    db.prepare('SELECT * FROM t').all();
    closeSync(openSync(db.name, 'r'));
    expect(lockCheck(db).lost).toEqual(['SHARED']);
    await other.release();
    db.close();
  });

  it('finds lost locks of a pool', async () => {
    const path = tempDb();
    openWal(path).close();
    await using pool = openPool(path);
    await pool.run('INSERT INTO t VALUES (1)');
    expect(lockCheck(pool).status).toBe('ok');
    closeSync(openSync(path, 'r'));
    expect(lockCheck(pool).status).toBe('unhealthy');
  });

  it('tells of better-sqlite3 in the same process, and of what its closing loses', () => {
    const path = tempDb();
    openWal(path).close();
    const [before, after] = inChild(
      (name: string, driver: string) => {
        const Ours = require('ferrolite') as typeof Database;
        const Other = require(driver) as typeof Database;
        const ops = require('ferrolite/ops') as { lockCheck: typeof lockCheck };
        const db = new Ours(name);
        db.prepare('SELECT * FROM t').all();
        const other = new Other(name);
        other.prepare('SELECT * FROM t').all();
        const both = ops.lockCheck(db);
        other.close();
        return [both, ops.lockCheck(db)] as const;
      },
      [path, betterSqlite3.name] as const,
    );
    expect(before).toMatchObject({ status: 'degraded' });
    expect(before.descriptors.map(({ file, kind }) => [file, kind])).toEqual(
      expect.arrayContaining([
        ['database', 'sqlite'],
        ['shm', 'sqlite'],
      ]),
    );
    for (const name of [/ferrolite[^/]*\.node$/, /\/better-sqlite3\//]) {
      expect(before.libraries).toContainEqual(expect.stringMatching(name));
    }
    expect([after.status, after.lost]).toEqual(['unhealthy', ['SHARED', 'DMS']]);
  });

  it('says nothing of the descriptors of a database on descriptors', () => {
    const path = tempDb();
    new Database(path).exec('CREATE TABLE t (v)').close();
    const [fd, journalFd] = [openSync(path, 'r+'), openSync(`${path}-journal`, 'w+')];
    const db = new Database(fd, { journalFd });
    db.exec('BEGIN IMMEDIATE');
    expect(lockCheck(path)).toMatchObject({ status: 'ok', descriptors: [] });
    db.close();
    closeSync(fd);
    closeSync(journalFd);
  });

  it.each([[undefined], [5], [{}], [':memory:'], [new Database(':memory:')]])('refuses %s', (subject) => {
    expect(() => loose(subject)).toThrow(TypeError);
  });
});

describe('checkHealth()', () => {
  it('is unhealthy when locks are lost, and degraded when they are endangered', async () => {
    const db = openWal();
    const fd = openSync(db.name, 'r');
    const endangered = await checkHealth(db, PATIENT);
    closeSync(fd);
    const lost = await checkHealth(db, PATIENT);
    expect(endangered).toMatchObject({
      status: 'degraded',
      httpStatus: 200,
      checks: { locks: { status: 'degraded' } },
    });
    expect(lost).toMatchObject({
      status: 'unhealthy',
      httpStatus: 503,
      checks: { locks: { status: 'unhealthy', lost: ['SHARED'] } },
    });
    expect(JSON.stringify([endangered, lost])).not.toContain(db.name);
    db.close();
  });
});

describe('the guard', () => {
  /** Opens a database in a process and gives the warnings that it hears after `lose` until one has `code`. */
  const warned = (env: Record<string, string>, code: string) => {
    const path = tempDb();
    openWal(path).close();
    return tryInChild(
      async (name: string, wanted: string) => {
        const { openSync: open, closeSync: close } = require('node:fs') as typeof import('node:fs');
        const db = new (require('ferrolite') as typeof Database)(name);
        db.prepare('SELECT * FROM t').all();
        const fd = open(name, 'r');
        const heard: string[] = [];
        const keepAlive = setInterval(() => {}, 1000);
        await new Promise<void>((resolve) => {
          process.on('warning', (warning) => {
            const { code: got = '' } = warning as { code?: string };
            heard.push(`${warning.name} ${got}`);
            if (got === 'FERROLITE_LOCKS_ENDANGERED') close(fd);
            if (got === wanted) resolve();
          });
        });
        clearInterval(keepAlive);
        return heard;
      },
      [path, code] as const,
      { env: { NODE_ENV: '', ...env } },
    );
  };

  it('warns once of a descriptor, and once of lost locks', () => {
    const { value, stderr } = warned({}, 'FERROLITE_LOCKS_LOST');
    expect(value).toEqual([
      'FerroliteWarning FERROLITE_LOCKS_ENDANGERED',
      'FerroliteWarning FERROLITE_LOCKS_LOST',
    ]);
    expect(stderr).toContain('Other code of this process has the database "');
    expect(stderr).toContain('This process has lost its locks on the database "');
  });

  it.each([[{ NODE_ENV: 'production' }], [{ FERROLITE_LOCK_GUARD: 'off' }]])(
    'does not look where the environment has %j',
    (env) => {
      const started = inChild(
        (name: string) => {
          const timers = require('node:timers') as typeof import('node:timers');
          const { setInterval: real } = timers;
          let count = 0;
          timers.setInterval = ((...args: Parameters<typeof real>) => {
            count += 1;
            return real(...args);
          }) as typeof real;
          const Ours = require('ferrolite') as typeof Database;
          new Ours(name).close();
          return count;
        },
        [tempDb()] as const,
        { env: { NODE_ENV: '', ...env } },
      );
      expect(started).toBe(0);
    },
  );

  it('looks once for each thread, and keeps no process alive', () => {
    const { value, code } = tryInChild(
      (first: string, second: string) => {
        const timers = require('node:timers') as typeof import('node:timers');
        const { setInterval: real } = timers;
        let count = 0;
        timers.setInterval = ((...args: Parameters<typeof real>) => {
          count += 1;
          return real(...args);
        }) as typeof real;
        const Ours = require('ferrolite') as typeof Database;
        for (const name of [first, second]) new Ours(name).prepare('SELECT 1').get();
        return count;
      },
      [tempDb(), tempDb()] as const,
      { env: { NODE_ENV: '' } },
    );
    expect([value, code]).toEqual([1, 0]);
  });
});
