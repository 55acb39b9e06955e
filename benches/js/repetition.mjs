// One process, one trial: opens every driver on a file of its own, checks that their answers are
// equal, measures, and writes one line of JSON to standard output. `scripts/bench.mjs` starts it.
//
// Needs --expose-gc and --single-threaded-gc: garbage then counts as main-thread time.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cpuClock } from './clock.mjs';
import { loadDriver, openEqually, sqliteVersion } from './drivers.mjs';
import { measure } from './measure.mjs';
import { loadTrial } from './trials.mjs';

const options = JSON.parse(process.argv[2]);
const { trial: trialId, directory } = options;
if (typeof globalThis.gc !== 'function') throw new Error('Run with --expose-gc --single-threaded-gc');

const digest = (answer) => createHash('sha256').update(JSON.stringify(answer)).digest('hex');

const folder = mkdtempSync(join(directory, 'bench-'));
try {
  const contestants = [];
  const missing = [];
  for (const name of options.drivers) {
    let driver;
    try {
      driver = await loadDriver(name);
    } catch (error) {
      missing.push({ name, reason: error.message.split('\n')[0] });
      continue;
    }
    const trial = await loadTrial(trialId, name);
    const db = openEqually(driver, join(folder, `${contestants.length}.db`));
    trial.setUp(db);
    contestants.push({ ...trial.prepare(db), name, trial, db });
  }
  if (contestants.length === 0) throw new Error(`No driver could be loaded: ${JSON.stringify(missing)}`);

  const answers = contestants.map(({ answer }) => digest(answer()));
  const odd = contestants.find((_, index) => answers[index] !== answers[0]);
  if (odd) throw new Error(`${trialId}: ${odd.name} answers differently from ${contestants[0].name}`);

  const { runsPerSlot, rounds } = measure(contestants, options);
  const { title, unit, unitsPerRun } = contestants[0].trial;
  const result = {
    trial: trialId,
    title,
    unit,
    unitsPerSlot: unitsPerRun * runsPerSlot,
    cpuClock,
    runtime: { node: process.version, v8: process.versions.v8 },
    sqlite: Object.fromEntries(contestants.map(({ name, db }) => [name, sqliteVersion(db)])),
    missing,
    answer: answers[0],
    rounds,
  };
  for (const { db } of contestants) db.close();
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
