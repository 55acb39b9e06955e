// databaseStats(): figures that agree with SQLite's own, and nothing that changes by asking.
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database, { closeDatabase, getDb } from 'ferrolite';
import { databaseStats } from 'ferrolite/ops';
import { openPool } from 'ferrolite/pool';
import { afterEach, describe, expect, it } from 'vitest';
import { filesBeside } from '../client/support.mts';
import { hold } from '../helpers/hold.mts';
import { tempDb, tempDir } from '../helpers/temp-db.mts';

afterEach(() => closeDatabase());

const SETUP = `CREATE TABLE small (a); CREATE TABLE large (a, b); CREATE INDEX large_a ON large (a);
  WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 500) INSERT INTO large SELECT i, zeroblob(1000) FROM n;
  INSERT INTO small VALUES (1)`;

const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

describe('databaseStats()', () => {
  it('has the pages, free pages and log that SQLite has', async () => {
    const db = getDb(tempDb()).exec(SETUP).exec('DELETE FROM large WHERE a > 100');
    const stats = await databaseStats(db);
    expect(stats).toMatchObject({
      path: db.name,
      fileBytes: statSync(db.name).size,
      pageBytes: db.pragma('page_size', { simple: true }),
      pages: db.pragma('page_count', { simple: true }),
      freePages: db.pragma('freelist_count', { simple: true }),
      autoVacuum: 'none',
      journalMode: 'wal',
      connections: 1,
      objects: [],
    });
    expect(stats.freePages).toBeGreaterThan(0);
    const [{ log, checkpointed }] = db.pragma('wal_checkpoint(NOOP)') as [
      { log: number; checkpointed: number },
    ];
    const { size } = statSync(`${db.name}-wal`);
    expect(stats.wal).toEqual({ bytes: size, frames: log, checkpointedFrames: checkpointed });
  });

  it('lists the largest tables and indexes on demand', async () => {
    const db = getDb(tempDb()).exec(SETUP);
    const { objects, pageBytes } = await databaseStats(db.name, { objects: 3 });
    expect(objects.map(({ name, type, table }) => [name, type, table])).toEqual([
      ['large', 'table', 'large'],
      ['large_a', 'index', 'large'],
      ['small', 'table', 'small'],
    ]);
    for (const { name, pages, bytes, payloadBytes, unusedBytes } of objects) {
      const own = db.prepare('SELECT pageno, pgsize, payload, unused FROM dbstat(?, 1) WHERE name = ?').raw();
      expect([pages, bytes, payloadBytes, unusedBytes], name).toEqual(own.get('main', name));
      expect(bytes).toBe(pages * pageBytes);
    }
  });

  it('counts what a connection has done, and its statements', async () => {
    const db = new Database(tempDb());
    db.exec(SETUP);
    const kept = db.prepare('SELECT * FROM large');
    kept.all();
    const rows = kept.iterate();
    rows.next();
    const { connection } = await databaseStats(db);
    expect(connection).toMatchObject({ statements: 1, busyStatements: 1, inTransaction: false });
    expect(connection!.cacheHits).toBeGreaterThan(200);
    expect(connection!.cacheWrites).toBeGreaterThan(100);
    expect(connection!.cacheBytes).toBeGreaterThan(100_000);
    expect(connection!.cacheSpills).toBe(0);
    expect((await databaseStats(db)).connection!.cacheHits).toBeGreaterThanOrEqual(connection!.cacheHits);
    rows.return!();

    db.pragma('cache_size = 10');
    db.exec('BEGIN; UPDATE large SET b = zeroblob(999); COMMIT');
    expect((await databaseStats(db)).connection!.cacheSpills).toBeGreaterThan(0);
    db.close();
  });

  it('has the counters of the connection that getDb() has open to a path, and none for a pool', async () => {
    const path = tempDb();
    getDb(path).exec(SETUP);
    expect((await databaseStats(path)).connection).toBeDefined();
    closeDatabase();
    expect((await databaseStats(path)).connection).toBeUndefined();
    const pool = openPool({ path });
    await pool.get('SELECT * FROM small');
    const stats = await databaseStats(pool);
    expect(stats.connection).toBeUndefined();
    expect(stats.connections).toBeGreaterThan(0);
    await pool.close();
  });

  it.runIf(process.platform !== 'win32')('lists who reads, the oldest snapshot first', async () => {
    const db = getDb(tempDb()).exec(SETUP);
    const other = await hold('ferrolite', db.name, 'BEGIN; SELECT count(*) FROM small');
    db.exec('INSERT INTO small VALUES (2)');
    const own = new Database(db.name);
    const rows = own.prepare('SELECT a FROM large').iterate();
    rows.next();
    const { readers } = await databaseStats(db);
    expect(readers).toMatchObject([
      { framesBehind: 1, isThisThread: false, heldMs: undefined },
      { framesBehind: 0, isThisThread: true, pid: process.pid, statements: ['SELECT a FROM large'] },
    ]);
    expect(readers![0]!.pid).not.toBe(process.pid);
    rows.return!();
    own.close();
    await other.release();
    expect((await databaseStats(db)).readers).toEqual([]);
  });

  it('changes neither a database nor the log that a crash has left, and leaves nothing behind', async () => {
    const db = getDb(tempDb()).exec(SETUP);
    const folder = tempDir();
    const copy = join(folder, 'copy.db');
    // As after a crash: the files of a moment, without anybody who has them open.
    for (const suffix of ['', '-wal']) copyFileSync(`${db.name}${suffix}`, `${copy}${suffix}`);
    const before = [digest(copy), digest(`${copy}-wal`)];
    const { wal } = await databaseStats(copy, { objects: 5 });
    expect(wal!.frames).toBeGreaterThan(0);
    expect([digest(copy), digest(`${copy}-wal`)]).toEqual(before);

    closeDatabase();
    const closed = digest(db.name);
    expect((await databaseStats(db.name)).wal).toEqual({ bytes: 0, frames: 0, checkpointedFrames: 0 });
    expect(digest(db.name)).toBe(closed);
    expect(filesBeside(db.name)).toEqual(['test.db']);
  });

  it('knows databases without a log', async () => {
    const path = tempDb();
    new Database(path).exec('PRAGMA auto_vacuum = incremental; CREATE TABLE t (a)').close();
    expect(await databaseStats(path)).toMatchObject({
      journalMode: 'delete',
      autoVacuum: 'incremental',
      wal: undefined,
    });
  });

  it('refuses files that are none, and wrong arguments', async () => {
    const missing = join(tempDir(), 'none.db');
    await expect(databaseStats(missing)).rejects.toMatchObject({
      code: 'SQLITE_CANTOPEN',
      message: `unable to open database file (${JSON.stringify(missing)}: the file does not exist)`,
    });
    expect(filesBeside(missing)).toEqual([]);
    const text = join(tempDir(), 'a.txt');
    writeFileSync(text, 'no database '.repeat(1000));
    await expect(databaseStats(text)).rejects.toMatchObject({ code: 'SQLITE_NOTADB' });
    const loose = databaseStats as (...args: unknown[]) => Promise<unknown>;
    await expect(loose(5)).rejects.toThrow('Expected first argument to be a database, a pool or a path');
    await expect(loose(missing, 5)).rejects.toThrow('Expected second argument to be an options object');
    await expect(loose(missing, { tables: 5 })).rejects.toThrow('Unknown option "tables"');
    await expect(loose(missing, { objects: -1 })).rejects.toThrow(RangeError);
  });

  it('is busy while another connection keeps everybody out', async () => {
    const path = tempDb();
    const db = new Database(path);
    db.exec('PRAGMA locking_mode = exclusive; BEGIN EXCLUSIVE; CREATE TABLE t (a)');
    await expect(databaseStats(path, { busyTimeoutMs: 0 })).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
    db.close();
  });
});
