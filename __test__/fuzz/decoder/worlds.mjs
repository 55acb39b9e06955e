// What the decoder is put through: each world has a decoder that has read nothing yet.
import { batchOf, columnCount, namesOf, noiseOf, text } from './batches.mjs';
import { AREAS, CELLS, MAX_LENGTH, TAGS, writeBatch, writeHeader } from './model.mjs';
import { newMemory } from './realm.mjs';
import { arrayChecker, Finding, keysOf, objectChecker, ownsMemory, show, valueChecker } from './rows.mjs';

const [FLAT, PLUCK, RAW] = [0, 1, 2];
const MODES = { [FLAT]: 5, [PLUCK]: 1, [RAW]: 3 };

/** One decoder with its memory and what is known of its shapes. */
class Reader {
  #world;
  #realm;
  #decoder;
  memory = newMemory();

  constructor(world, realm) {
    this.#world = world;
    this.#realm = realm;
    this.#decoder = realm.createDecoder(this.memory);
  }

  shapeOf(names) {
    return this.#decoder.shapeOf(names.join('\0'));
  }

  #checker(mode, names, safeIntegers) {
    const { objectPrototype, arrayPrototype } = this.#realm;
    if (mode === FLAT) return objectChecker(keysOf(names), objectPrototype, safeIntegers);
    return mode === RAW ? arrayChecker(arrayPrototype, safeIntegers) : valueChecker(safeIntegers);
  }

  /** Writes a batch and reads it once. */
  read(choose, { names, mode, safeIntegers, rows }) {
    if (choose.chance(0.2)) this.#spoil(choose);
    const batch = batchOf(choose, { columns: names.length, safeIntegers, rows });
    const value = writeBatch(this.memory, batch);
    const shape = mode === FLAT ? this.shapeOf(names) : undefined;
    const check = this.#checker(mode, names, safeIntegers);
    this.#world.calls += 1;
    if (batch.rows.length > 0 && choose.chance(0.3)) {
      const row = this.#decoder.first(value, shape, mode, safeIntegers);
      check(row, batch.rows[0], 'the first row', true);
      return;
    }
    // Rows are appended: what is there stays.
    const before = Array.from({ length: choose.pick([0, 0, 1, 1000]) }, (_, index) => index);
    const out = [...before];
    this.#decoder.all(value, shape, mode, safeIntegers, out);
    if (out.length !== before.length + batch.rows.length) {
      throw new Finding(`${out.length} rows instead of ${before.length} and ${batch.rows.length}`);
    }
    for (const index of before) if (out[index] !== index) throw new Finding('an earlier row was changed');
    for (const [index, cells] of batch.rows.entries()) {
      const isThorough = index === 0 || index === batch.rows.length - 1 || choose.chance(0.05);
      check(out[before.length + index], cells, `row ${index}`, isThorough);
    }
  }

  /** Leaves what no batch has written, which must not be read. */
  #spoil(choose) {
    const bytes = new Uint8Array(this.memory.buffer);
    bytes.set(noiseOf(choose, bytes.length));
  }

  /** Reads memory that nothing is known of. */
  readBytes(choose) {
    const { buffer } = this.memory;
    const safeIntegers = choose.chance(0.5);
    const mode = Number(choose.weighted(MODES));
    this.#spoil(choose);
    if (choose.chance(0.7)) this.#tag(choose);
    // The numbers of rows and columns are the addon's word; together they may reach past the cells, and the memory.
    const columns = choose.pick([1, 2, 3, 8, 33, 200, 201, 2000, 4096]);
    const rows = Math.min(choose.pick([0, 1, 2, 10, 100, 1000]), Math.ceil(10_000 / columns));
    const hasExtras = choose.chance(0.6);
    writeHeader(this.memory, rows, hasExtras ? 2 | choose.int(256) : choose.int(256) & ~2, columns);
    const value = hasExtras
      ? this.#extras(choose)
      : choose.pick([undefined, '', text(choose, choose.int(20_000))]);
    const names = namesOf(choose, columns);
    const shape = mode === FLAT ? this.shapeOf(names) : undefined;
    const copy = Buffer.from(Buffer.from(buffer));
    const known = new Set(hasExtras ? value : []);
    this.#world.calls += 1;
    const out = [];
    if (choose.chance(0.3)) out.push(this.#decoder.first(value, shape, mode, safeIntegers));
    else this.#decoder.all(value, shape, mode, safeIntegers, out);
    if (!copy.equals(Buffer.from(buffer))) throw new Finding('the memory was written to');
    for (const row of out) {
      for (const each of mode === PLUCK ? [row] : Object.values(row)) requireHarmless(each, known, buffer);
    }
  }

  /** Makes values of most cells: random bytes alone are hardly ever one of the tags. */
  #tag(choose) {
    const tags = Object.values(TAGS);
    const { words } = this.memory;
    const isNear = choose.chance(0.5);
    for (let cell = 0; cell < CELLS; cell += 1) {
      const at = AREAS.cells / 4 + 2 * cell;
      words[at + 1] = choose.chance(0.02) ? -choose.int(20) : choose.pick(tags);
      if (isNear) words[at] &= 0xffff;
    }
  }

  #extras(choose) {
    const strings = [text(choose, choose.int(20_000)), text(choose, choose.int(20_000))];
    const extras = Array.from({ length: choose.pick([0, 1, 5, 100]) }, (_, index) =>
      choose.chance(0.5) ? `extra ${index}` : Buffer.alloc(5),
    );
    return [...strings, ...extras];
  }
}

