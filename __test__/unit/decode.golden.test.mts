// The batches were written by the addon's code; the rows here are written by hand.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';

const require = createRequire(import.meta.url);
const decode = require('../../dist/batch/decode.js') as typeof import('../../ts/batch/decode.ts');
const layout = require('../../dist/batch/layout.js') as typeof import('../../ts/batch/layout.ts');

interface Parts {
  cells: number;
  wide: number;
  blobs: number;
  oneByte: number[];
  twoByte: number[];
  extras: { text?: number[]; blob?: number[] }[];
}

/** Puts a golden batch where the addon would have written it. */
function load(name: string): { memory: import('../../ts/batch/decode.ts').BatchMemory; value: unknown } {
  const folder = new URL('../fixtures/batch/', import.meta.url);
  const bytes = readFileSync(new URL(`${name}.bin`, folder));
  const parts = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Parts;
  const { HEADER_SLOTS, CELL_SLOTS, BLOB_BYTES } = layout;
  const shared = Buffer.from(new ArrayBuffer((HEADER_SLOTS + CELL_SLOTS) * 8 + BLOB_BYTES));
  const cellsEnd = (HEADER_SLOTS + parts.cells) * 8;
  const wideEnd = cellsEnd + parts.wide * 8;
  bytes.copy(shared, 0, 0, cellsEnd);
  bytes.copy(shared, (HEADER_SLOTS + CELL_SLOTS - parts.wide) * 8, cellsEnd, wideEnd);
  bytes.copy(shared, (HEADER_SLOTS + CELL_SLOTS) * 8, wideEnd);
  const memory = {
    words: new Int32Array(shared.buffer),
    reals: new Float64Array(shared.buffer),
    integers: new BigInt64Array(shared.buffer),
    blobs: Buffer.from(shared.buffer, (HEADER_SLOTS + CELL_SLOTS) * 8),
  };
  const oneByte = String.fromCharCode(...parts.oneByte);
  const extras = parts.extras.map(({ text, blob }) =>
    text === undefined ? Buffer.from(blob!) : Buffer.from(text).toString('utf8'),
  );
  const withExtras = memory.words[layout.WORD_BATCH_FLAGS]! & layout.BATCH_EXTRAS;
  return {
    memory,
    value: withExtras ? [oneByte, String.fromCharCode(...parts.twoByte), ...extras] : oneByte,
  };
}

function rows(name: string, mode: 0 | 1 | 2, safeIntegers = false, names = ''): unknown[] {
  const { memory, value } = load(name);
  const out: unknown[] = [];
  const decoder = decode.createDecoder(memory);
  decoder.all(value as never, decoder.shapeOf(names), mode, safeIntegers, out);
  return out;
}

describe('golden batches', () => {
  it('values of every storage class', () => {
    expect(rows('values', decode.RAW)).toStrictEqual([
      [null, -7, 1.5, 'first', Buffer.from([0, 255])],
      [-2147483648, 1099511627776, -0, 'Zürich\0!', Buffer.alloc(0)],
      [-Infinity, 2 ** 63, 5e-324, '', null],
    ]);
  });

  it('rows as objects, by assignment and by definition', () => {
    const names = ['n', 'i', 'r', 't', 'b'];
    const first = { n: null, i: -7, r: 1.5, t: 'first', b: Buffer.from([0, 255]) };
    expect(rows('values', decode.FLAT, false, names.join('\0'))[0]).toStrictEqual(first);
    const inherited = rows('values', decode.FLAT, false, '__proto__\0constructor\0a\0a\0');
    expect(Object.entries(inherited[0] as object)).toStrictEqual([
      ['__proto__', null],
      ['constructor', -7],
      ['a', 'first'],
      ['', Buffer.from([0, 255])],
    ]);
  });

  it('the first column alone', () => {
    expect(rows('wide-text', decode.PLUCK)).toStrictEqual(['ascii', 'grüße', '', '\u{fffd}']);
  });

  it('text in both strings', () => {
    expect(rows('wide-text', decode.RAW)).toStrictEqual([
      ['ascii', '東京'],
      ['grüße', '👩‍🚀'],
      ['', 'Ā'],
      ['\u{fffd}', 'end'],
    ]);
  });

  it('integers as bigints', () => {
    expect(rows('bigints', decode.RAW, true)).toStrictEqual([
      [1n, -9223372036854775808n],
      [9007199254740993n, -1n],
      [9223372036854775807n, 0n],
    ]);
  });

  it('values that were made through Node-API', () => {
    expect(rows('extras', decode.RAW)).toStrictEqual(
      ['a', 'b', 'c'].map((letter, row) => [letter.repeat(3000), 'short', Buffer.alloc(5000, row)]),
    );
  });

  it('a batch without rows', () => {
    expect(rows('empty', decode.RAW)).toStrictEqual([]);
  });

  it('blobs have memory of their own', () => {
    const [row] = rows('values', decode.RAW) as [unknown[]];
    const blob = row[4] as Buffer;
    expect(Buffer.isBuffer(blob)).toBe(true);
    expect(blob.buffer.byteLength).toBe(2);
  });
});
