// The comparison of drivers: every trial, in fresh processes, and its report.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { machineFacts, packageFacts } from '../../../benches/js/machine.mjs';
import { formatReport } from '../../../benches/js/report.mjs';
import { FLOOR, OURS, OURS_ON_NODE, summarize } from '../../../benches/js/summary.mjs';
import { root } from '../paths.mjs';
import { CommandFailed, seconds } from '../run.mjs';
import { repeat, startOf } from './processes.mjs';
import { comparisonText, writeResult } from './results.mjs';

const CLOCKS = {
  thread: 'CPU time of the main thread',
  process: 'CPU time of the process, compiler threads included',
};

function save(result) {
  const folder = path.join(root, 'bench-results');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${result.date.replaceAll(':', '-')}-${result.options.runtime}.json`);
  writeFileSync(file, `${JSON.stringify(result)}\n`);
  return file;
}

/** `better-sqlite3 1.93, node:sqlite 3.40` */
const ratiosOf = ({ ratio }) =>
  Object.entries(ratio)
    .map(([peer, { median }]) => `${peer} ${median.toFixed(2)}`)
    .join(', ');

async function measureAll(options) {
  const parts = [];
  for (let number = 1; number <= options.repetitions; number++) {
    for (const [index, trial] of options.trials.entries()) {
      const started = performance.now();
      const taken = await repeat(options, trial, number);
      parts.push(...taken);
      const place = `${number}/${options.repetitions} ${index + 1}/${options.trials.length}`;
      console.log(`${place} ${trial}: ${ratiosOf(summarize(taken))} (${seconds(started)})`);
    }
  }
  return parts;
}

const pairs = (object) =>
  Object.entries(object)
    .map((pair) => pair.join(' '))
    .join(', ');

/** What is the same in every process, and what not every trial has. */
function factsOf(parts) {
  const merged = (name) => Object.assign({}, ...parts.map((part) => part[name]));
  const unique = (lists) => [...new Map(lists.flat().map((entry) => [entry.name, entry])).values()];
  return {
    runtimes: merged('runtime'),
    sqlite: merged('sqlite'),
    cpuClock: [...new Set(parts.map((part) => part.cpuClock))],
    missing: unique(parts.map((part) => part.missing ?? [])),
  };
}

function print(result) {
  const { machine, options, runtimes, sqlite, cpuClock, missing, summaries } = result;
  console.log(
    `\n${pairs(runtimes)}, on ${machine.cores} x ${machine.cpu}, files in ${options.directory}; SQLite: ${pairs(sqlite)}`,
  );
  const clocks = cpuClock.map((clock) => CLOCKS[clock]).join('; ');
  console.log(`${clocks}; medians of up to ${options.repetitions} x ${options.rounds} rounds;`);
  console.log('ratio = peer / ours: above 1, ours is that many times faster');
  if (options.floor) console.log('floor = the engine alone; "/ floor" = ours / floor');
  if (options.runtime === 'bun') {
    console.log('"on Node" = bun:sqlite / ours on Node 24, of the medians of two processes that took turns');
    console.log(`${pairs(startOf('bun').environment)}: garbage is collected on the main thread`);
  }
  console.log(`\n${formatReport(summaries, [...options.drivers, OURS_ON_NODE, FLOOR])}`);
  for (const { title, absent } of summaries) {
    for (const { name, reason } of absent) console.log(`\n${title}: ${name} ${reason}`);
  }
  for (const { name, reason } of missing) console.log(`\n${name} could not be loaded: ${reason}`);
}

/**
 * Measures, prints, and keeps the result in bench-results/.
 *
 * @param {object} options those of options.mjs with `directory`; `publish` also writes it to docs/results/
 */
export async function compare(options, command) {
  const machine = machineFacts();
  const started = performance.now();
  const parts = await measureAll(options);
  const summaries = options.trials.map((id) => summarize(parts.filter(({ trial }) => trial === id)));
  const result = {
    date: new Date().toISOString(),
    command,
    start: startOf(options.runtime),
    options,
    machine,
    ...factsOf(parts),
    packages: packageFacts(root),
    summaries,
    parts,
  };
  print(result);
  console.log(`\nrounds: ${path.relative(root, save(result))} (${seconds(started)})`);
  if (result.missing.some(({ name }) => name === OURS)) throw new CommandFailed('there is nothing of ours');
  if (options.publish) {
    console.log(`published: ${writeResult(`bench-${options.runtime}`, comparisonText(result))}`);
  }
}
