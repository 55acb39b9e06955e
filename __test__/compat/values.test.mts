import { describe, expect, it } from 'vitest';
import { describeDrivers, sameAnswer, sameError, type Driver } from '../helpers/drivers.mts';

const f64 = new Float64Array([1.5, -0, NaN]);
const shared = new Uint8Array(new SharedArrayBuffer(8), 2, 4).fill(9);
const detached = new Uint8Array(4);
structuredClone(detached.buffer, { transfer: [detached.buffer] });
const grown = new Uint8Array(new ArrayBuffer(4, { maxByteLength: 16 }));
grown.buffer.resize(8);

/** Every JavaScript value of interest, by a name for the report. */
const bindables: [string, unknown][] = [
  ...[
    0,
    -0,
    1,
    -1,
    1.5,
    0.1,
    5e-324,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31),
    -(2 ** 31) - 1,
    2 ** 53,
    2 ** 53 + 2,
  ].map((value): [string, unknown] => [`number ${Object.is(value, -0) ? '-0' : value}`, value]),
  ...[2 ** 63, -(2 ** 63), 1e300, Number.MAX_VALUE, NaN, Infinity, -Infinity].map(
    (value): [string, unknown] => [`number ${value}`, value],
  ),
  ...[
    0n,
    1n,
    -1n,
    2n ** 31n - 1n,
    2n ** 31n,
    -(2n ** 31n),
    -(2n ** 31n) - 1n,
    2n ** 32n,
    2n ** 53n,
    2n ** 53n + 1n,
  ].map((value): [string, unknown] => [`bigint ${value}`, value]),
  ...[2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n, -(2n ** 63n) - 1n, 2n ** 64n, 2n ** 200n].map(
    (value): [string, unknown] => [`bigint ${value}`, value],
  ),
  ['empty text', ''],
  ['ASCII', 'hello'],
  ['Latin-1', 'grüße ÿ\u0080\u00ff'],
  ['Greek', 'αβγ'],
  ['Chinese', '漢字仮名'],
  ['emoji', '🙂'],
  ['one emoji among ASCII', `${'a'.repeat(300)}🙂${'b'.repeat(300)}`],
  ['one Latin-1 letter among ASCII', `${'a'.repeat(300)}é${'b'.repeat(300)}`],
  ['NUL', '\0'],
  ['text with NUL bytes', 'a\0b\0\0c\0'],
  ['Latin-1 with NUL', 'é\0é'],
  ['Chinese with NUL', '漢\0漢'],
  ['a lone high surrogate', 'a\ud800b'],
  ['a lone low surrogate', 'a\udc00b'],
  ['surrogates in the wrong order', '\udc00\ud800'],
  ['a high surrogate at the end', '漢\ud83d'],
  ['a byte order mark', '\uFEFFx'],
  ['noncharacters', '\uFFFE\uFFFF\u{10FFFF}'],
  ['combining marks', 'e\u0301 \u0301'],
  ['a rope', ['x'.repeat(20), 'y'.repeat(20)].join('é')],
  ['a slice of a text', `${'0'.repeat(50)}漢${'1'.repeat(50)}`.slice(40, 60)],
  ['empty Buffer', Buffer.alloc(0)],
  ['Buffer', Buffer.from('00ff8041', 'hex')],
  ['Buffer of the pool', Buffer.from('from the pool')],
  ['Uint8Array', new Uint8Array([1, 2, 3])],
  ['empty Uint8Array', new Uint8Array(0)],
  ['Uint8Array with an offset', new Uint8Array([1, 2, 3, 4, 5]).subarray(1, 4)],
  ['Uint8ClampedArray', new Uint8ClampedArray([0, 255])],
  ['Int8Array', new Int8Array([-1, 1])],
  ['Int16Array', new Int16Array([-1, 1])],
  ['Uint16Array with an offset', new Uint16Array([1, 2, 3]).subarray(1)],
  ['Int32Array', new Int32Array([-1, 1])],
  ['Uint32Array', new Uint32Array([7])],
  ['Float32Array', new Float32Array([1.5])],
  ['Float64Array', f64],
  ['BigInt64Array', new BigInt64Array([-1n])],
  ['BigUint64Array', new BigUint64Array([1n])],
  ['a view of a SharedArrayBuffer', shared],
  ['a detached view', detached],
  ['a view of a resized buffer', grown],
  ['a subclass of Uint8Array', new (class Bytes extends Uint8Array {})([1, 2])],
  ['null', null],
  ['undefined', undefined],
  ['true', true],
  ['symbol', Symbol('s')],
  ['function', () => 1],
  ['Date', new Date(0)],
  ['ArrayBuffer', new ArrayBuffer(3)],
  ['SharedArrayBuffer', new SharedArrayBuffer(3)],
  ['boxed number', Object(1)],
  ['boxed text', Object('x')],
  ['nested array', [[1]]],
  ['array-like', { length: 1, 0: 'x' }],
];

