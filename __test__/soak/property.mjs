// Random programs against better-sqlite3 and node:sqlite, with a new seed in each round, until the time is up. A
// difference ends the run and prints the seed, the path and the program that shows it; see ../property.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import * as fc from 'fast-check';
import { outcomeOf } from '../property/program.mts';
import { engineOfNode, outcomeOfNode, outcomeOfOurs } from '../property/relational/on-node.mts';
import { program as relational, script } from '../property/relational/program.mts';
import { outcomeOf as outcomeOfRelational } from '../property/relational/run.mts';
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

const same = (outcome, expected, arbitrary) =>
  fc.property(arbitrary, (each) => assert.deepEqual(outcome(each), expected(each)));
const properties = {
  'over one table': same(
    (each) => outcomeOf(ours, each),
    (each) => outcomeOf(theirs, each),
    program,
  ),
  'over several tables': same(
    (each) => outcomeOfRelational(ours, each),
    (each) => outcomeOfRelational(theirs, each),
    relational,
  ),
};
const engine = new ours(':memory:').prepare('SELECT sqlite_version()').pluck().get();
const hasNodes = engineOfNode() === engine;
if (hasNodes)
  properties['with node:sqlite'] = same((each) => outcomeOfOurs(ours, each), outcomeOfNode, script);

do {
  for (const [name, property] of Object.entries(properties)) {
    console.log(`seed ${seed}: ${PROGRAMS_A_ROUND} programs ${name}`);
    fc.assert(property, { seed, numRuns: PROGRAMS_A_ROUND });
    programs += PROGRAMS_A_ROUND;
    // A turn of the event loop, in which what was collected is finalized.
    await new Promise((resolve) => setImmediate(resolve));
  }
  seed = (seed + 1) | 0;
} while (performance.now() < end);
const others = hasNodes ? 'better-sqlite3 and node:sqlite give' : 'better-sqlite3 gives';
console.log(`${programs} random programs, every answer as ${others} it`);
