// Values of every kind, most of them hostile. What runs code (getters, traps, conversions) runs the fuzzer's own:
// calls of the package, exceptions.
import vm from 'node:vm';
import { named } from './journal.mjs';

/** Every byte of a blob that changes under the driver: what comes back must consist of it alone. */
export const FILL = 0xab;

const realms = [vm.createContext({}), vm.createContext({})];
const inRealm = (source) => vm.runInContext(source, realms[source.length % realms.length]);

/** Long enough to leave the batch, one byte and more to a character. */
const LONG = ['x'.repeat(70_000), 'é'.repeat(20_000), '€'.repeat(30_000), '😀'.repeat(9000)];

const STRINGS = {
  '': () => '',
  ascii: () => 'ascii',
  latin: () => 'naïve',
  wide: () => 'šžłđ €',
  astral: () => '😀x',
  surrogate: () => 'a\ud800b',
  'last surrogate': () => '\udc00',
  nul: () => 'a\0b',
  number: () => '12.5',
  quote: () => `'"\`[]`,
  proto: () => '__proto__',
  rope: (choose) => `${choose.pick(LONG)}${choose.pick(LONG)}${choose.int(9)}`,
  long: (choose) => choose.pick(LONG),
};

const NUMBERS = [0, -0, 1, -1, 1.5, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 53, 2 ** 53 + 2, 5e-324, 1.7e308];
const BIGINTS = [
  0n,
  1n,
  -1n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  2n ** 63n,
  -(2n ** 63n) - 1n,
  2n ** 200n,
];