/** Whether a value is of a kind that a row may hold, and no way into the batch's memory. */
function requireHarmless(value, known, buffer) {
  if (value === null || known.has(value)) return;
  const kind = typeof value;
  if (kind === 'number' || kind === 'bigint' || kind === 'undefined') return;
  if (kind === 'string' && value.length <= MAX_LENGTH) return;
  if (!Buffer.isBuffer(value)) throw new Finding(`a row holds ${show(value)}`);
  if (value.buffer === buffer || !ownsMemory(value)) throw new Finding('a blob shares the memory of others');
  if (value.length > MAX_LENGTH) throw new Finding(`a blob has ${value.length} bytes`);
}

/** Rows of a few shapes, until code is made for most of them. */
function usual(world, choose, realm = world.source.realm(true), isWide = false) {
  const readers = Array.from({ length: choose.pick([1, 1, 2]) }, () => new Reader(world, realm));
  const lists = Array.from({ length: 1 + choose.int(4) }, () => namesOf(choose, columnCount(choose, isWide)));
  for (let batch = 0; batch < 16; batch += 1) {
    choose.pick(readers).read(choose, {
      names: choose.pick(lists),
      mode: Number(choose.weighted(MODES)),
      safeIntegers: choose.chance(0.4),
    });
  }
}

/** More shapes than literals are made for. */
function manyShapes(world, choose) {
  const realm = world.source.realm(true);
  const reader = new Reader(world, realm);
  const shared = realm.createDecoder(reader.memory);
  const lists = [];
  // Code is made for the second thousand rows, by any decoder of the realm.
  const value = writeBatch(reader.memory, batchOf(choose, { columns: 1, safeIntegers: false, rows: 1000 }));
  for (let shape = 0; shape < 515; shape += 1) {
    const known = shared.shapeOf(`s${shape}`);
    for (let time = 0; time < 2; time += 1) shared.all(value, known, FLAT, false, []);
  }
  world.calls += 1030;
  for (let list = 0; list < 6; list += 1) lists.push(namesOf(choose, columnCount(choose, list === 5)));
  for (let batch = 0; batch < 40; batch += 1) {
    const rows = batch < 12 ? 1000 : undefined;
    const names = lists[batch % lists.length];
    reader.read(choose, { names, mode: FLAT, safeIntegers: choose.chance(0.4), rows });
  }
}

/** More shapes than are kept. */
function endlessShapes(world, choose) {
  const reader = new Reader(world, world.source.realm(true));
  const names = namesOf(choose, columnCount(choose, false));
  const first = reader.shapeOf(names);
  if (reader.shapeOf([...names]) !== first) throw new Finding('the same names have two shapes');
  for (let shape = 0; shape < 5000; shape += 1) reader.shapeOf([`s${shape}`]);
  const again = reader.shapeOf(names);
  if (again === first) throw new Finding('shapes are kept without end');
  for (let batch = 0; batch < 8; batch += 1) {
    reader.read(choose, { names, mode: FLAT, safeIntegers: choose.chance(0.4) });
  }
}

/** Memory that no encoder has written. */
function randomBytes(world, choose) {
  const reader = new Reader(world, world.source.realm(choose.chance(0.9)));
  for (let batch = 0; batch < 16; batch += 1) reader.readBytes(choose);
}

/** Which world a round is. Each kind comes early, so that a short run has them all. */
const KINDS = [
  ['usual', usual],
  ['bytes', randomBytes],
  ['wide', (world, choose) => usual(world, choose, world.source.realm(true), true)],
  ['without code from strings', (world, choose) => usual(world, choose, world.source.realm(false))],
];
const RARE = [
  ['many shapes', manyShapes],
  ['endless shapes', endlessShapes],
];
const RARE_EVERY = 50;

/**
 * One round.
 *
 * @param world - `source`, and `calls`, which is counted up.
 * @returns The name of its kind.
 */
export function round(world, choose, number) {
  const isRare = number % RARE_EVERY === RARE_EVERY - 1;
  const [name, run] = isRare
    ? RARE[Math.floor(number / RARE_EVERY) % RARE.length]
    : KINDS[number % 8 < 4 ? number % 8 : number % 2];
  try {
    run(world, choose);
  } catch (error) {
    throw new Finding(`${name}: ${error instanceof Finding ? error.message : (error?.stack ?? error)}`, {
      cause: error,
    });
  }
  return name;
}
