/** Functions of the user: their registration, what they are called with, and what becomes of what they return. */
import { bindables } from '../compat/bindables.mts';
import { attempt, describeValue, Described } from '../helpers/answer.mts';
import type { Database } from '../helpers/driver.mts';
import { forEachValue, type CaseBody, type Cases } from './harness/case.mts';
import { sqlValues } from './harness/values.mts';

const inMemory =
  (body: (db: Database) => unknown): CaseBody =>
  ({ memory }) =>
    body(memory('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)'));

const one = (db: Database, sql: string, ...args: unknown[]): unknown =>
  db
    .prepare(sql)
    .pluck()
    .get(...args);

const asArguments = (safeIntegers: boolean): Cases =>
  Object.fromEntries(
    sqlValues.map((sql) => [
      `${sql} as an argument${safeIntegers ? ', with safe integers' : ''}`,
      inMemory((db) => {
        const seen: Described[] = [];
        db.function('f', { safeIntegers }, (value: unknown) => {
          seen.push(new Described(describeValue(value)));
          return value as never;
        });
        return [seen, one(db, `SELECT typeof(f(${sql})) || quote(f(${sql}))`)];
      }),
    ]),
  );

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const withLength = (length: unknown): unknown =>
  Object.defineProperty((...args: unknown[]) => args.length, 'length', { value: length });

