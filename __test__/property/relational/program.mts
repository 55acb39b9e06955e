/** Random programs over several tables, views, triggers, callbacks and databases, as plain data. */
import * as fc from 'fast-check';
import { storable, value, type Value } from '../values.mts';
import { registration, registrations, type Registration } from './callbacks.mts';
import { change, control, pick, query, sql } from './sql.mts';

const how = {
  mode: pick('flat', 'flat', 'raw', 'pluck', 'expand'),
  method: pick('all', 'all', 'get', 'iterate', 'run'),
  safe: fc.boolean(),
  v: value,
};

const statement = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('execute' as const), sql: query, ...how }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('execute' as const), sql: change, ...how }) },
);
const step = fc.oneof(
  { weight: 9, arbitrary: statement },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('exec' as const), sql: control }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('register' as const), registration }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const), which: fc.nat(9), ...how }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('transaction' as const),
      variant: pick('deferred', 'immediate', 'exclusive'),
      inner: fc.array(statement, { maxLength: 3 }),
      nested: fc.array(statement, { maxLength: 2 }),
      fails: pick('', '', 'outside', 'inside'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('loop' as const),
      sql: query,
      inner: fc.oneof(query, change, control),
      at: fc.nat(2),
      leaves: fc.boolean(),
      ...how,
    }),
  },
);
export type Step = typeof step extends fc.Arbitrary<infer Item> ? Item : never;
export type Execution = Extract<Step, { kind: 'execute' }>;

const type = pick('', '', 'INTEGER', 'REAL', 'TEXT', 'BLOB', 'NUMERIC', 'TEXT COLLATE NOCASE');
const key = pick(
  'a',
  'a',
  'a INTEGER PRIMARY KEY CHECK (a IS NOT 9223372036854775807)',
  'a UNIQUE',
  'a INT UNIQUE NOT NULL',
  'a TEXT',
);
const rest = pick(
  '',
  '',
  "DEFAULT 'd'",
  'NOT NULL',
  'CHECK (b IS NOT 3)',
  'REFERENCES t0 (a) ON DELETE CASCADE',
  'REFERENCES t0 (a) DEFERRABLE INITIALLY DEFERRED',
);
const createTable = (name: string): fc.Arbitrary<string> =>
  sql`CREATE TABLE ${name} (${key}, b ${type} ${rest}, c ${type}${pick('', '', ' AS (a || b) STORED')})`;
const rows = pick(
  '(1, 2, 3)',
  "(2, 'x', NULL)",
  '(3, 2.5, 1)',
  "(4, x'01', 'B')",
  "(5, NULL, 'b')",
  '(9007199254740993, 1, 2)',
);
const fill = (name: string): fc.Arbitrary<string> =>
  sql`INSERT OR IGNORE INTO ${name} (a, b, c) VALUES ${rows}, ${rows}, ${rows}`;

const view = pick(
  'SELECT a, b, c FROM t0',
  'SELECT f1(a) AS a, b, c FROM t0',
  'SELECT x.a, y.b, x.c FROM t0 x LEFT JOIN t1 y USING (a)',
  'SELECT a, b, c FROM t0 UNION ALL SELECT a, b, c FROM t1',
  'SELECT a, b, c FROM vt',
  'SELECT s1(a) AS a, b, count(*) AS c FROM t0 GROUP BY b',
  'SELECT a, w1(b) OVER (ORDER BY a) AS b, c FROM t1',
  'SELECT a, b, c FROM v0 WHERE a > 1',
);
const trigger = sql`CREATE TRIGGER %g ${pick('AFTER', 'BEFORE')} ${pick('INSERT', 'UPDATE', 'DELETE', 'UPDATE OF b')} ON ${pick('t0', 't1')} ${pick('', 'WHEN f0()', 'WHEN (SELECT count(*) FROM t1) < 9')} BEGIN ${pick(
  'SELECT f0();',
  "SELECT RAISE(ABORT, 'refused') WHERE (SELECT count(*) FROM t0) > 4;",
  "SELECT RAISE(FAIL, 'failed') WHERE (SELECT count(*) FROM t0) > 5;",
  "SELECT RAISE(ROLLBACK, 'rolled back') WHERE (SELECT count(*) FROM t0) > 6;",
  'UPDATE t1 SET b = f1(b) WHERE a = 1;',
  'DELETE FROM t1 WHERE a = f1(2); INSERT OR IGNORE INTO t1 (a, b) VALUES (7, 8);',
  'INSERT OR IGNORE INTO t1 (a, b) SELECT a, 5 FROM vt LIMIT 1;',
)} END`;
const insteadOf = sql`CREATE TRIGGER i%g INSTEAD OF ${pick('INSERT', 'UPDATE')} ON ${pick('v0', 'v1')} BEGIN INSERT INTO t0 (a, b) VALUES (new.a, f1(new.b)); END`;

const schema = fc
  .tuple(
    createTable('t0'),
    createTable('t1'),
    fc.constant("ATTACH ':memory:' AS aux"),
    createTable('aux.t2').map((text) => text.replaceAll(/REFERENCES t0 \(a\)/g, 'REFERENCES t2')),
    fill('t0'),
    fill('t1'),
    fill('aux.t2'),
    pick('CREATE VIRTUAL TABLE m0 USING mod', 'CREATE VIRTUAL TABLE m0 USING mod(1, "two, three" )'),
    sql`CREATE VIEW v0 AS ${view}`,
    sql`CREATE TEMP VIEW v1 AS ${view}`,
    sql`CREATE VIEW v2 (a, b, c) AS ${view}`,
    fc.array(fc.oneof(trigger, insteadOf), { maxLength: 3 }),
  )
  .map((parts) => parts.flat().map((text, index) => text.replace('%g', `g${index}`)));

export interface Program {
  readonly encoding: string;
  readonly safe: boolean;
  readonly registrations: readonly Registration[];
  readonly schema: readonly string[];
  readonly steps: readonly Step[];
}

export const program: fc.Arbitrary<Program> = fc.record({
  encoding: pick('UTF-8', 'UTF-8', 'UTF-8', 'UTF-16le'),
  safe: pick(false, false, true),
  registrations,
  schema,
  steps: fc.array(step, { minLength: 1, maxLength: 12, size: 'max' }),
});

/** Programs of SQL alone, one statement after the other, for drivers without the rest. */
export interface Script {
  readonly schema: readonly string[];
  readonly steps: readonly { readonly sql: string; readonly v: Value }[];
}

/** Whether a blob is LIKE a text is an option of the engine. */
const withoutLike = (text: string): string => text.replaceAll(/ (?:LIKE|GLOB) /g, ' = ');

export const script: fc.Arbitrary<Script> = fc.record({
  schema,
  steps: fc.array(
    fc.record({
      sql: fc
        .oneof(
          { weight: 5, arbitrary: query },
          { weight: 4, arbitrary: change },
          { weight: 2, arbitrary: control },
        )
        .map(withoutLike),
      v: storable,
    }),
    { minLength: 1, maxLength: 12, size: 'max' },
  ),
});
