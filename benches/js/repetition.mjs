// One process, one trial: opens every driver on a file of its own, checks that their answers are
// equal, measures (unless `rounds` is 0), and writes one line of JSON to standard output.
// `scripts/bench.mjs` starts it.
//
// What the process needs, so that garbage counts as main-thread time, is in clock.mjs.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cpuClock } from './clock.mjs';
import { digest } from './digest.mjs';
import { loadDriver, openEqually, sqliteVersion } from './drivers.mjs';
import { measure } from './measure.mjs';
import { loadTrial } from './trials.mjs';

const options = JSON.parse(process.argv[2]);
const { trial: trialId, directory } = options;

const folder = mkdtempSync(join(directory, 'bench-'));
try {
  const contestants = [];
  const missing = [];
  const absent = [];
  for (const name of options.drivers) {
    let driver;
    try {
      driver = await loadDriver(name);
    } catch (error) {
      missing.push({ name, reason: error.message.split('\n')[0] });
      continue;
    }
    const trial = await loadTrial(trialId, name);
    const need = (trial.needs ?? []).find((feature) => driver[feature] === undefined);
    if (need !== undefined) {
      absent.push({ name, reason: driver.lacks[need] ?? `has no ${need}` });
      continue;
    }
    const path = join(folder, `${contestants.length}.db`);
    const db = openEqually(driver, path);
    trial.setUp(db);
    contestants.push({ ...trial.prepare(db, { driver, path }), name, trial, db });
  }
  if (contestants.length === 0) throw new Error(`No driver could be loaded: ${JSON.stringify(missing)}`);

  const answers = contestants.map(({ answer }) => digest(answer()));
  const odd = contestants.find((_, index) => answers[index] !== answers[0]);
  if (odd) throw new Error(`${trialId}: ${odd.name} answers differently from ${contestants[0].name}`);

  const { title, unit, unitsPerRun, runs, maxRounds = options.rounds } = contestants[0].trial;
  const { runsPerSlot, rounds } =
    options.rounds === 0
      ? { runsPerSlot: 0, rounds: [] }
      : measure(contestants, {
          ...options,
          rounds: Math.min(options.rounds, maxRounds),
          runs: options.runs ?? runs,
        });
  const { node, v8, bun } = process.versions;
  const result = {
    trial: trialId,
    title,
    unit,
    runsPerSlot,
    unitsPerSlot: unitsPerRun * runsPerSlot,
    cpuClock,
    runtime: bun === undefined ? { node, v8 } : { bun },
    sqlite: Object.fromEntries(contestants.map(({ name, db }) => [name, sqliteVersion(db)])),
    missing,
    absent,
    answer: answers[0],
    rounds,
  };
  for (const { db } of contestants) db.close();
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
