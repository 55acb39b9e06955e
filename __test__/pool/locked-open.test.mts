// A file that another process has locked when a pool opens it: no call and no end waits for that lock.
import Database from 'ferrolite';
import { openPool } from 'ferrolite/pool';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hold } from '../helpers/hold.mts';
import { tempDb } from '../helpers/temp-db.mts';
import { until } from './support.mts';

/** For ever, as far as tests are concerned. */
const LONG = 2 ** 31 - 1;
const reason = new Error('enough');

async function locked(path: string): Promise<() => Promise<void>> {
  const holder = await hold('.', path, 'BEGIN EXCLUSIVE');
  let released: Promise<void> | undefined;
  const release = () => (released ??= holder.release());
  onTestFinished(release);
  return release;
}

/** A file with a rollback journal, where a lock for writing keeps readers out as well. */
function withTable(): string {
  const path = tempDb();
  new Database(path).exec('CREATE TABLE t (v); INSERT INTO t VALUES (1)').close();
  return path;
}

describe('a file that is locked', () => {
  it.each([
    ['by a pool that writes', {}],
    ['by a pool that only reads', { readonly: true }],
  ])('%s can be given up, and closed, while it is opened', async (_, options) => {
    const path = withTable();
    const release = await locked(path);
    const pool = openPool(path, { busyTimeoutMs: LONG, ...options });
    const stop = new AbortController();
    const call = pool.all('SELECT v FROM t', [], { signal: stop.signal });
    await until(() => pool.stats().threads > 0);
    stop.abort(reason);
    await expect(call).rejects.toBe(reason);
    const other = pool.all('SELECT v FROM t').catch((error: { code: string }) => error.code);
    await pool.close({ drainMs: 0 });
    expect(await other).toBe('FERROLITE_POOL_CLOSED');
    await release();
  });

  it('after the writer has opened it: a reader can be given up, and others find it later', async () => {
    const path = withTable();
    const pool = openPool(path, { busyTimeoutMs: LONG, pragmas: { journal_mode: 'delete' } });
    onTestFinished(() => pool.close({ drainMs: 0 }));
    await pool.run('INSERT INTO t VALUES (2)');
    const release = await locked(path);
    const stop = new AbortController();
    const { signal } = stop;
    const call = pool.all('SELECT v FROM t', [], { signal });
    const snapshot = pool.read((reader) => reader.all('SELECT v FROM t'), { signal });
    await until(() => pool.stats().running === 2);
    stop.abort(reason);
    const ended = await Promise.allSettled([call, snapshot]);
    expect(ended).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    await release();
    expect(await pool.all('SELECT v FROM t', [], { pluck: true })).toEqual([1, 2]);
  });
});
