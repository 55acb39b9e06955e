/** Virtual tables of the user: definitions and planning. */
import { attempt, describeValue, Described } from '../helpers/answer.mts';
import type { Database } from '../helpers/driver.mts';
import { type CaseBody, type Cases } from './harness/case.mts';
import { all, echo, inMemory, threeRows } from './harness/tables.mts';

/** A definition that has one thing wrong with it, as an eponymous table and from a factory. */
const wrong = (definition: unknown): CaseBody =>
  inMemory((db) => [
    attempt(() => db.table('m', definition).open),
    attempt(() => {
      db.table('n', () => definition);
      return db.exec('CREATE VIRTUAL TABLE v USING n').open;
    }),
    attempt(() => all(db, 'SELECT * FROM v')),
  ]);

const rows = threeRows;
const inherited = (definition: object): object => Object.create(definition) as object;
const AsyncGenerator = async function* asyncRows(): AsyncGenerator {
  yield [1];
};
const definitions: Cases = {
  nothing: wrong({}),
  'only rows': wrong({ rows }),
  'only columns': wrong({ columns: ['a'] }),
  'inherited rows': wrong(Object.assign(inherited({ rows }), { columns: ['a'] })),
  'inherited columns': wrong(Object.assign(inherited({ columns: ['a'] }), { rows })),
  'inherited parameters': wrong(Object.assign(inherited({ parameters: 5 }), { columns: ['a'], rows })),
  'inherited options': wrong(
    Object.assign(inherited({ safeIntegers: 5, directOnly: 5 }), { columns: ['a'], rows }),
  ),
  'rows that are a plain function': wrong({ columns: ['a'], rows: () => [[1]] }),
  'rows that are an async function': wrong({ columns: ['a'], rows: async () => [[1]] }),
  'rows that are an async generator': wrong({ columns: ['a'], rows: AsyncGenerator }),
  'rows that are a bound generator': wrong({ columns: ['a', 'b'], rows: threeRows.bind(null) }),
  'rows that are a proxy of a generator': wrong({ columns: ['a', 'b'], rows: new Proxy(threeRows, {}) }),
  'rows with another prototype': wrong({
    columns: ['a', 'b'],
    rows: Object.setPrototypeOf(function* other() {
      yield [1, 2];
    }, Function.prototype),
  }),
  'rows with a prototype of the prototype': wrong({
    columns: ['a', 'b'],
    rows: Object.setPrototypeOf(
      function* other() {
        yield [1, 2];
      },
      Object.create(Object.getPrototypeOf(threeRows)),
    ),
  }),
  'a plain function with the prototype of generators': wrong({
    columns: ['a', 'b'],
    rows: Object.setPrototypeOf(() => [[1, 2]], Object.getPrototypeOf(threeRows)),
  }),
  'zero columns': wrong({ columns: [], rows }),
  'duplicate columns': wrong({ columns: ['a', 'b', 'a'], rows }),
  'columns that differ in case': wrong({ columns: ['a', 'A'], rows }),
  'columns with holes': wrong({ columns: ['a', , 'b'], rows }), // oxlint-disable-line no-sparse-arrays
  'columns of String objects': wrong({ columns: [Object('a')], rows }),
  'columns that are array-like': wrong({ columns: { length: 1, 0: 'a' }, rows }),
  'columns that are a Set': wrong({ columns: new Set(['a']), rows }),
  'columns that are a proxy of an array': wrong({ columns: new Proxy(['a'], {}), rows }),
  'an empty name of a column': wrong({ columns: [''], rows }),
  'columns with quotes and NUL': wrong({ columns: ['a"b', "c'd", '`', '[e]'], rows }),
  'a column with a NUL byte': wrong({ columns: ['a\0b'], rows }),
  'a column called rowid': wrong({ columns: ['rowid', 'a'], rows }),
  'a column with a type': wrong({ columns: ['a INTEGER', 'b'], rows }),
  'many columns': wrong({ columns: Array.from({ length: 2000 }, (_, index) => `c${index}`), rows }),
  'too many columns': wrong({ columns: Array.from({ length: 2001 }, (_, index) => `c${index}`), rows }),
  'parameters that are no array': wrong({ columns: ['a'], parameters: 'x', rows }),
  'parameters of numbers': wrong({ columns: ['a'], parameters: [1], rows }),
  'duplicate parameters': wrong({ columns: ['a'], parameters: ['x', 'x'], rows }),
  'a parameter and a column of one name': wrong({ columns: ['a', 'x'], parameters: ['x'], rows }),
  'a parameter and a column that differ in case': wrong({ columns: ['a', 'X'], parameters: ['x'], rows }),
  'an empty name of a parameter': wrong({ columns: ['a', 'b'], parameters: [''], rows }),
  'no parameters': wrong({ columns: ['a', 'b'], parameters: [], rows }),
  '32 parameters': wrong({
    columns: ['a', 'b'],
    parameters: Array.from({ length: 32 }, (_, i) => `p${i}`),
    rows,
  }),
  '33 parameters': wrong({ columns: ['a'], parameters: Array.from({ length: 33 }, (_, i) => `p${i}`), rows }),
  ...Object.fromEntries(
    [0, 1, 32, 33, -1, 1.5, NaN, '1', undefined].map((length) => [
      `rows of length ${typeof length} ${String(length)}`,
      wrong({
        columns: ['a', 'b'],
        rows: Object.defineProperty(
          function* long() {
            yield [1, 2];
          },
          'length',
          { value: length },
        ),
      }),
    ]),
  ),
  'a getter that throws': wrong({
    columns: ['a'],
    get rows() {
      throw new RangeError('from the getter');
    },
  }),
  'getters are read in order': inMemory((db) => {
    const read: string[] = [];
    const definition = new Proxy(
      { columns: ['a', 'b'], rows },
      {
        get: (target, key, receiver) => {
          read.push(`get ${String(key)}`);
          return Reflect.get(target, key, receiver) as unknown;
        },
        has: (target, key) => {
          read.push(`has ${String(key)}`);
          return Reflect.has(target, key);
        },
        getOwnPropertyDescriptor: (target, key) => {
          read.push(`own ${String(key)}`);
          return Reflect.getOwnPropertyDescriptor(target, key);
        },
      },
    );
    return [attempt(() => db.table('m', definition).open), read];
  }),
  'columns are copied': inMemory((db) => {
    const columns = ['a', 'b'];
    db.table('m', { columns, rows });
    columns.push('c');
    columns[0] = 'z';
    return [db.prepare('SELECT * FROM m').all(), db.prepare('SELECT * FROM m').columns()];
  }),
  'an unknown property is ignored': inMemory((db) =>
    all(db.table('m', { columns: ['a', 'b'], rows, other: 1 }), 'SELECT * FROM m'),
  ),
  'the receiver is returned': inMemory((db) => db.table('m', { columns: ['a', 'b'], rows }) === db),
  'the same name again replaces the module': inMemory((db) => {
    db.table('m', { columns: ['a', 'b'], rows });
    const statement = db.prepare('SELECT * FROM m').raw();
    const before = statement.all();
    db.table('m', {
      columns: ['c'],
      *rows() {
        yield [9];
      },
    });
    return [before, attempt(() => statement.all()), all(db, 'SELECT * FROM m')];
  }),
  'a name like that of a real table': inMemory((db) => {
    db.table('t', { columns: ['x', 'y'], rows });
    return [all(db, 'SELECT * FROM t'), attempt(() => all(db, 'SELECT * FROM main.t'))];
  }),
  'names are not case-sensitive': inMemory((db) =>
    all(db.table('MiXed', { columns: ['a', 'b'], rows }), 'SELECT * FROM mixed'),
  ),
  'a name that has to be quoted': inMemory((db) =>
    all(db.table('a "b"', { columns: ['a', 'b'], rows }), 'SELECT * FROM "a ""b"""'),
  ),
  "a name of SQLite's own": inMemory((db) => [
    attempt(() => db.table('sqlite_master', { columns: ['a', 'b'], rows }).open),
    attempt(() => all(db, 'SELECT * FROM sqlite_master')),
    attempt(() => all(db.table('json_each', { columns: ['a', 'b'], rows }), 'SELECT * FROM json_each')),
  ]),
  'the schema that SQLite sees': inMemory((db) => {
    db.table('m', { columns: ['a"b', 'c'], parameters: ['p"q'], rows });
    return [db.pragma('table_xinfo(m)'), db.pragma('table_info(m)'), db.pragma("table_list('m')")];
  }),
  'columns() of a statement': inMemory((db) => {
    db.table('m', { columns: ['a', 'b'], parameters: ['p'], rows });
    return db.prepare('SELECT a, b, p, rowid, a + 1 FROM m').columns();
  }),
  'statements on a table only read': inMemory((db) => {
    db.table('m', { columns: ['a', 'b'], rows });
    const { reader, readonly } = db.prepare('SELECT * FROM m');
    return [
      reader,
      readonly,
      ...[
        'INSERT INTO m VALUES (1, 2)',
        'UPDATE m SET a = 1',
        'DELETE FROM m',
        'DROP TABLE m',
        'CREATE INDEX i ON m (a)',
      ].map((sql) => attempt(() => db.exec(sql).open)),
    ];
  }),
};

