// The models of the pool's threads with one more switch between threads than in `npm test`: the orders that fit into
// the time, of which each model has its part.
//
//   node __test__/soak/loom.mjs [--seconds 120] [--preemptions 3]
import { parseArgs } from 'node:util';
import { runModels } from '../../scripts/lib/loom.mjs';
import { seconds } from '../../scripts/lib/run.mjs';
import { fromCargo } from '../../scripts/lib/tally.mjs';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '120' }, preemptions: { type: 'string', default: '3' } },
});
const MODELS = 10;
/** For building, and for what a model takes until it looks at the clock. */
const GRACE_SECONDS = 100;

const started = performance.now();
const budget = Number(values.seconds);
const modelSeconds = Math.max(1, Math.floor(budget / MODELS));
const { ok, output } = await runModels({
  preemptions: Number(values.preemptions),
  modelSeconds,
  timeoutMs: (budget + GRACE_SECONDS) * 1000,
});
const { passed, failed } = fromCargo(output) ?? { passed: 0, failed: 0 };
console.log(
  `${passed} models held with ${values.preemptions} preemptions in the orders that fit into ${modelSeconds} s each, ` +
    `${failed} did not (${seconds(started)})`,
);
process.exitCode = ok && passed > 0 ? 0 : 1;
