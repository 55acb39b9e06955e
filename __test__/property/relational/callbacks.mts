/**
 * Callbacks of random programs: what is registered, as plain data, and the JavaScript that it stands for. Every call
 * is written down, so that drivers are compared in what they call, and with what, too.
 *
 * Not written down are calls of `start`, and no generator has a `finally`: there the drivers differ on purpose. One
 * callback of a statement fails at most: a second failure ends the process of better-sqlite3.
 */
import * as fc from 'fast-check';
import { describeValue, type Description } from '../../helpers/answer.mts';
import type { Database } from '../../helpers/driver.mts';
import { pick } from './sql.mts';

/** What bodies can reach. */
export interface World {
  readonly db: Database;
  /** Another connection. */
  readonly other: Database;
  note(name: string, args: readonly unknown[]): void;
  /** Whether a callback may fail: at its first question during a statement. */
  mayFail(): boolean;
}

type Body = (world: World, args: readonly unknown[], calls: number) => unknown;

/** Throws, or gives a value where it must not. */
function fail(world: World, value: unknown): unknown {
  if (world.mayFail()) throw value;
  return null;
}

/** Gives what is no value of SQLite, or null where it must not. */
const invalid =
  (value: unknown): Body =>
  (world) =>
    world.mayFail() ? value : null;

const described = (args: readonly unknown[]): string => JSON.stringify(args.map((arg) => describeValue(arg)));

/** What functions do. The first few are what most do, so that most queries give rows. */
const scalars: Record<string, Body> = {
  echo: (_, args) => args[0],
  describe: (_, args) => described(args),
  last: (_, args) => args.at(-1),
  length: (_, args) => args.length,
  bigint: (_, args) => BigInt(args.length) + 2n ** 60n,
  text: () => 'é漢\0\ud800',
  bytes: () => Buffer.from([0, 255]),
  floats: () => new Float32Array([1, 2]),
  nothing: () => undefined,
  notANumber: () => NaN,
  calls: (_, _args, calls) => calls,
  asksAnother: ({ other }, args) => other.prepare('SELECT count(*) + ? FROM t').pluck().get(args.length),
  writesAnother: ({ other }) => other.prepare('INSERT INTO t VALUES (1)').run().changes,
  isBusy: ({ db }) => {
    try {
      return db.exec('SELECT 1').open;
    } catch (error) {
      return (error as Error).message;
    }
  },
  long: () => '漢'.repeat(3000),
  boolean: invalid(true),
  object: invalid({}),
  tooBig: invalid(2n ** 64n),
  throws: (world) => fail(world, new RangeError('thrown by a function')),
  throwsNull: (world) => fail(world, null),
  throwsLater: (world, _, calls) => (calls > 2 ? fail(world, 'thrown later') : calls),
};

const common = Object.keys(scalars).slice(0, 8);
const flags = {
  deterministic: pick(undefined, undefined, true, false),
  directOnly: pick(undefined, undefined, undefined, true),
  safeIntegers: pick(undefined, undefined, true, false),
};

