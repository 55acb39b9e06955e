// Random queries. Their rows come in an order that does not depend on the engine.
import { expression } from './values.mjs';

/** Numbers of rows about which batches end, by rows or by cells. */
const ROW_COUNTS = [0, 1, 2, 999, 1000, 1001, 1023, 1024, 1365, 2000, 2047, 2048, 2049, 4096];
/** Numbers of columns about which code is made, or rows fill a batch. */
const WIDTHS = [100, 199, 200, 201, 511, 1000, 1365, 1500, 1999, 2000];
/** Integers that have a slot of their own where bigints are wanted. */
const BIG_BY_ROW = [
  'n * 4294967297',
  '9223372036854775807 - n',
  '-9223372036854775807 + n',
  '-4294967296 - n',
];
/** So many leave room at a batch's end that takes another row, but not with the slots for its integers. */
const BIG_WIDTHS = [1, 2, 6, 6, 10, 17, 19];
/** Values of a row by its number, to reach each limit within a batch; `n` is the row. */
const BY_ROW = [
  'n',
  'n * 4294967297',
  'n * 0.5',
  "CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN n WHEN 2 THEN 'text' || n WHEN 3 THEN x'01' ELSE n / 3.0 END",
  "'row ' || n",
  "printf('%c', 'é') || n",
  "'漢' || n",
  "CASE WHEN n % 97 = 0 THEN '漢' ELSE 'a' END",
  'zeroblob(n % 9)',
  'zeroblob(4090 + n % 12)',
  'zeroblob(28660 + n % 20)',
  'substr(hex(zeroblob(1100)), 1, 2040 + n % 16)',
  "replace(substr(hex(zeroblob(600)), 1, 1016 + n % 16), '0', 'é')",
  "replace(substr(hex(zeroblob(400)), 1, 678 + n % 9), '0', '漢')",
  "replace(substr(hex(zeroblob(300)), 1, 509 + n % 6), '0', '🙂')",
  'substr(hex(zeroblob(70)), 1, n % 140)',
  'CAST(zeroblob(n % 40) AS TEXT)',
  'CAST(zeroblob(2040 + n % 20) AS BLOB)',
  '9223372036854775807 - n',
  '-2147483648 - n % 3',
  'CASE WHEN n % 50 = 0 THEN hex(zeroblob(3000)) ELSE n END',
];

const times = (count, make) => Array.from({ length: count }, () => make());
const limit = (choose) => (choose.chance(0.3) ? ` LIMIT ${choose.int(9)}` : '');

/** Rows of one table, by its key. */
function rows(choose, context) {
  const from = choose.pick(context.tables);
  const inside = { ...context, columns: from.columns };
  const list = choose.chance(0.3)
    ? '*'
    : times(1 + choose.int(8), () => expression(choose, inside)).join(', ');
  const where = choose.chance(0.3) ? ` WHERE ${expression(choose, inside)}` : '';
  const order = choose.chance(0.4) ? `${expression(choose, inside, 1)}, id` : 'id';
  return `SELECT ${list} FROM ${from.name}${where} ORDER BY ${order}${limit(choose)}`;
}

function joined(choose, context) {
  const [one, other] = [choose.pick(context.tables), choose.pick(context.tables)];
  const columns = [...one.columns.map((name) => `x.${name}`), ...other.columns.map((name) => `y.${name}`)];
  const inside = { ...context, columns };
  const list = times(1 + choose.int(6), () => expression(choose, inside, choose.int(2))).join(', ');
  const kind = choose.pick(['JOIN', 'LEFT JOIN']);
  return `SELECT ${list} FROM ${one.name} x ${kind} ${other.name} y ON x.id % 7 = y.id % 5 ORDER BY x.id, y.id LIMIT 60`;
}

function aggregates(choose, context) {
  const from = choose.pick(context.tables);
  const inside = { ...context, columns: from.columns };
  const each = () => {
    const over = expression(choose, inside, choose.int(2));
    const name = choose.pick(['sum', 'total', 'avg', 'min', 'max', 'count', 'group_concat']);
    return name === 'group_concat' ? `group_concat(${over}, '|' ORDER BY id)` : `${name}(${over})`;
  };
  const group = choose.chance(0.5) ? ' GROUP BY id % 3 ORDER BY id % 3' : '';
  return `SELECT ${times(1 + choose.int(5), each).join(', ')} FROM ${from.name}${group}`;
}