const modules: Cases = {
  'an eponymous table is no module': inMemory((db) => {
    db.table('m', { columns: ['a', 'b'], rows });
    return [
      attempt(() => db.exec('CREATE VIRTUAL TABLE v USING m').open),
      attempt(() => all(db, 'SELECT * FROM v')),
    ];
  }),
  'a module is no eponymous table': inMemory((db) => {
    db.table('m', () => ({ columns: ['a', 'b'], rows }));
    return attempt(() => all(db, 'SELECT * FROM m'));
  }),
  'what a factory is called with': inMemory((db) => {
    const seen: unknown[] = [];
    db.table('m', function factory(this: object, ...args: unknown[]) {
      seen.push([new Described(describeValue(this)), args, new.target]);
      return { columns: ['a', 'b'], rows };
    });
    db.exec('CREATE VIRTUAL TABLE v USING m');
    db.exec("CREATE VIRTUAL TABLE temp.w USING m(a, 'b, c', \"d\", [e], f(1, 2),  spaced  , , x'00', -5)");
    db.exec('CREATE VIRTUAL TABLE x USING M()');
    db.exec('CREATE VIRTUAL TABLE IF NOT EXISTS x USING m(again)');
    db.exec("ATTACH ':memory:' AS other; CREATE VIRTUAL TABLE other.y USING m( /* c */ a /* d */ )");
    return seen;
  }),
  'the length of a factory is of no interest': inMemory((db) => {
    db.table('m', (one: unknown, two: unknown) => ({
      columns: ['a'],
      *rows() {
        yield [`${String(one)} ${String(two)}`];
      },
    }));
    db.exec('CREATE VIRTUAL TABLE v USING m; CREATE VIRTUAL TABLE w USING m(1, 2, 3)');
    return [all(db, 'SELECT * FROM v'), all(db, 'SELECT * FROM w')];
  }),
  'a factory that throws': inMemory((db) => {
    db.table('m', () => {
      throw new RangeError('from the factory');
    });
    return [
      attempt(() => db.exec('CREATE VIRTUAL TABLE v USING m')),
      attempt(() => all(db, 'SELECT * FROM v')),
    ];
  }),
  'a factory that is async': inMemory((db) => {
    db.table('m', async () => ({ columns: ['a', 'b'], rows }));
    return db.exec('CREATE VIRTUAL TABLE v USING m');
  }),
  'a class as the factory': inMemory((db) => {
    db.table('m', class {});
    return db.exec('CREATE VIRTUAL TABLE v USING m');
  }),
  'tables of one module are apart': inMemory((db) => {
    let made = 0;
    db.table('m', () => {
      made += 1;
      const own = made;
      return {
        columns: ['a'],
        *rows() {
          yield [own];
        },
      };
    });
    db.exec('CREATE VIRTUAL TABLE v USING m; CREATE VIRTUAL TABLE w USING m');
    return [all(db, 'SELECT * FROM v, w'), all(db, 'SELECT * FROM v'), made];
  }),
  'DROP TABLE and CREATE again': inMemory((db) => {
    db.table('m', () => ({ columns: ['a', 'b'], rows }));
    db.exec('CREATE VIRTUAL TABLE v USING m; DROP TABLE v');
    const gone = attempt(() => all(db, 'SELECT * FROM v'));
    return [
      gone,
      all(db.exec('CREATE VIRTUAL TABLE v USING m'), 'SELECT * FROM v'),
      all(db, 'SELECT name FROM sqlite_schema'),
    ];
  }),
  'a rollback of CREATE': inMemory((db) => {
    db.table('m', () => ({ columns: ['a', 'b'], rows }));
    db.exec('BEGIN; CREATE VIRTUAL TABLE v USING m; ROLLBACK');
    return attempt(() => all(db, 'SELECT * FROM v'));
  }),
  'CREATE writes to the schema': inMemory((db) => {
    db.table('m', () => ({ columns: ['a', 'b'], rows }));
    const statement = db.prepare('CREATE VIRTUAL TABLE v USING m(x)');
    return [
      statement.reader,
      statement.readonly,
      statement.run(),
      all(db, "SELECT sql FROM sqlite_schema WHERE name = 'v'"),
    ];
  }),
  'a table in a file, opened again': ({ Database, path }) => {
    const file = path();
    const log: unknown[] = [];
    const open = (): Database =>
      new Database(file).table('m', function factory(this: object, ...args: unknown[]) {
        log.push([{ ...this }, args]);
        return { columns: ['a', 'b'], rows };
      });
    open().exec('CREATE VIRTUAL TABLE v USING m(x, y)').close();
    const again = open();
    const seen = [all(again, 'SELECT * FROM v'), all(again, 'SELECT * FROM v WHERE a = 2')];
    again.close();
    const without = new Database(file);
    return [
      seen,
      log,
      attempt(() => all(without, 'SELECT * FROM v')),
      attempt(() => without.exec('DROP TABLE v').open),
    ];
  },
  'a factory whose columns change between connections': ({ Database, path }) => {
    const file = path();
    const open = (columns: string[]): Database =>
      new Database(file).table('m', () => ({
        columns,
        *rows() {
          yield columns.map((_, index) => index);
        },
      }));
    open(['a']).exec('CREATE VIRTUAL TABLE v USING m; CREATE VIEW w AS SELECT a FROM v').close();
    const db = open(['b', 'c']);
    return [
      attempt(() => db.prepare('SELECT * FROM v').all()),
      attempt(() => db.prepare('SELECT * FROM w').all()),
    ];
  },
  directOnly: inMemory((db) => {
    db.table('direct', { columns: ['a', 'b'], rows, directOnly: true });
    db.table('open', { columns: ['a', 'b'], rows });
    db.exec('CREATE VIEW v AS SELECT * FROM direct; CREATE VIEW w AS SELECT * FROM open');
    db.exec('CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO t SELECT a FROM direct; END');
    return [
      attempt(() => all(db, 'SELECT a FROM direct')),
      attempt(() => all(db, 'SELECT a FROM v')),
      attempt(() => all(db, 'SELECT a FROM w')),
      attempt(() => db.exec('INSERT INTO t VALUES (1)').open),
    ];
  }),
  'the name of a module in errors': inMemory((db) => {
    db.table('Größe "m"', { columns: ['a'], rows });
    return attempt(() => all(db, 'SELECT * FROM "größe ""m"""'));
  }),
};

