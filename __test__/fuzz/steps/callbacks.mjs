// Steps that give the package functions to call: scalar functions, aggregates, virtual tables, transactions.
import { named } from '../journal.mjs';
import { madeBy } from '../sql.mjs';
import { mangled, options } from './arguments.mjs';
import { pickDatabase } from './pick.mjs';

// No built-in name that SQLite's own statements use: ANALYZE reserves memory for what count() says.
const NAMES = ['f', 'Agg', 'lower', 'hex', 'é', 'x'.repeat(255), 'x'.repeat(256), 'a\0', ''];
/** Rows that a virtual table gives at most. */
const MAX_ROWS = 6;

const FLAGS = { varargs: true, deterministic: true, directOnly: true, safeIntegers: true };
const flags = (choose) => Object.fromEntries(Object.keys(FLAGS).map((name) => [name, choose.chance(0.5)]));

/** A function for a database to call; sometimes one that the fuzzer does not know when it runs. */
function callback(world, record, about) {
  const { choose, values } = world;
  if (choose.chance(0.03)) {
    about.own = false;
    return values.fn();
  }
  const call = (args) => world.userCode('callback', record, () => values.result(args));
  const shapes = [
    () => call([]),
    (a) => call([a]),
    (a, b) => call([a, b]),
    (...args) => call(args),
    function receiver(a) {
      if (this !== undefined) world.report('a callback has a receiver');
      return call([a]);
    },
  ];
  return named('callback', choose.pick(shapes));
}

/** A name that SQL texts use, or one that they do not. */
const nameFor = (choose, usual) => (choose.chance(0.9) ? usual : choose.pick(NAMES));

export function defineFunction(world, record = pickDatabase(world)) {
  if (record === undefined) return;
  const { choose } = world;
  const about = { own: true };
  const fn = callback(world, record, about);
  const name = nameFor(choose, choose.pick(['f', 'g']));
  const right = choose.chance(0.5) ? [name, fn] : [name, options(world, flags(choose)), fn];
  const args = mangled(world, right);
  about.own &&= args.every((arg) => typeof arg !== 'function' || arg === fn);
  const { value } = world.call(record, 'function', args, about);
  if (value !== undefined) record.functions.push({ name, count: about.own ? fn.length : 1 });
}

export function defineAggregate(world, record = pickDatabase(world)) {
  if (record === undefined) return;
  const { choose, values } = world;
  const about = { own: true };
  const given = {
    ...flags(choose),
    start: choose.chance(0.5) ? values.bindable() : callback(world, record, about),
  };
  for (const part of ['inverse', 'result'])
    if (choose.chance(0.6)) given[part] = callback(world, record, about);
  const step = callback(world, record, about);
  const right = [nameFor(choose, 'agg'), options(world, given, { step }, about)];
  const args = mangled(world, right);
  about.own &&= args[1] === right[1];
  const { value } = world.call(record, 'aggregate', args, about);
  const longest = about.own ? Math.max(step.length, given.inverse?.length ?? 0) : 2;
  if (value !== undefined) record.aggregates.push({ name: right[0], count: Math.max(0, longest - 1) });
}

/** The generator of a virtual table. */
function rowsFor(world, record, columns) {
  const { choose, values } = world;
  const count = choose.int(MAX_ROWS);
  const row = (args) => {
    if (choose.chance(0.02)) return values.any();
    const cells = columns.map(() => values.result(args));
    return choose.chance(0.5) ? cells : Object.fromEntries(columns.map((name, at) => [name, cells[at]]));
  };
  function* generate(args) {
    try {
      for (let at = 0; at < count; at += 1) yield world.userCode('row', record, () => row(args));
    } finally {
      // Also when the table is left before its end: then SQLite, or the collection of a statement, waits for it.
      world.userCode('finally', record, () => undefined, { mayThrow: false });
    }
  }
  const shapes = [
    function* () {
      yield* generate([]);
    },
    function* (a) {
      yield* generate([a]);
    },
    function* (a, b) {
      yield* generate([a, b]);
    },
  ];
  return choose.pick(shapes);
}

function definition(world, record) {
  const { choose } = world;
  const columns = choose.pick([
    ['a'],
    ['a', 'b'],
    ['a', 'b', 'c', '__proto__x'],
    Array.from({ length: 40 }, (_, at) => `c${at}`),
  ]);
  const given = { directOnly: choose.chance(0.2), safeIntegers: choose.chance(0.5) };
  if (choose.chance(0.3)) given.parameters = choose.pick([['p'], ['p', 'q'], [], ['a'], ['p', 'p']]);
  const mayInherit = choose.chance(0.1);
  const rows = rowsFor(world, record, columns);
  const count = given.parameters?.length ?? rows.length;
  return { given: options(world, given, { columns, rows }, { mayInherit }), count };
}

export function defineTable(world, record = pickDatabase(world)) {
  if (record === undefined) return;
  const { choose } = world;
  const isModule = choose.chance(0.4);
  const make = () => (choose.chance(0.1) ? world.values.any() : definition(world, record).given);
  const { given, count } = isModule
    ? { given: named('factory', () => world.userCode('factory', record, make)) }
    : definition(world, record);
  const name = nameFor(choose, isModule ? 'mod' : 'tab');
  const args = mangled(world, [name, given]);
  const { value } = world.call(record, 'table', args, { own: args[1] === given });
  if (value === undefined) return;
  if (!isModule) record.tables.push({ name, count });
  else use(world, record, { name });
}

/** Makes the table of a module. */
function use(world, record, module) {
  record.modules.push(module);
  const made = world.call(record, 'exec', [
    `CREATE VIRTUAL TABLE IF NOT EXISTS ${madeBy(module)} USING ${module.name} (1)`,
  ]);
  if (made.value !== undefined) record.tables.push({ name: madeBy(module), count: 0 });
}

export function makeTransaction(world) {
  const record = pickDatabase(world);
  if (record === undefined) return;
  const { choose, values } = world;
  const fn = named('body', (...args) =>
    world.userCode('transaction', undefined, () => (choose.chance(0.1) ? values.any() : args[0])),
  );
  const args = mangled(world, [choose.chance(0.9) ? fn : values.fn()]);
  world.call(record, 'transaction', args, { own: args[0] === fn });
}

export function callTransaction(world) {
  const { choose, pool } = world;
  const record = pool.pick('transaction', choose);
  if (record === undefined) return;
  const variant = choose.pick(['default', 'deferred', 'immediate', 'exclusive']);
  const target = record.value[variant];
  if (target.database !== record.value.database)
    world.report('a variant of a transaction has another database');
  world.call({ ...record, value: target }, 'call', choose.chance(0.5) ? [] : [world.values.any()]);
}
