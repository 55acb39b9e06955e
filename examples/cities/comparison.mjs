// Ours beside its peers, each on files of its own.
//
// Two SQLite libraries in one process must never have the same file open: closing it in one drops
// the file locks of the other. So every driver gets a copy, with equal pragmas; the drivers take
// turns in a new order each round, and the median round counts. Answers must be equal.
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { digest } from '../../benches/js/digest.mjs';
import { DRIVERS, loadDriver, openEqually } from '../../benches/js/drivers.mjs';
import { seededRandom, shuffled } from '../../benches/js/random.mjs';
import { quantile } from '../../benches/js/statistics.mjs';
import { importCities } from './import.mjs';
import { number } from './output.mjs';
import * as queries from './queries.mjs';

const LOOKUPS = 20_000;
const QUERY_ROUNDS = 7;
const IMPORT_ROUNDS = 3;
const EUROPE = { south: 35, north: 60, west: -10, east: 30 };

/** The drivers that load here, ours first, and the reasons of those that do not. */
export async function loadDrivers() {
  const drivers = [];
  const missing = [];
  for (const name of DRIVERS) {
    try {
      drivers.push(await loadDriver(name));
    } catch (error) {
      // Without ours there is nothing to compare; a peer that cannot load here is only reported.
      if (name === 'ferrolite') throw error;
      missing.push({ name, reason: error.message.split('\n')[0] });
    }
  }
  return { drivers, missing };
}

/**
 * Compares `drivers` on imports of `cities` and on queries of copies of `file`, a database of
 * those cities that nobody else has open. Calls `onResult({ title, medianMs })` with the median
 * by driver name after each comparison.
 */
export async function compare({ drivers, cities, file, folder, onResult }) {
  const random = seededRandom(1);
  const importTitle = `import of ${number(cities.length)} rows`;
  const importRun = (driver, wantsAnswer) => importInto(driver, cities, folder, wantsAnswer);
  onResult(await race(importTitle, drivers, IMPORT_ROUNDS, random, importRun));

  const contestants = drivers.map((driver, index) => {
    const path = join(folder, `copy-${index}.db`);
    copyFileSync(file, path);
    return { name: driver.name, path, db: openEqually(driver, path) };
  });
  try {
    for (const [title, ask] of questions(cities, random)) {
      const run = ({ db }) => timed(() => ask(db));
      onResult(await race(title, contestants, QUERY_ROUNDS, random, run));
    }
  } finally {
    for (const { db, path } of contestants) closeAndRemove(db, path);
  }
}

function questions(cities, random) {
  const ids = Array.from({ length: LOOKUPS }, () => cities[Math.floor(random() * cities.length)].id);
  return [
    [`${number(LOOKUPS)} lookups by key`, (db) => queries.lookUp(db, ids)],
    ['  the same in one transaction', (db) => queries.lookUpInTransaction(db, ids)],
    ['range of populations', (db) => queries.withPopulation(db, 50_000, 200_000)],
    ['range: a box of degrees', (db) => queries.within(db, EUROPE)],
    ['full scan: aggregate by country', (db) => queries.byCountry(db)],
    ['full scan: all rows and columns', (db) => queries.everyCity(db)],
    ['iterate over all rows', (db) => queries.peopleByHemisphere(db)],
  ];
}

function importInto(driver, cities, folder, wantsAnswer) {
  const path = join(folder, 'import.db');
  const db = openEqually(driver, path);
  try {
    const { ms } = timed(() => importCities(db, cities));
    return { ms, answer: wantsAnswer ? queries.everyCity(db) : undefined };
  } finally {
    closeAndRemove(db, path);
  }
}

/**
 * Runs every contestant `rounds` times with `run(contestant, wantsAnswer)`, which returns
 * `{ ms, answer }`. A round before the first is not counted: it warms up and compares the answers.
 */
async function race(title, contestants, rounds, random, run) {
  const times = Object.fromEntries(contestants.map(({ name }) => [name, []]));
  const digests = contestants.map((contestant) => digest(run(contestant, true).answer));
  const odd = digests.findIndex((other) => other !== digests[0]);
  if (odd !== -1) {
    throw new Error(`${title}: ${contestants[odd].name} and ${contestants[0].name} disagree on the answer`);
  }
  for (let round = 0; round < rounds; round++) {
    for (const contestant of shuffled(contestants, random)) {
      times[contestant.name].push(run(contestant, false).ms);
      // Between two measurements is the moment to handle a signal.
      await nextTurn();
    }
  }
  const medians = Object.entries(times).map(([name, list]) => [name, quantile(list, 0.5)]);
  return { title, medianMs: Object.fromEntries(medians) };
}

function timed(work) {
  // One driver's garbage is not to be collected on another one's time.
  globalThis.gc?.();
  const before = performance.now();
  const answer = work();
  return { ms: performance.now() - before, answer };
}

function closeAndRemove(db, path) {
  db.close();
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}