/** Ways to constrain the parameters of `echo`, and its columns. */
const constraints = [
  '',
  'WHERE x = 1',
  'WHERE y = 1',
  'WHERE x = 1 AND y = 2 AND z = 3',
  'WHERE z = 3 AND x = 1',
  'WHERE 1 = x',
  'WHERE x = NULL',
  'WHERE x = 1 AND y = NULL',
  'WHERE x IS NULL',
  'WHERE x IS 1',
  'WHERE x IS NOT NULL',
  'WHERE x <> 1',
  'WHERE x < 1',
  'WHERE x >= 1',
  'WHERE x BETWEEN 1 AND 2',
  "WHERE x LIKE 'a'",
  "WHERE x GLOB 'a'",
  "WHERE x MATCH 'a'",
  "WHERE x REGEXP 'a'",
  'WHERE x IN (1, 2)',
  'WHERE x IN (SELECT a FROM t)',
  'WHERE x = 1 AND x = 2',
  'WHERE x = 1 AND x = 1',
  'WHERE x = 1 OR y = 2',
  'WHERE x = 1 OR x = 2',
  'WHERE x = 1 COLLATE NOCASE',
  'WHERE x + 0 = 1',
  'WHERE +x = 1',
  'WHERE x = y',
  'WHERE x = count',
  'WHERE count = 3',
  'WHERE count > 1 AND x = 1',
  "WHERE shown = '1,2,3' AND x = 1",
  'WHERE rowid = 1',
  'WHERE rowid = 2',
  'WHERE rowid > 0 AND x = 1',
  'WHERE x = (SELECT max(a) FROM t)',
  'WHERE x = ?',
  'LIMIT 1',
  'LIMIT 1 OFFSET 1',
  'WHERE x = 1 LIMIT 0',
  'ORDER BY shown',
  'ORDER BY x DESC',
  'GROUP BY shown',
  'WHERE x = 1 AND 0',
  "WHERE x = 'a' COLLATE RTRIM",
  'WHERE (x, y) = (1, 2)',
  'WHERE x = 1 AND (y = 2 OR y = 3)',
  'WHERE NOT x = 1',
];

