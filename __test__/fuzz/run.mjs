// Starts the processes of the fuzzer, one after the other, and watches them: a crash, a hang and a finding end the
// run, with the seed and the last calls.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A process that gives no sign of life for so long hangs; some hundred calls take far less. */
const HANG_MS = 90_000;
const LAST_LINES = 60;

/** Calls of one process: many are started, because what a crash needs may be there at the start only. */
export const CALLS_PER_PROCESS = 5000;

/** What `npm test` runs: the same calls each time; `npm run soak` takes other seeds. */
export const TESTED = { seed: 20_261_125, calls: 100_000 };

/**
 * One process.
 *
 * @returns `calls`, `called` (names), and `finding`: undefined, or what was found, with the last calls.
 */
export function fuzzOnce({ seed, calls, root = ROOT, node = process.execPath, flags = [], env = {} }) {
  const folder = mkdtempSync(join(tmpdir(), 'ferrolite-fuzz-'));
  const args = ['--expose-gc', '--no-warnings', ...flags, CHILD];
  args.push('--seed', String(seed), '--calls', String(calls), '--root', root, '--folder', folder);
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    let rest = '';
    let last = { calls: 0 };
    let hangs = false;
    let watchdog = setTimeout(stop, HANG_MS);
    function stop() {
      hangs = true;
      child.kill('SIGKILL');
    }
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
    child.stdout.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      if (lines.length === 0) return;
      last = JSON.parse(lines.at(-1));
      clearTimeout(watchdog);
      watchdog = setTimeout(stop, HANG_MS);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(watchdog);
      let { finding } = last;
      if (hangs) finding = `no sign of life for ${HANG_MS / 1000} s`;
      else if (signal !== null) finding = `the process was ended by ${signal}`;
      else if (!last.isDone) finding = `the process ended with exit code ${code}`;
      else if (finding === undefined && errors !== '') finding = 'something was written to standard error';
      if (finding !== undefined)
        finding = [finding, errors.trim(), journalOf(folder)].filter(Boolean).join('\n');
      rmSync(folder, { recursive: true, force: true });
      resolve({ seed, calls: last.calls, called: last.called ?? [], finding });
    });
  });
}

function journalOf(folder) {
  const lines = readFileSync(join(folder, 'journal.txt'), 'utf8').trimEnd().split('\n');
  return `the last lines of the journal:\n${lines.slice(-LAST_LINES).join('\n')}`;
}

/**
 * As many calls as wanted, in processes with seeds that follow each other; ends with the first finding.
 *
 * @param options - `seed`, `calls`, and what {@link fuzzOnce} takes; `onProcess` hears of each process.
 */
export async function fuzz({ seed, calls, onProcess = () => {}, ...more }) {
  const called = new Set();
  let made = 0;
  for (let next = seed; made < calls; next += 1) {
    const result = await fuzzOnce({ seed: next, calls: Math.min(CALLS_PER_PROCESS, calls - made), ...more });
    made += result.calls;
    for (const name of result.called) called.add(name);
    onProcess(result, made);
    if (result.finding !== undefined) return { calls: made, called, seed: next, finding: result.finding };
  }
  return { calls: made, called, seed, finding: undefined };
}
