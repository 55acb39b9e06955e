/** Aggregates of the user, as such and over windows. */
import { bindables } from '../compat/bindables.mts';
import { attempt, describeValue, Described } from '../helpers/answer.mts';
import type { Database } from '../helpers/driver.mts';
import { forEachValue, type CaseBody, type Cases } from './harness/case.mts';
import { oddValues, sqlValues } from './harness/values.mts';

const rows = 'CREATE TABLE t (a, g); INSERT INTO t VALUES (1, 1), (2, 1), (3, 2), (4, 2), (5, 2), (NULL, 3)';
const inMemory =
  (body: (db: Database) => unknown): CaseBody =>
  ({ memory }) =>
    body(memory(rows));
const all = (db: Database, sql: string, ...args: unknown[]): unknown =>
  db
    .prepare(sql)
    .raw()
    .all(...args);

const sum = {
  start: 0,
  step: (total: number, next: number) => total + next,
  inverse: (total: number, next: number) => total - next,
};

/** An aggregate that writes down every call of its parts. */
function logged(log: unknown[]): object {
  return {
    start: () => {
      log.push('start');
      return [];
    },
    step: (list: unknown[], next: unknown) => {
      log.push(['step', [...list], next]);
      return [...list, next];
    },
    inverse: (list: unknown[], gone: unknown) => {
      log.push(['inverse', [...list], gone]);
      return list.filter((each) => each !== gone);
    },
    result: (list: unknown[]) => {
      log.push(['result', [...list]]);
      return list.join();
    },
  };
}

const registration: Cases = {
  'the receiver is returned': inMemory((db) => db.aggregate('f', sum) === db),
  'an aggregate and a function of one name': inMemory((db) => {
    db.aggregate('f', sum);
    db.function('f', { varargs: true }, (...args: unknown[]) => `function of ${args.length}`);
    return [all(db, 'SELECT f(a) FROM t'), attempt(() => all(db, 'SELECT f() FROM t'))];
  }),
  'the same name again replaces it': inMemory((db) => {
    db.aggregate('f', sum);
    db.aggregate('f', { start: 1, step: (product: number, next: number) => product * (next ?? 1) });
    return [all(db, 'SELECT f(a) FROM t'), attempt(() => all(db, 'SELECT f(a) OVER () FROM t'))];
  }),
  'it replaces one of SQLite': inMemory((db) => {
    db.aggregate('sum', { start: 'own', step: (list: string, next: unknown) => `${list} ${String(next)}` });
    return [all(db, 'SELECT sum(a) FROM t'), attempt(() => all(db, 'SELECT sum(a) OVER () FROM t'))];
  }),
  'a name of 256 bytes': inMemory((db) => db.aggregate('f'.repeat(256), sum).open),
  'a name of 255 bytes': inMemory((db) => db.aggregate('f'.repeat(255), sum).open),
  'an empty name': inMemory((db) => db.aggregate('', sum)),
  'options from a prototype count': inMemory((db) =>
    all(db.aggregate('f', Object.create(sum)), 'SELECT f(a) FROM t'),
  ),
  'a class instance as options': inMemory((db) => {
    class Options {
      step(total: unknown, next: number): unknown {
        return Number(total) + next;
      }
    }
    return all(db.aggregate('f', new Options()), 'SELECT f(a) FROM t');
  }),
  'getters of options are read in order': inMemory((db) => {
    const read: string[] = [];
    const options = new Proxy(sum as Record<PropertyKey, unknown>, {
      has: (target, key) => {
        read.push(`has ${String(key)}`);
        return key in target;
      },
      get: (target, key) => {
        read.push(`get ${String(key)}`);
        return target[key];
      },
    });
    db.aggregate('f', options);
    return read;
  }),
  ...Object.fromEntries(
    [
      [[0, undefined]],
      [[1, undefined]],
      [[2, undefined]],
      [[3, undefined]],
      [[0, 0]],
      [[1, 3]],
      [[3, 1]],
      [[2, 2]],
      [[101, undefined]],
      [[102, undefined]],
      [[2, 102]],
      [[-1, undefined]],
      [[1.5, undefined]],
      [[2, 1.5]],
      [['2', undefined]],
      [[2, '2']],
    ].map(([lengths]) => {
      const [step, inverse] = lengths as [unknown, unknown];
      const withLength = (length: unknown): unknown =>
        length === undefined
          ? undefined
          : Object.defineProperty((_: unknown, ...args: unknown[]) => args.length, 'length', {
              value: length,
            });
      return [
        `a step of length ${typeof step} ${String(step)} and an inverse of ${typeof inverse} ${String(inverse)}`,
        inMemory((db) => {
          db.aggregate('f', { step: withLength(step), inverse: withLength(inverse) });
          return ['f()', 'f(a)', 'f(a, g)', 'f(a, g, 1)'].map((call) =>
            attempt(() => all(db, `SELECT ${call} FROM t`)),
          );
        }),
      ];
    }),
  ),
  varargs: inMemory((db) => {
    db.aggregate('f', {
      varargs: true,
      start: '',
      step: (text: string, ...args: unknown[]) => text + args.length,
    });
    return ['f()', 'f(a)', 'f(a, g)', 'f(*)', 'f(DISTINCT g)', 'f(DISTINCT a, g)'].map((call) =>
      attempt(() => all(db, `SELECT ${call} FROM t`)),
    );
  }),
  directOnly: inMemory((db) => {
    db.aggregate('direct', { ...sum, directOnly: true });
    db.aggregate('open', sum);
    db.exec('CREATE VIEW v AS SELECT direct(a) AS a FROM t; CREATE VIEW w AS SELECT open(a) AS a FROM t');
    return ['SELECT direct(a) FROM t', 'SELECT a FROM v', 'SELECT a FROM w'].map((sql) =>
      attempt(() => all(db, sql)),
    );
  }),
  'without an inverse it is no window function': inMemory((db) => {
    db.aggregate('f', { start: 0, step: sum.step });
    return [
      'f(a) OVER ()',
      'f(a) OVER (ORDER BY a)',
      'f(a) FILTER (WHERE a > 1)',
      'f(a) FILTER (WHERE a > 1) OVER ()',
    ].map((call) => attempt(() => all(db, `SELECT ${call} FROM t`)));
  }),
  'an inverse that is null or undefined is none': inMemory((db) =>
    [null, undefined].map((inverse) => {
      db.aggregate('f', { start: 0, step: sum.step, inverse });
      return [
        attempt(() => all(db, 'SELECT f(a) FROM t')),
        attempt(() => all(db, 'SELECT f(a) OVER () FROM t')),
      ];
    }),
  ),
};