describe('values from JavaScript', () => {
  it.each(bindables)('%s reaches SQL alike', (_, value) => {
    sameAnswer((driver) =>
      driver
        .memory()
        .prepare('SELECT typeof(?1) AS t, hex(?1) AS h, quote(?1) AS q, length(?1) AS l')
        .get({ 1: value }),
    );
  });

  it.each(bindables)('%s comes back alike in every mode', (_, value) => {
    sameAnswer((driver) => {
      const statement = driver.memory().prepare('SELECT ? AS a').safeIntegers();
      return [
        statement.get([value]),
        statement.all([value]),
        [...statement.iterate([value])],
        statement.raw().get([value]),
        statement.pluck().all([value]),
        statement.safeIntegers(false).get([value]),
      ];
    });
  });

  it.each(bindables)('%s is stored alike whatever the affinity', (_, value) => {
    sameAnswer((driver) => {
      const db = driver.memory('CREATE TABLE t (n, i INTEGER, r REAL, t TEXT, b BLOB, u NUMERIC)');
      db.prepare('INSERT INTO t VALUES (:v, :v, :v, :v, :v, :v)').run({ v: value });
      const types = db.prepare(
        'SELECT typeof(n), typeof(i), typeof(r), typeof(t), typeof(b), typeof(u) FROM t',
      );
      const rows = db.prepare('SELECT * FROM t');
      return [types.raw().get(), rows.all(), rows.safeIntegers().raw().all()];
    });
  });

  it.each(bindables)('%s may be bound beside others', (_, value) => {
    sameAnswer((driver) =>
      driver
        .memory()
        .prepare('SELECT ?, ?, ?, ?, ?')
        .raw()
        .all(
          'before é',
          value === undefined || Array.isArray(value) ? null : value,
          '漢',
          Buffer.from('x'),
          5n,
        ),
    );
  });

  it('a bigint outside of 64 bits is a RangeError', () => {
    for (const value of [2n ** 63n, -(2n ** 63n) - 1n]) {
      sameError(
        (driver) => driver.memory().prepare('SELECT ?').get(value),
        'RangeError',
        'The bound string, buffer, or bigint is too big',
      );
    }
  });

  it('a text or blob above the limit is a RangeError', () => {
    const message = 'The bound string, buffer, or bigint is too big';
    const bytes = new Uint8Array(536870889);
    sameError((driver) => driver.memory().prepare('SELECT length(?)').get(bytes), 'RangeError', message);
    sameAnswer((driver) => driver.memory().prepare('SELECT length(?)').get(bytes.subarray(1)));
    // JavaScript's longest string is as long as SQLite's longest text: only its UTF-8 can be longer.
    const text = 'é'.repeat(536870890 / 2);
    sameError((driver) => driver.memory().prepare('SELECT length(?)').get(text), 'RangeError', message);
  }, 60_000);
});

describeDrivers('numbers', (driver) => {
  const one = (sql: string, ...parameters: unknown[]): unknown =>
    driver
      .memory()
      .prepare(sql)
      .pluck()
      .get(...parameters);

  it('bind as REAL', () => {
    expect(one('SELECT typeof(?)', 5)).toBe('real');
    expect(one('SELECT ? / 2', 5)).toBe(2.5);
    expect(one('SELECT ? / 2', 5n)).toBe(2);
    expect(() => one('SELECT 1 LIMIT ?', 1.5)).toThrow(expect.objectContaining({ code: 'SQLITE_MISMATCH' }));
    expect(one('SELECT 1 LIMIT ?', 1)).toBe(1);
    expect(one('SELECT 1 LIMIT ?', 0)).toBe(undefined);
  });

  it('become text, integer or stay real by the affinity of the column', () => {
    const db = driver.memory('CREATE TABLE t (t TEXT, i INTEGER, n); CREATE TABLE s (i INT) STRICT');
    db.prepare('INSERT INTO t VALUES (:v, :v, :v)').run({ v: 5 });
    expect(db.prepare('SELECT t, typeof(i), typeof(n) FROM t').raw().get()).toEqual([
      '5.0',
      'integer',
      'real',
    ]);
    db.prepare('INSERT INTO s VALUES (?)').run(5);
    expect(() => db.prepare('INSERT INTO s VALUES (?)').run(5.5)).toThrow(
      expect.objectContaining({ code: 'SQLITE_CONSTRAINT_DATATYPE' }),
    );
  });

  it('keep -0 and the infinities, and NaN becomes NULL', () => {
    expect(one('SELECT ?', -0)).toBe(-0);
    expect(one('SELECT ?', Infinity)).toBe(Infinity);
    expect(one('SELECT ?', -Infinity)).toBe(-Infinity);
    expect(one('SELECT ?', NaN)).toBe(null);
    const strange = new Float64Array(
      new BigUint64Array([0xfff8000000000001n, 0x7ff0000000000001n, 0xffffffffffffffffn]).buffer,
    );
    for (const nan of strange) expect(one('SELECT ?', nan)).toBe(null);
  });
});

