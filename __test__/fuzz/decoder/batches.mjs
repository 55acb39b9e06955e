// Random column names, values and batches.
import { seededRandom } from '../../../benches/js/random.mjs';
import { BLOB_BYTES, CELLS, FLAGS, MAX_LENGTH, MAX_START } from './model.mjs';

const NAMES = [
  'a',
  'b',
  'id',
  'name',
  '',
  ' ',
  '0',
  '1',
  '10',
  '-1',
  '-0',
  '01',
  '1.5',
  '4294967294',
  '4294967295',
  '9007199254740993',
  'this',
  'at',
  'words',
  'cell',
  'return',
  'prototype',
  'length',
  'é',
  '漢',
  '🙂',
  '\ud800',
  '"',
  "'",
  '\\',
  '`${at}`',
  '\n',
  '\u2028',
  '*/',
  'count(*)',
  '-->',
];
/** Names that every object knows. */
const INHERITED = ['__proto__', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '__defineGetter__'];
const INTEGERS = [0, 1, -1, 2, 255, 256, 65_535, 65_536, 2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 2, -2, -3, -7];
const REALS = [
  0,
  -0,
  0.5,
  1,
  -1,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53,
  2 ** 63,
  1e300,
  5e-324,
  Infinity,
  -Infinity,
];
const BIGINTS = [
  2n ** 31n,
  -(2n ** 31n) - 1n,
  2n ** 32n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  -(2n ** 32n) * 3n,
];
/** Lengths about which something changes: of texts that keep their string, of values that are detached, of places. */
const LENGTHS = [0, 0, 1, 2, 12, 13, 14, 100, 255, 256, 1023, 1024, 2047, 2048, 4095, 4096, 4097, MAX_LENGTH];
const ALPHABETS = ['a', 'abcXYZ0 ', 'aé', 'ÿ\0', 'é', 'a漢', '漢', '🙂', '\ud800a', 'ā'];
const COLUMNS = [1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 13];
const WIDE_COLUMNS = [31, 99, 199, 200, 201, 202, 500, 999, 2000, 4096];
const ROWS = [0, 1, 1, 2, 3, 5, 17, 100, 255, 256, 257, 499, 500, 501, 998, 999, 1000];

const scratch = new DataView(new ArrayBuffer(8));
const noise = new Uint8Array(2 ** 18);
const nextNoise = seededRandom(1);
for (let at = 0; at < noise.length; at += 1) noise[at] = Math.floor(nextNoise() * 256);

/** Random bytes, quickly. */
export function noiseOf(choose, size) {
  const start = choose.int(noise.length - size);
  return noise.subarray(start, start + size);
}

/** Names joined by NUL, as SQLite gives them. */
export function namesOf(choose, count) {
  const fresh = (column) => `c${column}`;
  if (count > 60) return Array.from({ length: count }, (_, column) => fresh(column));
  const wild = choose.pick([0, 0.2, 1]);
  return Array.from({ length: count }, (_, column) => {
    if (choose.chance(wild)) return choose.chance(0.2) ? choose.pick(INHERITED) : choose.pick(NAMES);
    return choose.chance(0.05) ? fresh(choose.int(count)) : fresh(column);
  });
}

export const columnCount = (choose, isWide) => choose.pick(isWide ? WIDE_COLUMNS : COLUMNS);

export function text(choose, length) {
  const alphabet = choose.pick(ALPHABETS);
  const first = choose.int(alphabet.length);
  return (alphabet.slice(first) + alphabet).repeat(length).slice(0, length);
}

function real(choose) {
  if (choose.chance(0.5)) return choose.pick(REALS);
  scratch.setInt32(0, choose.int(2 ** 32));
  scratch.setInt32(4, choose.int(2 ** 32));
  const value = scratch.getFloat64(0);
  // SQLite has none.
  return Number.isNaN(value) ? 0.25 : value;
}

