// Fuzzers that work in rounds: each round follows from the seed and its number alone. They run in a process of their own,
// whose crash or hang is a finding too.
//
// The process prints a line of JSON for each sign of life: `rounds` and `calls` so far, at the end `isDone` and, where
// something was found, `finding`.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Choices } from './choices.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A process that gives no sign of life for so long hangs; a round takes far less. */
const HANG_MS = 90_000;
const SIGN_MS = 1000;

/**
 * Runs a process of rounds.
 *
 * @param child - The path of its program.
 * @param options - `seed`, `rounds`, `from` (the first round), `seconds` (an end before all rounds), `root` (the folder of
 *   the package), `flags` for the program, `env`.
 * @returns What it has printed last, with `finding`.
 */
export function runRounds(
  child,
  { seed, rounds, from = 0, seconds = 1e6, root = ROOT, flags = [], env = {} },
) {
  const given = { seed, rounds, from, seconds, root };
  const args = Object.entries(given).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return new Promise((resolve, reject) => {
    const running = spawn(process.execPath, ['--no-warnings', child, ...args, ...flags], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [rest, errors, hangs] = ['', '', false];
    let last = { rounds: 0, calls: 0 };
    function stop() {
      hangs = true;
      running.kill('SIGKILL');
    }
    let watchdog = setTimeout(stop, HANG_MS);
    running.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
    running.stdout.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      if (lines.length === 0) return;
      last = JSON.parse(lines.at(-1));
      clearTimeout(watchdog);
      watchdog = setTimeout(stop, HANG_MS);
    });
    running.on('error', reject);
    running.on('close', (code, signal) => {
      clearTimeout(watchdog);
      let { finding } = last;
      const after = `after round ${from + last.rounds}`;
      if (hangs) finding = `no sign of life for ${HANG_MS / 1000} s ${after}`;
      else if (signal !== null) finding = `the process was ended by ${signal} ${after}`;
      else if (!last.isDone) finding = `the process ended with exit code ${code} ${after}`;
      if (finding !== undefined)
        finding = [`seed ${seed}, ${finding}`, errors.trim()].filter(Boolean).join('\n');
      resolve({ ...last, finding });
    });
  });
}

/**
 * The other side of {@link runRounds}.
 *
 * @param start - Given the folder of the package and the further flags, returns `world` (with `calls`), `round(world,
 *   choose, number)`, and `end(world)`, whose result is printed as `report`.
 */
export async function serveRounds(start) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string' },
      rounds: { type: 'string' },
      from: { type: 'string', default: '0' },
      seconds: { type: 'string', default: '1e6' },
      root: { type: 'string', default: ROOT },
    },
  });
  const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
  const { world, round, end } = await start(values.root, positionals);
  const from = Number(values.from);
  const kinds = {};
  const stopAt = performance.now() + Number(values.seconds) * 1000;
  let [rounds, saidAt, finding] = [0, 0, undefined];
  while (finding === undefined && rounds < Number(values.rounds) && performance.now() < stopAt) {
    const number = from + rounds;
    try {
      const kind = await round(world, new Choices(Number(values.seed), number), number);
      kinds[kind] = (kinds[kind] ?? 0) + 1;
    } catch (error) {
      finding = `round ${number}: ${error.message}`;
    }
    rounds += 1;
    if (performance.now() - saidAt < SIGN_MS) continue;
    saidAt = performance.now();
    say({ rounds, calls: world.calls });
    // A turn, in which the line leaves and what was collected is finalized.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const report = await end(world);
  say({ rounds, calls: world.calls, kinds, finding, report, isDone: true });
}