const joins = [
  'SELECT t.a, e.shown FROM t JOIN e ON e.x = t.a',
  'SELECT t.a, e.shown FROM e JOIN t ON e.x = t.a',
  'SELECT t.a, e.shown FROM t CROSS JOIN e ON e.x = t.a',
  'SELECT t.a, e.shown FROM e CROSS JOIN t ON e.x = t.a',
  'SELECT t.a, e.shown FROM t LEFT JOIN e ON e.x = t.a AND t.a > 1',
  'SELECT t.a, e.shown FROM t RIGHT JOIN e ON e.x = t.a',
  'SELECT t.a, e.shown FROM t FULL JOIN e ON e.x = t.a',
  'SELECT t.a, e.shown FROM t, e(t.a)',
  'SELECT t.a, e.shown FROM t, e(t.a, t.a + 1, NULL)',
  'SELECT * FROM e(1)',
  'SELECT * FROM e(1, 2)',
  'SELECT * FROM e(1, 2, 3)',
  'SELECT * FROM e(1, 2, 3, 4)',
  'SELECT * FROM e()',
  "SELECT shown, x, y, z, rowid FROM e(1, 'y')",
  'SELECT *, x FROM e WHERE x = 1',
  'SELECT * FROM e(1) WHERE y = 2',
  'SELECT * FROM e(1) WHERE x = 2',
  'SELECT * FROM e(?, ?)',
  'SELECT u.shown, v.shown FROM e(1) u, e(2) v',
  'SELECT u.shown, v.shown FROM e u JOIN e v ON v.x = u.count',
  'SELECT u.shown, v.shown FROM e u JOIN e v ON v.x = u.y',
  'SELECT (SELECT shown FROM e WHERE x = t.a) FROM t',
  'SELECT EXISTS (SELECT 1 FROM e WHERE x = t.a) FROM t',
  'SELECT a FROM t WHERE a IN (SELECT count FROM e(1))',
  'SELECT shown FROM e(1) UNION SELECT shown FROM e(2)',
  'WITH c AS (SELECT * FROM e(1)) SELECT * FROM c, c AS d',
  'SELECT count(*) FROM e',
  'SELECT count(*), max(shown) FROM e(1)',
  'INSERT INTO t SELECT count FROM e(1) RETURNING a',
  'UPDATE t SET a = (SELECT count FROM e(t.a)) RETURNING a',
  'SELECT row_number() OVER (), shown FROM e(1)',
  'SELECT e.* FROM e NOT INDEXED',
  'SELECT * FROM e AS f(1)',
  'SELECT * FROM e INDEXED BY i',
];

