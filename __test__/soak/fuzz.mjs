// Calls of the whole interface with hostile values, with a new seed in each process, until the time is up. A finding
// ends the run and prints its seed and the last calls; see ../fuzz/run.mjs.
import { parseArgs } from 'node:util';
import { CALLS_PER_PROCESS, fuzzOnce } from '../fuzz/run.mjs';

/** Now and then a process lives long, to find what piles up. */
const LONG_EVERY = 10;
const LONG_CALLS = 10 * CALLS_PER_PROCESS;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    seed: { type: 'string', default: String(Date.now() >>> 0) },
    calls: { type: 'string' },
  },
});
const end = performance.now() + Number(values.seconds) * 1000;
let seed = Number(values.seed) >>> 0;
let made = 0;

for (let process = 1; performance.now() < end; process += 1) {
  const calls = Number(values.calls ?? (process % LONG_EVERY === 0 ? LONG_CALLS : CALLS_PER_PROCESS));
  console.log(`seed ${seed}: ${calls} calls`);
  const result = await fuzzOnce({ seed, calls });
  made += result.calls;
  if (result.finding !== undefined) {
    console.error(result.finding);
    console.error(
      `again: node --expose-gc __test__/soak/fuzz.mjs --seconds 1 --seed ${seed} --calls ${calls}`,
    );
    throw new Error(`seed ${seed} has found something after ${result.calls} calls`);
  }
  seed = (seed + 1) >>> 0;
}
console.log(`${made} calls of the interface with hostile values: nothing found`);