describe('values from SQL', () => {
  const literals = [
    '0',
    '1',
    '-1',
    '127',
    '128',
    '32767',
    '32768',
    '8388608',
    '2147483647',
    '2147483648',
    '-2147483648',
    '-2147483649',
    '4294967295',
    '4294967296',
    '9007199254740991',
    '9007199254740992',
    '9007199254740993',
    '-9007199254740993',
    '9223372036854775807',
    '-9223372036854775807 - 1',
    '9223372036854775808',
    '0.0',
    '-0.0',
    '1.0',
    '0.1',
    '1e999',
    '-1e999',
    '5e-324',
    '1.7976931348623157e308',
    '2147483648.0',
    '9007199254740993.0',
    '123456789.123',
    "''",
    "'a'",
    "'\u00e9'",
    "'漢'",
    "'🙂'",
    "'a' || char(0) || 'b'",
    'char(0)',
    "CAST(x'ff' AS TEXT)",
    "CAST(x'61c3' AS TEXT)",
    "CAST(x'eda080' AS TEXT)",
    "CAST(x'f09f9982ff' AS TEXT)",
    "CAST(x'c080' AS TEXT)",
    "CAST(x'00' AS TEXT)",
    "CAST(x'efbbbf61' AS TEXT)",
    "CAST(x'f8888080' AS TEXT)",
    "CAST(x'e282' AS TEXT)",
    'NULL',
    "x''",
    "x'00'",
    "x'0102ff'",
    'zeroblob(0)',
    'zeroblob(10)',
    'zeroblob(5000)',
    'zeroblob(100000)',
    "CAST('text' AS BLOB)",
    "json_array(1, 'a')",
    'CAST(5 AS REAL)',
    "CAST('12abc' AS INTEGER)",
    "printf('%.20f', 0.1)",
    'true',
    'false',
    'abs(-5)',
    'total(1)',
    'sum(2)',
  ];
  it.each(literals.map((sql) => [sql]))('%s reads alike', (sql) => {
    sameAnswer((driver) => {
      const db = driver.memory();
      const statement = db.prepare(`SELECT 'before' AS x, ${sql} AS a, 'äfter' AS y, x'01' AS z, 7 AS i`);
      const answers: unknown[] = [];
      for (const safe of [false, true]) {
        for (const mode of ['flat', 'raw', 'pluck'] as const) {
          statement.safeIntegers(safe);
          if (mode !== 'flat') statement[mode](true);
          answers.push(statement.get(), statement.all(), [...statement.iterate()]);
          if (mode === 'pluck') statement.pluck(false);
        }
      }
      return [answers, db.prepare(`SELECT ${sql}`).pluck().get()];
    });
  });

  it('invalid UTF-8 alone and among valid text reads alike, byte by byte', () => {
    for (let byte = 0x80; byte <= 0xff; byte += 1) {
      const hex = byte.toString(16);
      sameAnswer((driver) =>
        driver
          .memory()
          .prepare(
            `SELECT CAST(x'${hex}' AS TEXT), CAST(x'61${hex}62' AS TEXT), CAST(x'c3a9${hex}' AS TEXT), CAST(x'${hex}e6bca2' AS TEXT), CAST(x'${hex}80' AS TEXT), CAST(x'${hex}808080' AS TEXT)`,
          )
          .raw()
          .get(),
      );
    }
  });

  it('every character of one byte reads alike', () => {
    sameAnswer((driver) => {
      const db = driver.memory();
      const statement = db.prepare('SELECT ?, char(?), hex(?)').raw();
      return Array.from({ length: 0x180 }, (_, code) => {
        const text = String.fromCharCode(code);
        return statement.get(text, BigInt(code), text);
      });
    });
  });

  it.each(['UTF-8', 'UTF-16le', 'UTF-16be'])('a database in %s reads and writes alike', (encoding) => {
    // The engines differ in U+FFFE and U+FFFF in UTF-16: see the list of engine differences.
    const texts = bindables
      .map(([, value]) => value)
      .filter((value) => typeof value === 'string' && !value.includes('\uFFFE'));
    sameAnswer((driver) => {
      const db = driver.memory(`PRAGMA encoding = '${encoding}'; CREATE TABLE t (a, "naïve 漢" TEXT)`);
      const insert = db.prepare('INSERT INTO t VALUES (?, ?)');
      for (const text of texts) insert.run(text, text.repeat(30));
      insert.run(Buffer.from('blob'), 5);
      const rows = db.prepare('SELECT * FROM t');
      return [
        db.pragma('encoding'),
        rows.all(),
        rows.raw().all(),
        rows.safeIntegers().pluck().all(),
        [...rows.iterate()],
        rows.get(),
        db.prepare("SELECT CAST(x'41d8' AS TEXT), CAST(x'd841' AS TEXT), CAST(x'41' AS TEXT)").raw().get(),
      ];
    });
  });
});