const registration: Cases = {
  'the receiver is returned': inMemory((db) => db.function('f', () => 1) === db),
  'the name of the JavaScript function is of no interest': inMemory((db) => {
    db.function('f', function named() {
      return 5;
    });
    return [one(db, 'SELECT f()'), attempt(() => one(db, 'SELECT named()'))];
  }),
  'names are not case-sensitive': inMemory((db) => {
    db.function('MiXed', () => 1);
    return [one(db, 'SELECT mixed()'), one(db, 'SELECT MIXED()')];
  }),
  'names of other scripts': inMemory((db) =>
    one(
      db.function('größe_漢', () => 1),
      'SELECT größe_漢()',
    ),
  ),
  'names that have to be quoted': inMemory((db) => {
    db.function('a b', () => 1);
    db.function('"', () => 2);
    db.function('select', () => 3);
    return [one(db, 'SELECT "a b"()'), one(db, 'SELECT """"()'), one(db, 'SELECT "select"()')];
  }),
  'a name of 255 bytes': inMemory((db) =>
    one(
      db.function('f'.repeat(255), () => 1),
      `SELECT ${'f'.repeat(255)}()`,
    ),
  ),
  'a name of 256 bytes': inMemory((db) => db.function('f'.repeat(256), () => 1).open),
  'a name of 128 letters of two bytes': inMemory((db) => db.function('é'.repeat(128), () => 1).open),
  'one name with several numbers of arguments': inMemory((db) => {
    db.function('f', () => 'none');
    db.function('f', (a: unknown) => `one ${String(a)}`);
    db.function('f', (a: unknown, b: unknown) => `two ${String(a)} ${String(b)}`);
    return ['f()', 'f(1)', 'f(1, 2)', 'f(1, 2, 3)'].map((call) => attempt(() => one(db, `SELECT ${call}`)));
  }),
  'a function of any number beside one of two': inMemory((db) => {
    db.function('f', { varargs: true }, (...args: unknown[]) => `any ${args.length}`);
    db.function('f', (a: unknown, b: unknown) => `two ${String(a)} ${String(b)}`);
    return ['f()', 'f(1)', 'f(1, 2)', 'f(1, 2, 3)'].map((call) => one(db, `SELECT ${call}`));
  }),
  'the same name again replaces the function': inMemory((db) => {
    db.function('f', () => 'first');
    const statement = db.prepare('SELECT f()').pluck();
    const before = statement.get();
    db.function('f', () => 'second');
    return [before, statement.get(), one(db, 'SELECT f()')];
  }),
  'a function replaces one of SQLite': inMemory((db) => {
    db.function('upper', (text: string) => `<${text}>`);
    db.function('abs', () => 'no number');
    return [one(db, "SELECT upper('a')"), one(db, 'SELECT abs(-1)'), one(db, "SELECT lower('A')")];
  }),
  'like() and glob() are operators': inMemory((db) => {
    db.function('like', (pattern: unknown, text: unknown) => `${String(text)} like ${String(pattern)}`);
    db.function('glob', (pattern: unknown, text: unknown) => `${String(text)} glob ${String(pattern)}`);
    return [one(db, "SELECT 'a' LIKE 'b'"), one(db, "SELECT 'a' GLOB 'b'")];
  }),
  'regexp() and match() are operators': inMemory((db) => {
    const before = attempt(() => one(db, "SELECT 'abc' REGEXP '^a'"));
    db.function('regexp', (pattern: string, text: string) => (new RegExp(pattern, 'u').test(text) ? 1 : 0));
    db.function('match', (pattern: unknown, text: unknown) => `${String(text)} ${String(pattern)}`);
    return [before, one(db, "SELECT 'abc' REGEXP '^a'"), one(db, "SELECT 'a' MATCH 'b'")];
  }),
  'a function where an aggregate was': inMemory((db) => {
    db.function('sum', (a: unknown) => `sum ${String(a)}`);
    return [one(db, 'SELECT sum(a) FROM t'), db.prepare('SELECT sum(a) FROM t').pluck().all()];
  }),
  'options from a prototype count': inMemory((db) => {
    db.function('f', Object.create({ varargs: true }), (...args: unknown[]) => args.length);
    return one(db, 'SELECT f(1, 2, 3)');
  }),
  'getters of options': inMemory((db) => {
    const read: string[] = [];
    const options = new Proxy(
      {},
      {
        has: (_, key) => read.push(`has ${String(key)}`) > 0 && key === 'varargs',
        get: (_, key) => read.push(`get ${String(key)}`) > 0,
      },
    );
    return [attempt(() => db.function('f', options, () => 1).open), read];
  }),
  'a getter of an option that throws': inMemory((db) =>
    db.function(
      'f',
      {
        get varargs() {
          throw new RangeError('from the getter');
        },
      },
      () => 1,
    ),
  ),
  'a class as the function': inMemory((db) => one(db.function('f', class {}), 'SELECT f()')),
  'an async function': inMemory((db) =>
    one(
      db.function('f', async () => 1),
      'SELECT f()',
    ),
  ),
  'a generator function': inMemory((db) =>
    one(
      db.function('f', function* rows() {
        yield 1;
      }),
      'SELECT f()',
    ),
  ),
  'a bound function': inMemory((db) =>
    one(
      db.function(
        'f',
        function add(this: number, a: number) {
          return this + a;
        }.bind(5),
      ),
      'SELECT f(1)',
    ),
  ),
  'a proxy of a function': inMemory((db) =>
    one(db.function('f', new Proxy((a: unknown) => a, {})), 'SELECT f(1)'),
  ),
  'a function of JavaScript itself': inMemory((db) => {
    db.function('random', Math.hypot);
    db.function('pad', { varargs: true }, String.raw);
    return [one(db, 'SELECT random(3, 4)'), attempt(() => one(db, 'SELECT pad(1)'))];
  }),
  'default parameters and rest parameters shorten the list': inMemory((db) => {
    db.function('f', (a: unknown, b = 5, ...rest: unknown[]) => `${String(a)} ${b} ${rest.length}`);
    return ['f()', 'f(1)', 'f(1, 2)'].map((call) => attempt(() => one(db, `SELECT ${call}`)));
  }),
  'destructured parameters count': inMemory((db) => {
    db.function('f', ([a]: string, { length }: string) => `${a} ${length}`);
    return one(db, "SELECT f('xy', 'abc')");
  }),
  ...Object.fromEntries(
    [0, 1, 2, 99, 100, 101, 127, 1000, -1, 1.5, NaN, Infinity, '2', null, undefined, {}].map((length) => [
      `a function whose length is ${typeof length} ${String(length)}`,
      inMemory((db) => {
        db.function('f', withLength(length));
        const counts = [0, 1, 2, 99, 100].filter((count) => count === length);
        return counts.map((count) => one(db, `SELECT f(${range(count).join()})`));
      }),
    ]),
  ),
  'any number of arguments up to the limit of SQLite': inMemory((db) => {
    db.function('f', { varargs: true }, (...args: unknown[]) => args.length);
    return [0, 1, 100, 127, 500, 1000, 1001].map((count) =>
      attempt(() => one(db, `SELECT f(${range(count).join()})`)),
    );
  }),
  'an accessor as the length': inMemory((db) => {
    const read: string[] = [];
    const callback = Object.defineProperty(() => 1, 'length', {
      get: () => {
        read.push('length');
        return 2;
      },
    });
    db.function('f', callback);
    return [read, attempt(() => one(db, 'SELECT f(1, 2)')), attempt(() => one(db, 'SELECT f()'))];
  }),
  'varargs does not read the length': inMemory((db) =>
    one(
      db.function(
        'f',
        { varargs: true },
        Object.defineProperty(() => 1, 'length', {
          get() {
            throw new Error('read');
          },
        }),
      ),
      'SELECT f()',
    ),
  ),
  'too few and too many arguments in SQL': inMemory((db) => {
    db.function('f', (a: unknown) => a);
    return ['f()', 'f(1, 2)', 'f(*)', 'f(DISTINCT 1)'].map((call) =>
      attempt(() => one(db, `SELECT ${call}`)),
    );
  }),
  'as a window, or with a filter': inMemory((db) => {
    db.function('f', (a: unknown) => a);
    return ['f(1) OVER ()', 'f(1) FILTER (WHERE 1)'].map((call) =>
      attempt(() => one(db, `SELECT ${call} FROM t`)),
    );
  }),
};