/** Without what is undefined: an option that is there with that value is an error. */
function given(options: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

const ARITY: Record<string, number> = { f0: 0, f1: 1, f2: 2, s0: 1, s1: 2, s2: 3, w1: 2, w2: 3 };

const scalar = fc.record({
  kind: fc.constant('function' as const),
  name: pick('f0', 'f1', 'f1', 'f2', 'fv'),
  body: fc.oneof({ weight: 3, arbitrary: pick(...common) }, pick(...Object.keys(scalars))),
  options: fc.record(flags),
});

const aggregate = fc.record({
  kind: fc.constant('aggregate' as const),
  name: pick('s0', 's1', 's1', 's2', 'w1', 'w1', 'w2'),
  start: pick('list', 'list', 'list', 'number', 'shared', 'absent', 'undefined', 'throws'),
  step: pick('add', 'add', 'add', 'replace', 'throws', 'throwsLater'),
  inverse: pick('remove', 'remove', 'replace', 'throws'),
  result: pick('text', 'text', 'text', 'absent', 'count', 'nothing', 'object', 'throws'),
  options: fc.record(flags),
});

const table = fc.record({
  kind: fc.constant('table' as const),
  name: pick('vt', 'vt', 'mod'),
  rows: pick(
    'arrays',
    'arrays',
    'arrays',
    'objects',
    'objects',
    'many',
    'none',
    'bad',
    'short',
    'stranger',
    'throws',
    'asks',
  ),
  cell: pick(...common, ...common, 'boolean', 'throws', 'tooBig', 'object'),
  options: fc.record({ directOnly: flags.directOnly, safeIntegers: flags.safeIntegers }),
});

export const registration = fc.oneof(
  { weight: 3, arbitrary: scalar },
  { weight: 3, arbitrary: aggregate },
  { weight: 2, arbitrary: table },
);
export type Registration = typeof registration extends fc.Arbitrary<infer Item> ? Item : never;

/** What each program begins with: one of every name. */
export const registrations: fc.Arbitrary<Registration[]> = fc.tuple(
  ...['f0', 'f1', 'f2', 'fv'].map((name) => named(scalar, name)),
  ...['s0', 's1', 's2', 'w1', 'w2'].map((name) => named(aggregate, name)),
  ...['vt', 'mod'].map((name) => named(table, name)),
);

function named(arbitrary: fc.Arbitrary<Registration>, name: string): fc.Arbitrary<Registration> {
  return arbitrary.map((each) => ({ ...each, name }) as Registration);
}

function withLength(fn: (...args: unknown[]) => unknown, length: number): unknown {
  return Object.defineProperty(fn, 'length', { value: length });
}

function registerScalar(
  world: World,
  { name, body, options }: Extract<Registration, { kind: 'function' }>,
): unknown {
  let calls = 0;
  const run = scalars[body]!;
  const fn = (...args: unknown[]): unknown => {
    world.note(name, args);
    calls += 1;
    return run(world, args, calls);
  };
  const varargs = name === 'fv' ? true : undefined;
  return world.db.function(name, given({ ...options, varargs }), withLength(fn, ARITY[name] ?? 0));
}

type Group = unknown[] | number | bigint | string | null | undefined;

function registerAggregate(world: World, each: Extract<Registration, { kind: 'aggregate' }>): unknown {
  const { name, start, step, inverse, result, options } = each;
  let calls = 0;
  const shared: unknown[] = [];
  const starts: Record<string, unknown> = {
    list: () => [],
    number: 1,
    shared,
    undefined,
    throws: () => fail(world, new Error('thrown by start')),
  };
  const change = (how: string, group: Group, args: readonly unknown[]): Group => {
    world.note(`${name} ${how}`, [group, ...args]);
    calls += 1;
    if (how === 'throws' || (how === 'throwsLater' && calls > 3)) fail(world, new Error(`thrown by ${name}`));
    if (how === 'replace') return args.length;
    if (!Array.isArray(group)) return Number(group ?? 0) + (how === 'remove' ? -1 : 1);
    if (how === 'remove') group.shift();
    else if (group.length < 8) group.push(described(args));
    return undefined;
  };
  const results: Record<string, (group: Group) => unknown> = {
    text: (group) => described([group]),
    count: (group) => (Array.isArray(group) ? group.length : BigInt(Number(group ?? 0))),
    nothing: () => undefined,
    object: () => invalid({})(world, [], 0),
    throws: () => fail(world, undefined),
  };
  const arity = ARITY[name] ?? 1;
  // A list by itself is no value of SQLite.
  const isList = start === 'list' || start === 'shared';
  const last = results[result] ?? (isList ? results['text'] : undefined);
  return world.db.aggregate(name, {
    ...given(options),
    ...(start === 'absent' ? {} : { start: starts[start] }),
    step: withLength((group, ...args) => change(step, group as Group, args), arity),
    ...(name.startsWith('w')
      ? { inverse: withLength((group, ...args) => change(inverse, group as Group, args), arity) }
      : {}),
    ...(last === undefined
      ? {}
      : {
          result: (group: Group) => {
            world.note(`${name} result`, [group]);
            return last(group);
          },
        }),
  });
}

/** The rows of a table whose parameters are p and q. */
function* rowsOf(
  world: World,
  each: Extract<Registration, { kind: 'table' }>,
  p: unknown,
  q: unknown,
): Generator {
  const { rows, cell, name } = each;
  world.note(name, [p, q]);
  const count = rows === 'none' ? 0 : Math.min(Math.max(Number(p ?? 2) || 0, 0), rows === 'many' ? 40 : 3);
  for (let a = 1; a <= count; a += 1) {
    const fails = ['throws', 'bad', 'short', 'stranger'].includes(rows) && a > 1 && world.mayFail();
    world.note(`${name} row`, [a]);
    const b = scalars[cell]!(world, [q], a);
    if (rows === 'throws' && fails) throw new Error(`thrown by ${name}`);
    if (rows === 'objects') yield { c: a % 2 === 0 ? null : `c${a}`, a, b };
    else if (rows === 'bad' && fails) yield 5;
    else if (rows === 'short' && fails) yield [a, b];
    else if (rows === 'stranger' && fails) yield { a, b, d: 1 };
    else if (rows === 'asks') yield [a, world.other.prepare('SELECT count(*) FROM t').pluck().get(), b];
    else yield [a, b, a * 1.5];
  }
}

function registerTable(world: World, each: Extract<Registration, { kind: 'table' }>): unknown {
  const definition = {
    ...given(each.options),
    columns: ['a', 'b', 'c'],
    parameters: ['p', 'q'],
    *rows(p: unknown, q: unknown) {
      yield* rowsOf(world, each, p, q);
    },
  };
  if (each.name === 'vt') return world.db.table('vt', definition);
  return world.db.table('mod', function makeTable(this: object, ...args: string[]) {
    world.note('mod', [{ ...this }, ...args]);
    if (args[0] === 'fails') fail(world, new Error('thrown by mod'));
    return definition;
  });
}

export function register(world: World, each: Registration): unknown {
  if (each.kind === 'function') return registerScalar(world, each);
  return each.kind === 'aggregate' ? registerAggregate(world, each) : registerTable(world, each);
}

/** The notes of a call: its name and its arguments. */
export function noteOf(name: string, args: readonly unknown[]): Description {
  return [name, ...args.map((arg) => describeValue(arg))];
}
