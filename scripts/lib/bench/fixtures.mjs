// `npm run bench -- --fixtures`: what a database for a test costs, beside migrating for each test.
import os from 'node:os';
import path from 'node:path';
import { machineFacts, packageFacts } from '../../../benches/js/machine.mjs';
import { spread } from '../../../benches/js/statistics.mjs';
import { root } from '../paths.mjs';
import { must, seconds } from '../run.mjs';
import { runtime } from '../runtimes.mjs';
import { resultText, writeResult } from './results.mjs';

const SAMPLES = 40;

/** The milliseconds of one process: `{ templateBytes, openMs: { copy: [...] }, closeMs }`. */
async function measure(node, directory) {
  const script = path.join(root, 'benches', 'js', 'fixtures.mjs');
  const { stdout } = await must(node, [script, JSON.stringify({ samples: SAMPLES, directory })], {
    quiet: true,
  });
  return JSON.parse(stdout);
}

const rounded = (list) => list.map((ms) => Number(ms.toFixed(3)));
const roundedAll = (byWay) =>
  Object.fromEntries(Object.entries(byWay).map(([way, list]) => [way, rounded(list)]));

/**
 * Measures on the system's temporary folder, where fixtures lie unless told otherwise, and in memory.
 *
 * @param {{ directory: string, repetitions: number, runtime: string, publish: boolean }} options
 */
export async function reportFixtures(options, command) {
  const machine = machineFacts();
  const node = await runtime(options.runtime);
  const places = { temporary: os.tmpdir(), memory: options.directory };
  const parts = [];
  for (let number = 1; number <= options.repetitions; number++) {
    for (const [place, directory] of Object.entries(places)) {
      const started = performance.now();
      const { templateBytes, openMs, closeMs } = await measure(node, directory);
      parts.push({ place, number, templateBytes, openMs: roundedAll(openMs), closeMs: roundedAll(closeMs) });
      console.log(`${number}/${options.repetitions} fixtures in ${directory} (${seconds(started)})`);
    }
  }
  const fixtures = Object.fromEntries(Object.keys(places).map((place) => [place, summary(parts, place)]));
  for (const [place, ways] of Object.entries(fixtures)) {
    for (const [way, { openMs, closeMs, ratio }] of Object.entries(ways)) {
      console.log(
        `${place}, ${way}: ${openMs.median.toFixed(2)} ms, end ${closeMs.median.toFixed(2)} ms; migrating / it ${ratio.toFixed(1)}`,
      );
    }
  }
  if (!options.publish) return;
  const { runtime: runtimeName, repetitions } = options;
  const facts = { date: new Date().toISOString(), command, runtime: runtimeName, repetitions, machine };
  const text = resultText({ ...facts, packages: packageFacts(root), fixtures }, { parts });
  console.log(`published: ${writeResult('fixtures', text)}`);
}

/** By way: the spread of all samples in a place, and how much longer migrating takes, ends included. */
function summary(parts, place) {
  const here = parts.filter((part) => part.place === place);
  const all = (clock, way) => here.flatMap((part) => part[clock][way]);
  const ways = Object.keys(here[0].openMs).map((way) => {
    return [way, { openMs: spread(all('openMs', way)), closeMs: spread(all('closeMs', way)) }];
  });
  const { migrate } = Object.fromEntries(ways);
  const total = ({ openMs, closeMs }) => openMs.median + closeMs.median;
  return Object.fromEntries(
    ways.map(([way, each]) => [way, { ...each, ratio: total(migrate) / total(each) }]),
  );
}
