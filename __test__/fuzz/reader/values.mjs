// Random values, expressions and schemas for the reader of rows. Drivers of one engine evaluate them alike.

const CHARACTERS = [
  'a',
  'b',
  'z',
  '0',
  ' ',
  "'",
  '\0',
  'é',
  'ÿ',
  'ß',
  'ā',
  '漢',
  '🙂',
  '\ufeff',
  '\u0080',
  'Ā',
];
const ALPHABETS = [['a'], ['é'], ['漢'], ['🙂'], ['a', 'é'], ['a', 'é', '漢'], CHARACTERS, ['x', '\0']];
const INTEGERS = [0n, 1n, -1n, 127n, 2n ** 31n - 1n, -(2n ** 31n), 2n ** 31n, -(2n ** 31n) - 1n, 2n ** 32n];
const WIDE = [
  2n ** 53n,
  2n ** 53n + 1n,
  -(2n ** 53n) - 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  2n ** 47n,
  2n ** 48n,
];
const REALS = [
  0,
  -0,
  0.1,
  1,
  -1,
  2.5,
  1e300,
  -1e300,
  5e-324,
  1 / 3,
  2 ** 31,
  2 ** 53,
  2 ** 63,
  Infinity,
  -Infinity,
];
/** Bytes of UTF-8 about which a text changes its way. */
const TEXT_BYTES = [
  2046, 2047, 2048, 2049, 2050, 4095, 4096, 4097, 6144, 8192, 12_287, 12_288, 16_384, 17_000,
];
const BLOB_BYTES = [4094, 4095, 4096, 4097, 4098, 8192, 28_671, 28_672, 28_673, 32_768, 40_000];
/** Parts of characters. */
const BROKEN = [
  'c3',
  'a9',
  'e6',
  'bc',
  'a2',
  'f0',
  '9f',
  '99',
  '82',
  'ed',
  'a0',
  '80',
  '00',
  '41',
  'c0',
  'f4',
  '90',
];
/** UTF-8 alone: in UTF-16 they would be marks of the byte order. */
const BROKEN_IN_UTF8 = [...BROKEN, 'ff', 'fe', 'f8'];

const times = (count, make) => Array.from({ length: count }, (_, index) => make(index));

/** Characters of an alphabet up to so many bytes of UTF-8. */
function textOfBytes(choose, bytes) {
  const alphabet = choose.pick(ALPHABETS);
  let text = '';
  let size = 0;
  for (;;) {
    const next = choose.pick(alphabet);
    size += Buffer.byteLength(next);
    if (size > bytes) return text + 'x'.repeat(bytes - Buffer.byteLength(text));
    text += next;
  }
}

function hexOfBroken(choose, { isUtf8 }, count) {
  return times(count, () => choose.pick(isUtf8 ? BROKEN_IN_UTF8 : BROKEN)).join('');
}

/** A value that is bound. */
export function value(choose) {
  switch (choose.int(8)) {
    case 0:
      return choose.pick(INTEGERS) + BigInt(choose.int(3) - 1);
    case 1:
      return choose.pick(WIDE);
    case 2:
      return choose.chance(0.5) ? choose.pick(REALS) : (choose.int(2 ** 32) - 2 ** 31) / 1000;
    case 3:
    case 4:
      return textOfBytes(choose, choose.chance(0.12) ? choose.pick(TEXT_BYTES) : choose.int(16));
    case 5:
      return blob(choose);
    case 6:
      return choose.pick(['12', '-1.5', '1e3', ' 7 ', '0x10', '9223372036854775808', '']);
    default:
      return null;
  }
}

function blob(choose) {
  const size = choose.chance(0.15) ? choose.pick(BLOB_BYTES) : choose.int(16);
  return Buffer.alloc(size, choose.int(251));
}

function literal(choose, context) {
  switch (choose.int(9)) {
    case 0:
      return String(choose.int(7) - 3);
    case 1:
      return String(choose.pick([...INTEGERS, ...WIDE].filter((each) => each > -(2n ** 62n))));
    case 2:
      return choose.pick(['0.5', '-0.0', '1e999', '2.0', '1e300', '9007199254740993.0', '-1e-300']);
    case 3:
      return choose.pick(["''", "'text'", "'é'", "'漢字'", "'🙂'", "'12'", "'a' || char(0) || 'b'"]);
    case 4:
      return choose.pick(["x''", "x'00ff'", "x'616263'"]);
    case 5:
      return `zeroblob(${choose.chance(0.3) ? choose.pick(BLOB_BYTES) : choose.int(20)})`;
    case 6:
      return `CAST(x'${hexOfBroken(choose, context, 1 + choose.int(9))}' AS TEXT)`;
    case 7:
      return 'NULL';
    default:
      return `CAST(zeroblob(${choose.pick(TEXT_BYTES)}) AS TEXT)`;
  }
}