function int64(choose) {
  if (choose.chance(0.5)) return choose.pick(BIGINTS);
  const value = BigInt.asIntN(64, (BigInt(choose.int(2 ** 32)) << 32n) | BigInt(choose.int(2 ** 32)));
  return BigInt.asIntN(32, value) === value ? 2n ** 40n : value;
}

/** What is left of the areas of a batch. */
function roomOf(choose) {
  // Now and then as far as places reach, which is beyond what the encoder fills.
  const isFar = choose.chance(0.05);
  return { isFar, blobs: BLOB_BYTES, texts: isFar ? MAX_START : 16_384, wide: isFar ? MAX_START : 8192 };
}

/** Lengths are short unless there is room, so that not only the first rows have values. */
function lengthOf(choose, room, cells) {
  const length = choose.chance(0.1) ? choose.pick(LENGTHS) : choose.int(20);
  return Math.min(length, choose.chance(0.05) ? room : Math.max(3, Math.floor(room / cells)), room);
}

function cellOf(choose, kind, room, cells, safeIntegers) {
  switch (kind) {
    case 'int32':
      return { int32: choose.chance(0.5) ? choose.pick(INTEGERS) : choose.int(2 ** 32) | 0 };
    case 'real':
      return { real: real(choose) };
    case 'int64':
      return safeIntegers ? { int64: int64(choose) } : { real: Number(int64(choose)) };
    case 'text': {
      const value = text(choose, lengthOf(choose, Math.min(room.texts, room.wide), cells));
      room.texts -= value.length;
      room.wide -= value.length;
      return { text: value };
    }
    case 'blob': {
      const value = Buffer.from(noiseOf(choose, lengthOf(choose, room.blobs, cells)));
      room.blobs -= value.length;
      return { blob: value };
    }
    case 'detached':
      return { detached: choose.chance(0.5) ? text(choose, 2049 + choose.int(10)) : Buffer.alloc(4097, 7) };
    default:
      return null;
  }
}

const WEIGHTS = { int32: 10, real: 6, int64: 6, text: 10, null: 4, blob: 6, detached: 1 };
/** Each kind as often as its weight says. */
const ANY = Object.entries(WEIGHTS).flatMap(([kind, weight]) => Array.from({ length: weight }, () => kind));

/**
 * A batch of rows, for `writeBatch`.
 *
 * @param want - `columns`, `safeIntegers`; `rows` unless they are to be chosen.
 */
export function batchOf(choose, { columns, safeIntegers, rows: wanted = choose.pick(ROWS) }) {
  const room = roomOf(choose);
  // Each cell may need a wide integer.
  const most = Math.floor(CELLS / (safeIntegers ? 2 * columns : columns));
  const count = Math.min(most, choose.chance(0.02) ? most : wanted);
  const kinds = Array.from({ length: columns }, () => (choose.chance(0.5) ? 'any' : choose.pick(ANY)));
  const cells = count * columns;
  const rows = Array.from({ length: count }, () =>
    kinds.map((kind) => {
      const own = kind === 'any' ? choose.pick(ANY) : kind;
      return cellOf(choose, own, room, cells, safeIntegers);
    }),
  );
  return {
    columns,
    rows,
    flags: choose.pick([0, 0, FLAGS.more, FLAGS.reprepared, FLAGS.more | FLAGS.reprepared]),
    needsExtras: choose.chance(0.1),
    gapOf: gaps(choose, room),
  };
}

/** Values need not stand one behind the other: what is between them must not show. */
function gaps(choose, room) {
  const isDense = choose.chance(0.7);
  const far = { text: room.isFar, wide: room.isFar };
  return (kind) => {
    if (kind === 'blob') {
      const size = isDense ? 0 : Math.min(room.blobs, choose.int(4));
      room.blobs -= size;
      return size;
    }
    const key = kind === 'wide' ? 'wide' : 'texts';
    let size = isDense ? 0 : Math.min(room[key], choose.int(4));
    if (far[kind]) size = room[key];
    far[kind] = false;
    room[key] -= size;
    return (kind === 'wide' ? '\uffff' : '~').repeat(size);
  };
}
