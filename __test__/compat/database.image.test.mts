// Databases in memory from the bytes of a file.
import { describe, expect, it } from 'vitest';
import { describeDrivers, ferrolite, sameAnswer, sameError, type Driver } from '../helpers/drivers.mts';

const schema = 'CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)';
const image = ferrolite.memory(schema).serialize();
const count = 'SELECT count(*) FROM t';

describeDrivers('new Database(buffer)', (driver) => {
  const { Database } = driver;

  it('is a database in memory, called :memory:', () => {
    const db = new Database(image);
    expect([db.name, db.memory, db.readonly, db.open]).toEqual([':memory:', true, false, true]);
    expect(Database(image).prepare(count).pluck().get()).toBe(2);
  });

  it('copies the bytes: neither side sees the changes of the other', () => {
    const bytes = Buffer.from(image);
    const db = new Database(bytes);
    bytes.fill(0);
    expect(db.prepare(count).pluck().get()).toBe(2);
    const kept = Buffer.from(image);
    new Database(kept).exec('DELETE FROM t');
    expect(kept.equals(image)).toBe(true);
  });

  it('can grow and shrink', () => {
    const db = new Database(image).exec('INSERT INTO t VALUES (zeroblob(3000000))');
    expect(db.serialize().length).toBeGreaterThan(3000000);
    db.exec('DELETE FROM t; VACUUM');
    expect(db.serialize()).toHaveLength(image.length);
  });

  it('reads only with readonly', () => {
    const db = new Database(image, { readonly: true });
    expect([db.readonly, db.memory, db.prepare(count).pluck().get()]).toEqual([true, true, 2]);
    expect(() => db.exec('DELETE FROM t')).toThrow(
      expect.objectContaining({ code: 'SQLITE_READONLY', message: 'attempt to write a readonly database' }),
    );
  });

  it('without bytes is empty, and can be written unless readonly', () => {
    const empty = Buffer.alloc(0);
    expect(new Database(empty).exec(schema).prepare(count).pluck().get()).toBe(2);
    const db = new Database(empty, { readonly: true });
    expect(db.prepare('SELECT * FROM sqlite_schema').all()).toEqual([]);
    expect(() => db.exec(schema)).toThrow(expect.objectContaining({ code: 'SQLITE_READONLY' }));
  });

  it('reads slices, and memory that threads share', () => {
    const larger = Buffer.concat([Buffer.alloc(3, 'x'), image, Buffer.alloc(5, 'x')]);
    expect(new Database(larger.subarray(3, 3 + image.length)).prepare(count).pluck().get()).toBe(2);
    const shared = Buffer.from(new SharedArrayBuffer(image.length));
    image.copy(shared);
    expect(new Database(shared).prepare(count).pluck().get()).toBe(2);
  });

  it('takes bytes whose memory was given away for none', () => {
    const memory = new ArrayBuffer(image.length);
    const bytes = Buffer.from(memory);
    structuredClone(memory, { transfer: [memory] });
    expect(new Database(bytes).prepare('SELECT * FROM sqlite_schema').all()).toEqual([]);
  });

  it('fails at the first query if the bytes are no database', () => {
    for (const bytes of [Buffer.from('short'), Buffer.alloc(9000, 'x')]) {
      const db = new Database(bytes);
      expect(() => db.exec(schema)).toThrow(
        expect.objectContaining({ code: 'SQLITE_NOTADB', message: 'file is not a database' }),
      );
    }
  });

  it('fails at the first query if they are a database in WAL mode', () => {
    const db = driver.onDisk();
    db.pragma('journal_mode = WAL');
    db.exec(schema);
    const copy = new Database(db.serialize());
    expect(() => copy.prepare(count)).toThrow(
      expect.objectContaining({ code: 'SQLITE_CANTOPEN', message: 'unable to open database file' }),
    );
  });

  it('has the settings of other connections', () => {
    const db = new Database(image, { timeout: 77, fileMustExist: true });
    expect(db.pragma('busy_timeout', { simple: true })).toBe(77);
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
    db.pragma('writable_schema = 1');
    expect(() => db.exec("UPDATE sqlite_schema SET sql = 'x'")).toThrow(
      'table sqlite_master may not be modified',
    );
    expect(() => db.prepare('SELECT zeroblob(536870889)').get()).toThrow(
      expect.objectContaining({ code: 'SQLITE_TOOBIG' }),
    );
  });

  it('can be subclassed', () => {
    class Store extends Database {
      readonly label = 'store';
    }
    const store = new Store(image);
    expect([store.label, store.prepare(count).pluck().get()]).toEqual(['store', 2]);
  });
});

describe('arguments of new Database(buffer)', () => {
  it('a cut image is answered alike', () => {
    for (const length of [1, 15, 100, 4095, 4096, 5000, 8191]) {
      sameAnswer(({ Database }) => new Database(image.subarray(0, length)).prepare('SELECT * FROM t').all());
    }
  });

  it('are checked in a fixed order', () => {
    const of = (options: unknown) => (driver: Driver) => new driver.Database(image, options).open;
    sameError(of(5), 'TypeError', 'Expected second argument to be an options object');
    sameError(
      of({ readOnly: 1, memory: 1 }),
      'TypeError',
      'Misspelled option "readOnly" should be "readonly"',
    );
    sameError(
      of({ readonly: 1, timeout: -1 }),
      'TypeError',
      'Expected the "readonly" option to be a boolean',
    );
    sameError(
      of({ readonly: true, timeout: -1 }),
      'TypeError',
      'Expected the "timeout" option to be a positive integer',
    );
    expect(sameAnswer(of(null))).toEqual({ returned: 'true' });
  });

  it.each([[new Uint8Array(image)], [image.buffer], [new DataView(image.buffer)], [[...image]]])(
    '%o is no database',
    (bytes) => {
      sameError(({ Database }) => new Database(bytes), 'TypeError', 'Expected first argument to be a string');
    },
  );
});
