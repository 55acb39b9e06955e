import { describe, expect, it } from 'vitest';
import { describeDrivers, sameAnswer } from '../helpers/drivers.mts';
import { bindables } from './bindables.mts';

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
      .filter((value): value is string => typeof value === 'string' && !value.includes('\uFFFE'));
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
