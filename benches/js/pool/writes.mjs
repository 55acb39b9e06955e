// Acknowledged inserts a second, each a transaction of its own to its caller, and the fsync of the folder.
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { loadDriver, openEqually } from '../drivers.mjs';
import { spread } from '../statistics.mjs';
import { equalPool, POOL, prepareFile } from './ways.mjs';

const INSERT = 'INSERT INTO log (line) VALUES (?)';
const SYNCHRONOUS = { NORMAL: 1, FULL: 2 };
const PAGE = Buffer.alloc(4096, 1);
const FSYNCS = 60;

/** What one fsync() after a page costs in this folder: a spread of milliseconds. */
function fsyncMs(home) {
  const fd = openSync(join(home, 'fsync'), 'w');
  const times = [];
  for (let done = 0; done < FSYNCS; done++) {
    writeSync(fd, PAGE);
    const started = performance.now();
    fsyncSync(fd);
    times.push(performance.now() - started);
  }
  closeSync(fd);
  return spread(times);
}

/** Callers that await the pool: alone in a transaction, or together with whoever waits. */
async function throughPool(file, { callers, group, synchronous, durationMs }) {
  const pool = equalPool(file, {
    pragmas: { synchronous: SYNCHRONOUS[synchronous] },
    acquireTimeoutMs: Infinity,
    maxHoldMs: Infinity,
  });
  const write = group
    ? (line) => pool.run(INSERT, [line])
    : (line) => pool.transaction((tx) => tx.run(INSERT, [line]));
  let writes = 0;
  const call = async (until, caller) => {
    while (performance.now() < until) {
      await write(`line of ${caller}`);
      writes += 1;
    }
  };
  const all = async (ms) => {
    const started = performance.now();
    await Promise.all(Array.from({ length: callers }, (_, caller) => call(started + ms, caller)));
    return performance.now() - started;
  };
  await all(durationMs / 4);
  writes = 0;
  const before = pool.stats();
  const tookMs = await all(durationMs);
  const { groups, groupedWrites } = pool.stats();
  await pool.close();
  const grouped = groups - before.groups;
  return {
    perSecond: (writes * 1000) / tookMs,
    writesPerGroup: grouped > 0 ? (groupedWrites - before.groupedWrites) / grouped : null,
  };
}

/** A loop: the calls of a synchronous driver come one after the other, however many callers there are. */
async function oneByOne(file, { synchronous, durationMs }) {
  const db = openEqually(await loadDriver('better-sqlite3'), file);
  db.exec(`PRAGMA synchronous = ${SYNCHRONOUS[synchronous]}`);
  const statement = db.prepare(INSERT);
  const all = (ms) => {
    const started = performance.now();
    let writes = 0;
    for (; performance.now() < started + ms; writes++) statement.run('line of the caller');
    return (writes * 1000) / (performance.now() - started);
  };
  all(durationMs / 4);
  const perSecond = all(durationMs);
  db.close();
  return { perSecond };
}

export async function run(home, options) {
  const file = join(home, 'writes.db');
  await prepareFile(options.way, file, (db) =>
    db.exec('CREATE TABLE log (id INTEGER PRIMARY KEY, line TEXT)'),
  );
  const fsync = fsyncMs(home);
  const result = await (options.way === POOL ? throughPool(file, options) : oneByOne(file, options));
  return { ...result, fsyncMs: fsync };
}
