// Batches of a model and of random bytes for the decoder, with a new seed in each process, until the time is up. A finding
// ends the run and prints its seed and round; see ../fuzz/decoder. First it says what of the decoder the rounds of `npm
// test` reach.
import { TESTED, fuzzDecoder } from '../fuzz/decoder/run.mjs';
import { soakRounds } from '../fuzz/soak-rounds.mjs';

const counted = await fuzzDecoder({ ...TESTED, flags: ['coverage'] });
if (counted.finding !== undefined) throw new Error(counted.finding);
const parts = counted.report.map(
  ({ name, lines, functions, blocks }) =>
    `${name}.js ${lines.reached} of ${lines.all} lines, ${functions.join(' of ')} functions, ${blocks.join(' of ')} branches`,
);
console.log(`reached in dist/batch: ${parts.join('; ')}`);
for (const { name, missed } of counted.report)
  for (const line of missed) console.log(`not reached: ${name}.js:${line}`);

const { calls, seeds } = await soakRounds('decoder', fuzzDecoder);
console.log(
  `${calls} calls of the decoder (${seeds}): every value as the model says; ${parts.join('; ')} reached`,
);
