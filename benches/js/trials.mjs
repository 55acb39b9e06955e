// A trial is one file in trials/. It exports:
//   title, unit         what the report calls it, and what one figure is the cost of
//   unitsPerRun         how many units one run is
//   setUp(db)           creates and fills the tables, once per database
//   prepare(db, { driver, path })
//                       prepares statements; returns { run(count), answer(), reset?() }
//     run(count)        the timed work, in a loop of its own
//     answer()          something every driver must agree on, compared before anything is timed
//     reset()           untimed, before each slot, for work that leaves traces
// and where it has something to say about it:
//   needs               what of a driver's adapter it uses; a driver without it is left out
//   runs, maxRounds     a fixed number of runs per slot, the most rounds
//   floor               the same work for the engine alone, see floor.mjs
// The loop stands in the trial's own file, not in a helper it imports: see loadTrial.
import { readdir } from 'node:fs/promises';
import { GOALS } from './goals.mjs';

const ORDER = Object.keys(GOALS);

/** The ids of all trials: those that have a goal first, then the others by name. */
export async function listTrials() {
  const files = await readdir(new URL('./trials/', import.meta.url));
  const found = files.filter((file) => file.endsWith('.mjs')).map((file) => file.slice(0, -'.mjs'.length));
  const rank = (id) => (ORDER.includes(id) ? ORDER.indexOf(id) : ORDER.length);
  return found.toSorted((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/**
 * Imports a trial for one driver only. The query makes it a module instance of its own, so the
 * engine compiles the timed loop for that driver's classes, as in an application with one driver.
 */
export function loadTrial(id, driverName) {
  return import(`./trials/${id}.mjs?driver=${driverName}`);
}
