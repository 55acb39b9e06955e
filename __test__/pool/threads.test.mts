// The system gives no more threads: calls are refused, and served again once it does.
import { describe, expect, it } from 'vitest';
import { inChild } from '../helpers/in-child.mts';
import { tempDb } from '../helpers/temp-db.mts';

/** What calls come to while the process may have no more memory for stacks, and afterwards. */
async function withoutThreads(file: string) {
  const { openPool } = require('ferrolite/pool') as typeof import('ferrolite/pool');
  const { execFileSync } = require('node:child_process') as typeof import('node:child_process');
  const { readFileSync } = require('node:fs') as typeof import('node:fs');
  const limit = (bytes: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(process.pid), `--as=${bytes}:unlimited`]);
  const pages = () => Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[0]);
  // Room for everything but the stack of a thread, which has 2 MiB.
  const none = () => limit(pages() * 4096 + 2 ** 20);
  const outcome = (call: Promise<unknown>) =>
    call.then(
      () => 'done',
      (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
    );
  const pool = openPool(file, { readers: 2 });
  // A reader that has answered is held for a moment longer.
  const rested = async () => {
    while (pool.stats().readers > 0 && pool.stats().idleReaders === 0) await new Promise(setImmediate);
  };
  const reads = async (sql: string, before: () => Promise<void> = async () => undefined) => {
    const outcomes: string[] = [];
    for (const call of [
      () => pool.get(sql),
      () => pool.read((snapshot) => snapshot.get(sql)),
      () => pool.iterate(sql).next(),
    ]) {
      await before();
      outcomes.push(await outcome(call()));
    }
    return outcomes;
  };
  const writes = async () => [
    await outcome(pool.run('CREATE TABLE IF NOT EXISTS t (v)')),
    await outcome(pool.all('INSERT INTO t VALUES (1) RETURNING v')),
    await outcome(pool.transaction((tx) => tx.run('INSERT INTO t VALUES (2)'))),
  ];
  limit('unlimited');
  none();
  const nothing = [...(await writes()), ...(await reads('SELECT 1'))];
  const threadsAtFirst = pool.stats().threads;
  limit('unlimited');
  await pool.run('CREATE TABLE IF NOT EXISTS t (v)');
  none();
  const onlyWriter = { writes: await writes(), reads: await reads('SELECT 1') };
  limit('unlimited');
  await pool.get('SELECT 1');
  none();
  const oneReader = { writes: await writes(), reads: await reads('SELECT 1', rested) };
  await rested();
  const held = await pool.read(async (snapshot) => ({
    own: await outcome(snapshot.get('SELECT 1')),
    others: [...(await reads('SELECT 1')), ...(await reads('SELECT 2'))],
    writes: await writes(),
  }));
  limit('unlimited');
  const again = [...(await writes()), ...(await reads('SELECT 1'))];
  const { waiting, running } = pool.stats();
  await pool.close();
  return { nothing, threadsAtFirst, onlyWriter, oneReader, held, again, waiting, running };
}

const refused = expect.stringMatching(/^FERROLITE_NO_THREAD: The system gives the pool no thread: ./);
const times = (count: number, what: unknown) => Array.from({ length: count }, () => what);

describe.runIf(process.platform === 'linux')('threads that cannot start', () => {
  it('refuse what needs them, leave the rest, and start when they can', () => {
    expect(inChild(withoutThreads, [tempDb()])).toEqual({
      nothing: times(6, refused),
      threadsAtFirst: 0,
      onlyWriter: { writes: times(3, 'done'), reads: times(3, refused) },
      oneReader: { writes: times(3, 'done'), reads: times(3, 'done') },
      held: { own: 'done', others: times(6, refused), writes: times(3, 'done') },
      again: times(6, 'done'),
      waiting: 0,
      running: 0,
    });
  });
});
