// A writer that is killed at a random moment, and what must be true of its file afterwards. Free of
// the test runner: the short test and the long run both use it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesOf, projectRoot, runUntilKilled } from './kill.mjs';

// Commits transactions and acknowledges each after its commit. A row holds what it takes to see
// whether a transaction is there as a whole, with values of every way through the batch and back.
const WRITER = `
  const { getDb } = require('ferrolite');
  const { writeSync } = require('node:fs');
  const db = getDb(process.argv[1], { profile: process.argv[2] });
  db.exec('CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, round INTEGER, part INTEGER, payload)');
  const insert = db.prepare('INSERT INTO log (round, part, payload) VALUES (?, ?, ?)');
  const shrink = db.prepare('DELETE FROM log WHERE round < ? - 40');
  const write = db.transaction((round) => {
    for (let part = 0; part < 5; part += 1) insert.run(round, part, Buffer.alloc(200 * (1 + part * part), round));
    shrink.run(round);
  });
  let round = (db.prepare('SELECT max(round) FROM log').pluck().get() ?? 0) + 1;
  for (;;) {
    write.immediate(round);
    writeSync(1, round + '\\n');
    if (round % 25 === 0) db.pragma('wal_checkpoint(TRUNCATE)');
    round += 1;
  }
`;

const CHECKER = `
  const Database = require('ferrolite');
  const db = new Database(process.argv[1], { fileMustExist: true });
  const broken = db.prepare('SELECT round FROM log GROUP BY round HAVING count(*) <> 5 OR sum(part) <> 10').pluck().all();
  const payloads = db.prepare('SELECT round, part, payload FROM log').raw().all();
  const wrong = payloads.filter(([round, part, payload]) =>
    !payload.equals(Buffer.alloc(200 * (1 + part * part), round))).length;
  console.log(JSON.stringify({
    integrity: db.pragma('integrity_check', { simple: true }),
    last: db.prepare('SELECT max(round) FROM log').pluck().get() ?? 0,
    broken, wrong,
  }));
  db.close();
`;

/** Starts the writer and kills it once it has acknowledged `rounds` transactions and some more work was done. */
async function writeUntilKilled(file, profile, rounds, spins) {
  const when = { isEnough: (said) => linesOf(said) >= rounds, spins };
  const { output, errors, ended } = await runUntilKilled(WRITER, [file, profile], when);
  if (ended !== undefined) throw new Error(`the writer ended by itself (${ended}): ${errors}`);
  return Number(output.trimEnd().split('\n').at(-1));
}

/**
 * Kills writers on one file, `kills` times, and checks the file after each.
 *
 * @param random - Numbers in [0, 1).
 * @param onKill - Called after each check with its number.
 * @returns How many transactions were acknowledged.
 */
export async function killWriters({ kills, random, profile = 'default', onKill = () => {} }) {
  const folder = mkdtempSync(join(tmpdir(), 'ferrolite-crash-'));
  try {
    const file = join(folder, 'log.db');
    let acknowledged = 0;
    for (let kill = 1; kill <= kills; kill += 1) {
      const rounds = 1 + Math.floor(random() * 60);
      acknowledged = await writeUntilKilled(file, profile, rounds, Math.floor(random() * 2e6));
      const checker = spawnSync(process.execPath, ['-e', CHECKER, file], {
        cwd: projectRoot,
        encoding: 'utf8',
      });
      if (checker.status !== 0) throw new Error(`kill ${kill}: the check failed: ${checker.stderr}`);
      const state = JSON.parse(checker.stdout);
      // One transaction more than acknowledged may be there: killed after the commit, before the word of it.
      const complete = state.last === acknowledged || state.last === acknowledged + 1;
      if (state.integrity !== 'ok' || state.broken.length > 0 || state.wrong > 0 || !complete) {
        throw new Error(`kill ${kill}, acknowledged ${acknowledged}: ${JSON.stringify(state)}`);
      }
      onKill(kill, state.last);
    }
    return acknowledged;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
