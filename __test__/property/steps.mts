/** Random programs as plain data, which can be printed and shrunk: a schema and a list of steps. */
import * as fc from 'fast-check';
import { expression, table, value, type Table, type Value } from './values.mts';

const style = fc.constantFrom('list', 'array', 'named', 'split');
const mode = fc.constantFrom('flat', 'flat', 'raw', 'pluck');
const method = fc.constantFrom('get', 'all', 'iterate', 'run');
const values = fc.array(value, { minLength: 5, maxLength: 5 });

const how = { mode, safe: fc.boolean(), method, style };
const condition = fc.constantFrom(
  '',
  'WHERE %c > ?',
  'WHERE %c IS NOT ?',
  'WHERE %c = ? OR 1',
  'ORDER BY %c',
  'ORDER BY %c DESC LIMIT 2',
  'GROUP BY %c',
);

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('insert' as const),
      conflict: fc.constantFrom('', '', ' OR IGNORE', ' OR REPLACE', ' OR ROLLBACK'),
      returning: fc.boolean(),
      values,
      ...how,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('select' as const),
      condition,
      column: fc.nat(4),
      values,
      ...how,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('expression' as const),
      sql: fc.array(expression, { minLength: 1, maxLength: 4 }),
      values,
      ...how,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('update' as const),
      column: fc.nat(4),
      returning: fc.boolean(),
      values,
      ...how,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      column: fc.nat(4),
      returning: fc.boolean(),
      values,
      ...how,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('again' as const), which: fc.nat(9), values, ...how }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('bind' as const), which: fc.nat(9), values, ...how }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('exec' as const),
      sql: fc.constantFrom(
        'BEGIN',
        'COMMIT',
        'ROLLBACK',
        'SAVEPOINT s',
        'RELEASE s',
        'ROLLBACK TO s',
        'ALTER TABLE t ADD COLUMN z DEFAULT 5',
        'ALTER TABLE t RENAME COLUMN a TO zz',
        'CREATE INDEX i ON t (1)',
        'DROP INDEX i',
        'PRAGMA foreign_keys = 0',
        'nonsense',
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('transaction' as const), fails: fc.boolean(), values, ...how }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('loop' as const),
      rows: fc.nat(3),
      inner: fc.constantFrom('all', 'get', 'exec', 'close'),
      ...how,
    }),
  },
);
export type Step = typeof step extends fc.Arbitrary<infer Item> ? Item : never;

export interface Program {
  readonly encoding: string;
  readonly table: Table;
  readonly steps: Step[];
}

export const program: fc.Arbitrary<Program> = fc
  .record({
    encoding: fc.constantFrom('UTF-8', 'UTF-8', 'UTF-8', 'UTF-16le', 'UTF-16be'),
    table,
    steps: fc.array(step, { minLength: 1, maxLength: 14, size: 'max' }),
  })
  .map(({ encoding, table: given, steps }) => ({
    encoding,
    table: given,
    steps: encoding === 'UTF-8' ? steps : steps.map(withoutNoncharacters),
  }));

/** As text in UTF-16, the bytes FF FE and FF FF are characters in which the engines differ. */
function withoutNoncharacters(each: Step): Step {
  if (!('values' in each)) return each;
  const clean = (one: Value): Value =>
    one instanceof Uint8Array ? one.map((byte) => Math.min(byte, 0xfd)) : one;
  return { ...each, values: each.values.map(clean) };
}
