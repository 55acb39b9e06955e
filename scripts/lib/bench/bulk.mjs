// `npm run bench -- bulk`: what a row costs that is one of many, beside the loops that one writes by hand on
// better-sqlite3. Each measurement is a process of its own; the ways take turns.
import os from 'node:os';
import { SHAPE_NAMES, WAYS } from '../../../benches/js/bulk/ways.mjs';
import { machineFacts, packageFacts } from '../../../benches/js/machine.mjs';
import { spread } from '../../../benches/js/statistics.mjs';
import { root } from '../paths.mjs';
import { seconds } from '../run.mjs';
import { writeBulkPage } from './bulk-page.mjs';
import { runScript } from './processes.mjs';
import { resultText, rounded, writeResult } from './results.mjs';

const FULL = { rows: 100_000, samples: 10 };
const QUICK = { rows: 20_000, samples: 3 };

/** @param {{ directory: string, quick: boolean, repetitions: number, runtime: string, publish: boolean }} options */
export async function reportBulk(options, command) {
  const machine = machineFacts();
  const { quick, repetitions, runtime, directory } = options;
  const { rows, samples } = quick ? QUICK : FULL;
  const ways = Object.keys(WAYS);
  const parts = [];
  for (let number = 1; number <= repetitions; number++) {
    const started = performance.now();
    for (const shape of SHAPE_NAMES) {
      for (const way of ways) {
        const argument = { way, shape, rows, samples, directory };
        const result = await runScript(runtime, 'bulk/measure.mjs', argument);
        parts.push({ number, way, shape, load: os.loadavg()[0], ...result });
      }
    }
    console.log(`${number}/${repetitions} bulk (${seconds(started)}), load ${os.loadavg()[0].toFixed(2)}`);
  }
  const figures = SHAPE_NAMES.flatMap((shape) =>
    ways.map((way) => {
      const own = parts.filter((part) => part.shape === shape && part.way === way);
      const merged = (name) => spread(own.flatMap((part) => part[name]));
      return { shape, way, ns: merged('ns'), mainNs: merged('mainNs') };
    }),
  );
  for (const { shape, way, ns, mainNs } of figures) {
    const busy = `${Math.round(mainNs.median)} ns of the main thread`;
    console.log(`${shape}, ${way}: ${Math.round(ns.median)} ns a row, ${busy}`);
  }
  if (!options.publish) return;
  const facts = { date: new Date().toISOString(), command, runtime, repetitions, rows, machine };
  const lists = { figures: figures.map(rounded), parts: parts.map(rounded) };
  const text = resultText({ ...facts, packages: packageFacts(root) }, lists);
  console.log(`published: ${writeResult('bulk', text)}`);
  writeBulkPage(JSON.parse(text));
}
