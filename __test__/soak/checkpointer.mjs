// A checkpointer against a writer at full speed and readers without a gap: the log stays under its limit all the time.
import { parseArgs } from 'node:util';
import { underLoad } from '../../benches/js/checkpoints/load.mjs';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '120' } } });
/** The default of `maxWalBytes`. */
const LIMIT = 256 * 2 ** 20;
const MIB = 2 ** 20;

let told = 0;
const { samples, ...figures } = await underLoad({
  seconds: Number(values.seconds),
  checkpointer: { maxWalBytes: LIMIT },
  onSample(second, bytes) {
    if (second < told + 10) return;
    told = second;
    console.log(`${Math.round(second)} s: ${Math.round(bytes / MIB)} MiB`);
  },
});
const sizes = samples.map(([, bytes]) => bytes).toSorted((a, b) => a - b);
const at = (share) => Math.round(sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * share))] / MIB);
const walMiB = { median: at(0.5), p99: at(0.99), most: at(1), limit: LIMIT / MIB };
const { warnings, ...counts } = figures;
if (figures.peakBytes > LIMIT) throw new Error(`the log grew to ${figures.peakBytes} bytes, over ${LIMIT}`);
if (warnings.length > 0) throw new Error(`there were warnings: ${JSON.stringify(warnings)}`);
console.log(JSON.stringify({ walMiB, samples: samples.length, ...counts }));
