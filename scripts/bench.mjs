// `npm run bench`: measures ours beside better-sqlite3 and node:sqlite and prints the ratios.
//
//   npm run bench -- [--quick] [--trial get,insert] [--repetitions 3] [--rounds 31]
//                    [--runtime node22|node24|node26] [--drivers ferrolite,better-sqlite3]
//
// Each repetition of a trial is a fresh process (benches/js/repetition.mjs). The rounds of all of
// them go to bench-results/ as JSON, with the machine, the versions and the command.
import { mkdirSync, writeFileSync, accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { DRIVERS } from '../benches/js/drivers.mjs';
import { machineFacts, packageFacts } from '../benches/js/machine.mjs';
import { formatReport, summarize } from '../benches/js/report.mjs';
import { listTrials } from '../benches/js/trials.mjs';
import { ensureBuilt } from './lib/build.mjs';
import { root } from './lib/paths.mjs';
import { must, seconds } from './lib/run.mjs';
import { runtime } from './lib/runtimes.mjs';

const NODE_FLAGS = ['--expose-gc', '--single-threaded-gc'];
const SLOT_MS = 5;
const RUNTIMES = ['node22', 'node24', 'node26'];

function readOptions() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      trial: { type: 'string', default: '' },
      drivers: { type: 'string', default: DRIVERS.join() },
      repetitions: { type: 'string' },
      rounds: { type: 'string' },
      runtime: { type: 'string', default: 'node24' },
    },
  });
  const count = (name, standard) => {
    const number = Number(values[name] ?? standard);
    if (!Number.isInteger(number) || number < 1)
      throw new TypeError(`--${name} must be a whole number above 0`);
    return number;
  };
  const known = (name, list, all) => {
    const stranger = list.find((item) => !all.includes(item));
    if (stranger !== undefined)
      throw new TypeError(`--${name} ${stranger} is unknown; known: ${all.join(', ')}`);
    return list;
  };
  return {
    trials: values.trial.split(',').filter(Boolean),
    drivers: known('drivers', values.drivers.split(','), DRIVERS),
    repetitions: count('repetitions', values.quick ? 1 : 3),
    rounds: count('rounds', values.quick ? 15 : 31),
    runtime: known('runtime', [values.runtime], RUNTIMES)[0],
    known,
  };
}

/** Memory, where the machine has a file system in it: then no figure contains a disk. */
function filesDirectory() {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}

async function repeat(node, options) {
  const script = path.join(root, 'benches', 'js', 'repetition.mjs');
  const { stdout } = await must(node, [...NODE_FLAGS, script, JSON.stringify(options)], { quiet: true });
  return JSON.parse(stdout);
}

function save(result) {
  const folder = path.join(root, 'bench-results');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${result.date.replaceAll(':', '-')}-${result.options.runtime}.json`);
  writeFileSync(file, `${JSON.stringify(result)}\n`);
  return file;
}

async function main() {
  const { known, ...options } = readOptions();
  const all = await listTrials();
  const trials = options.trials.length > 0 ? known('trial', options.trials, all) : all;
  await ensureBuilt();
  const node = await runtime(options.runtime);
  const directory = filesDirectory();
  const machine = machineFacts();
  const started = performance.now();

  const repetitions = [];
  for (let number = 1; number <= options.repetitions; number++) {
    for (const trial of trials) {
      console.log(`repetition ${number} of ${options.repetitions}: ${trial}`);
      const { drivers, rounds } = options;
      const seed = number;
      repetitions.push(await repeat(node, { trial, drivers, directory, rounds, slotMs: SLOT_MS, seed }));
    }
  }

  const summaries = trials.map((id) => summarize(repetitions.filter(({ trial }) => trial === id)));
  const { runtime: versions, sqlite, cpuClock, missing } = repetitions[0];
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  const file = save({
    date: new Date().toISOString(),
    command,
    nodeFlags: NODE_FLAGS,
    options: { ...options, trials, slotMs: SLOT_MS, directory },
    machine,
    versions: { ...versions, sqlite, packages: packageFacts(root) },
    cpuClock,
    missing,
    summaries,
    repetitions,
  });

  console.log(`\nNode ${versions.node} on ${machine.cores} x ${machine.cpu}, files in ${directory}`);
  console.log(
    `SQLite: ${Object.entries(sqlite)
      .map((pair) => pair.join(' '))
      .join(', ')}`,
  );
  console.log(
    `CPU time of the main thread (${cpuClock}), medians of ${options.repetitions} x ${options.rounds} rounds;`,
  );
  console.log('ratio = peer / ours: above 1, ours is that many times faster\n');
  console.log(formatReport(summaries, options.drivers));
  for (const { name, reason } of missing) console.log(`\n${name} could not be loaded: ${reason}`);
  console.log(`\nrounds: ${path.relative(root, file)} (${seconds(started)})`);
  if (missing.some(({ name }) => name === 'ferrolite')) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(`bench failed: ${error.message}`);
  process.exitCode = 1;
}
