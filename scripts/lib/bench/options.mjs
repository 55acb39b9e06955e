// What `npm run bench` was asked for.
import { parseArgs } from 'node:util';
import { BUN_DRIVERS, DRIVERS } from '../../../benches/js/drivers.mjs';
import { OURS } from '../../../benches/js/summary.mjs';

const RUNTIMES = ['node22', 'node24', 'node26', 'bun'];
const MODES = ['memory', 'instructions', 'fixtures', 'pool', 'bulk', 'checkpoints', 'migrate', 'page'];
/** The main thread's own clock came with Node 23.9; before, that of the process would count the pool's threads. */
const POOL_RUNTIMES = ['node24', 'node26'];

/** How long it measures: a slot, and the most that one repetition of one trial may take. */
const FULL = { repetitions: 3, rounds: 31, slotMs: 5, budgetMs: 4000 };
const QUICK = { repetitions: 1, rounds: 11, slotMs: 2, budgetMs: 800 };

function known(name, list, all) {
  const stranger = list.find((item) => !all.includes(item));
  if (stranger === undefined) return list;
  throw new TypeError(`--${name} ${stranger} is unknown; known: ${all.join(', ')}`);
}

function read() {
  const flag = { type: 'boolean', default: false };
  const text = { type: 'string' };
  const names = { trial: text, drivers: text, repetitions: text, rounds: text };
  const flags = { quick: flag, 'no-floor': flag, publish: flag };
  const modes = Object.fromEntries(MODES.map((mode) => [mode, flag]));
  const runtime = { type: 'string', default: 'node24' };
  const { values, positionals } = parseArgs({
    options: { ...names, ...flags, ...modes, runtime },
    allowPositionals: true,
  });
  // `bench -- pool` is `bench -- --pool`.
  for (const mode of known('mode', positionals, MODES)) values[mode] = true;
  return values;
}

/**
 * @param {string[]} trials the ids of all trials
 * @returns {object} `mode` is `compare`, `memory`, `instructions`, `fixtures`, `pool`, `bulk`, `checkpoints`, `migrate` or `page`
 */
export function readOptions(trials) {
  const values = read();
  const mode = MODES.find((name) => values[name]) ?? 'compare';
  const { publish, quick } = values;
  const narrowing = ['quick', 'trial', 'drivers', 'no-floor'].find((name) => values[name]);
  if (publish && mode === 'compare' && narrowing !== undefined) {
    throw new TypeError(`--publish shows everything, so --${narrowing} cannot be combined with it`);
  }
  if (publish && quick && ['pool', 'bulk', 'checkpoints', 'migrate'].includes(mode)) {
    throw new TypeError('--publish measures in full, so --quick cannot be combined with it');
  }
  const withoutBun = RUNTIMES.filter((name) => name !== 'bun');
  const limited = {
    memory: withoutBun,
    pool: POOL_RUNTIMES,
    bulk: POOL_RUNTIMES,
    checkpoints: withoutBun,
    migrate: withoutBun,
  };
  const runtimes = limited[mode] ?? RUNTIMES;
  const [runtime] = known('runtime', [values.runtime], runtimes);
  const standard = values.quick ? QUICK : FULL;
  const count = (name) => {
    const number = Number(values[name] ?? standard[name]);
    if (Number.isInteger(number) && number > 0) return number;
    throw new TypeError(`--${name} must be a whole number above 0`);
  };
  const all = runtime === 'bun' ? BUN_DRIVERS : DRIVERS;
  const usual = mode === 'instructions' ? [OURS] : all;
  return {
    ...standard,
    mode,
    publish,
    quick,
    runtime,
    floor: !values['no-floor'],
    repetitions: count('repetitions'),
    rounds: count('rounds'),
    trials: values.trial ? known('trial', values.trial.split(','), trials) : defaultTrials(mode, trials),
    drivers: known('drivers', values.drivers?.split(',') ?? usual, all),
  };
}

/** Instructions are counted of the hottest paths: with start-up they take 40 s. */
function defaultTrials(mode, trials) {
  if (mode !== 'instructions') return trials;
  return ['get', 'get-in-transaction', 'all-100', 'iterate-100', 'transaction-100-named'];
}