const calls: Cases = {
  'this is undefined, and arguments are complete': inMemory((db) => {
    const seen: unknown[] = [];
    db.function('f', { varargs: true }, function callback(this: unknown, ...args: unknown[]) {
      seen.push(this, new.target, args);
      return null;
    });
    one(db, "SELECT f(1, NULL, 'x', 1.5, x'00')");
    return seen;
  }),
  'this in sloppy code is the global object': inMemory((db) => {
    db.function('f', new Function('return this === globalThis ? 1 : 0') as () => unknown);
    return one(db, 'SELECT f()');
  }),
  'one call per row': inMemory((db) => {
    const seen: unknown[] = [];
    db.function('f', (a: unknown) => seen.push(a));
    return [db.prepare('SELECT f(a) FROM t').pluck().all(), seen];
  }),
  'a deterministic function of constants is called once': inMemory((db) => {
    let plain = 0;
    let constant = 0;
    db.function('plain', (a: number) => (plain += a));
    db.function('constant', { deterministic: true }, (a: number) => (constant += a));
    const rows = db.prepare('SELECT plain(1), constant(1) FROM t').raw().all();
    return [rows, plain, constant];
  }),
  'an index needs a deterministic function': inMemory((db) => {
    db.function('plain', (a: unknown) => a);
    db.function('constant', { deterministic: true }, (a: unknown) => a);
    return [
      attempt(() => db.exec('CREATE INDEX i ON t (plain(a))').open),
      attempt(() => db.exec('CREATE INDEX i ON t (constant(a))').open),
      attempt(() => db.exec('CREATE INDEX j ON t (a) WHERE plain(a) > 1').open),
      attempt(() => db.exec('CREATE TABLE g (a, b AS (plain(a)))').open),
      attempt(
        () =>
          db.exec('CREATE TABLE g (a, b AS (constant(a)), CHECK (plain(b) > 0)); INSERT INTO g VALUES (4)')
            .open,
      ),
      attempt(() => db.prepare('SELECT * FROM g').all()),
    ];
  }),
  'an index is built with the function, and written with it': inMemory((db) => {
    const seen: unknown[] = [];
    db.function('f', { deterministic: true }, (a: number) => {
      seen.push(a);
      return a * 2;
    });
    db.exec('CREATE INDEX i ON t (f(a)); INSERT INTO t VALUES (9)');
    return [db.prepare('SELECT a FROM t WHERE f(a) = 18').pluck().all(), seen.length > 3];
  }),
  directOnly: inMemory((db) => {
    db.function('open', () => 'open');
    db.function('direct', { directOnly: true }, () => 'direct');
    db.exec('CREATE VIEW v AS SELECT open() AS a; CREATE VIEW w AS SELECT direct() AS a');
    db.exec('CREATE TRIGGER r AFTER INSERT ON t BEGIN UPDATE t SET a = direct(); END');
    return [
      one(db, 'SELECT direct()'),
      attempt(() => one(db, 'SELECT a FROM v')),
      attempt(() => one(db, 'SELECT a FROM w')),
      attempt(() => db.exec('INSERT INTO t VALUES (4)').open),
      attempt(() => db.exec('CREATE TABLE d (a DEFAULT (direct())); INSERT INTO d DEFAULT VALUES').open),
      attempt(() => one(db, 'SELECT a FROM d')),
    ];
  }),
  'in every clause': inMemory((db) => {
    db.function('f', (a: number) => a * 10);
    return [
      'SELECT a FROM t WHERE f(a) > 10',
      'SELECT a FROM t ORDER BY -f(a)',
      'SELECT f(a), count(*) FROM t GROUP BY f(a) HAVING f(a) > 10',
      'SELECT f(f(f(a))) FROM t',
      'SELECT a FROM t LIMIT f(1) / 5',
      'SELECT CASE WHEN f(a) = 20 THEN 1 END FROM t',
      'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT f(x) FROM c WHERE x < 1000) SELECT x FROM c',
      'SELECT sum(f(a)) OVER (ORDER BY f(a)) FROM t',
      'SELECT (SELECT f(max(a)) FROM t)',
      'VALUES (f(1)), (f(2))',
      'SELECT x.a FROM t x JOIN t y ON f(x.a) = f(y.a)',
    ].map((sql) => attempt(() => db.prepare(sql).raw().all()));
  }),
  'in writing statements': inMemory((db) => {
    db.function('f', (a: number) => a * 10);
    return [
      db.prepare('INSERT INTO t SELECT f(a) FROM t').run(),
      db.prepare('UPDATE t SET a = f(a) WHERE f(a) > 10').run(),
      db.prepare('DELETE FROM t WHERE f(a) = 10').run(),
      db.prepare('INSERT INTO t VALUES (f(?)) RETURNING f(a)').get(7),
      db.prepare('SELECT a FROM t').pluck().all(),
    ];
  }),
  'an argument that is kept is a copy': inMemory((db) => {
    const kept: Buffer[] = [];
    db.function('keep', (blob: Buffer) => {
      kept.push(blob);
      return blob.fill(7);
    });
    return [one(db, "SELECT hex(keep(x'0102'))"), db.prepare("SELECT hex(keep(x'03'))").pluck().get(), kept];
  }),
  'a bound blob that is changed in the call': inMemory((db) => {
    const blob = Buffer.from([1, 2, 3]);
    db.function('change', () => blob.fill(9).length);
    return [one(db, 'SELECT hex(?1) || change() || hex(?1)', { 1: blob }), blob.toString('hex')];
  }),
  'a returned buffer that is changed afterwards': inMemory((db) => {
    const blob = Buffer.from([1, 2, 3]);
    db.function('f', () => blob);
    const row = one(db, 'SELECT f()') as Buffer;
    blob.fill(9);
    return [row, row === blob];
  }),
  'the connection can be used again after the call': inMemory((db) => {
    db.function('f', () => attempt(() => db.exec('SELECT 1')) && 5);
    return [one(db, 'SELECT f()'), one(db, 'SELECT 1'), db.inTransaction];
  }),
  'another connection can be used in the call': ({ memory }) => {
    const [inner, outer] = [memory(), memory()];
    inner.function('g', (a: number) => a + 1);
    outer.function('f', (a: number) => one(inner, 'SELECT g(?)', BigInt(a)));
    return one(outer, 'SELECT f(1) + f(2)');
  },
  'calls back and forth between connections': ({ memory }) => {
    const [inner, outer] = [memory(), memory()];
    inner.function('g', (a: number) => attempt(() => one(outer, 'SELECT f(?)', BigInt(a))) && a);
    outer.function('f', (a: number) => (a > 2 ? a : one(inner, 'SELECT g(?)', BigInt(a + 1))));
    return one(outer, 'SELECT f(1)');
  },
  'time is one for a statement': inMemory((db) => {
    const seen: unknown[] = [];
    db.function('f', (time: unknown) => seen.push(time));
    db.prepare("SELECT f(strftime('%f')), f(strftime('%f')) FROM t").all();
    return new Set(seen).size;
  }),
  'rows that a function is called for are given as they come': inMemory((db) => {
    const log: unknown[] = [];
    db.function('f', (a: unknown) => {
      log.push(`call ${String(a)}`);
      return a;
    });
    for (const a of db.prepare('SELECT f(a) FROM t').pluck().iterate()) log.push(`row ${String(a)}`);
    return log;
  }),
};

const results: Cases = {
  ...forEachValue(bindables, 'as a result', ({ memory }, value) => {
    const db = memory().function('f', () => value);
    return [attempt(() => db.prepare('SELECT f() AS a, typeof(f())').raw().safeIntegers().get()), db.open];
  }),
  ...forEachValue(bindables, 'as the first of two results', ({ memory }, value) => {
    const db = memory().function('f', () => value);
    return [
      attempt(() => db.prepare('SELECT f()').pluck().all()),
      attempt(() => db.prepare('SELECT 1').pluck().get()),
    ];
  }),
  'errors name the function as it was registered': inMemory((db) => {
    db.function('MyFunction', () => true);
    db.function('größe', () => ({}));
    db.function('big', () => 2n ** 64n);
    return ['MYFUNCTION()', 'größe()', 'big()'].map((call) => attempt(() => one(db, `SELECT ${call}`)));
  }),
};

export const cases: Cases = {
  ...registration,
  ...asArguments(false),
  ...asArguments(true),
  ...calls,
  ...results,
};
