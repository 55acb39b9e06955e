/**
 * What may be called when: every call of the interface in every state of a connection.
 *
 * Free of the test runner, because the script that records better-sqlite3's answers uses it too.
 */
import { inspect, isDeepStrictEqual } from 'node:util';
import type { CaseBody, Cases } from '../differential/harness/case.mts';
import { attempt } from '../helpers/answer.mts';
import type {
  Database,
  DatabaseConstructor,
  RowIterator,
  Statement,
  Transaction,
} from '../helpers/driver.mts';

interface Context {
  readonly db: Database;
  readonly reader: Statement;
  readonly writer: Statement;
  readonly returning: Statement;
  readonly parameterised: Statement;
  readonly rows: RowIterator;
  readonly transaction: Transaction;
}

function newContext(Database: DatabaseConstructor): Context {
  const db = new Database(':memory:').exec('CREATE TABLE t (a)');
  return {
    db,
    reader: db.prepare('SELECT column1 AS a FROM (VALUES (1), (2), (3))'),
    writer: db.prepare('INSERT INTO t VALUES (1)'),
    returning: db.prepare('INSERT INTO t VALUES (2) RETURNING a'),
    parameterised: db.prepare('SELECT :a AS a, :b AS b'),
    rows: db.prepare('SELECT 7 AS x UNION SELECT 8').iterate(),
    transaction: db.transaction(() => db.prepare('INSERT INTO t VALUES (3)').run()),
  };
}

/** Finishes the iterator that every context starts with, for the states in which none is open. */
function idle(context: Context): Context {
  context.rows.return();
  return context;
}

const calls: Record<string, (context: Context) => unknown> = {
  prepare: ({ db }) => db.prepare('SELECT 5 AS five').get(),
  'prepare of nothing': ({ db }) => db.prepare(''),
  exec: ({ db }) => db.exec('INSERT INTO t VALUES (4)').open,
  'exec of nothing': ({ db }) => db.exec('').open,
  'exec BEGIN': ({ db }) => db.exec('BEGIN').inTransaction,
  'exec COMMIT': ({ db }) => db.exec('COMMIT').inTransaction,
  'exec ROLLBACK': ({ db }) => db.exec('ROLLBACK').inTransaction,
  pragma: ({ db }) => db.pragma('user_version'),
  'pragma simple': ({ db }) => db.pragma('user_version', { simple: true }),
  serialize: ({ db }) => db.serialize().length,
  'serialize with wrong options': ({ db }) => db.serialize(5),
  'transaction()': ({ db }) => typeof db.transaction(() => 1),
  'transaction call': ({ transaction }) => transaction(),
  'transaction.exclusive call': ({ transaction }) => transaction.exclusive(),
  close: ({ db }) => db.close().open,
  'close twice': ({ db }) => db.close().close().open,
  properties: ({ db }) => [db.name, db.open, db.inTransaction, db.readonly, db.memory],
  'inspect the database': ({ db }) => inspect(db),
  'reader.run': ({ reader }) => reader.run(),
  'reader.get': ({ reader }) => reader.get(),
  'reader.all': ({ reader }) => reader.all(),
  'reader.iterate': ({ reader }) => [...reader.iterate()],
  'reader.iterate abandoned': ({ reader }) => reader.iterate().next(),
  'reader.bind': ({ reader }) => reader.bind().get(),
  'reader.pluck': ({ reader }) => reader.pluck().get(),
  'reader.pluck alone': ({ reader }) => reader.pluck() === reader,
  'reader.raw alone': ({ reader }) => reader.raw() === reader,
  'reader.safeIntegers alone': ({ reader }) => reader.safeIntegers() === reader,
  'reader.columns': ({ reader }) => reader.columns(),
  'reader properties': ({ reader, db }) => [
    reader.reader,
    reader.readonly,
    reader.source,
    reader.busy,
    reader.database === db,
  ],
  'reader.get of too many': ({ reader }) => reader.get(1),
  'inspect a statement': ({ reader }) => inspect(reader, { depth: 0 }),
  'writer.run': ({ writer }) => writer.run(),
  'writer.get': ({ writer }) => writer.get(),
  'writer.iterate': ({ writer }) => writer.iterate(),
  'writer.bind': ({ writer }) => writer.bind().run(),
  'writer.safeIntegers': ({ writer }) => writer.safeIntegers() === writer,
  'writer.pluck': ({ writer }) => writer.pluck(),
  'writer.columns': ({ writer }) => writer.columns(),
  'returning.run': ({ returning }) => returning.run(),
  'returning.get': ({ returning }) => returning.get(),
  'returning.all': ({ returning }) => returning.all(),
  'returning.iterate': ({ returning }) => [...returning.iterate()],
  'parameterised.get': ({ parameterised }) => parameterised.get({ a: 1n, b: 'x' }),
  'parameterised.get of too few': ({ parameterised }) => parameterised.get({ a: 1 }),
  'parameterised.bind': ({ parameterised }) => parameterised.bind({ a: 1n, b: 'x' }).get(),
  'parameterised.iterate': ({ parameterised }) => [...parameterised.iterate({ a: 1n, b: 'x' })],
  'rows.next': ({ rows }) => rows.next(),
  'rows.next to the end': ({ rows }) => [rows.next(), rows.next(), rows.next()],
  'rows.return': ({ rows }) => rows.return(),
  'rows.return and exec': ({ rows, db }) => [rows.return(), db.exec('INSERT INTO t VALUES (5)').open],
};

