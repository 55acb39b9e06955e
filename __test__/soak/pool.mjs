// Storms of calls on pools until the time is up, with a new seed each; see ../pool/storm.mjs.
import { parseArgs } from 'node:util';
import { seededRandom } from '../../benches/js/random.mjs';
import { storm } from '../pool/storm.mjs';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    seed: { type: 'string', default: String(Date.now() >>> 0) },
  },
});
const first = Number(values.seed);
const end = performance.now() + Number(values.seconds) * 1000;

let storms = 0;
const calls = { fulfilled: 0, rejected: 0 };
for (let seed = first; performance.now() < end; seed += 1) {
  const outcome = await storm({ calls: 500, random: seededRandom(seed) }).catch((error) => {
    throw new Error(`seed ${seed}`, { cause: error });
  });
  storms += 1;
  calls.fulfilled += outcome.fulfilled;
  calls.rejected += outcome.rejected;
  if (storms % 25 === 0) console.log(`${storms} storms`);
}
console.log(
  `seed ${first}: ${storms} storms, ${calls.fulfilled} calls fulfilled and ${calls.rejected} rejected, each as the file has it`,
);
