/** Every state that a connection can be in, as the other side of the table: what leads there, and the call in it. */
import { attempt, attemptAsync, type Described } from '../helpers/answer.mts';
import type { CaseDriver } from '../differential/harness/case.mts';
import type { RowIterator } from '../helpers/driver.mts';
import type { Call } from './calls.mts';
import { idle, newContext, type Context } from './context.mts';
import { holdInOtherThread } from './other-thread.mts';

/** What the call gave in the state, and the connection that it was made on. */
export interface Entered {
  readonly outcome: unknown;
  readonly context: Context;
}
export type State = (driver: CaseDriver, call: Call) => Entered | Promise<Entered>;
type InContext = (context: Context, call: () => Described) => unknown;

function inContext(body: InContext, options: object = {}): State {
  return (driver, call) => {
    const context = newContext(driver, options);
    return { context, outcome: body(context, () => attempt(() => call(context))) };
  };
}

/** A state that `enter` leads to, and in which the call is made. */
const having = (enter: (context: Context) => unknown): State =>
  inContext((context, call) => {
    enter(context);
    return call();
  });

/** A state that lasts while SQLite runs a callback: the first run of it makes the call. */
const inside = (enter: (context: Context, callback: () => void) => unknown, options: object = {}): State =>
  inContext((context, call) => {
    const seen: unknown[] = [];
    const outer = attempt(() =>
      enter(context, () => {
        if (seen.length === 0) seen.push(call());
      }),
    );
    return [seen, outer];
  }, options);