type State = (context: Context, call: () => unknown) => unknown;

/** A parameter object whose first getter makes the call. */
function calling(call: () => unknown, seen: unknown[]): object {
  return {
    get a() {
      seen.push(call());
      return 'from the getter';
    },
    b: 'last',
  };
}

function insideGetter(
  method: 'get' | 'all' | 'run' | 'bind' | 'iterate',
  prepareContext: (context: Context) => unknown,
  own: boolean,
): State {
  return (context, call) => {
    prepareContext(context);
    const statement = own ? context.parameterised : context.db.prepare('SELECT :a AS a, :b AS b, 9 AS c');
    const seen: unknown[] = [];
    const outer = attempt(() => {
      const result = statement[method](calling(call, seen));
      if (method === 'bind') return 'bound';
      return method === 'iterate' ? [...(result as RowIterator)] : result;
    });
    return [seen, outer];
  };
}

/** A state that `enter` leads to, and in which the call is made. */
function having(enter: (context: Context) => unknown): State {
  return (context, call) => {
    enter(context);
    return call();
  };
}

const beginWithARow = (context: Context): unknown => idle(context).db.exec('BEGIN; INSERT INTO t VALUES (0)');

const states: Record<string, State> = {
  open: having(idle),
  closed: having((context) => idle(context).db.close()),
  iterating: having(({ rows }) => rows.next()),
  'iterating, not started': (_, call) => call(),
  'same statement iterating': having((context) => idle(context).reader.iterate().next()),
  'same writing statement iterating': having((context) => idle(context).returning.iterate().next()),
  'iteration finished': having(({ rows }) => Array.from(rows)),
  'in a transaction': having(beginWithARow),
  'in a transaction, iterating': having((context) => [
    beginWithARow(context),
    context.reader.iterate().next(),
  ]),
  'inside a transaction function': (context, call) => {
    const seen: unknown[] = [];
    const run = idle(context).db.transaction(() => {
      seen.push(call());
      return 'returned';
    });
    return [attempt(() => run()), seen];
  },
  'after an error': (context, call) => {
    const failing = idle(context).db.prepare('SELECT abs(-9223372036854775808)');
    return [attempt(() => context.db.exec('nonsense')), attempt(() => failing.get()), call()];
  },
  'inside a getter of get': insideGetter('get', idle, false),
  'inside a getter of all': insideGetter('all', idle, false),
  'inside a getter of run': insideGetter('run', idle, false),
  'inside a getter of iterate': insideGetter('iterate', idle, false),
  'inside a getter of bind': insideGetter('bind', idle, false),
  'inside a getter of get, same statement': insideGetter('get', idle, true),
  'inside a getter of bind, same statement': insideGetter('bind', idle, true),
  'inside a getter of get, iterating': insideGetter('get', ({ rows }) => rows.next(), false),
};

const noCall = (): unknown => undefined;

/** What a call gives in a state, and how it leaves the connection. */
function outcomeOf(
  Database: DatabaseConstructor,
  state: State,
  call: (context: Context) => unknown,
): unknown {
  const context = newContext(Database);
  const { db, reader } = context;
  const outcome = state(context, () => attempt(() => call(context)));
  const rows = attempt(() => db.prepare('SELECT a FROM t').pluck().all());
  return [outcome, [db.open, db.inTransaction, reader.busy, rows], attempt(() => db.exec('SELECT 1').open)];
}

function bodyOf(state: State, call: (context: Context) => unknown): CaseBody {
  return ({ Database }) => {
    const [outcome, ...after] = outcomeOf(Database, state, call) as [unknown, ...unknown[]];
    const [, ...untouched] = outcomeOf(Database, state, noCall) as unknown[];
    // What every call of the state leaves behind says nothing about this one.
    return isDeepStrictEqual(after, untouched) ? [outcome] : [outcome, ...after];
  };
}

function casesOf(state: string, enter: State): Cases {
  const named = Object.entries(calls).map(
    ([call, make]) => [`${state} > ${call}`, bodyOf(enter, make)] as const,
  );
  return { [state]: ({ Database }) => outcomeOf(Database, enter, noCall), ...Object.fromEntries(named) };
}

/** Every call in every state. */
export const cases: Cases = Object.assign(
  {},
  ...Object.entries(states).map(([state, enter]) => casesOf(state, enter)),
);

/** better-sqlite3 goes on with the statement that `close()` in a getter of its parameters has finalized. */
export const unsteady = (name: string): boolean =>
  /^inside a getter of (?!get, iterating).* > close/.test(name);