function windows(choose, context) {
  const from = choose.pick(context.tables);
  const inside = { ...context, columns: from.columns };
  const each = () => {
    const over = expression(choose, inside, choose.int(2));
    const shape = choose.pick([
      'lag(%s)',
      'lead(%s, 2)',
      'first_value(%s)',
      'last_value(%s)',
      'max(%s)',
      'count(%s)',
      'group_concat(%s)',
    ]);
    const frame = shape.startsWith('l')
      ? ''
      : choose.pick(['', ' ROWS 2 PRECEDING', ' ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING']);
    return `${shape.replace('%s', () => over)} OVER (ORDER BY id${frame})`;
  };
  return `SELECT ${times(1 + choose.int(4), each).join(', ')} FROM ${from.name} ORDER BY id`;
}

function compound(choose, context) {
  const width = 1 + choose.int(3);
  const part = () => {
    const from = choose.pick(context.tables);
    const inside = { ...context, columns: from.columns };
    return `SELECT ${times(width, () => expression(choose, inside, choose.int(2))).join(', ')} FROM ${from.name}`;
  };
  const order = Array.from({ length: width }, (_, index) => index + 1).join(', ');
  return `${part()} ${choose.pick(['UNION ALL', 'UNION', 'EXCEPT'])} ${part()} ORDER BY ${order}`;
}

/** Rows without a table: as many as batches take, and more. */
function numbered(choose) {
  const [source, widths] = choose.chance(0.2) ? [BIG_BY_ROW, BIG_WIDTHS] : [BY_ROW, [1, 1, 2, 3, 4, 5, 8]];
  const list = times(choose.pick(widths), () => choose.pick(source));
  const isHeavy = list.some((each) => /zeroblob\(\d{3,}/.test(each));
  const count = Math.min(choose.pick(ROW_COUNTS), isHeavy ? 160 : 4096);
  return `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT ${count}) SELECT ${list.join(', ')} FROM c WHERE ${count} > 0`;
}

/** As many columns as a result may have. */
function wide(choose, context) {
  const from = choose.pick(context.tables);
  const inside = { ...context, columns: from.columns };
  const few = times(7, () => expression(choose, inside, choose.int(2)));
  const width = choose.pick(WIDTHS);
  const list = Array.from({ length: width }, (_, index) => `${few[index % 7]} AS w${index}`);
  return `SELECT ${list.join(', ')} FROM ${from.name} ORDER BY id LIMIT ${1 + choose.int(6)}`;
}

function others(choose, context) {
  const from = choose.pick(context.tables);
  const inside = { ...context, columns: from.columns };
  const over = () => expression(choose, inside, choose.int(2));
  switch (choose.int(5)) {
    case 0:
      return `UPDATE ${from.name} SET ${choose.pick(from.stored)} = ${over()} WHERE id = ${choose.int(12)} RETURNING *`;
    case 1:
      return `DELETE FROM ${from.name} WHERE id = ${choose.int(40)} RETURNING ${over()}, ${over()}`;
    case 2:
      return `SELECT key, value, type, atom FROM json_each('[1, 2.5, "three", null, true, {"a": [1]}, 4294967296, "漢"]')`;
    case 3:
      return `SELECT * FROM (SELECT DISTINCT ${over()} AS x, ${over()} AS y FROM ${from.name}) ORDER BY x, y`;
    default:
      return `VALUES (${times(4, () => expression(choose, { ...context, columns: [] })).join(', ')})`;
  }
}

const KINDS = {
  rows: 8,
  joined: 1,
  aggregates: 2,
  windows: 2,
  compound: 1,
  numbered: 2,
  wide: 0.4,
  others: 3,
};
const MAKERS = { rows, joined, aggregates, windows, compound, numbered, wide, others };

/** One query, as its text. */
export const query = (choose, context) => MAKERS[choose.weighted(KINDS)](choose, context);