describeDrivers('blobs', (driver) => {
  it('are Buffers with memory of their own, new in every row', () => {
    const statement = driver.memory().prepare('SELECT column1 FROM (VALUES (?), (?))').pluck();
    const [first, second] = statement.all(Buffer.from('abc'), Buffer.from('abc')) as [Buffer, Buffer];
    expect(Buffer.isBuffer(first)).toBe(true);
    expect(Object.getPrototypeOf(first)).toBe(Buffer.prototype);
    first.fill(0);
    expect(second.toString()).toBe('abc');
    expect(first.buffer).not.toBe(second.buffer);
    expect([first.byteOffset, first.buffer.byteLength]).toEqual([0, 3]);
    expect(statement.get(Buffer.from('abc'), Buffer.from('abc'))).toEqual(Buffer.from('abc'));
  });

  it('keep their bytes over later queries', () => {
    const statement = driver.memory().prepare('SELECT ? AS b').pluck();
    const kept = Array.from({ length: 100 }, (_, index) => statement.get(Buffer.alloc(50, index)) as Buffer);
    expect(kept.every((blob, index) => blob.equals(Buffer.alloc(50, index)))).toBe(true);
  });
});

describe('big values', () => {
  const sizes = [
    1023, 1024, 1025, 2047, 2048, 2049, 4095, 4096, 4097, 8191, 8192, 8193, 16383, 16384, 16385, 65535, 65536,
    65537, 1_000_000,
  ];
  const contents: [string, (size: number) => unknown][] = [
    ['ASCII text', (size) => 'x'.repeat(size)],
    ['Latin-1 text', (size) => 'é'.repeat(size)],
    ['text with one Latin-1 letter', (size) => `${'x'.repeat(size - 1)}é`],
    ['Chinese text', (size) => '漢'.repeat(size)],
    ['text with one emoji', (size) => `🙂${'x'.repeat(size - 2)}`],
    ['text with an emoji at the end', (size) => `${'x'.repeat(size - 2)}🙂`],
    ['text with a NUL byte', (size) => `${'x'.repeat(size - 1)}\0`],
    ['text with a lone surrogate', (size) => `${'x'.repeat(size - 1)}\ud800`],
    ['blob', (size) => Buffer.alloc(size, 0xa5)],
  ];
  it.each(contents)('%s of each size reads alike, alone and beside small ones', (_, content) => {
    const read = (driver: Driver): unknown => {
      const db = driver.memory('CREATE TABLE t (a, b, c, d)');
      const insert = db.prepare('INSERT INTO t VALUES (?, ?, ?, ?)');
      for (const size of sizes) insert.run('small', content(size), 'ä', Buffer.from([1]));
      const rows = db.prepare('SELECT * FROM t');
      return [
        rows.all(),
        rows.get(),
        [...rows.iterate()],
        rows.raw().all(),
        db.prepare('SELECT b, a FROM t').pluck().all(),
      ];
    };
    sameAnswer(read);
  });
});
