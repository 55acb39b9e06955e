// The processes of a benchmark: each repetition of a trial is a fresh one.
import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FLOOR, OURS, OURS_ON_NODE } from '../../../benches/js/summary.mjs';
import { loadTrial } from '../../../benches/js/trials.mjs';
import { root } from '../paths.mjs';
import { must } from '../run.mjs';
import { runtime } from '../runtimes.mjs';
import { floorProgram } from './floor.mjs';

/** Garbage is collected on the main thread, where it is counted. */
const NODE_FLAGS = ['--expose-gc', '--single-threaded-gc'];
const BUN_ENVIRONMENT = { BUN_JSC_useConcurrentGC: '0', BUN_JSC_numberOfGCMarkers: '1' };

/** How a runtime is started, to be recorded. */
export const startOf = (name) =>
  name === 'bun' ? { flags: [], environment: BUN_ENVIRONMENT } : { flags: NODE_FLAGS, environment: {} };

/** Memory, where the machine has a file system in it: then no figure contains a disk. */
export function filesDirectory() {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}

/** Runs a script of `benches/js` with one argument, and gives the JSON that it prints. */
export async function runScript(runtimeName, script, argument) {
  const { flags, environment } = startOf(runtimeName);
  const args = [...flags, path.join(root, 'benches', 'js', script), JSON.stringify(argument)];
  const { stdout } = await must(await runtime(runtimeName), args, { quiet: true, env: environment });
  return JSON.parse(stdout);
}

/**
 * One repetition of one trial: the results of its processes, one after the other.
 *
 * @param {{ floor: boolean, directory: string }} options also those of a repetition
 */
export async function repeat(options, trial, number) {
  const { drivers, rounds, slotMs, budgetMs, directory } = options;
  const argument = { trial, drivers, directory, rounds, slotMs, budgetMs, seed: number };
  const first = await runScript(options.runtime, 'repetition.mjs', argument);
  const parts = [{ ...first, number }];
  if (options.runtime === 'bun') {
    // The same number of runs: costs that come by size are then equal in both.
    const ours = { ...argument, drivers: [OURS], runs: first.runsPerSlot };
    const onNode = await runScript('node24', 'repetition.mjs', ours);
    const renamed = onNode.rounds.map((slots) => ({ [OURS_ON_NODE]: slots[OURS] }));
    parts.push({ ...onNode, rounds: renamed, number });
  }
  if (options.floor && (await loadTrial(trial, FLOOR)).floor !== undefined) {
    const program = await floorProgram(options.publish);
    const shape = { program, runs: first.runsPerSlot, rounds: first.rounds.length };
    const floor = await runScript('node24', 'floor.mjs', { trial, directory, ...shape });
    parts.push({ ...floor, number });
  }
  return parts;
}
