// A process that is killed in the middle of group commits, and what must be true of its file afterwards. Free of
// the test runner: the short test and the long run both use it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'ferrolite';
import { runUntilKilled } from './kill.mjs';

// Callers that write at once, and say of each write what became of it. One in five fails, one in seven has
// several statements.
const WRITER = `
  const { openPool } = require('ferrolite/pool');
  const { writeSync } = require('node:fs');
  const pool = openPool(process.argv[1], { profile: process.argv[2] });
  const first = Number(process.argv[3]);
  const payload = (id) => Buffer.alloc(10 + id % 900, id);
  async function call(id) {
    if (id % 5 === 0) return pool.run('INSERT INTO log VALUES (?, ?), (0, 0)', [id, payload(id)]);
    if (id % 7 === 0) {
      return pool.batch([['INSERT INTO log VALUES (?, ?)', [id, payload(id)]], ['INSERT INTO twin VALUES (?)', [id]]]);
    }
    return pool.run('INSERT INTO log VALUES (?, ?)', [id, payload(id)]);
  }
  let next = first;
  let told = '';
  const tell = () => { if (told !== '') writeSync(1, told); told = ''; };
  async function caller() {
    for (;;) {
      const id = next++;
      await call(id).then(() => { told += id + '\\n'; }, () => { told += -id + '\\n'; });
      queueMicrotask(tell);
    }
  }
  pool.exec('CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, payload); INSERT OR IGNORE INTO log VALUES (0, 0); CREATE TABLE IF NOT EXISTS twin (id)')
    .then(() => { for (let n = 0; n < 48; n += 1) void caller(); });
`;

/** Starts the writer, and kills it once it has told of `count` writes and some more work was done. */
async function writeUntilKilled(file, profile, first, count, spins) {
  const args = [file, profile, String(first)];
  const when = { isEnough: (said) => said.length >= count * 5, spins };
  const { output, errors, ended } = await runUntilKilled(WRITER, args, when);
  if (ended !== undefined) throw new Error(`the writer ended by itself (${ended}): ${errors}`);
  // The last line can be cut.
  return output.split('\n').slice(0, -1).map(Number);
}

/** What is wrong with the file, after these writes were told of. */
function faultsOf(file, told) {
  const db = new Database(file, { fileMustExist: true });
  try {
    const there = new Set(db.prepare('SELECT id FROM log').pluck().all());
    const faults = told.filter((id) => (id > 0 ? !there.has(id) : there.has(-id)));
    const wrong = db
      .prepare('SELECT id, payload FROM log WHERE id > 0')
      .all()
      .filter(({ id, payload }) => !payload.equals(Buffer.alloc(10 + (id % 900), id)));
    const halves = db
      .prepare('SELECT id FROM log WHERE id % 5 <> 0 AND id % 7 = 0 AND id > 0 EXCEPT SELECT id FROM twin')
      .pluck()
      .all();
    const integrity = db.pragma('integrity_check', { simple: true });
    if (faults.length + wrong.length + halves.length === 0 && integrity === 'ok') return undefined;
    return JSON.stringify({ faults, wrong: wrong.map(({ id }) => id), halves, integrity });
  } finally {
    db.close();
  }
}

/**
 * Kills processes that write through a pool, `kills` times, and checks the file after each.
 *
 * @param random - Numbers in [0, 1).
 * @param onKill - Called after each check with its number.
 * @returns How many writes were told of.
 */
export async function killPools({ kills, random, profile = 'default', onKill = () => {} }) {
  const folder = mkdtempSync(join(tmpdir(), 'ferrolite-crash-'));
  try {
    let acknowledged = 0;
    let file = '';
    let told = [];
    for (let kill = 1; kill <= kills; kill += 1) {
      // A file of its own every now and then: checking a large one takes long.
      if (kill % 10 === 1) {
        file = join(folder, `${kill}.db`);
        told = [];
      }
      const first = 1 + told.reduce((most, id) => Math.max(most, Math.abs(id)), 0) + 1000;
      const count = 1 + Math.floor(random() * 300);
      const heard = await writeUntilKilled(file, profile, first, count, Math.floor(random() * 2e6));
      told.push(...heard);
      acknowledged += heard.length;
      const faults = faultsOf(file, told);
      if (faults !== undefined) throw new Error(`kill ${kill}: ${faults}`);
      onKill(kill);
    }
    return acknowledged;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