function detached(Type) {
  const bytes = new Type(40).fill(FILL);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

function outOfBounds() {
  const buffer = new ArrayBuffer(100, { maxByteLength: 200 });
  const bytes = new Uint8Array(buffer, 50, 50).fill(FILL);
  buffer.resize(10);
  return bytes;
}

function growable() {
  const buffer = new SharedArrayBuffer(50, { maxByteLength: 500 });
  const bytes = new Uint8Array(buffer).fill(FILL);
  buffer.grow(300);
  return bytes;
}

function lying() {
  const bytes = new Uint8Array(8).fill(FILL);
  for (const name of ['length', 'byteLength', 'byteOffset', 'buffer']) {
    Object.defineProperty(bytes, name, { get: () => 2 ** 31 });
  }
  return bytes;
}

const BYTES = {
  empty: () => new Uint8Array(0),
  small: () => new Uint8Array([1, 2, 3]),
  buffer: () => Buffer.from('pooled'),
  large: () => Buffer.alloc(70_000, FILL),
  floats: () => new Float64Array([1, NaN]),
  bigints: () => new BigInt64Array([1n]),
  shared: () => new Uint8Array(new SharedArrayBuffer(30)).fill(FILL),
  wasm: () => new Uint8Array(new WebAssembly.Memory({ initial: 1 }).buffer, 5, 500),
  realm: () => inRealm('new Uint8Array([5, 6])'),
  subclass: () => new (class extends Uint8Array {})(3),
  detached: () => detached(Uint8Array),
  'detached floats': () => detached(Float64Array),
  'out of bounds': outOfBounds,
  growable,
  lying,
};

/** Not out of bounds, where an array refuses. */
function refill(bytes) {
  if (bytes.length > 0) bytes.fill(FILL);
}

/** Bytes, and what takes them away while they are being bound. */
export function changingBytes(choose) {
  const size = choose.pick([1, 100, 60_000]);
  switch (choose.int(4)) {
    case 0: {
      const bytes = new Uint8Array(size).fill(FILL);
      return { bytes, change: () => structuredClone(bytes.buffer, { transfer: [bytes.buffer] }) };
    }
    case 1: {
      const buffer = new ArrayBuffer(size + 8, { maxByteLength: 2 * size + 8 });
      const bytes = new Uint8Array(buffer, 8, choose.chance(0.5) ? size : undefined).fill(FILL);
      const to = choose.pick([0, 4, 8, 9, 2 * size]);
      return { bytes, change: () => (buffer.resize(to), refill(bytes)) };
    }
    case 2: {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
      const bytes = new Uint8Array(memory.buffer, 100, Math.min(size, 60_000)).fill(FILL);
      let grown = false;
      return { bytes, change: () => !grown && (grown = memory.grow(1) > 0) };
    }
    default: {
      const buffer = new SharedArrayBuffer(size, { maxByteLength: 2 * size });
      const bytes = new Uint8Array(buffer).fill(FILL);
      return { bytes, change: () => (buffer.grow(2 * size), refill(bytes)) };
    }
  }
}

const TRAPS = [
  'get',
  'has',
  'getPrototypeOf',
  'getOwnPropertyDescriptor',
  'ownKeys',
  'defineProperty',
  'set',
  'apply',
  'construct',
];

export class Values {
  #world;
  /** The records that proxies, and objects that inherit, stand for. */
  #origins = new WeakMap();

  /** @param world - Gives the choices, the objects of the pool, and runs the code of hostile values. */
  constructor(world) {
    this.#world = world;
  }

  /** The record of what an object is, or stands for. */
  recordOf(value) {
    return this.#world.pool.recordOf(value) ?? this.#origins.get(value);
  }

  /** Lets `value` stand for what `source` is, if that has a record. */
  #standsFor(source, value) {
    const record = this.recordOf(source);
    if (record !== undefined) this.#origins.set(value, record);
    return value;
  }

  get #choose() {
    return this.#world.choose;
  }

  string() {
    const kind = this.#choose.pick(Object.keys(STRINGS));
    return STRINGS[kind](this.#choose);
  }

  number() {
    return this.#choose.pick(NUMBERS);
  }

  bytes() {
    const kind = this.#choose.pick(Object.keys(BYTES));
    return named(`bytes(${kind})`, BYTES[kind]());
  }

  /** What SQLite can store. */
  bindable() {
    switch (this.#choose.int(8)) {
      case 0:
        return null;
      case 1:
        return undefined;
      case 2:
        return this.#choose.pick(BIGINTS.slice(0, 6));
      case 3:
      case 4:
        return this.string();
      case 5:
        return this.bytes();
      default:
        return this.number();
    }
  }

  /** Anything at all. */
  any() {
    const choose = this.#choose;
    switch (choose.int(12)) {
      case 0:
        return choose.pick([undefined, null, true, false, Symbol('any'), Symbol.iterator]);
      case 1:
        return choose.pick(BIGINTS);
      case 2:
      case 3:
        return this.bindable();
      case 4:
        return this.bytes();
      case 5:
        return this.#world.pool.any(choose) ?? null;
      case 6:
        return this.#array();
      case 7:
        return this.fn();
      case 8:
        return this.proxy(this.#proxied());
      default:
        return this.#object();
    }
  }

  /** An object whose property `name` has a getter that runs code of the fuzzer, then gives `value`. */
  getter(target, name, value) {
    const database = this.#world.resultFor;
    return Object.defineProperty(target, name, {
      enumerable: true,
      configurable: true,
      get: () => this.#world.userCode(`get ${String(name)}`, database, () => value),
    });
  }

  proxy(target) {
    const choose = this.#choose;
    if (choose.chance(0.1)) {
      const { proxy, revoke } = Proxy.revocable(target, {});
      revoke();
      this.#standsFor(target, proxy);
      return named('proxy(revoked)', proxy);
    }
    const handler = {};
    const database = this.#world.resultFor;
    for (const trap of TRAPS) {
      if (!choose.chance(0.4)) continue;
      handler[trap] = (...args) =>
        this.#world.userCode(`trap ${trap}`, database, () => Reflect[trap](...args));
    }
    const proxy = this.#standsFor(target, new Proxy(target, handler));
    return named(`proxy(${Object.keys(handler).join()})`, proxy);
  }

  /** A function that is no callback of anything. */
  fn() {
    const world = this.#world;
    const call = (...args) => world.userCode('function', undefined, () => world.values.result(args));
    const kinds = {
      arrow: () => call,
      'named function': () =>
        function given(a, b) {
          return call(a, b);
        },
      class: () => class extends Object {},
      generator: () =>
        function* () {
          yield call();
        },
      async: () => async () => call(),
      'async generator': () =>
        async function* () {
          yield call();
        },
      bound: () => call.bind(null, 1),
      realm: () => inRealm('(function (a) { return a; })'),
      'length -1': () => Object.defineProperty(() => call(), 'length', { value: -1 }),
      'length 1e9': () => Object.defineProperty(() => call(), 'length', { value: 1e9 }),
      'length with a getter': () => this.getter((x) => call(x), 'length', 1),
    };
    const kind = this.#choose.pick(Object.keys(kinds));
    return named(`fn(${kind})`, kinds[kind]());
  }

  /** What a callback returns: mostly what SQLite stores, sometimes what it got, sometimes anything. */
  result(args = []) {
    const choose = this.#choose;
    if (choose.chance(0.08)) return this.any();
    if (args.length > 0 && choose.chance(0.3)) return choose.pick(args);
    return this.bindable();
  }

  #proxied() {
    const kept = this.#choose.chance(0.3) ? this.#world.pool.any(this.#choose) : undefined;
    return kept ?? (this.#choose.chance(0.5) ? this.#object() : this.fn());
  }

  #inheriting() {
    const source = this.#world.pool.any(this.#choose) ?? null;
    const value = Object.create(source);
    return source === null ? value : this.#standsFor(source, value);
  }

  #array() {
    const choose = this.#choose;
    const list = Array.from({ length: choose.int(4) }, () => this.bindable());
    switch (choose.int(6)) {
      case 0:
        return named('array(getter)', this.getter(list, 0, this.bindable()));
      case 1:
        list.length = 6;
        return named('array(sparse)', list);
      case 2:
        return named('array(realm)', inRealm('[1, "a", null]'));
      case 3:
        return named('array(proxy)', this.proxy(list));
      case 4:
        list.push(list);
        return named('array(circular)', list);
      default:
        return named(`array(${list.length})`, list);
    }
  }

  #object() {
    const world = this.#world;
    const code = (label, result) => () => world.userCode(label, undefined, result);
    const kinds = {
      plain: () => ({}),
      'without prototype': () => Object.assign(Object.create(null), { a: 1, b: 'x', c: null }),
      realm: () => inRealm('({ a: 1, b: 2, c: 3 })'),
      date: () => new Date(0),
      map: () => new Map([['a', 1]]),
      boxed: () => Object('boxed'),
      promise: () => Promise.resolve(1),
      thenable: () =>
        this.getter(
          {},
          'then',
          code('then', () => undefined),
        ),
      'fake buffer': () => Object.create(Buffer.prototype),
      'fake bytes': () => Object.create(Uint8Array.prototype),
      'data view': () => new DataView(new ArrayBuffer(4)),
      'array buffer': () => new ArrayBuffer(4),
      error: () => new Error('a value'),
      arguments: () =>
        (function () {
          return arguments;
        })(1, 2),
      inheriting: () => this.#inheriting(),
      frozen: () => Object.freeze({ a: 1 }),
      getters: () =>
        this.getter(this.getter({ b: this.bindable() }, 'a', this.bindable()), 'c', this.bindable()),
      conversions: () => ({
        toString: code('toString', () => this.string()),
        valueOf: code('valueOf', () => 1),
        toJSON: code('toJSON', () => 1),
      }),
      primitive: () => ({ [Symbol.toPrimitive]: code('toPrimitive', () => this.string()) }),
      iterable: () => ({ [Symbol.iterator]: code('iterator', () => [][Symbol.iterator]()) }),
      options: () => ({
        attached: 'main',
        readonly: true,
        simple: true,
        timeout: 1,
        start: 0,
        step: this.fn(),
      }),
    };
    const kind = this.#choose.pick(Object.keys(kinds));
    return named(`object(${kind})`, kinds[kind]());
  }
}
