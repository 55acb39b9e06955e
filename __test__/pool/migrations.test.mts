// Pools and fleets that apply migrations before their first call.
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  getPool,
  openFleet,
  openPool,
  type Fleet,
  type FleetOptions,
  type PoolMigrations,
} from 'ferrolite/pool';
import { describe, expect, it, onTestFinished } from 'vitest';
import { projectRoot } from '../crash/kill.mjs';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { failure, folderOf } from '../migrate/support.mts';
import { poolOn } from './support.mts';

const FILES = { '1_a.sql': 'CREATE TABLE a (x);', '2_b.sql': 'INSERT INTO a VALUES (1);' };
const BROKEN = { ...FILES, '3_c.sql': 'SELECT * FROM missing;' };
const ONE = 'SELECT 1 AS one';

/** A pool whose migrations stand still until they are let go. */
function held(files = FILES, options: Partial<PoolMigrations> = {}) {
  const path = tempDb();
  const folder = folderOf({
    ...files,
    '0_wait.cjs': `exports.up = () => new Promise((go) => {
      process.emit(${JSON.stringify(`begun ${path}`)});
      process.once(${JSON.stringify(`go ${path}`)}, go);
    });`,
  });
  const events = process as NodeJS.EventEmitter;
  const begun = new Promise((resolve) => events.once(`begun ${path}`, resolve));
  const pool = poolOn(path, { migrations: { folder, rehearse: false, ...options } });
  return { path, pool, begun, go: () => events.emit(`go ${path}`) };
}