const asArguments = (safeIntegers: boolean): Cases =>
  Object.fromEntries(
    sqlValues.map((sql) => [
      `${sql} as an argument${safeIntegers ? ', with safe integers' : ''}`,
      inMemory((db) => {
        const seen: Described[] = [];
        db.aggregate('f', {
          safeIntegers,
          start: 0,
          step: (_: unknown, value: unknown) => {
            seen.push(new Described(describeValue(value)));
            return value;
          },
        });
        return [
          attempt(() => all(db, `SELECT typeof(f(${sql})), quote(f(${sql})) FROM t WHERE a = 1`)),
          seen,
        ];
      }),
    ]),
  );

const accumulation: Cases = {
  'the parts are called in order, group by group': inMemory((db) => {
    const log: unknown[] = [];
    db.aggregate('f', logged(log));
    return [all(db, 'SELECT g, f(a) FROM t GROUP BY g'), log];
  }),
  'no rows': inMemory((db) => {
    const log: unknown[] = [];
    db.aggregate('f', logged(log));
    return [
      all(db, 'SELECT f(a) FROM t WHERE 0'),
      log,
      all(db, 'SELECT f(a) FROM t WHERE 0 GROUP BY g'),
      log.length,
    ];
  }),
  'two of one in a statement are apart': inMemory((db) => {
    const log: unknown[] = [];
    db.aggregate('f', logged(log));
    return [all(db, 'SELECT f(a), f(g) FROM t WHERE a < 3'), log];
  }),
  'DISTINCT, FILTER and ORDER BY': inMemory((db) => {
    db.aggregate('f', logged([]));
    return [
      'f(DISTINCT g)',
      'f(a) FILTER (WHERE a > 2)',
      'f(a ORDER BY a DESC)',
      'f(DISTINCT g ORDER BY g DESC)',
    ].map((call) => attempt(() => all(db, `SELECT ${call} FROM t`)));
  }),
  'in HAVING, ORDER BY and subqueries': inMemory((db) => {
    db.aggregate('f', sum);
    return [
      'SELECT g FROM t GROUP BY g HAVING f(a) > 3',
      'SELECT g FROM t GROUP BY g ORDER BY f(a) DESC',
      'SELECT (SELECT f(a) FROM t u WHERE u.g = v.g) FROM (SELECT DISTINCT g FROM t) v',
      'SELECT f(s) FROM (SELECT f(a) AS s FROM t GROUP BY g)',
      'SELECT f(f(a)) FROM t',
      'SELECT a FROM t WHERE f(a)',
    ].map((sql) => attempt(() => all(db, sql)));
  }),
  'start is shared when it is no function': inMemory((db) => {
    const shared: unknown[] = [];
    db.aggregate('f', {
      start: shared,
      step: (list: unknown[], next: unknown) => {
        list.push(next);
      },
      result: (list: unknown[]) => list.length,
    });
    return [all(db, 'SELECT f(a) FROM t GROUP BY g'), shared, all(db, 'SELECT f(a) FROM t')];
  }),
  'undefined from step keeps the value, null does not': inMemory((db) => {
    db.aggregate('f', {
      start: 'kept',
      step: (_: unknown, next: unknown) => (next === null ? null : undefined),
    });
    return all(db, 'SELECT g, f(a) FROM t GROUP BY g');
  }),
  'start is absent': inMemory((db) => {
    const seen: unknown[] = [];
    db.aggregate('f', {
      step: (value: unknown, next: unknown) => {
        seen.push(value);
        return next;
      },
      result: (value: unknown) => `${String(value)}`,
    });
    return [all(db, 'SELECT f(a) FROM t WHERE a < 3'), all(db, 'SELECT f(a) FROM t WHERE 0'), seen];
  }),
  ...forEachValue(oddValues, 'as start', ({ memory }, start) => {
    const db = memory(rows);
    const seen: Described[] = [];
    const note = (value: unknown): undefined => {
      seen.push(new Described(describeValue(value)));
    };
    db.aggregate('f', { start, step: note, inverse: note, result: note });
    return [
      attempt(() => all(db, 'SELECT f(a) FROM t WHERE a < 3')),
      attempt(() => all(db, 'SELECT f(a) FROM t WHERE 0')),
      attempt(() => all(db, 'SELECT f(a) OVER (ORDER BY a ROWS 1 PRECEDING) FROM t WHERE a < 3')),
      seen,
    ];
  }),
  ...forEachValue(bindables, 'as the value of a group', ({ memory }, value) => {
    const db = memory(rows).aggregate('f', { step: () => value });
    return [attempt(() => all(db, 'SELECT f(a), typeof(f(a)) FROM t')), attempt(() => all(db, 'SELECT 1'))];
  }),
  ...forEachValue(bindables, 'as a result', ({ memory }, value) => {
    const db = memory(rows).aggregate('f', { step: () => 1, inverse: () => 1, result: () => value });
    return [
      attempt(() => all(db, 'SELECT f(a), typeof(f(a)) FROM t')),
      attempt(() => all(db, 'SELECT f(a) OVER () FROM t WHERE a < 3')),
    ];
  }),
  'this of the parts': inMemory((db) => {
    const seen: unknown[] = [];
    const part = function part(this: unknown): number {
      seen.push(this === undefined);
      return 1;
    };
    db.aggregate('f', {
      start: part,
      step: Object.defineProperty(
        function step(this: unknown) {
          return part.call(this);
        },
        'length',
        { value: 2 },
      ),
      result: part,
    });
    return [attempt(() => all(db, 'SELECT f(a) FROM t WHERE a < 3')), seen];
  }),
  'the arguments of the parts': inMemory((db) => {
    const seen: unknown[] = [];
    const note =
      (name: string) =>
      (...args: unknown[]): number => {
        seen.push([name, args]);
        return seen.length;
      };
    db.aggregate('f', {
      varargs: true,
      start: note('start'),
      step: note('step'),
      inverse: note('inverse'),
      result: note('result'),
    });
    return [all(db, 'SELECT f(a, g) OVER (ORDER BY a ROWS 1 PRECEDING) FROM t WHERE a < 4'), seen];
  }),
};

