/** Random values, SQL expressions and schemas. Free of the test runner: the soak command uses them too. */
import * as fc from 'fast-check';

export type Value = number | bigint | string | Uint8Array | null | undefined | boolean;

const interestingNumbers = [
  0,
  -0,
  1,
  -1,
  0.1,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  -(2 ** 53),
  2 ** 63,
  1e300,
  NaN,
  Infinity,
  -Infinity,
];
const interestingBigints = [
  0n,
  1n,
  -1n,
  2n ** 31n,
  -(2n ** 31n) - 1n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  2n ** 63n,
];

const number = fc.oneof(
  fc.constantFrom(...interestingNumbers),
  fc.integer(),
  fc.double(),
  fc.integer({ min: -3, max: 3 }),
);
const bigint = fc.oneof(
  fc.constantFrom(...interestingBigints),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -5n, max: 5n }),
);
/** U+FFFE and U+FFFF are left out: the engines differ in them in UTF-16 databases. */
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({
      unit: fc.constantFrom('\0', 'é', 'ÿ', '漢', '🙂', '\ud800', '\udc00', '\uFEFF', "'", '%', 'a', '1'),
    }),
    fc
      .tuple(fc.constantFrom('x', 'é', '漢', '🙂'), fc.constantFrom(200, 2047, 2048, 4100, 17_000))
      .map(([letter, count]) => letter.repeat(count)),
    fc.constantFrom(
      '',
      '1',
      '-1',
      '1.0',
      '1e3',
      ' 12 ',
      '0x10',
      '9223372036854775807',
      '9223372036854775808',
      'null',
      '[1]',
      '{"a":1}',
    ),
  )
  .map((value) => value.replace(/[\uFFFE\uFFFF]/g, 'n'));
const blob = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom(0, 4095, 4096, 4097, 40_000).map((size) => new Uint8Array(size).fill(size % 251)),
);

export const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 4, arbitrary: number },
  { weight: 3, arbitrary: bigint },
  { weight: 5, arbitrary: text },
  { weight: 2, arbitrary: blob },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constantFrom(undefined, true) },
);

/** A value that every driver can bind and that comes back as it was. */
export const storable: fc.Arbitrary<Value> = fc.oneof(
  number,
  bigint.filter((each) => BigInt.asIntN(64, each) === each),
  text,
  blob,
  fc.constant(null),
);

const types = ['', 'INTEGER', 'INT', 'REAL', 'TEXT', 'BLOB', 'NUMERIC', 'ANY', 'VARCHAR(5)', 'BOOLEAN'];
const constraints = [
  '',
  '',
  '',
  ' NOT NULL',
  ' UNIQUE',
  " DEFAULT 'd'",
  ' DEFAULT 7',
  ' CHECK (%s IS NOT 3)',
  ' COLLATE NOCASE',
];
const columnNames = ['a', 'b', 'c', 'A b', 'ä', '1', 'toString', '漢', ''];

export interface Table {
  readonly columns: readonly string[];
  readonly sql: string;
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const table: fc.Arbitrary<Table> = fc
  .record({
    names: fc.uniqueArray(fc.constantFrom(...columnNames.filter((name) => name !== '')), {
      minLength: 1,
      maxLength: 5,
      selector: (name) => name.toLowerCase(),
    }),
    kinds: fc.array(fc.tuple(fc.constantFrom(...types), fc.constantFrom(...constraints)), {
      minLength: 5,
      maxLength: 5,
    }),
    key: fc.boolean(),
    strict: fc.boolean(),
  })
  .map(({ names, kinds, key, strict }) => {
    const strictTypes = new Set(['INTEGER', 'INT', 'REAL', 'TEXT', 'BLOB', 'ANY']);
    const columns = names.map((name, index) => {
      const [kind, constraint] = kinds[index] ?? ['', ''];
      const declared = strict && !strictTypes.has(kind) ? 'ANY' : kind;
      // Above the highest rowid SQLite picks rowids at random.
      const primaryKey = ` PRIMARY KEY CHECK (${quoted(name)} IS NOT 9223372036854775807)`;
      const rest = key && index === 0 ? primaryKey : constraint.replace('%s', quoted(name));
      return `${quoted(name)} ${declared}${rest}`;
    });
    return { columns: names, sql: `CREATE TABLE t (${columns.join(', ')})${strict ? ' STRICT' : ''}` };
  });

/** Expressions over parameters `?1` and `?2`, given by number. */
export const expression = fc.constantFrom(
  '?1',
  'typeof(?1)',
  'hex(?1)',
  'length(?1)',
  'upper(?1)',
  'lower(?1)',
  'substr(?1, 2, 3)',
  'substr(?1, -2)',
  'instr(?1, ?2)',
  'replace(?1, ?2, 3)',
  'trim(?1)',
  'abs(?1)',
  'round(?1)',
  'round(?1, 2)',
  'coalesce(?1, ?2)',
  'nullif(?1, ?2)',
  'quote(?1)',
  'unicode(?1)',
  'max(?1, ?2)',
  'min(?1, ?2)',
  'CAST(?1 AS INTEGER)',
  'CAST(?1 AS REAL)',
  'CAST(?1 AS TEXT)',
  'CAST(?1 AS BLOB)',
  'CAST(?1 AS NUMERIC)',
  'CAST(CAST(?1 AS BLOB) AS TEXT)',
  '?1 || ?2',
  '?1 + ?2',
  '?1 - ?2',
  '?1 * ?2',
  '?1 / ?2',
  '?1 % ?2',
  '-?1',
  '~?1',
  '?1 & ?2',
  '?1 << 3',
  '?1 < ?2',
  '?1 = ?2',
  '?1 IS ?2',
  '?1 LIKE ?2',
  '?1 GLOB ?2',
  '?1 IN (?2, 1, NULL)',
  'NOT ?1',
  '?1 IS NULL',
  'CASE WHEN ?1 THEN ?2 END',
  'json_quote(?1)',
  'json_valid(?1)',
  '?1 COLLATE NOCASE = ?2',
  'sign(?1)',
  'iif(?1, ?2, 5)',
  'typeof(?1 + 0)',
);