describe('a pool with migrations', () => {
  it('answers calls once they are applied, in the order of coming', async () => {
    const { pool, begun, go } = held();
    const done: string[] = [];
    const calls = [
      pool.run('INSERT INTO a VALUES (2)').then(() => done.push('run')),
      pool.transaction((tx) => tx.run('INSERT INTO a VALUES (3)')).then(() => done.push('transaction')),
      pool
        .batch(['INSERT INTO a VALUES (4)', ['SELECT ?', [5]]])
        .then((results) => done.push(JSON.stringify(results[1]))),
    ];
    const rows = pool.iterate('SELECT x FROM a WHERE x = 1').next();
    await begun;
    expect([done, pool.stats().waiting, pool.stats().threads]).toEqual([[], 4, 0]);
    go();
    await Promise.all(calls);
    expect(done.toSorted()).toEqual(['[{"?":5}]', 'run', 'transaction']);
    expect((await rows).value).toEqual({ x: 1 });
    expect(await pool.all('SELECT x FROM a ORDER BY rowid', [], { pluck: true })).toEqual([1, 2, 3, 4]);
    expect(pool.stats().waiting).toBe(0);
  });

  it('takes a folder, a URL, and the options of Migrator', async () => {
    const folder = folderOf(FILES);
    for (const migrations of [folder, pathToFileURL(folder), { folder, table: 'mine' }]) {
      const pool = poolOn(tempDb(), { migrations });
      expect(await pool.get('SELECT count(*) AS n FROM a')).toEqual({ n: 1 });
      const table = Object(migrations).table === undefined ? '_ferrolite_migrations' : 'mine';
      expect(await pool.all(`SELECT name FROM ${table}`)).toHaveLength(2);
    }
  });

  it('creates the directory of its file, and has the journal mode of a pool', async () => {
    const pool = poolOn(join(tempDir(), 'new', 'app.db'), { migrations: folderOf(FILES) });
    expect(await pool.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
  });

  it('rejects all calls with what they fail with, and is closed', async () => {
    const path = tempDb();
    const pool = poolOn(path, { migrations: folderOf(BROKEN) });
    const calls = [
      pool.all(ONE),
      pool.run('CREATE TABLE b (x)'),
      pool.transaction(() => 1),
      pool.read(() => 1),
    ];
    const errors = await Promise.all(calls.map((call) => failure(call)));
    const text = 'The migration "3_c" failed at line 1: no such table: missing (SELECT * FROM missing;)';
    expect(errors.map(({ message }) => message)).toEqual([text, text, text, text]);
    expect(pool.isClosed).toBe(true);
    expect((await failure(pool.all(ONE))).message).toBe(text);
    expect(() => pool.function('f', '1')).toThrow(text);
    await pool.close();
  });

  it('has nothing rejected that nobody waits for', async () => {
    const pool = poolOn(tempDb(), { migrations: tempDir() });
    expect((await failure(pool.get(ONE))).code).toBe('FERROLITE_NO_MIGRATIONS');
    const script = `const { openPool } = require('ferrolite/pool');
      openPool(process.argv[1], { migrations: process.argv[2] });`;
    const run = (folder: string, path: string) =>
      execFileSync(process.execPath, ['-e', script, path, folder], { cwd: projectRoot, stdio: 'pipe' });
    expect(String(run(folderOf(BROKEN), tempDb()))).toBe('');
    // And nothing ends the process before they are applied.
    const path = tempDb();
    run(folderOf(FILES), path);
    expect(await poolOn(path).get('SELECT x FROM a')).toEqual({ x: 1 });
  });

  it('lets a call be given up that waits for them', async () => {
    const { pool, begun, go } = held();
    const giving = new AbortController();
    const aborted = failure(pool.all(ONE, [], { signal: giving.signal }));
    const late = failure(pool.all(ONE, [], { timeoutMs: 1 }));
    const left = failure(pool.transaction(() => 1, { signal: giving.signal }));
    await begun;
    giving.abort(new Error('enough'));
    expect([(await aborted).message, (await left).message]).toEqual(['enough', 'enough']);
    expect((await late).code).toBe('FERROLITE_TIMEOUT');
    go();
    expect(await pool.get(ONE)).toEqual({ one: 1 });
  });

  it('counts the time in which a transaction waits for the writer from their end on', async () => {
    const { pool, begun, go } = held();
    const waiting = pool
      .transaction(() => 'done', { acquireTimeoutMs: 1 })
      .catch(({ code }: { code: string }) => code);
    await begun;
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(pool.stats().waiting).toBe(1);
    go();
    // Whether a millisecond is enough for the thread is another matter.
    expect(['done', 'FERROLITE_ACQUIRE_TIMEOUT']).toContain(await waiting);
  });

  it('refuses calls that are too many for its queue', async () => {
    const path = tempDb();
    const pool = poolOn(path, { migrations: folderOf(FILES), maxQueue: 1 });
    const first = pool.get(ONE);
    expect((await failure(pool.get(ONE))).code).toBe('FERROLITE_QUEUE_FULL');
    expect(await first).toEqual({ one: 1 });
  });

  it('is closed once they are applied, with the calls that have waited', async () => {
    const { pool, begun, go } = held();
    const call = pool.get('SELECT x FROM a');
    await begun;
    const closed = pool.close();
    go();
    await closed;
    expect(await call).toEqual({ x: 1 });
  });

  it('gives up the one under way when it is closed and may not wait', async () => {
    const { path, pool, begun, go } = held();
    const call = failure(pool.get(ONE));
    await begun;
    const closed = pool.close({ drainMs: 0 });
    go();
    await closed;
    expect((await call).code).toBe('FERROLITE_POOL_CLOSED');
    expect(await poolOn(path).all('SELECT name FROM sqlite_schema')).toEqual([]);
  });

  it('creates no file that has to be there', async () => {
    const path = tempDb();
    const pool = poolOn(path, { migrations: folderOf(FILES), fileMustExist: true });
    expect((await failure(pool.get(ONE))).code).toBe('SQLITE_CANTOPEN');
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    [
      5,
      'Expected the "migrations" option to be a folder, or an object with a "folder" and the options of Migrator',
    ],
    [
      '',
      'Expected the "migrations" option to be a folder, or an object with a "folder" and the options of Migrator',
    ],
    [
      null,
      'Expected the "migrations" option to be a folder, or an object with a "folder" and the options of Migrator',
    ],
    [
      { rehearse: true },
      'Expected the "migrations" option to be a folder, or an object with a "folder" and the options of Migrator',
    ],
    [{ folder: 'x', backup: 5 }, 'Expected the "backup" option to be a boolean or an object'],
    [{ folder: 'x', allow: true }, 'Unknown option "allow"'],
  ])('is not opened with %j', (migrations, text) => {
    expect(() => openPool(tempDb(), { migrations: migrations as never })).toThrow(text);
  });

  it('is not opened for reading only', () => {
    expect(() => openPool(tempDb(), { migrations: 'x', readonly: true })).toThrow(
      'A pool that only reads cannot apply migrations',
    );
  });

  it('has nothing of ferrolite/migrate loaded without them', () => {
    const script = `const { openPool } = require('ferrolite/pool');
      openPool(process.argv[1]).get('SELECT 1').then(() => {
        console.log(Object.keys(require.cache).filter((file) => /dist.migrate/.test(file)).length);
        process.exit();
      });`;
    const run = execFileSync(process.execPath, ['-e', script, tempDb()], { cwd: projectRoot });
    expect(String(run).trim()).toBe('0');
  });
});

describe('getPool() with migrations', () => {
  it('gives the pool that has applied them, and another one after they have failed', async () => {
    const path = tempDb();
    const folder = folderOf(BROKEN);
    const first = getPool({ path, migrations: folder });
    expect(getPool({ path })).toBe(first);
    expect(getPool({ path, migrations: folder })).toBe(first);
    expect((await failure(first.get(ONE))).code).toBe('FERROLITE_MIGRATION_FAILED');
    writeFileSync(join(folder, '3_c.sql'), 'SELECT 1');
    const second = getPool({ path, migrations: folder });
    onTestFinished(() => second.close());
    expect(await second.get('SELECT x FROM a')).toEqual({ x: 1 });
  });

  it('refuses a pool that has applied none', () => {
    const path = tempDb();
    const pool = getPool({ path });
    onTestFinished(() => pool.close());
    expect(() => getPool({ path, migrations: 'migrations' })).toThrow(
      `The pool of "${path}" is open without migrations: pass the "migrations" option to the first call of getPool()`,
    );
  });
});

describe('a fleet with migrations', () => {
  function fleetWith(migrations: FleetOptions['migrations'], options: FleetOptions = {}): Fleet {
    const fleet = openFleet(tempDir(), { migrations, ...options });
    onTestFinished(() => fleet.close({ drainMs: 0 }));
    return fleet;
  }

  it('applies them to a database when it is opened', async () => {
    const fleet = fleetWith(folderOf(FILES), { maxOpen: 1 });
    fleet.function('twice', '?1 * 2');
    const names = ['acme', 'globex', 'acme'];
    const rows = await Promise.all(names.map((name) => fleet.pool(name).get('SELECT twice(x) AS x FROM a')));
    expect(rows).toEqual([{ x: 2 }, { x: 2 }, { x: 2 }]);
    expect(await fleet.list()).toEqual(['acme', 'globex']);
  });

  it('tries them again after they have failed, and keeps no other database from its turn', async () => {
    const folder = folderOf({ ...FILES, '3_c.sql': 'INSERT INTO late VALUES (1)' });
    const fleet = fleetWith(folder);
    const late = poolOn(join(fleet.directory, 'late.db'));
    await late.exec('CREATE TABLE late (x)');
    await late.close();
    expect((await failure(fleet.pool('acme').get(ONE))).code).toBe('FERROLITE_MIGRATION_FAILED');
    expect(await fleet.pool('late').get('SELECT x FROM late')).toEqual({ x: 1 });
    writeFileSync(join(folder, '3_c.sql'), 'SELECT 1');
    expect(await fleet.pool('acme').get('SELECT x FROM a')).toEqual({ x: 1 });
  });
});
