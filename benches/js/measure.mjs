// Rounds of short slots: every driver runs the same number of times in each round, in a new
// order each time, so that whatever disturbs the machine disturbs all of them.
import { collect, time } from './clock.mjs';
import { seededRandom, shuffled } from './random.mjs';

const MAX_RUNS_PER_SLOT = 1_000_000;
/** Warm-up takes as many slots as half of the rounds, and these few where a slot is long. */
const MIN_WARM_UP_SLOTS = 2;
/** Below this many rounds a quarter is a guess. */
const MIN_ROUNDS = 5;

function slot(contestant, count) {
  contestant.reset?.();
  return time(() => contestant.run(count));
}

/**
 * How many runs take the fastest contestant about `slotMs`. All get that same number: with work
 * of the same size in each slot, costs that come by size (a checkpoint, a page split) are equal.
 */
function runsPerSlot(contestants, slotMs) {
  const wantedNs = slotMs * 1e6;
  let count = 1;
  for (;;) {
    const fastestNs = Math.min(...contestants.map((contestant) => slot(contestant, count).cpuNs));
    if (fastestNs >= wantedNs * 0.8 || count >= MAX_RUNS_PER_SLOT) return count;
    // The first slots run cold code: grow in steps, and let the last step be measured warm.
    const growth = fastestNs > 0 ? wantedNs / fastestNs : 10;
    count = Math.min(MAX_RUNS_PER_SLOT, Math.max(count + 1, Math.round(count * Math.min(growth, 4))));
  }
}

/** Runs every contestant, up to `slots` times or until `budgetMs` are over; how long a round took. */
function warmUp(contestants, count, slots, budgetMs) {
  const started = performance.now();
  let done = 0;
  while (done < slots && (done < MIN_WARM_UP_SLOTS || performance.now() - started < budgetMs)) {
    for (const contestant of contestants) slot(contestant, count);
    done++;
  }
  return (performance.now() - started) / done;
}

/**
 * Measures `contestants` (`{ name, run, reset? }`) and returns `{ runsPerSlot, rounds }`, a round
 * being a map from name to `{ cpuNs, wallNs }` of that slot. `budgetMs` lowers the number of
 * rounds of work that is long; `runs` is a fixed number of runs per slot, for work that cannot be
 * repeated at will.
 */
export function measure(contestants, { slotMs, rounds, seed, budgetMs, runs }) {
  const random = seededRandom(seed);
  const slots = Math.ceil(rounds / 2);
  // The only full one: an application has one every few seconds and not before every slot, and V8
  // throws away compiled code whose objects it does not find alive.
  collect.full();
  // Calibrated twice: cold code finds a count to warm up with, warm code the one that is used.
  const coldCount = runs ?? runsPerSlot(contestants, slotMs);
  let roundMs = warmUp(contestants, coldCount, slots, budgetMs / 2);
  const count = runs ?? runsPerSlot(contestants, slotMs);
  roundMs *= count / coldCount;
  const affordable = Math.max(MIN_ROUNDS, Math.floor(budgetMs / roundMs));
  const results = [];
  for (let round = 0; round < Math.min(rounds, affordable); round++) {
    const taken = {};
    for (const contestant of shuffled(contestants, random)) taken[contestant.name] = slot(contestant, count);
    results.push(taken);
  }
  return { runsPerSlot: count, rounds: results };
}
