// What user code does at unexpected moments must not change the answers.
import { describe, expect, it } from 'vitest';
import { ferrolite, sameAnswer, type Driver } from '../helpers/drivers.mts';
import { inChild } from '../helpers/in-child.mts';

describe('a getter among the parameters', () => {
  const sql = 'SELECT 9007199254740993 AS x, 1 AS y, @a AS z';
  it.each(['get', 'all', 'iterate'] as const)('that switches the mode of %s is obeyed alike', (method) => {
    const execute = (driver: Driver, change: 'safeIntegers' | 'raw' | 'pluck', toggle: boolean): unknown => {
      const statement = driver.memory().prepare(sql);
      if (!toggle) statement[change]();
      const source = {
        get a() {
          statement[change](toggle);
          return 1n;
        },
      };
      const result = statement[method](source);
      return method === 'iterate' ? [...(result as Iterable<unknown>)] : result;
    };
    for (const change of ['safeIntegers', 'raw', 'pluck'] as const) {
      for (const toggle of [true, false]) sameAnswer((driver) => execute(driver, change, toggle));
    }
  });
});

it('named parameters are answered alike before and after their reader is compiled', () => {
  const sources: (() => object)[] = [
    () => ({ a: 1, b: 'x' }),
    () => ({ a: true }),
    () => ({ a: 1 }),
    () => ({ a: 2n ** 64n, b: true }),
    () => Object.create({ a: 1, b: 2 }) as object,
    () => Object.assign(Object.create(null) as object, { b: Buffer.from('b'), a: undefined }),
    () => new Proxy({}, { get: () => 7 }),
    () => ({ a: 1, b: 2, toString: 3 }),
  ];
  for (const make of sources) {
    sameAnswer((driver) => {
      const statement = driver.memory().prepare('SELECT @a, @b').raw();
      const answers = Array.from({ length: 300 }, () => {
        try {
          return statement.get(make());
        } catch (error) {
          return String(error);
        }
      });
      return [
        answers[0],
        new Set(answers.map((answer) => JSON.stringify(answer, (_, each: unknown) => String(each)))).size,
      ];
    });
  }
  sameAnswer((driver) => driver.memory().prepare('SELECT :toString').pluck().get({}));
});

it('the control statements of transactions do not go through an overridden prepare()', () => {
  sameAnswer((driver) => {
    const log: string[] = [];
    class Logged extends (driver.Database as unknown as new (path: string) => {
      prepare(sql: string): unknown;
    }) {
      override prepare(sql: string): unknown {
        log.push(sql);
        return super.prepare(sql);
      }
    }
    const db = new Logged(':memory:') as unknown as ReturnType<Driver['memory']>;
    db.transaction(() => db.prepare('SELECT 1').get())();
    return log;
  });
});

/** Replaces what makes views of memory once the package is loaded, and says which memory the replacements see. */
function replaceViews(): { seen: number[]; row: unknown } {
  const Database = require('ferrolite');
  const seen: number[] = [];
  const watch = (memory: unknown): void => {
    if (memory instanceof ArrayBuffer) seen.push(memory.byteLength);
  };
  const { from } = Buffer;
  Buffer.from = (...args: any[]) => {
    watch(args[0]);
    return Reflect.apply(from, Buffer, args);
  };
  for (const name of ['Int32Array', 'Float64Array', 'BigInt64Array', 'Uint8Array'] as const) {
    const View = globalThis[name] as any;
    (globalThis as any)[name] = new Proxy(View, {
      construct: (target, args, newTarget) => {
        watch(args[0]);
        return Reflect.construct(target, args, newTarget) as object;
      },
    });
  }
  Buffer.from(new ArrayBuffer(5));
  watch(new Int32Array(new ArrayBuffer(4)));
  const db = new Database(':memory:');
  return { seen, row: db.prepare("SELECT 1, 2.5, hex(x'00ff')").raw().get() };
}

it('the memory that is shared with the addon is given to no function that was replaced', () => {
  expect(inChild(replaceViews, [])).toEqual({ seen: [5, 4], row: [1, 2.5, '00FF'] });
});

it('a typed array whose memory was transferred is an empty blob', () => {
  sameAnswer((driver) => {
    const array = new Float64Array(2);
    structuredClone(array, { transfer: [array.buffer] });
    return driver.memory().prepare('SELECT ?').pluck().get(array);
  });
});

it('bind() says first that it was invoked before', () => {
  sameAnswer((driver) => {
    const db = driver.memory();
    const statement = db.prepare('SELECT ?').bind(1);
    db.close();
    return statement.bind(1);
  });
});

it('the message of a SqliteError is made as by adding to a text', () => {
  sameAnswer((driver) => new driver.SqliteError({ valueOf: () => 1, toString: () => 'x' }, 'c').message);
});

it('replaced methods of arrays get neither the shared memory nor a word in between', () => {
  const answer = inChild(() => {
    const Database = require('ferrolite');
    const db = new Database(':memory:');
    const statement = db.prepare('SELECT ? AS a, ? AS b, ? AS c, ? AS d');
    const other = db.prepare("SELECT 99 AS a, x'0102' AS e");
    const iterator = Array.prototype[Symbol.iterator];
    const { slice } = Uint8Array.prototype;
    let seen = 0;
    Reflect.set(Array.prototype, Symbol.iterator, function (this: unknown[]) {
      other.get();
      return iterator.call(this);
    });
    Reflect.set(Uint8Array.prototype, 'slice', function (this: Uint8Array, ...range: [number, number]) {
      seen = Math.max(seen, this.buffer.byteLength);
      return slice.apply(this, range);
    });
    const row = statement.get('one', 'two', 'three', Buffer.from('four'));
    Reflect.set(Array.prototype, Symbol.iterator, iterator);
    return { row: [row.a, row.b, row.c, row.d.toString()], seen };
  }, []);
  expect(answer).toEqual({ row: ['one', 'two', 'three', 'four'], seen: 0 });
});

it('parameters that do not fit into memory are an error, and the process goes on', () => {
  const answer = inChild(
    () => {
      const Database = require('ferrolite');
      const statement = new Database(':memory:').prepare('SELECT length(?) + length(?) AS n');
      const attempt = (...values: unknown[]): string => {
        try {
          return String(statement.get(...values).n);
        } catch (error) {
          return `${(error as Error).name}: ${(error as Error).message}`;
        }
      };
      return [attempt('x'.repeat(536_870_888), 'a'), attempt('a', 'b')];
    },
    [],
    { prefix: ['bash', '-c', 'ulimit -v 2900000; exec "$@"', 'limited'] },
  );
  expect(answer[0]).toMatch(/^(Error: Out of memory|SqliteError: out of memory|536870889)$/);
  expect(answer[1]).toBe('2');
}, 30_000);

it('a value above the limit is refused before it is copied', () => {
  const statement = ferrolite.memory().prepare('SELECT length(?)').pluck();
  expect(() => statement.get(new Uint8Array(2 ** 29 - 23))).toThrow(
    new RangeError('The bound string, buffer, or bigint is too big'),
  );
});
