// Steps on statements and iterators.
import { statementFor, writeFor } from '../sql.mjs';
import { mangled, parametersFor } from './arguments.mjs';
import { pickDatabase, pickIterator, pickStatement } from './pick.mjs';

export function prepare(world) {
  const record = pickDatabase(world);
  if (record === undefined) return;
  const { choose } = world;
  const about = choose.chance(0.15) ? writeFor(choose) : statementFor(choose, record, world.id());
  const args = mangled(world, [about.sql]);
  const { value } = world.call(record, 'prepare', args, { statement: args[0] === about.sql ? about : {} });
  if (value !== undefined && choose.chance(0.6)) run(world, world.pool.recordOf(value));
}

const EXECUTIONS = { get: 4, all: 4, run: 4, iterate: 5, bind: 1 };

export function execute(world) {
  const record = pickStatement(world);
  if (record !== undefined) run(world, record);
}

function run(world, record) {
  const { choose } = world;
  const method = record.value.reader || choose.chance(0.05) ? choose.weighted(EXECUTIONS) : 'run';
  world.call(record, method, parametersFor(world, record));
}

/** Enough executions of one statement for what the driver compiles when it pays. */
export function executeOften(world) {
  const record = pickStatement(world);
  if (record === undefined) return;
  const method = world.choose.pick(['get', 'run']);
  const args = parametersFor(world, record);
  const count = world.isNested ? 5 : 210;
  for (let made = 0; made < count && world.found === undefined; made += 1) world.call(record, method, args);
}

export function mode(world) {
  const record = pickStatement(world);
  if (record === undefined) return;
  const { choose } = world;
  const method = choose.pick(['pluck', 'raw', 'expand', 'safeIntegers']);
  world.call(record, method, mangled(world, choose.chance(0.5) ? [] : [choose.chance(0.6)]));
}

export function describe(world) {
  const record = pickStatement(world);
  if (record === undefined) return;
  const { choose } = world;
  world.call(record, choose.pick(['columns', 'toString', 'toString']), mangled(world, []));
  world.invoke('properties', () => ({ ...record.value }), undefined, [], { rule: { never: true } });
}

export function next(world) {
  const record = pickIterator(world);
  if (record === undefined) return;
  const count = world.choose.pick([1, 1, 1, 2, 5, 40]);
  for (let made = 0; made < count && record.isOpen && world.found === undefined; made += 1) {
    const { value } = world.call(record, 'next', []);
    if (value === undefined || value.done) break;
  }
}

export function end(world) {
  const record = pickIterator(world);
  if (record === undefined) return;
  world.call(record, world.choose.pick(['return', 'next']), mangled(world, []));
}
