// Measures one build of the addon against another, in one process per trial and in turns:
//
//   node scripts/compare-builds.mjs PLAIN PROFILED [--trial get,insert] [--rounds 31] [--repetitions 3] [--output FILE]
//
// The trials are those of benches/js and those of lib/bench/untrained.mjs. The ratio is "plain / profiled":
// above 1, the second is that many times faster. "best" is that of the fastest slots, which the other work
// of a machine disturbs least.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import Database from 'ferrolite';
import * as adapter from '../benches/js/drivers/ferrolite.mjs';
import { openEqually } from '../benches/js/drivers.mjs';
import { machineFacts } from '../benches/js/machine.mjs';
import { spread } from '../benches/js/statistics.mjs';
import { listTrials, loadTrial } from '../benches/js/trials.mjs';
import { filesDirectory } from './lib/bench/processes.mjs';
import { CommandFailed, must } from './lib/run.mjs';
import { untrained } from './lib/bench/untrained.mjs';

const BUILDS = ['plain', 'profiled'];
const UNTRAINED = 'untrained/';
const FLAGS = ['--expose-gc', '--single-threaded-gc'];
/** One slot, and the most that one repetition of one trial may take. */
const PACE = { slotMs: 5, budgetMs: 6000 };

const isUntrained = (id) => id.startsWith(UNTRAINED);
const trialOf = (id, name) => (isUntrained(id) ? untrained[id.slice(UNTRAINED.length)] : loadTrial(id, name));

/** The process of one trial: both builds on files of their own, with equal answers. */
async function measureHere({ id, addons, rounds, seed }) {
  const { measure } = await import('../benches/js/measure.mjs');
  const folder = mkdtempSync(path.join(filesDirectory(), 'pgo-'));
  try {
    const contestants = [];
    for (const [index, name] of BUILDS.entries()) {
      const nativeBinding = path.resolve(addons[index]);
      const driver = { lacks: {}, ...adapter, name, open: (file) => new Database(file, { nativeBinding }) };
      const trial = await trialOf(id, name);
      const file = path.join(folder, `${name}.db`);
      const db = openEqually(driver, file);
      trial.setUp(db);
      contestants.push({ ...trial.prepare(db, { driver, path: file }), name, trial });
    }
    const answers = contestants.map(({ answer }) => JSON.stringify(answer(), (_, value) => String(value)));
    if (answers[0] !== answers[1]) throw new Error(`${id}: the builds answer differently`);
    const { title, unit, unitsPerRun, runs, maxRounds = rounds } = contestants[0].trial;
    const options = { ...PACE, rounds: Math.min(rounds, maxRounds), seed, runs };
    const measured = measure(contestants, options);
    const result = {
      id,
      title,
      unit,
      unitsPerSlot: unitsPerRun * measured.runsPerSlot,
      rounds: measured.rounds,
    };
    process.stdout.write(JSON.stringify(result));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function summarize(parts) {
  const [{ id, title, unit }] = parts;
  const costs = (name) =>
    parts.flatMap((part) => part.rounds.map((round) => round[name].cpuNs / part.unitsPerSlot));
  const ratios = parts.flatMap((part) =>
    part.rounds.map((round) => round.plain.cpuNs / round.profiled.cpuNs),
  );
  const [plain, profiled] = BUILDS.map((name) => Math.round(spread(costs(name)).median));
  const [fastestPlain, fastestProfiled] = BUILDS.map((name) => Math.min(...costs(name)));
  return { id, title, unit, plain, profiled, ratio: spread(ratios), best: fastestPlain / fastestProfiled };
}

function readOptions(all) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      trial: { type: 'string' },
      rounds: { type: 'string', default: '31' },
      repetitions: { type: 'string', default: '3' },
      output: { type: 'string' },
    },
  });
  if (positionals.length !== 2) throw new CommandFailed('name two addons: the plain one, the profiled one');
  const ids = values.trial?.split(',') ?? all;
  const { output } = values;
  return {
    ids,
    addons: positionals,
    rounds: Number(values.rounds),
    repetitions: Number(values.repetitions),
    output,
  };
}

/** Facts, then a line per trial: its summary, and per process the µs of every round by build. */
function textOf({ addons, rounds, repetitions }, rows) {
  const list = (part, name) => part.rounds.map((round) => Math.round(round[name].cpuNs / 1000));
  const lines = rows.map(({ parts, ...row }) => {
    const processes = parts.map((part) => ({
      units: part.unitsPerSlot,
      ...Object.fromEntries(BUILDS.map((name) => [name, list(part, name)])),
    }));
    return JSON.stringify({ ...row, processes });
  });
  const bytes = Object.fromEntries(BUILDS.map((name, index) => [name, statSync(addons[index]).size]));
  const date = new Date().toISOString();
  const facts = { date, node: process.version, machine: machineFacts(), bytes, rounds, repetitions };
  const head = JSON.stringify(facts, undefined, 2).slice(0, -2);
  return `${head},\n  "trials": [\n${lines.join(',\n')}\n]\n}\n`;
}

async function compare() {
  const all = [...(await listTrials()), ...Object.keys(untrained).map((name) => UNTRAINED + name)];
  const { ids, addons, rounds, repetitions, output } = readOptions(all);
  const rows = [];
  for (const id of ids) {
    const parts = [];
    for (let seed = 1; seed <= repetitions; seed++) {
      const work = JSON.stringify({ id, addons, rounds, seed });
      const { stdout } = await must(process.execPath, [...FLAGS, process.argv[1], '--work', work], {
        quiet: true,
      });
      parts.push(JSON.parse(stdout));
    }
    const row = summarize(parts);
    rows.push({ ...row, parts });
    const ratios = `ratio ${row.ratio.median.toFixed(3)}, best ${row.best.toFixed(3)}`;
    console.log(`${id}: ${row.plain} -> ${row.profiled} ns per ${row.unit}, ${ratios}`);
  }
  if (output) writeFileSync(output, textOf({ addons, rounds, repetitions }, rows));
}

if (process.argv[2] === '--work') await measureHere(JSON.parse(process.argv[3]));
else await compare();
