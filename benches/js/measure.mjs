// Rounds of short slots: every driver runs the same number of times in each round, in a new
// order each time, so that whatever disturbs the machine disturbs all of them.
import { time } from './clock.mjs';
import { seededRandom, shuffled } from './random.mjs';

const WARM_UP_SLOTS = 15;
const MAX_RUNS_PER_SLOT = 1_000_000;

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

/**
 * Measures `contestants` (`{ name, run, reset? }`) and returns `{ runsPerSlot, rounds }`, a round
 * being a map from name to `{ cpuNs, wallNs }` of that slot.
 */
export function measure(contestants, { slotMs, rounds, seed }) {
  const random = seededRandom(seed);
  // Calibrated twice: cold code finds a count to warm up with, warm code the one that is used.
  const coldCount = runsPerSlot(contestants, slotMs);
  for (let done = 0; done < WARM_UP_SLOTS; done++) {
    for (const contestant of contestants) slot(contestant, coldCount);
  }
  const count = runsPerSlot(contestants, slotMs);
  const results = [];
  for (let round = 0; round < rounds; round++) {
    globalThis.gc();
    const slots = {};
    for (const contestant of shuffled(contestants, random)) slots[contestant.name] = slot(contestant, count);
    results.push(slots);
  }
  return { runsPerSlot: count, rounds: results };
}