/** Frames that move in every way that SQLite knows. */
const frames = [
  '()',
  '(ORDER BY a)',
  '(PARTITION BY g)',
  '(PARTITION BY g ORDER BY a)',
  '(ORDER BY a ROWS 1 PRECEDING)',
  '(ORDER BY a ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)',
  '(ORDER BY a ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)',
  '(ORDER BY a ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)',
  '(ORDER BY a ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)',
  '(ORDER BY a ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING)',
  '(ORDER BY a ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING)',
  '(ORDER BY g RANGE BETWEEN 1 PRECEDING AND CURRENT ROW)',
  '(ORDER BY g GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW)',
  '(ORDER BY g GROUPS BETWEEN CURRENT ROW AND 1 FOLLOWING)',
  '(ORDER BY a ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW)',
  '(ORDER BY g RANGE UNBOUNDED PRECEDING EXCLUDE TIES)',
  '(ORDER BY g RANGE UNBOUNDED PRECEDING EXCLUDE GROUP)',
  '(PARTITION BY g ORDER BY a ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE NO OTHERS)',
];

const windows: Cases = {
  ...Object.fromEntries(
    frames.map((frame) => [
      `over ${frame}`,
      inMemory((db) => {
        db.aggregate('f', logged([]));
        return all(db, `SELECT a, f(a) OVER ${frame} FROM t ORDER BY a`);
      }),
    ]),
  ),
  ...Object.fromEntries(
    frames.map((frame) => [
      `over ${frame}: every call`,
      inMemory((db) => {
        const log: unknown[] = [];
        db.aggregate('f', logged(log));
        return [all(db, `SELECT a, f(a) OVER ${frame} FROM t ORDER BY a`), log];
      }),
    ]),
  ),
  ...Object.fromEntries(
    frames.map((frame) => [
      `over ${frame} with a filter`,
      inMemory((db) => {
        db.aggregate('f', logged([]));
        return all(db, `SELECT a, f(a) FILTER (WHERE a <> 2) OVER ${frame} FROM t ORDER BY a`);
      }),
    ]),
  ),
  'several windows in a statement': inMemory((db) => {
    db.aggregate('f', logged([]));
    return all(
      db,
      'SELECT a, f(a) OVER w, f(g) OVER w, f(a) OVER (PARTITION BY g) FROM t WINDOW w AS (ORDER BY a)',
    );
  }),
  'a window over groups': inMemory((db) => {
    db.aggregate('f', sum);
    return all(db, 'SELECT g, f(f(a)) OVER (ORDER BY g) FROM t GROUP BY g');
  }),
  'a loop that is left early': inMemory((db) => {
    const log: unknown[] = [];
    db.aggregate('f', logged(log));
    for (const row of db.prepare('SELECT f(a) OVER (ORDER BY a ROWS 1 PRECEDING) FROM t').pluck().iterate()) {
      return [row, log, attempt(() => all(db, 'SELECT f(a) FROM t WHERE a = 1'))];
    }
    return 'no row';
  }),
  'a moving sum': inMemory((db) => {
    db.aggregate('moving', sum);
    return all(
      db,
      'SELECT moving(a) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM t WHERE a > 0',
    );
  }),
  'safe integers': inMemory((db) => {
    db.aggregate('f', {
      safeIntegers: true,
      start: 0n,
      step: (total: bigint, next: bigint) => total + next,
      inverse: (total: bigint, next: bigint) => total - next,
    });
    return all(db, 'SELECT typeof(f(a) OVER (ORDER BY a)), f(a) OVER (ORDER BY a) FROM t WHERE a > 0');
  }),
};

export const cases: Cases = {
  ...registration,
  ...asArguments(false),
  ...asArguments(true),
  ...accumulation,
  ...windows,
};
