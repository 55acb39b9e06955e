// `npm run bench -- checkpoints`: the size of a log under full load, by way of checkpointing, one after the other.
import { machineFacts, packageFacts } from '../../../benches/js/machine.mjs';
import { root } from '../paths.mjs';
import { plotCheckpoints } from './checkpoints-plot.mjs';
import { runScript } from './processes.mjs';
import { readResult, resultText, writeResult } from './results.mjs';

const PICTURE = 'docs/guides/checkpoints.svg';

/** From when to when, of the whole time, a snapshot stays open in the last run. */
const HELD = [1 / 3, 2 / 3];

function plan(seconds) {
  const hold = HELD.map((share) => Math.round(seconds * share));
  const runs = [
    { title: 'automatic checkpoints of SQLite', checkpointer: false },
    { title: 'the checkpointer', checkpointer: {} },
    { title: 'the checkpointer, and one old snapshot', checkpointer: { maxSnapshotMs: 5000 }, hold },
  ];
  return { hold, runs };
}

/** As many points as the picture has pixels, and the largest of those that fall together. */
function thinned(samples, most = 400) {
  const width = Math.ceil(samples.length / most);
  const groups = Array.from({ length: Math.ceil(samples.length / width) }, (_, index) =>
    samples.slice(index * width, (index + 1) * width),
  );
  return groups.map((group) => group.reduce((largest, one) => (one[1] > largest[1] ? one : largest)));
}

/** @param {{ quick: boolean, runtime: string, publish: boolean }} options */
export async function reportCheckpoints({ quick, runtime, publish }, command) {
  const seconds = quick ? 12 : 60;
  const { hold, runs } = plan(seconds);
  const machine = machineFacts();
  const results = [];
  for (const { title, ...how } of runs) {
    const { samples, ...figures } = await runScript(runtime, 'checkpoints/measure.mjs', { seconds, ...how });
    console.log(`${title}: ${JSON.stringify(figures)}`);
    results.push({ title, ...figures, samples: thinned(samples) });
  }
  if (!publish) return;
  const facts = { date: new Date().toISOString(), command, runtime, machine, packages: packageFacts(root) };
  const text = resultText({ ...facts, seconds, hold }, { runs: results });
  console.log(`published: ${writeResult('checkpoints', text)}`);
}

/** Draws the picture from the committed result. */
export function checkpointsPicture() {
  const result = readResult('checkpoints');
  return result === undefined ? {} : { [PICTURE]: plotCheckpoints(result) };
}
