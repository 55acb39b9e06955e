// What `npm run bench` was asked for.
import { parseArgs } from 'node:util';
import { BUN_DRIVERS, DRIVERS } from '../../../benches/js/drivers.mjs';
import { OURS } from '../../../benches/js/summary.mjs';

const RUNTIMES = ['node22', 'node24', 'node26', 'bun'];

/** How long it measures: a slot, and the most that one repetition of one trial may take. */
const FULL = { repetitions: 3, rounds: 31, slotMs: 5, budgetMs: 4000 };
const QUICK = { repetitions: 1, rounds: 11, slotMs: 2, budgetMs: 800 };

function known(name, list, all) {
  const stranger = list.find((item) => !all.includes(item));
  if (stranger === undefined) return list;
  throw new TypeError(`--${name} ${stranger} is unknown; known: ${all.join(', ')}`);
}

/** @param {string[]} trials the ids of all trials */
export function readOptions(trials) {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      instructions: { type: 'boolean', default: false },
      publish: { type: 'boolean', default: false },
      trial: { type: 'string' },
      drivers: { type: 'string' },
      repetitions: { type: 'string' },
      rounds: { type: 'string' },
      runtime: { type: 'string', default: 'node24' },
      'no-floor': { type: 'boolean', default: false },
    },
  });
  const [runtime] = known('runtime', [values.runtime], RUNTIMES);
  const standard = values.quick ? QUICK : FULL;
  const count = (name) => {
    const number = Number(values[name] ?? standard[name]);
    if (Number.isInteger(number) && number > 0) return number;
    throw new TypeError(`--${name} must be a whole number above 0`);
  };
  const all = runtime === 'bun' ? BUN_DRIVERS : DRIVERS;
  const { instructions, publish } = values;
  const selected = values.trial && known('trial', values.trial.split(','), trials);
  if (instructions) {
    const drivers = known('drivers', (values.drivers ?? OURS).split(','), DRIVERS);
    return { instructions, publish, trials: selected, drivers };
  }
  return {
    ...standard,
    runtime,
    floor: !values['no-floor'],
    repetitions: count('repetitions'),
    rounds: count('rounds'),
    trials: selected ?? trials,
    drivers: known('drivers', values.drivers?.split(',') ?? all, all),
  };
}