/** A parameter object whose first getter makes the call. */
function calling(callback: () => void): object {
  return {
    get a() {
      callback();
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
  return inside((context, callback) => {
    prepareContext(context);
    const statement = own ? context.parameterised : context.db.prepare('SELECT :a AS a, :b AS b, 9 AS c');
    const result = statement[method](calling(callback));
    if (method === 'bind') return 'bound';
    return method === 'iterate' ? [...(result as RowIterator)] : result;
  });
}

const beginWithARow = (context: Context): unknown => idle(context).db.exec('BEGIN; INSERT INTO t VALUES (0)');
const threeRows = '(VALUES (1), (2), (3))';
const unsafe = (context: Context): Context => {
  context.db.unsafeMode();
  return context;
};

const plainStates: Record<string, State> = {
  open: having(idle),
  closed: having((context) => idle(context).db.close()),
  iterating: having(({ rows }) => rows.next()),
  'iterating, not started': having(() => undefined),
  'same statement iterating': having((context) => idle(context).reader.iterate().next()),
  'same writing statement iterating': having((context) => idle(context).returning.iterate().next()),
  'same parameterised statement iterating': having((context) =>
    idle(context).parameterised.iterate({ a: 1, b: 2 }).next(),
  ),
  'iteration finished': having(({ rows }) => Array.from(rows)),
  'in a transaction': having(beginWithARow),
  'in a transaction, iterating': having((context) => [
    beginWithARow(context),
    context.reader.iterate().next(),
  ]),
  'in a savepoint': having((context) => idle(context).db.exec('SAVEPOINT s; INSERT INTO t VALUES (0)')),
  'inside a transaction function': inside((context, callback) =>
    idle(context).db.transaction(() => {
      callback();
      return 'returned';
    })(),
  ),
  'inside a nested transaction function': inside((context, callback) => {
    const nested = idle(context).db.transaction(() => {
      callback();
      return 'returned';
    });
    return context.db.transaction(() => [nested(), context.db.inTransaction])();
  }),
  'after an error': inContext((context, call) => {
    const failing = idle(context).db.prepare('SELECT abs(-9223372036854775808)');
    return [attempt(() => context.db.exec('nonsense')), attempt(() => failing.get()), call()];
  }),
  'with safe integers by default': having((context) => idle(context).db.defaultSafeIntegers()),
  'in unsafe mode': having((context) => idle(unsafe(context))),
  'in unsafe mode, iterating': having((context) => unsafe(context).rows.next()),
  'in unsafe mode, same statement iterating': having((context) =>
    idle(unsafe(context)).reader.iterate().next(),
  ),
  'in unsafe mode, same writing statement iterating': having((context) =>
    idle(unsafe(context)).returning.iterate().next(),
  ),
  'in unsafe mode, in a transaction, iterating': having((context) => [
    beginWithARow(unsafe(context)),
    context.reader.iterate().next(),
  ]),
};

const getterStates: Record<string, State> = {
  'inside a getter of get': insideGetter('get', idle, false),
  'inside a getter of all': insideGetter('all', idle, false),
  'inside a getter of run': insideGetter('run', idle, false),
  'inside a getter of iterate': insideGetter('iterate', idle, false),
  'inside a getter of bind': insideGetter('bind', idle, false),
  'inside a getter of get, same statement': insideGetter('get', idle, true),
  'inside a getter of bind, same statement': insideGetter('bind', idle, true),
  'inside a getter of get, iterating': insideGetter('get', ({ rows }) => rows.next(), false),
};

/** Registers a function that makes the call, and runs it in the given way. */
const insideFunction = (
  run: (context: Context) => unknown,
  prepareContext: (context: Context) => unknown = idle,
): State =>
  inside((context, callback) => {
    prepareContext(context);
    context.db.function('call', (value: unknown) => {
      callback();
      return value ?? 'called';
    });
    return run(context);
  });

/** Registers an aggregate one of whose parts makes the call, and runs it over three rows. */
const insideAggregate = (part: 'start' | 'step' | 'inverse' | 'result', sql: string): State =>
  inside((context, callback) => {
    const during = <Value,>(name: typeof part, value: Value): Value => {
      if (name === part) callback();
      return value;
    };
    idle(context).db.aggregate('call', {
      start: () => during('start', 0),
      step: (sum: number, next: number) => during('step', sum + next),
      inverse: (sum: number, next: number) => during('inverse', sum - next),
      result: (sum: number) => during('result', sum),
    });
    return context.db.prepare(sql).pluck().all();
  });

const AGGREGATE = `SELECT call(column1) FROM ${threeRows}`;
const WINDOW = `SELECT call(column1) OVER (ORDER BY column1 ROWS 1 PRECEDING) FROM ${threeRows}`;

/** Registers a table whose generator makes the call when it has yielded `after` rows. */
const insideGenerator = (after: number, run: (context: Context) => unknown): State =>
  inside((context, callback) => {
    idle(context).db.table('calls', {
      columns: ['a'],
      *rows() {
        for (let row = 0; row < 3; row += 1) {
          if (row === after) callback();
          yield [row];
        }
        if (after === 3) callback();
      },
    });
    return run(context);
  });

const insideFactory = (run: (context: Context) => unknown): State =>
  inside((context, callback) => {
    idle(context).db.table('module', () => {
      callback();
      return {
        columns: ['a'],
        *rows() {
          yield [1];
        },
      };
    });
    return run(context);
  });

const callbackStates: Record<string, State> = {
  'inside a function, of get': insideFunction(({ db }) => db.prepare('SELECT call(5)').pluck().get()),
  'inside a function, of all': insideFunction(({ db }) =>
    db.prepare(`SELECT call(column1) FROM ${threeRows}`).all(),
  ),
  'inside a function, of run': insideFunction(({ db }) => db.prepare('INSERT INTO t VALUES (call(5))').run()),
  'inside a function, of iterate': insideFunction(({ db }) => [
    ...db.prepare(`SELECT call(column1) AS a FROM ${threeRows}`).iterate(),
  ]),
  'inside a function, of exec': insideFunction(({ db }) => db.exec('INSERT INTO t VALUES (call(5))').open),
  'inside a function, of explain': insideFunction(({ db }) => db.explain('SELECT call(5)').length > 1),
  'inside a function, of a trigger': insideFunction(({ db, writer }) => {
    db.exec('CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT call(new.a); END');
    return writer.run();
  }),
  'inside a function, iterating': insideFunction(
    ({ db }) => db.prepare('SELECT call(5)').pluck().get(),
    ({ rows }) => rows.next(),
  ),
  'inside a function, in a transaction': insideFunction(
    ({ db }) => db.prepare('SELECT call(5)').pluck().get(),
    beginWithARow,
  ),
  'inside a function, in unsafe mode': insideFunction(
    ({ db }) => db.prepare('SELECT call(5)').pluck().get(),
    (context) => idle(unsafe(context)),
  ),
  'inside a function, of a statement that goes on': insideFunction(({ db }) => {
    const iterator = db.prepare(`SELECT call(column1) AS a FROM ${threeRows}`).iterate();
    return [iterator.next(), iterator.next(), iterator.return()];
  }),
  'inside the start of an aggregate': insideAggregate('start', AGGREGATE),
  'inside the step of an aggregate': insideAggregate('step', AGGREGATE),
  'inside the result of an aggregate': insideAggregate('result', AGGREGATE),
  'inside the start of a window': insideAggregate('start', WINDOW),
  'inside the step of a window': insideAggregate('step', WINDOW),
  'inside the inverse of a window': insideAggregate('inverse', WINDOW),
  'inside the result of a window': insideAggregate('result', WINDOW),
  'inside a generator, at its start': insideGenerator(0, ({ db }) => db.prepare('SELECT * FROM calls').all()),
  'inside a generator, after a row': insideGenerator(1, ({ db }) => db.prepare('SELECT * FROM calls').all()),
  'inside a generator, at its end': insideGenerator(3, ({ db }) => db.prepare('SELECT * FROM calls').all()),
  'inside a generator, of iterate': insideGenerator(1, ({ db }) => [
    ...db.prepare('SELECT * FROM calls').iterate(),
  ]),
  'inside a generator, of exec': insideGenerator(
    1,
    ({ db }) => db.exec('INSERT INTO t SELECT a FROM calls').open,
  ),
  'inside a factory': insideFactory(({ db }) => {
    db.exec('CREATE VIRTUAL TABLE v USING module(x)');
    return db.prepare('SELECT * FROM v').all();
  }),
  'inside verbose, of get': insideVerbose(({ db }) => db.prepare('SELECT 6 AS six').get()),
  'inside verbose, of all': insideVerbose(({ reader }) => reader.all()),
  'inside verbose, of run': insideVerbose(({ writer }) => writer.run()),
  'inside verbose, of iterate': insideVerbose(({ reader }) => [...reader.iterate()]),
  'inside verbose, of exec': insideVerbose(({ db }) => db.exec('SELECT 1; INSERT INTO t VALUES (9)').open),
  'inside verbose, of pragma': insideVerbose(({ db }) => db.pragma('user_version')),
  'inside verbose, of a transaction': insideVerbose(({ transaction }) => transaction()),
};

function insideVerbose(run: (context: Context) => unknown): State {
  return (driver, call) => {
    let log = (): void => undefined;
    const state = inside(
      (context, callback) => {
        idle(context);
        log = callback;
        return run(context);
      },
      { verbose: () => log() },
    );
    return state(driver, call);
  };
}

const asynchronousStates: Record<string, State> = {
  'inside the progress of a backup': async (driver, call) => {
    const context = idle(newContext(driver));
    const seen: unknown[] = [];
    const outer = await attemptAsync(() =>
      context.db.backup(driver.path(), {
        progress: () => {
          if (seen.length === 0) seen.push(attempt(() => call(context)));
          return 100;
        },
      }),
    );
    return { context, outcome: [seen, outer] };
  },
  'while a backup waits for its next turn': async (driver, call) => {
    const context = idle(newContext(driver));
    const backup = attemptAsync(() => context.db.backup(driver.path()));
    const outcome = attempt(() => call(context));
    return { context, outcome: [outcome, await backup] };
  },
};

/** Another thread of the process has the file open and holds what `sql` takes; nobody waits for it. */
const whileOtherThread = (sql: string, mode = 'delete'): State => {
  return async (driver, call) => {
    const file = driver.path();
    // Hundreds of files are written for this table: nothing is to survive a loss of power.
    new driver.Database(file)
      .exec(`PRAGMA synchronous = OFF; PRAGMA journal_mode = ${mode}; CREATE TABLE t (a)`)
      .close();
    const context = idle(newContext(driver, {}, file));
    context.db.pragma('synchronous = OFF');
    await holdInOtherThread(driver, file, sql);
    return { context, outcome: attempt(() => call(context)) };
  };
};

const threadStates: Record<string, State> = {
  'another thread reads': whileOtherThread('BEGIN'),
  'another thread writes': whileOtherThread('BEGIN IMMEDIATE; INSERT INTO t VALUES (0)'),
  'another thread has the file for itself': whileOtherThread('BEGIN EXCLUSIVE'),
  'another thread writes to a write-ahead log': whileOtherThread(
    'BEGIN IMMEDIATE; INSERT INTO t VALUES (0)',
    'wal',
  ),
};

export const states: Readonly<Record<string, State>> = {
  ...plainStates,
  ...getterStates,
  ...callbackStates,
  ...asynchronousStates,
  ...threadStates,
};
