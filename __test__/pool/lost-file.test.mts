// The file is deleted, or another one takes its name, while a pool has it open.
import { existsSync, renameSync, rmSync } from 'node:fs';
import Database from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { tempDb } from '../helpers/temp-db.mts';
import { poolOn, rejection, until } from './support.mts';

const LOST = {
  name: 'FerroliteError',
  code: 'FERROLITE_FILE_REPLACED',
  message: expect.stringMatching(
    /^The file was deleted or replaced beneath the pool, and what is written to it is lost: close the pool and open another one \(".+"/,
  ),
};

/** A pool that has read a file with a row `old`. */
async function poolOnOld(options = {}) {
  const path = tempDb();
  const pool = poolOn(path, { readers: 1, ...options });
  await pool.exec("CREATE TABLE t (v); INSERT INTO t VALUES ('old')");
  await pool.all('SELECT v FROM t');
  expect(pool.stats().fileIsLost).toBe(false);
  return { path, pool };
}

function fileWith(value: string): string {
  const path = tempDb();
  new Database(path).exec(`CREATE TABLE t (v); INSERT INTO t VALUES ('${value}')`).close();
  return path;
}

function remove(path: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
}

const valuesOf = (path: string): unknown[] => {
  const db = new Database(path, { readonly: true });
  const values = db.prepare('SELECT v FROM t').pluck().all();
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  db.close();
  return values;
};

describe.runIf(process.platform !== 'win32')('a file that is', () => {
  it.each([
    ['deleted', (path: string) => remove(path)],
    [
      'replaced',
      (path: string) => {
        remove(path);
        renameSync(fileWith('new'), path);
      },
    ],
  ])('%s: connections go on with what they have, no other is opened, and stats() tells', async (_, lose) => {
    const { path, pool } = await poolOnOld();
    lose(path);
    expect(pool.stats().fileIsLost).toBe(true);
    expect(await pool.all('SELECT v FROM t')).toEqual([{ v: 'old' }]);
    await pool.run("INSERT INTO t VALUES ('lost')");
    // The open reader is held: all others need a new one.
    const errors = await pool.read(async (snapshot) => {
      expect(await snapshot.all('SELECT v FROM t', [], { pluck: true })).toEqual(['old', 'lost']);
      return [
        await rejection(pool.all('SELECT v FROM t')),
        await rejection(pool.read((other) => other.all('SELECT v FROM t'))),
        await rejection(pool.iterate('SELECT v FROM t').next()),
      ];
    });
    expect(errors).toEqual([LOST, LOST, LOST]);
    await pool.close();
    expect(pool.stats()).toMatchObject({ threads: 0, fileIsLost: false });
    if (existsSync(path)) expect(valuesOf(path)).toEqual(['new']);
  });

  it('replaced while no reader is open is not read', async () => {
    const { path, pool } = await poolOnOld({ readerIdleMs: 1 });
    await until(() => pool.stats().threads === 1);
    remove(path);
    renameSync(fileWith('new'), path);
    expect(await rejection(pool.all('SELECT v FROM t'))).toEqual(LOST);
    await pool.close();
    const next = poolOn(path);
    expect(await next.all('SELECT v FROM t')).toEqual([{ v: 'new' }]);
  });

  it('deleted before a reader has opened it: reads are refused, and writes go on', async () => {
    const path = tempDb();
    const pool = poolOn(path);
    await pool.exec('CREATE TABLE t (v)');
    remove(path);
    // No reader has seen the text: the writer waits for what one finds out about it.
    expect(await rejection(pool.all('SELECT v FROM t'))).toEqual(LOST);
    expect(await rejection(pool.iterate('SELECT v AS w FROM t').next())).toEqual(LOST);
    expect(await pool.run('INSERT INTO t VALUES (1)')).toEqual({ changes: 1, lastInsertRowid: 1 });
    expect(await pool.transaction((tx) => tx.get('SELECT v FROM t'))).toEqual({ v: 1 });
  });

  it('replaced, with a log that another process writes: the end of the pool leaves that alone', async () => {
    const { path, pool } = await poolOnOld();
    remove(path);
    const other = poolOn(path);
    await other.exec("CREATE TABLE t (v); INSERT INTO t VALUES ('new')");
    await pool.run("INSERT INTO t VALUES ('lost')");
    await pool.close();
    expect(existsSync(`${path}-wal`)).toBe(true);
    await other.run("INSERT INTO t VALUES ('newer')");
    await other.close();
    expect(valuesOf(path)).toEqual(['new', 'newer']);
  });

  it('moved away and back is found again', async () => {
    const { path, pool } = await poolOnOld();
    renameSync(path, `${path}.away`);
    expect(pool.stats().fileIsLost).toBe(true);
    renameSync(`${path}.away`, path);
    expect(pool.stats().fileIsLost).toBe(false);
    const [held, other] = await pool.read(async (snapshot) => [
      await snapshot.all('SELECT v FROM t'),
      await pool.all('SELECT v FROM t'),
    ]);
    expect(held).toEqual(other);
  });
});
