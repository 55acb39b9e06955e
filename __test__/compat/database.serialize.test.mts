import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { betterSqlite3, describeDrivers, ferrolite, sameAnswer, sameError } from '../helpers/drivers.mts';

const schema =
  "CREATE TABLE t (a, b); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1, 'one'), (2, x'00ff')";
const rows = [
  { a: 1, b: 'one' },
  { a: 2, b: Buffer.from([0, 255]) },
];

describeDrivers('Database#serialize()', (driver) => {
  const open = (image: Buffer): ReturnType<typeof driver.memory> => new driver.Database(image);

  it('gives a Buffer with memory of its own that opens as the same database', () => {
    const image = driver.memory(schema).serialize();
    expect([image.byteOffset, image.buffer.byteLength]).toEqual([0, image.length]);
    expect(Object.getPrototypeOf(image)).toBe(Buffer.prototype);
    const copy = open(image);
    expect(copy.prepare('SELECT * FROM t').all()).toEqual(rows);
    expect(copy.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  it('gives the bytes of the file of a database on disk', () => {
    const db = driver.onDisk(schema);
    expect(db.serialize().equals(readFileSync(db.name))).toBe(true);
  });

  it('gives what the log of a WAL database holds', () => {
    const db = driver.onDisk();
    db.pragma('journal_mode = WAL');
    db.exec(schema);
    const image = db.serialize();
    db.close();
    expect(image.equals(readFileSync(db.name))).toBe(true);
  });

  it('gives what an open transaction has changed', () => {
    const db = driver.memory(`${schema}; BEGIN; INSERT INTO t VALUES (3, 'three')`);
    expect(open(db.serialize()).prepare('SELECT count(*) FROM t').pluck().get()).toBe(3);
    expect(db.inTransaction).toBe(true);
  });

  it.each([':memory:', '', 'file'])('gives the first page of an empty database (%j)', (name) => {
    const db = new driver.Database(name === 'file' ? driver.path() : name);
    const image = db.serialize();
    expect([image.length, image.toString('latin1', 0, 15)]).toEqual([4096, 'SQLite format 3']);
    expect(open(image).pragma('integrity_check', { simple: true })).toBe('ok');
  });

  it('gives the first page of an empty database inside a transaction', () => {
    expect(driver.memory('BEGIN').serialize()).toHaveLength(4096);
  });

  it('gives no bytes for an empty database that cannot be given a page', () => {
    const path = driver.path();
    writeFileSync(path, '');
    expect(new driver.Database(path, { readonly: true }).serialize()).toHaveLength(0);
    expect(open(Buffer.alloc(0)).serialize()).toHaveLength(0);
  });

  it('gives an attached database, whatever it is called', () => {
    const db = driver.memory(
      `ATTACH ':memory:' AS "a ""b"; CREATE TABLE "a ""b".u (x); INSERT INTO u VALUES (5)`,
    );
    expect(
      open(db.serialize({ attached: 'A "B' }))
        .prepare('SELECT x FROM u')
        .pluck()
        .get(),
    ).toBe(5);
    expect(open(db.serialize({ attached: 'MAIN' })).pragma('page_count', { simple: true })).toBe(1);
  });

  it('gives the temporary tables as temp', () => {
    const db = driver.memory('CREATE TEMP TABLE u (x); INSERT INTO u VALUES (5)');
    expect(
      open(db.serialize({ attached: 'temp' }))
        .prepare('SELECT x FROM u')
        .pluck()
        .get(),
    ).toBe(5);
  });

  it('gives an image that was opened and changed', () => {
    const db = open(driver.memory(schema).serialize());
    db.exec('DELETE FROM t WHERE a = 1; INSERT INTO t VALUES (zeroblob(300000), 7)');
    const again = open(db.serialize());
    expect(again.prepare('SELECT length(a) FROM t').pluck().all()).toEqual([1, 300000]);
    expect(again.pragma('integrity_check', { simple: true })).toBe('ok');
  });

  it('gives an image of other bytes back as it is', () => {
    expect(open(Buffer.from('no database')).serialize().toString()).toBe('no database');
  });

  it('is refused while an iterator is open', () => {
    const db = driver.memory(schema);
    const iterator = db.prepare('SELECT * FROM t').iterate();
    expect(() => db.serialize()).toThrow(new TypeError('This database connection is busy executing a query'));
    iterator.return();
    expect(db.serialize()).toHaveLength(3 * 4096);
  });

  it('throws on a closed database', () => {
    const db = driver.memory().close();
    expect(() => db.serialize()).toThrow(new TypeError('The database connection is not open'));
  });

  it('fails on a file that is no database', () => {
    const path = driver.path();
    writeFileSync(path, 'x'.repeat(5000));
    expect(() => new driver.Database(path).serialize()).toThrow();
  });
});

describe('images', () => {
  it.each([
    '',
    schema,
    `PRAGMA page_size = 512; ${schema}`,
    "PRAGMA encoding = 'UTF-16'; CREATE TABLE t (a)",
  ])('are the same bytes for %j', (sql) => {
    // The versions of the library that wrote the file, at byte 96 of its header.
    const image = ({ memory }: typeof ferrolite): string =>
      memory(sql).serialize().fill(0, 96, 100).toString('hex');
    expect(image(ferrolite)).toBe(image(betterSqlite3));
  });

  it('of one driver open in the other', () => {
    for (const [from, to] of [
      [ferrolite, betterSqlite3],
      [betterSqlite3, ferrolite],
    ] as const) {
      expect(new to.Database(from.memory(schema).serialize()).prepare('SELECT * FROM t').all()).toEqual(rows);
    }
  });
});

describe('arguments of serialize()', () => {
  it.each([[5], ['main'], [() => ({})], [true], [5n], [Symbol('s')]])(
    '%s is not an options object',
    (options) => {
      sameError(
        ({ memory }) => memory().serialize(options),
        'TypeError',
        'Expected first argument to be an options object',
      );
    },
  );

  it.each([[undefined], [null], [{}], [[]], [{ unknown: 1 }], [Object.create({ attached: 'main' })]])(
    'accepts %o',
    (options) => {
      sameAnswer(({ memory }) => memory(schema).serialize(options).length);
    },
  );

  it.each([[undefined], [null], [5], [new String('main')], [{}]])(
    '%o is not the name of a schema',
    (attached) => {
      const message = 'Expected the "attached" option to be a string';
      sameError(({ memory }) => memory().serialize({ attached }), 'TypeError', message);
      sameError(({ memory }) => memory().serialize(Object.create({ attached })), 'TypeError', message);
    },
  );

  it('"" is not the name of a schema', () => {
    sameError(
      ({ memory }) => memory().serialize({ attached: '' }),
      'TypeError',
      'The "attached" option cannot be an empty string',
    );
  });

  it('are checked before the state of the connection', () => {
    sameError(
      ({ memory }) => memory().close().serialize(5),
      'TypeError',
      'Expected first argument to be an options object',
    );
    sameError(
      ({ memory }) => memory().close().serialize({ attached: 'no' }),
      'TypeError',
      'The database connection is not open',
    );
    const busy = 'This database connection is busy executing a query';
    for (const [attached, message] of [
      ['no', busy],
      ['', 'The "attached" option cannot be an empty string'],
    ] as const) {
      sameError(
        ({ memory }) => {
          const db = memory();
          db.prepare('SELECT 1').iterate();
          return db.serialize({ attached });
        },
        'TypeError',
        message,
      );
    }
  });

  it('pass on what their getters throw', () => {
    const options = {
      get attached(): string {
        throw new Error('from the getter');
      },
    };
    sameError(({ memory }) => memory().serialize(options), 'Error', 'from the getter');
  });
});