/** Over two others. `replace` with nothing to replace gives its argument back, rendered as text beside what it is. */
const SHAPES = [
  (x, y) => `(${x} + ${y})`,
  (x) => `(${x} * 1.0)`,
  (x) => `(${x} * 4294967297)`,
  (x) => `(${x} / 2)`,
  (x, y) => `(${x} || ${y})`,
  (x) => `(-${x})`,
  (x) => `(${x} & 4294967295)`,
  (x) => `CAST(${x} AS INTEGER)`,
  (x) => `CAST(${x} AS REAL)`,
  (x) => `CAST(${x} AS NUMERIC)`,
  (x) => `CAST(${x} AS TEXT)`,
  (x) => `CAST(${x} AS BLOB)`,
  (x) => `replace(${x}, '', 'y')`,
  (x) => `replace(${x}, 'a', 'é漢')`,
  (x) => `upper(${x})`,
  (x) => `trim(${x})`,
  (x) => `substr(${x}, 2, 5)`,
  (x) => `substr(${x}, -3)`,
  (x) => `hex(substr(${x}, 1, 4))`,
  (x) => `length(${x})`,
  (x) => `typeof(${x})`,
  (x) => `round(${x})`,
  (x, y) => `coalesce(${x}, ${y})`,
  (x, y) => `nullif(${x}, ${y})`,
  (x, y) => `max(${x}, ${y})`,
  (x, y) => `min(${x}, ${y})`,
  (x, y) => `iif(${x} < ${y}, ${x}, ${y})`,
  (x, y) => `CASE WHEN ${x} IS NULL THEN ${y} ELSE ${x} END`,
  (x, y) => `(${x} = ${y})`,
  (x, y) => `(${x} IS NOT ${y})`,
  (x, y) => `instr(${x}, ${y})`,
  (x) => `unicode(${x})`,
  (x) => `likely(${x})`,
  (x) => `(SELECT ${x})`,
];

/** An expression over columns. */
export function expression(choose, context, depth = choose.pick([0, 1, 1, 2, 3])) {
  if (depth === 0) {
    return choose.chance(0.7) && context.columns.length > 0
      ? choose.pick(context.columns)
      : literal(choose, context);
  }
  const part = () => expression(choose, context, choose.int(depth));
  return choose.pick(SHAPES)(part(), part());
}

const TYPES = ['', 'INTEGER', 'INT', 'REAL', 'TEXT', 'BLOB', 'NUMERIC', 'VARCHAR(9)', 'DOUBLE'];
const STRICT_TYPES = ['INTEGER', 'REAL', 'TEXT', 'BLOB', 'ANY', 'INT'];

/** A table with indexes and perhaps a view. Expressions in it are free of subqueries, which they may not have. */
export function table(choose, context, name) {
  const isStrict = choose.chance(0.15);
  const hasRowid = choose.chance(0.7);
  const stored = times(1 + choose.int(5), (index) => `c${index}`);
  const inTable = { ...context, columns: ['id', ...stored] };
  const pure = (depth) => {
    for (;;) {
      const text = expression(choose, inTable, depth);
      if (!text.includes('SELECT')) return text;
    }
  };
  const types = stored.map(() => choose.pick(isStrict ? STRICT_TYPES : TYPES));
  const generated = times(choose.pick([0, 0, 1, 2]), (index) => ({
    name: `g${index}`,
    sql: `g${index} ${choose.pick(isStrict ? ['ANY'] : TYPES)} AS (${pure(1)}) ${choose.pick(['VIRTUAL', 'STORED'])}`,
  }));
  const columns = [
    `id INTEGER PRIMARY KEY${choose.chance(0.1) ? ' DESC' : ''}`,
    ...stored.map((column, index) => `${column} ${types[index]}`),
    ...generated.map(({ sql }) => sql),
  ];
  const options = [...(isStrict ? ['STRICT'] : []), ...(hasRowid ? [] : ['WITHOUT ROWID'])].join(', ');
  const setup = [`CREATE TABLE ${name} (${columns.join(', ')}) ${options}`];
  for (let index = choose.pick([0, 1, 2]); index > 0; index -= 1) {
    const what = choose.chance(0.5) ? pure(1) : `${choose.pick(stored)}, id`;
    setup.push(`CREATE INDEX ${name}_${index} ON ${name} (${what})`);
  }
  return { name, stored, columns: ['id', ...stored, ...generated.map((each) => each.name)], setup };
}
