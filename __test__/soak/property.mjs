// Random programs against better-sqlite3, with a new seed in each round, until the time is up. A difference ends
// the run and prints the seed, the path and the program that shows it; see ../property/steps.mts.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import * as fc from 'fast-check';
import { outcomeOf } from '../property/program.mts';
import { program } from '../property/steps.mts';

const PROGRAMS_A_ROUND = 2000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    seed: { type: 'string', default: String(Date.now() >>> 0) },
  },
});
const require = createRequire(import.meta.url);
const [ours, theirs] = [require('ferrolite'), require('better-sqlite3')];
const end = performance.now() + Number(values.seconds) * 1000;
// fast-check takes seeds of 32 bits.
let seed = Number(values.seed) | 0;
let programs = 0;

const property = fc.property(program, (each) =>
  assert.deepEqual(outcomeOf(ours, each), outcomeOf(theirs, each)),
);
do {
  console.log(`seed ${seed}: ${PROGRAMS_A_ROUND} programs`);
  fc.assert(property, { seed, numRuns: PROGRAMS_A_ROUND });
  programs += PROGRAMS_A_ROUND;
  seed = (seed + 1) | 0;
  // A turn of the event loop, in which what was collected is finalized.
  await new Promise((resolve) => setImmediate(resolve));
} while (performance.now() < end);
console.log(`${programs} random programs, every answer as better-sqlite3 gives it`);
