// `npm run bench -- --instructions`: instructions of the main thread per unit of the hottest paths.
//
// A count does not depend on what else the machine does, so it shows changes that a time hides. It
// is a report: nothing fails because of it. callgrind counts every instruction that Node and the
// addon execute, V8's own code included, and `callgrind_control` reads the counter of a running process.
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { machineFacts, packageFacts } from '../../../benches/js/machine.mjs';
import { spread } from '../../../benches/js/statistics.mjs';
import { root } from '../paths.mjs';
import { CommandFailed } from '../run.mjs';
import { runtime } from '../runtimes.mjs';
import { readResult, writeResult } from './results.mjs';

const NAME = 'instructions';

/** One thread, and no chance: V8 then compiles and collects at the same points of every run. */
const NODE_FLAGS = ['--expose-gc', '--single-threaded', '--hash-seed=1', '--random-seed=1'];
// V8 writes code while it runs.
const VALGRIND_FLAGS = ['--tool=callgrind', '--smc-check=all-non-file', '--separate-threads=yes'];

function valgrindVersion() {
  try {
    execFileSync('callgrind_control', ['--version'], { stdio: 'ignore' });
    return execFileSync('valgrind', ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    // Not installed, or not on this platform.
    return undefined;
  }
}

/** Instructions that the main thread of `pid` has executed. */
function readCounter(pid) {
  const quiet = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
  const text = execFileSync('callgrind_control', ['-e', String(pid)], quiet);
  const count = /^ *Th 1 +(?<count>[\d,]+)/m.exec(text)?.groups.count;
  if (count === undefined) throw new CommandFailed(`callgrind_control gives no count: ${text}`);
  return Number(count.replaceAll(',', ''));
}

/** Yields the instructions per unit, trial by trial: the median of the trial's windows. */
async function* countInstructions(driver, trials, directory) {
  const script = path.join(root, 'benches', 'js', 'instructions.mjs');
  const argument = JSON.stringify({ driver, trials, directory });
  const flags = [...VALGRIND_FLAGS, '--callgrind-out-file=/dev/null'];
  const child = spawn('valgrind', [...flags, await runtime('node24'), ...NODE_FLAGS, script, argument], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  const ended = new Promise((resolve) => {
    child.on('close', (code) => resolve(code));
  });
  let before;
  let windows = [];
  for await (const line of readline.createInterface({ input: child.stdout })) {
    const { trial, unit, units, isLast, node } = JSON.parse(line);
    const total = readCounter(child.pid);
    if (units === 0) windows = [];
    else windows.push((total - before) / units);
    before = total;
    if (isLast) yield { trial, unit, node, count: Math.round(spread(windows).median) };
    child.stdin.write('.');
  }
  const code = await ended;
  if (code !== 0) throw new CommandFailed(`valgrind ended with ${code}:\n${errors}`);
}

const change = (now, stored) => {
  if (stored === undefined) return 'not stored';
  const percent = (now / stored - 1) * 100;
  return `${percent < 0 ? '' : '+'}${percent.toFixed(1)} % of the stored ${stored}`;
};

function publish(instructions, versions, command) {
  const facts = { date: new Date().toISOString(), command, ...versions, machine: machineFacts() };
  const result = { ...facts, packages: packageFacts(root), nodeFlags: NODE_FLAGS, instructions };
  console.log(`published: ${writeResult(NAME, JSON.stringify(result, undefined, 2))}`);
}

/**
 * Counts, and shows the difference from the stored figures.
 *
 * @param {{ directory: string, drivers: string[], trials: string[], publish: boolean }} options `publish` replaces the stored figures.
 */
export async function reportInstructions(options, command) {
  const { directory, drivers, trials } = options;
  const valgrind = valgrindVersion();
  if (valgrind === undefined) {
    console.log('instructions: not run, valgrind is not installed (Debian: apt-get install valgrind)');
    return;
  }
  console.log('instructions of the main thread on Node 24, V8 included, counted by callgrind:');
  const stored = readResult(NAME)?.instructions ?? {};
  const instructions = {};
  const versions = { valgrind };
  for (const driver of drivers) {
    instructions[driver] = {};
    for await (const { trial, unit, count, node } of countInstructions(driver, trials, directory)) {
      instructions[driver][trial] = count;
      versions.node = node;
      console.log(`  ${driver} ${trial}: ${count} per ${unit} (${change(count, stored[driver]?.[trial])})`);
    }
  }
  if (options.publish) publish(instructions, versions, command);
}
