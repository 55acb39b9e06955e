// `npm run bench -- --memory`: what rows take, beside the peers that have the same interface.
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { machineFacts, packageFacts } from '../../../benches/js/machine.mjs';
import { OURS } from '../../../benches/js/summary.mjs';
import { spread } from '../../../benches/js/statistics.mjs';
import { root } from '../paths.mjs';
import { must, seconds } from '../run.mjs';
import { runtime } from '../runtimes.mjs';
import { writeResult } from './results.mjs';

const DRIVERS = [OURS, 'better-sqlite3', 'node:sqlite'];
/** What is measured in a process of its own. */
const MEASURES = ['kept', 'peak'];

async function measure(node, argument) {
  const script = path.join(root, 'benches', 'js', 'memory.mjs');
  const args = ['--expose-gc', script, JSON.stringify(argument)];
  const { stdout } = await must(node, args, { quiet: true });
  return JSON.parse(stdout);
}

/**
 * Bytes by figure and driver, as `{ keptRow: { ferrolite: { p25, median, p75 } } }`.
 *
 * @param {{ directory: string, repetitions: number }} options
 */
async function measureMemory(node, { directory, repetitions }) {
  const folder = mkdtempSync(path.join(directory, 'bench-memory-'));
  const values = {};
  try {
    const file = path.join(folder, 'rows.db');
    await measure(node, { measure: 'fill', driver: OURS, file });
    for (let number = 1; number <= repetitions; number++) {
      const started = performance.now();
      for (const driver of DRIVERS) {
        for (const name of MEASURES) {
          for (const [figure, bytes] of Object.entries(
            await measure(node, { measure: name, driver, file }),
          )) {
            ((values[figure] ??= {})[driver] ??= []).push(bytes);
          }
        }
      }
      console.log(`${number}/${repetitions} memory (${seconds(started)})`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const spreads = (byDriver) =>
    Object.fromEntries(Object.entries(byDriver).map(([driver, bytes]) => [driver, spread(bytes)]));
  return Object.fromEntries(Object.entries(values).map(([figure, byDriver]) => [figure, spreads(byDriver)]));
}

/** @param {{ directory: string, repetitions: number, runtime: string, publish: boolean }} options */
export async function reportMemory(options, command) {
  const machine = machineFacts();
  const memory = await measureMemory(await runtime(options.runtime), options);
  for (const [figure, byDriver] of Object.entries(memory)) {
    const [{ median: ours }, { median: theirs }] = [byDriver[OURS], byDriver['better-sqlite3']];
    const cells = Object.entries(byDriver).map(([driver, { median }]) => `${driver} ${median.toFixed(1)}`);
    console.log(`${figure}: ${cells.join(', ')} bytes; ours / better-sqlite3 ${(ours / theirs).toFixed(2)}`);
  }
  const { runtime: runtimeName, repetitions } = options;
  const facts = { date: new Date().toISOString(), command, runtime: runtimeName, repetitions, machine };
  const result = { ...facts, packages: packageFacts(root), memory };
  if (options.publish) {
    console.log(`published: ${writeResult('memory', JSON.stringify(result, undefined, 2))}`);
  }
}
