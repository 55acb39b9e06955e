// The calls of the fuzzer of pools: mostly right ones, with hostile values and at hostile moments.
import { named } from '../journal.mjs';
import { mangled, options } from '../steps/arguments.mjs';
import { METHODS } from './rules.mjs';

const ROWS = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 3000) SELECT x FROM n';
const ENDLESS = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n';
const TEXTS = [
  'SELECT 1',
  'SELECT ? AS a, ? AS b',
  'SELECT @a, :b, $c',
  'SELECT v, count(*) FROM t GROUP BY v',
  ROWS,
  'INSERT INTO t VALUES (?)',
  'INSERT INTO t VALUES (?), (2) RETURNING v',
  'INSERT OR ROLLBACK INTO k VALUES (1)',
  'INSERT INTO child VALUES (1)',
  'UPDATE t SET v = v + 1',
  'DELETE FROM t WHERE rowid % 3 = 0',
  'CREATE TABLE IF NOT EXISTS t (v)',
  'CREATE TABLE u (v)',
  'DROP TABLE u',
  'CREATE TEMP TABLE IF NOT EXISTS hidden (v)',
  'PRAGMA user_version',
  'PRAGMA user_version = 3',
  'PRAGMA foreign_keys = 0',
  'BEGIN',
  'COMMIT',
  'SAVEPOINT s',
  'ROLLBACK',
  'SELECT changes(), last_insert_rowid()',
  'SELECT zeroblob(70000)',
  'SELECT * FROM absent',
  'SELECT f(?), g(1, 2)',
  'SELECT 1; SELECT 2',
  '',
  ENDLESS,
];
const SCRIPTS = [
  'BEGIN; INSERT INTO t VALUES (1); COMMIT',
  'BEGIN; INSERT INTO t VALUES (1)',
  'CREATE TABLE IF NOT EXISTS t (v); CREATE TABLE IF NOT EXISTS k (v UNIQUE)',
];

function text(world) {
  const { choose, values } = world;
  return choose.chance(0.05) ? values.string() : choose.pick(TEXTS);
}

/** A signal that may be aborted: at once, soon, or when the round ends. */
function signal(world) {
  const { choose } = world;
  const controller = new AbortController();
  const abort = () => controller.abort(choose.chance(0.5) ? world.own('abort') : undefined);
  world.controllers.push(controller);
  const when = choose.int(4);
  if (when === 0) abort();
  else if (when === 1) setImmediate(abort);
  else if (when === 2) setTimeout(abort, choose.int(4));
  return named('signal', controller.signal);
}

/** Options of a call: everything that can be endless has an end. */
function callOptions(world) {
  const { choose } = world;
  return options(
    world,
    {
      signal: signal(world),
      priority: choose.pick(['foreground', 'background']),
      safeIntegers: choose.chance(0.5),
      maxRows: choose.pick([0, 1, 100, 1e9]),
      maxBytes: choose.pick([0, 10, 1e9]),
      [choose.pick(['raw', 'pluck', 'expand'])]: true,
    },
    { timeoutMs: choose.pick([0, 1, 5, 50]) },
    { mayInherit: false },
  );
}

function parameters(world) {
  const { choose, values } = world;
  switch (choose.int(5)) {
    case 0:
      return values.any();
    case 1:
      return { a: values.bindable(), b: values.bindable(), c: values.bindable() };
    default:
      return Array.from({ length: choose.int(3) }, () => values.bindable());
  }
}

function template(world) {
  const { choose, values, entry } = world;
  const value = choose.chance(0.8) ? values.bindable() : values.any();
  switch (choose.int(4)) {
    case 0:
      return world.invoke('sql', entry.sql, undefined, [
        Object.assign(['SELECT ', ''], { raw: ['', ''] }),
        value,
      ]);
    case 1:
      return world.invoke(
        'sql.join',
        entry.sql.join,
        entry.sql,
        mangled(world, [[value, values.bindable()]]),
      );
    case 2:
      return world.invoke(
        'sql.identifier',
        entry.sql.identifier,
        entry.sql,
        mangled(world, [values.string()]),
      );
    default:
      return world.invoke('sql', entry.sql, undefined, [values.any(), value]);
  }
}

function query(world) {
  if (world.choose.chance(0.15)) return [template(world), callOptions(world)];
  return [text(world), parameters(world), callOptions(world)];
}

function statements(world) {
  const one = () =>
    world.choose.pick([
      () => text(world),
      () => [text(world), parameters(world)],
      () => template(world),
      () => world.values.any(),
    ])();
  return [Array.from({ length: world.choose.int(4) }, one), callOptions(world)];
}

/** A function that has a transaction or a snapshot: calls are made through it, awaited or not, and after its end. */
function holder(world, kind, isNested = false) {
  const { choose } = world;
  return named(`fn(${kind})`, async (held) => {
    world.add(kind, held);
    for (let count = choose.int(4); count > 0; count -= 1) {
      const called = call(world, kind, held);
      if (choose.chance(0.6))
        await Promise.race([Promise.resolve(called).catch(() => undefined), nextTurns()]);
    }
    if (choose.chance(0.1)) throw world.own(kind);
    // What is around it ends it after some time. A function within waits for nobody else.
    if (!isNested && choose.chance(0.05)) await new Promise(() => undefined);
    return choose.chance(0.2) ? world.values.any() : 1;
  });
}

async function nextTurns() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

