import { describe, expect, it } from 'vitest';
import { describeDrivers, ferrolite, sameAnswer, type Driver } from '../helpers/drivers.mts';

/** An object whose getter of `name` calls `fn`, and whose other properties are `rest`. */
function getting(name: string, fn: () => unknown, rest: object = {}): object {
  return Object.defineProperty({ ...rest }, name, { enumerable: true, get: fn });
}

const long = 'é'.repeat(5000);
const blob = Buffer.alloc(70_000, 7);

describeDrivers('a getter of a parameter object', (driver) => {
  it('may run other statements of the same database', () => {
    const db = driver.memory("CREATE TABLE t (a); INSERT INTO t VALUES ('x')");
    const inner = db.prepare('SELECT a, ? AS p, ? AS q FROM t').raw();
    const outer = db.prepare('SELECT :a AS a, :b AS b, :c AS c').raw();
    const source = getting('b', () => String((inner.get(long, blob) as unknown[])[0]), { a: long, c: blob });
    expect(outer.get(source)).toEqual([long, 'x', blob]);
    expect(outer.all(source)).toEqual([[long, 'x', blob]]);
  });

  it('may write, and roll back, in the same database', () => {
    const db = driver.memory('CREATE TABLE t (a)');
    const insert = db.prepare('INSERT INTO t VALUES (:a)');
    insert.run(getting('a', () => db.exec("INSERT INTO t VALUES ('inner')").name));
    db.exec('BEGIN');
    insert.run(getting('a', () => db.exec('ROLLBACK').inTransaction === false && 'outer'));
    expect(db.prepare('SELECT a FROM t').pluck().all()).toEqual(['inner', ':memory:', 'outer']);
  });

  it('may use other databases, to any depth', () => {
    const level = (depth: number): unknown => {
      const db = driver.memory();
      const statement = db.prepare('SELECT :text AS text, :inner AS inner, :n AS n');
      if (depth === 0) return 'bottom';
      const source = getting('inner', () => JSON.stringify(level(depth - 1)), {
        text: `${long}${depth}`,
        n: depth,
      });
      const row = statement.get(source) as { text: string; inner: string; n: number };
      expect([row.text === `${long}${depth}`, row.n]).toEqual([true, depth]);
      return [depth, JSON.parse(row.inner)];
    };
    expect(level(6)).toEqual([6, [5, [4, [3, [2, [1, 'bottom']]]]]]);
  });

  it('may execute the statement that is being bound', () => {
    const statement = driver.memory().prepare('SELECT :a AS a, :b AS b').raw();
    let inner: unknown;
    const source = getting('a', () => (inner = statement.get({ a: 'inner', b: blob })) && 'outer', {
      b: long,
    });
    expect(statement.get(source)).toEqual(['outer', long]);
    expect(inner).toEqual(['inner', blob]);
    expect(statement.get({ a: 1, b: 2 })).toEqual([1, 2]);
  });

  it('may change the schema under the statement', () => {
    const db = driver.memory('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    const statement = db.prepare('SELECT *, :p AS p FROM t');
    const source = getting('p', () => db.exec('ALTER TABLE t ADD COLUMN b DEFAULT 2').name);
    expect(statement.get(source)).toEqual({ a: 1, b: 2, p: ':memory:' });
  });

  it('that throws leaves nothing bound and the statement free', () => {
    const db = driver.memory();
    const statement = db.prepare('SELECT :a AS a, :b AS b').raw();
    const failure = new Error('from the getter');
    const source = getting(
      'b',
      () => {
        throw failure;
      },
      { a: long },
    );
    for (const method of ['get', 'all', 'run', 'iterate', 'bind'] as const) {
      expect(() => statement[method](source)).toThrow(failure);
    }
    expect(statement.busy).toBe(false);
    expect(statement.get({ a: 1, b: 2 })).toEqual([1, 2]);
    expect(db.exec('SELECT 1').open).toBe(true);
  });
});

describe('an element of an array', () => {
  it('that is a getter may run other statements', () => {
    sameAnswer((driver: Driver) => {
      const db = driver.memory('CREATE TABLE t (a)');
      const insert = db.prepare('INSERT INTO t VALUES (?) RETURNING rowid').pluck();
      const list: unknown[] = [long, 0, blob];
      Object.defineProperty(list, 1, { get: () => insert.get(`row ${long}`) });
      return [db.prepare('SELECT ?, ?, ?').raw().get(list), db.prepare('SELECT count(*) FROM t').get()];
    });
  });
});

describe('closing the database', () => {
  const closed = new TypeError('The database connection is not open');

  it.each(['get', 'all', 'run', 'iterate', 'bind'] as const)(
    'inside a getter of %s is a clear error',
    (method) => {
      for (const position of ['a', 'b', 'c']) {
        const db = ferrolite.memory();
        const statement = db.prepare('SELECT :a, :b, :c');
        const source = getting(position, () => db.close().name, {
          a: 'x',
          b: blob,
          c: long,
          [position]: undefined,
        });
        expect(() => statement[method](source)).toThrow(closed);
        expect(() => statement.get({ a: 1, b: 2, c: 3 })).toThrow(closed);
        expect(statement.busy).toBe(false);
      }
      expect(ferrolite.memory().prepare('SELECT 1').pluck().get()).toBe(1);
    },
  );

  it('inside a getter of an array is a clear error', () => {
    const db = ferrolite.memory();
    const list: unknown[] = [1, 2];
    Object.defineProperty(list, 0, { get: () => db.close().name });
    expect(() => db.prepare('SELECT ?, ?').get(list)).toThrow(closed);
  });

  it('inside a trap of a proxy is a clear error', () => {
    for (const trap of ['get', 'getOwnPropertyDescriptor', 'getPrototypeOf'] as const) {
      const db = ferrolite.memory();
      const source = new Proxy(
        { a: 1 },
        {
          [trap]: (...args: [object, PropertyKey]) => {
            db.close();
            return (Reflect[trap] as (...rest: [object, PropertyKey]) => unknown)(...args);
          },
        },
      );
      expect(() => db.prepare('SELECT :a').get(source)).toThrow(closed);
    }
  });

  it('of another database inside a getter changes nothing', () => {
    const db = ferrolite.memory();
    const other = ferrolite.memory();
    const source = getting('a', () => other.close().name);
    expect(db.prepare('SELECT :a').pluck().get(source)).toBe(':memory:');
  });

  it('and opening another in its place gives no statement of the new one to the old', () => {
    const db = ferrolite.memory();
    const statement = db.prepare('SELECT :a');
    const opened: unknown[] = [];
    const source = getting('a', () => {
      db.close();
      const next = ferrolite.memory();
      opened.push(next, next.prepare('SELECT 2'));
      return 1;
    });
    expect(() => statement.get(source)).toThrow(closed);
    expect(opened).toHaveLength(2);
  });
});

describe('bind() in a getter of the same statement', () => {
  it.each(['get', 'all', 'run', 'iterate', 'bind'] as const)(
    'refuses the values of %s, and keeps its own',
    (method) => {
      const statement = ferrolite.memory().prepare('SELECT :a AS a, :b AS b').raw();
      const source = getting('a', () => statement.bind({ a: 'kept', b: 2 }) && 'lost', { b: 3 });
      expect(() => statement[method](source)).toThrow(
        new TypeError('This statement already has bound parameters'),
      );
      expect(statement.get()).toEqual(['kept', 2]);
      expect(statement.toString()).toBe("SELECT 'kept' AS a, 2.0 AS b");
    },
  );
});

describe('values that change while they are bound', () => {
  it('are taken as they are when all getters have run', () => {
    sameAnswer((driver) => {
      const bytes = Buffer.from('before');
      const source = getting('b', () => bytes.fill('x').length, { a: bytes });
      return driver.memory().prepare('SELECT length(:a), :b').raw().get(source);
    });
  });

  it('may be detached by a later getter', () => {
    const bytes = new Uint8Array(100).fill(1);
    const source = getting(
      'b',
      () => structuredClone(bytes.buffer, { transfer: [bytes.buffer] }).byteLength,
      { a: bytes },
    );
    expect(ferrolite.memory().prepare('SELECT length(:a) AS a, :b AS b').get(source)).toEqual({
      a: expect.any(Number),
      b: 100,
    });
  });

  it('may shrink in a later getter', () => {
    const buffer = new ArrayBuffer(100, { maxByteLength: 100 });
    const source = getting('b', () => buffer.resize(10), { a: new Uint8Array(buffer) });
    expect(ferrolite.memory().prepare('SELECT length(:a) AS a, :b AS b').get(source)).toEqual({
      a: expect.any(Number),
      b: null,
    });
  });
});
