// The long form of a fuzzer that works in rounds: processes with new seeds until the time is up.
import { parseArgs } from 'node:util';

/** A process lives for so many rounds: what the code generator or a cache makes of many must be met, and of few. */
const ROUNDS_PER_PROCESS = [100, 100, 1000];

/**
 * Throws what was found, or returns what was done.
 *
 * @param name - The program's, for the command that repeats a finding.
 * @param fuzz - Runs a process, as `runRounds` does.
 * @returns `calls`; `seeds`, as text for the last line; `report`, of the last process.
 */
export async function soakRounds(name, fuzz) {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '120' },
      seed: { type: 'string', default: String(Date.now() >>> 0) },
      from: { type: 'string', default: '0' },
      rounds: { type: 'string' },
    },
  });
  const end = performance.now() + Number(values.seconds) * 1000;
  const first = Number(values.seed) >>> 0;
  let seed = first;
  let [calls, report] = [0, undefined];
  for (let process = 0; performance.now() < end; process += 1) {
    const rounds = Number(values.rounds ?? ROUNDS_PER_PROCESS[process % ROUNDS_PER_PROCESS.length]);
    const from = Number(values.from);
    const seconds = (end - performance.now()) / 1000;
    const result = await fuzz({ seed, rounds, from, seconds });
    calls += result.calls;
    report = result.report;
    console.log(
      `seed ${seed}: ${result.rounds} rounds, ${result.calls} calls, ${JSON.stringify(result.kinds)}`,
    );
    if (result.finding !== undefined) {
      console.error(result.finding);
      const at = /round (\d+)/.exec(result.finding)?.[1] ?? from;
      console.error(
        `again: node __test__/soak/${name}.mjs --seconds 60 --seed ${seed} --from ${at} --rounds 1`,
      );
      throw new Error(`seed ${seed} has found something after ${calls} calls`);
    }
    seed = (seed + 1) >>> 0;
  }
  return { calls, report, seeds: `seeds ${first} to ${seed - 1}` };
}