const planning: Cases = {
  ...Object.fromEntries(
    constraints.map((constraint) => [
      `rows of SELECT * ${constraint}`,
      inMemory((db) => {
        db.table('e', echo);
        const args = constraint.includes('?') ? [5n] : [];
        return attempt(() => all(db, `SELECT *, x, y, z FROM e ${constraint}`, ...args));
      }),
    ]),
  ),
  ...Object.fromEntries(
    constraints.map((constraint) => [
      `plan of SELECT * ${constraint}`,
      inMemory((db) => {
        db.table('e', echo);
        return attempt(() =>
          db
            .explain(`QUERY PLAN SELECT * FROM e ${constraint}`)
            .map((row) => (row as { detail: string }).detail),
        );
      }),
    ]),
  ),
  ...Object.fromEntries(
    joins.map((sql) => [
      sql,
      inMemory((db) => {
        db.table('e', echo);
        const args = sql.includes('?') ? [5n, 'six'] : [];
        return attempt(() => all(db, sql, ...args));
      }),
    ]),
  ),
  ...Object.fromEntries(
    joins.map((sql) => [
      `plan of ${sql}`,
      inMemory((db) => {
        db.table('e', echo);
        return attempt(() =>
          db.explain(`QUERY PLAN ${sql}`).map((row) => (row as { detail: string }).detail),
        );
      }),
    ]),
  ),
  'parameters by default are named by number': inMemory((db) => {
    db.table('m', {
      columns: ['a'],
      *rows(first: unknown, second: unknown) {
        yield [`${String(first)} ${String(second)}`];
      },
    });
    return [
      all(db, 'SELECT *, "$1", "$2" FROM m(1, 2)'),
      all(db, 'SELECT * FROM m WHERE "$2" = 5'),
      db.pragma('table_xinfo(m)'),
    ];
  }),
  'default and rest parameters shorten the list': inMemory((db) => {
    db.table('m', {
      columns: ['a'],
      *rows(first: unknown, second = 'default', ...rest: unknown[]) {
        yield [`${String(first)} ${second} ${rest.length}`];
      },
    });
    return [all(db, 'SELECT * FROM m(1)'), attempt(() => all(db, 'SELECT * FROM m(1, 2)'))];
  }),
  'more parameters than the generator has': inMemory((db) => {
    db.table('m', {
      columns: ['a'],
      parameters: ['x', 'y'],
      *rows(...args: unknown[]) {
        yield [args.length];
      },
    });
    return [
      all(db, 'SELECT * FROM m'),
      all(db, 'SELECT * FROM m(1)'),
      all(db, 'SELECT *, x, y FROM m(1, 2)'),
    ];
  }),
};

export const cases: Cases = { ...definitions, ...modules, ...planning };
