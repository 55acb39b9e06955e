import { describe, it } from 'vitest';
import { sameAnswer, type Driver } from '../helpers/drivers.mts';

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
