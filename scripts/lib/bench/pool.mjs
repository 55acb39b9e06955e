// `npm run bench -- pool`: what queries on other threads cost and give, beside better-sqlite3 in a worker and on the
// main thread. Each measurement is a process of its own; the ways take turns.
import os from 'node:os';
import { machineFacts, packageFacts } from '../../../benches/js/machine.mjs';
import { IDLE } from '../../../benches/js/pool/delay.mjs';
import { MAIN, POOL, WORKER } from '../../../benches/js/pool/ways.mjs';
import { spread } from '../../../benches/js/statistics.mjs';
import { root } from '../paths.mjs';
import { seconds } from '../run.mjs';
import { runScript } from './processes.mjs';
import { resultText, rounded, writeResult } from './results.mjs';

const WAYS = [POOL, WORKER, MAIN];
const READERS = [1, 2, 4];
const CALLERS = [1, 8, 64, 512];
const SYNCHRONOUS = ['NORMAL', 'FULL'];
const PROCESSES = 8;

/** Of the arguments of a measurement, those that do not tell it from the others. */
const WHERE = new Set(['directory', 'samples', 'durationMs', 'rows', 'processes']);

/** How long each measurement takes. */
const FULL = { samples: 30, readMs: 2000, writeMs: 2000, fairMs: 8000, rows: 1_000_000 };
const QUICK = { samples: 10, readMs: 400, writeMs: 250, fairMs: 2000, rows: 200_000 };

/**
 * All measurements, as arguments of benches/js/pool/measure.mjs.
 *
 * @param {string} memory where no figure contains a disk
 * @param {string} disk where an fsync takes what it takes
 */
function plan({ samples, readMs, writeMs, fairMs, rows }, memory, disk) {
  const ways = (each) => WAYS.map((way) => Object.assign({ way, directory: memory }, each));
  const reads = (query) => {
    const pools = READERS.map((readers) => ({ way: POOL, readers }));
    const each = { measure: 'reads', query, durationMs: readMs, directory: memory };
    return [...pools, { way: WORKER }, { way: MAIN }].map((who) => Object.assign({}, each, who));
  };
  const writes = (synchronous) => {
    const pools = CALLERS.flatMap((callers) => [true, false].map((group) => ({ way: POOL, callers, group })));
    const each = { measure: 'writes', synchronous, durationMs: writeMs, directory: disk };
    return [{ way: MAIN }, ...pools].map((who) => Object.assign({}, each, who));
  };
  const fairness = [POOL, MAIN].map((way) => {
    return { measure: 'fairness', way, processes: PROCESSES, durationMs: fairMs, directory: memory };
  });
  return [
    ...ways({ measure: 'rows', samples }),
    { measure: 'delay', way: IDLE, directory: memory },
    ...ways({ measure: 'delay' }),
    ...reads('aggregate'),
    ...reads('key'),
    ...SYNCHRONOUS.flatMap(writes),
    ...fairness,
    ...ways({ measure: 'stream', rows }),
  ];
}

/** The figures of all repetitions of one measurement: a spread for each, of all samples where there are several. */
function merge(results) {
  const [first] = results;
  return Object.fromEntries(
    Object.entries(first).map(([name, example]) => {
      const values = results.map((result) => result[name]);
      if (Array.isArray(example)) return [name, spread(values.flat())];
      if (typeof example === 'object' && example !== null)
        return [name, spread(values.map(({ median }) => median))];
      return [name, example === null ? null : spread(values)];
    }),
  );
}

/** What tells a measurement from the others: without where and for how long. */
function identity(argument) {
  return Object.fromEntries(Object.entries(argument).filter(([name]) => !WHERE.has(name)));
}

function line({ figures, ...rest }) {
  const what = Object.values(rest).map((value) =>
    typeof value === 'boolean' ? (value ? 'grouped' : 'alone') : value,
  );
  const cells = Object.entries(figures)
    .filter(([, value]) => value !== null)
    .map(([name, { median }]) => `${name} ${Number(median.toPrecision(4))}`);
  return `${what.join(', ')}: ${cells.join(', ')}`;
}

/** @param {{ directory: string, quick: boolean, repetitions: number, runtime: string, publish: boolean }} options */
export async function reportPool(options, command) {
  const machine = machineFacts();
  const { quick, repetitions, runtime, directory: memory } = options;
  const disk = os.tmpdir();
  const measurements = plan(quick ? QUICK : FULL, memory, disk);
  const parts = [];
  for (let number = 1; number <= repetitions; number++) {
    const started = performance.now();
    for (const argument of measurements) {
      const result = await runScript(runtime, 'pool/measure.mjs', argument);
      parts.push({ number, ...identity(argument), load: os.loadavg()[0], result });
    }
    console.log(`${number}/${repetitions} pool (${seconds(started)}), load ${os.loadavg()[0].toFixed(2)}`);
  }
  const pool = measurements.map((argument, index) => {
    const own = parts.filter((_, position) => position % measurements.length === index);
    return Object.assign(identity(argument), { figures: merge(own.map(({ result }) => result)) });
  });
  for (const each of pool) console.log(line(each));
  if (!options.publish) return;
  const facts = { date: new Date().toISOString(), command, runtime, repetitions, machine, disk };
  const lists = { pool: pool.map(rounded), parts: parts.map(rounded) };
  const text = resultText({ ...facts, packages: packageFacts(root) }, lists);
  console.log(`published: ${writeResult('pool', text)}`);
}
