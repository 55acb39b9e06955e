// The disk is full in the middle of groups: what was acknowledged is there, and nothing else.
import { describe, expect, it } from 'vitest';
import { canMount, onTmpfs } from '../client/support.mts';
import { inChild } from '../helpers/in-child.mts';
import { tempDir } from '../helpers/temp-db.mts';

/** Writes until nothing fits, makes room, and writes on. */
async function fill(directory: string, how: 'disk' | 'limit', durable: boolean) {
  const Database = require('ferrolite') as typeof import('ferrolite');
  const { openPool } = require('ferrolite/pool') as typeof import('ferrolite/pool');
  const { execFileSync } = require('node:child_process') as typeof import('node:child_process');
  const fs = require('node:fs') as typeof import('node:fs');
  const path = `${directory}/full.db`;
  const filler = `${directory}/filler`;
  const limit = (bytes: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]);
  // Without somebody who hears of it the signal ends the process.
  process.on('SIGXFSZ', () => undefined);
  const pool = openPool(path, { durable });
  await pool.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE TABLE twin (id)');
  if (how === 'disk') fs.writeFileSync(filler, Buffer.alloc(2 ** 20));
  else limit(2 ** 20);
  const acknowledged: number[] = [];
  const codes = new Set<string>();
  let next = 1;
  const write = async () => {
    const id = next;
    next += 1;
    const insert = ['INSERT INTO t VALUES (?, zeroblob(20000))', [id]] as const;
    const call =
      id % 7 === 0
        ? pool.batch([
            [insert[0], insert[1]],
            ['INSERT INTO twin VALUES (?)', [id]],
          ])
        : pool.run(insert[0], insert[1]);
    await call.then(
      () => acknowledged.push(id),
      (error: { code: string }) => codes.add(error.code),
    );
  };
  const rounds = 12;
  for (let round = 0; round < rounds; round += 1) await Promise.all(Array.from({ length: 25 }, write));
  const fitted = acknowledged.length;
  const transaction = await pool
    .transaction(async (tx) => {
      for (let id = -1; id > -200; id -= 1) await tx.run('INSERT INTO t VALUES (?, zeroblob(20000))', [id]);
      return 'committed';
    })
    .catch((error: { code: string }) => error.code);
  const readable = await pool.get<number>('SELECT count(*) FROM t', [], { pluck: true });
  if (how === 'disk') fs.rmSync(filler);
  else limit('unlimited');
  await Promise.all(Array.from({ length: 10 }, write));
  const { waiting, running, replaced } = pool.stats();
  await pool.close();
  const db = new Database(path);
  const there = db.prepare('SELECT id FROM t ORDER BY id').pluck().all();
  const twins = db.prepare('SELECT id FROM twin ORDER BY id').pluck().all();
  const integrity = db.pragma('integrity_check', { simple: true });
  db.close();
  const ids = acknowledged.toSorted((a, b) => a - b);
  return {
    fitted: fitted > 0 && fitted < 25 * rounds,
    readable: readable === fitted,
    afterwards: acknowledged.length - fitted,
    codes: [...codes],
    transaction,
    exact: JSON.stringify(there) === JSON.stringify(ids),
    twins: JSON.stringify(twins) === JSON.stringify(ids.filter((id) => id % 7 === 0)),
    integrity,
    waiting,
    running,
    replaced,
  };
}

const whole = {
  fitted: true,
  readable: true,
  afterwards: 10,
  exact: true,
  twins: true,
  integrity: 'ok',
  waiting: 0,
  running: 0,
  replaced: 0,
};

describe.each([false, true])('with durable %j', (durable) => {
  it.runIf(canMount)('a disk that is full refuses with SQLITE_FULL what does not fit', () => {
    const directory = tempDir();
    const outcome = inChild(fill, [directory, 'disk', durable], { prefix: onTmpfs(directory, 3072) });
    expect(outcome).toEqual({ ...whole, codes: ['SQLITE_FULL'], transaction: 'SQLITE_FULL' });
  });

  it.runIf(process.platform === 'linux')('a file that may not grow refuses with SQLITE_IOERR_WRITE', () => {
    const outcome = inChild(fill, [tempDir(), 'limit', durable]);
    expect(outcome).toEqual({
      ...whole,
      codes: ['SQLITE_IOERR_WRITE'],
      transaction: 'SQLITE_IOERR_WRITE',
    });
  });
});