function laneOptions(world, kind) {
  const { choose } = world;
  const ms = () => choose.pick([0, 1, 10, 30]);
  const fixed = kind === 'snapshot' ? { maxAgeMs: ms() } : { maxHoldMs: ms(), acquireTimeoutMs: ms() };
  return options(world, { signal: signal(world) }, fixed, { mayInherit: false });
}

const tenant = (world) =>
  world.choose.pick(['a', 'b', 'c', 'd', '../up', '', 'A', 'con', world.values.string(), world.values.any()]);

/** Arguments for each method that are mostly right. */
const ARGUMENTS = {
  all: query,
  get: query,
  run: query,
  iterate: query,
  exec: (world) => [world.choose.chance(0.5) ? world.choose.pick(SCRIPTS) : text(world), callOptions(world)],
  batch: statements,
  transaction: (world, kind) => [
    holder(world, 'transaction', kind === 'transaction'),
    ...(kind === 'transaction' ? [] : [laneOptions(world, 'transaction')]),
  ],
  read: (world) => [holder(world, 'snapshot'), laneOptions(world, 'snapshot')],
  function: (world) => [
    world.choose.pick(['f', 'g', 'abs', world.values.string(), world.values.any()]),
    options(world, { deterministic: true, directOnly: false }),
    world.choose.pick(['?1 + 1', '@a || ?2', '(SELECT 1)', '1; DROP TABLE t', '', world.values.string()]),
  ],
  close: (world) => [options(world, {}, { drainMs: world.choose.pick([0, 1, 5]) }, { mayInherit: false })],
  pool: (world) => [tenant(world)],
  forEach: (world) => [
    holder(world, 'fleetPool', true),
    options(
      world,
      { concurrency: world.choose.pick([1, 2, 9]), signal: signal(world) },
      {},
      { mayInherit: false },
    ),
  ],
  exists: (world) => [tenant(world)],
  delete: (world) => [tenant(world), { drainMs: 1 }],
  stats: () => [],
  list: () => [],
  join: (world) => [world.values.any()],
  identifier: (world) => [world.values.any()],
};

/** Some rows of a stream, which is then left, or forgotten. */
async function take(world, stream) {
  const { choose } = world;
  for (let count = choose.int(40); count >= 0; count -= 1) {
    const step = choose.chance(0.9) ? 'next' : choose.pick(['return', 'throw']);
    const args = step === 'throw' ? [world.own('throw')] : [];
    const promise = world.invoke(`stream.${step}`, stream[step], stream, args);
    if (promise !== undefined && choose.chance(0.8)) await promise.then(undefined, () => undefined);
  }
  // What is forgotten holds its reader until it is collected.
  world.watch('stream.return', stream.return());
}

/** A call of a method. Answers what it gives. */
function call(world, kind, receiver) {
  const { choose, values } = world;
  const method = choose.pick(METHODS[kind]);
  if (method === 'close' && choose.chance(0.8)) return undefined;
  const args = mangled(world, ARGUMENTS[method](world, kind));
  const other = choose.chance(0.02) ? values.any() : receiver;
  const value = world.invoke(`${kind}.${method}`, receiver[method], other, args, {
    isForeign: other !== receiver,
  });
  if (other !== receiver || value === undefined) return value;
  if (method === 'iterate') world.waitFor('taking rows', take(world, value));
  if (method === 'pool') world.add('fleetPool', value);
  return value;
}

/** A call on an object that there is. */
export function any(world) {
  const kinds = Object.keys(METHODS).filter((kind) => kind === 'sql' || world.of(kind).length > 0);
  const kind = world.choose.pick(kinds);
  return call(world, kind, kind === 'sql' ? world.entry.sql : world.choose.pick(world.of(kind)));
}

/** A pool or a fleet, with options of any kind. */
export function open(world) {
  const { choose, values, entry } = world;
  const ms = () => choose.pick([0, 1, 20, 10_000]);
  const more = {
    durable: choose.chance(0.5),
    readers: choose.pick([1, 2, 4]),
    readerIdleMs: choose.pick([0, 1, 50]),
    maxQueue: choose.pick([1, 5, 100_000]),
    maxHoldMs: ms(),
    acquireTimeoutMs: ms(),
    maxAgeMs: ms(),
    busyTimeoutMs: choose.pick([0, 5]),
    fileMustExist: choose.chance(0.2),
    pragmas: { cache_size: -100 },
    [choose.pick(['raw', 'pluck', 'expand'])]: true,
    maxRows: 1000,
  };
  const path = `${world.at}/${choose.int(2)}.db`;
  // Without an end of their own calls of other methods could last for ever.
  const fixed = { timeoutMs: 50 };
  const kind = choose.pick(['openPool', 'openPool', 'getPool', 'openFleet']);
  const own = { mayInherit: false };
  if (kind === 'openFleet') {
    const about = { maxOpen: choose.pick([1, 2, 8]), idleMs: choose.pick([0, 5, 1000]), openTimeoutMs: 20 };
    const args = mangled(world, [`${world.at}/fleet`, options(world, { ...more, ...about }, fixed, own)]);
    keep(world, 'fleet', world.invoke(kind, entry.openFleet, undefined, args));
    return;
  }
  const given = options(world, more, kind === 'getPool' ? { ...fixed, path } : fixed, own);
  const args =
    kind === 'getPool' ? [given] : mangled(world, [choose.chance(0.95) ? path : values.any(), given]);
  keep(world, 'pool', world.invoke(kind, entry[kind], undefined, args));
}

function keep(world, kind, value) {
  if (value === undefined) return;
  world.opened.add(value);
  world.add(kind, value);
}
