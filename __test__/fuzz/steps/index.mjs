// The steps of the fuzzer, with how often each is taken.
import * as callbacks from './callbacks.mjs';
import * as client from './client.mjs';
import * as databases from './databases.mjs';
import * as generic from './generic.mjs';
import * as statements from './statements.mjs';

const RUN = {
  ...callbacks,
  ...client,
  ...databases,
  ...generic,
  ...statements,
  canary: (world) => world.canary.ask(),
  drop: (world) =>
    world.pool.drop(
      world.choose.pick(['database', 'statement', 'iterator', 'transaction', 'other']),
      world.choose,
    ),
  collect: (world) => world.collect(),
  tidy: (world) => world.pool.tidy(world.choose),
};

const WEIGHTS = {
  open: 3,
  close: 1,
  exec: 5,
  pragma: 3,
  explain: 1,
  serialize: 1,
  toggle: 2,
  loadExtension: 0.5,
  properties: 2,
  prepare: 12,
  execute: 22,
  executeOften: 0.1,
  mode: 4,
  describe: 3,
  next: 8,
  end: 6,
  defineFunction: 4,
  defineAggregate: 2,
  defineTable: 4,
  makeTransaction: 2,
  callTransaction: 4,
  connect: 2,
  disconnect: 1,
  replaceFile: 0.2,
  truncate: 0.3,
  instrument: 0.5,
  signals: 0.3,
  backup: 0.7,
  makeError: 0.5,
  anyCall: 10,
  canary: 5,
  drop: 1.5,
  tidy: 3,
};

/** Of steps inside of other calls. Collecting there is slow, and finds other things than between calls. */
const NESTED = {
  ...WEIGHTS,
  open: 1,
  close: 4,
  canary: 10,
  end: 8,
  collect: 0.05,
  describe: 8,
  executeOften: 0.02,
  replaceFile: 0.1,
};

export const steps = {
  weights: { ...WEIGHTS, collect: 0.1 },
  nestedWeights: NESTED,
  run(name, world) {
    RUN[name](world);
  },
};
