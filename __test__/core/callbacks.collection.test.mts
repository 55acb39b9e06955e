import { describe, expect, it } from 'vitest';
import { inChild } from '../helpers/in-child.mts';

const flags = ['--expose-gc'];

/** Registers callbacks that mention their database, forgets it, and counts how many are collected. */
async function forget(): Promise<{ databases: number; accumulators: number }> {
  const Database = require('ferrolite');
  const count = 30;
  const collected = { databases: 0, accumulators: 0 };
  const registry = new FinalizationRegistry<keyof typeof collected>((what) => {
    collected[what] += 1;
  });
  const make = (): void => {
    const db = new Database(':memory:', { verbose: () => db.name });
    db.function('f', (x: number) => (db.open ? x : 0));
    db.aggregate('a', {
      start: () => {
        const accumulator = { sum: 0, db };
        registry.register(accumulator, 'accumulators');
        return accumulator;
      },
      step: (accumulator: { sum: number }, x: number) => {
        accumulator.sum += x;
      },
      result: ({ sum }: { sum: number }) => sum,
    });
    db.table('t', {
      columns: ['x'],
      *rows() {
        yield [db.open ? 1 : 0];
        yield [2];
      },
    });
    db.table('m', () => ({
      columns: ['x'],
      *rows() {
        yield [db.open ? 3 : 0];
      },
    }));
    db.exec('CREATE VIRTUAL TABLE v USING m');
    if (db.prepare('SELECT a(f(x)) FROM (SELECT x FROM t UNION ALL SELECT x FROM v)').pluck().get() !== 6)
      throw new Error('wrong sum');
    // A failure drops the accumulator as well.
    try {
      db.prepare('SELECT a(x), abs(-9223372036854775808) FROM t').get();
    } catch {
      // Expected.
    }
    registry.register(db, 'databases');
  };
  for (let index = 0; index < count; index += 1) make();
  for (let turn = 0; turn < 300 && collected.databases < count; turn += 1) {
    global.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return collected;
}

describe('a database that its own callbacks mention', () => {
  it('is collected, and their accumulators', () => {
    const { databases, accumulators } = inChild(forget, [], { flags });
    expect(databases).toBe(30);
    expect(accumulators).toBe(60);
  });
});

/** Registers through objects that stand before the database, and under names that differ beyond ASCII. */
async function registerThroughOthers(): Promise<unknown[]> {
  const db = new (require('ferrolite'))(':memory:');
  const register = (): void => {
    new Proxy(db, {}).function('f', () => 1);
    Object.create(db).table('t', {
      columns: ['a'],
      *rows() {
        yield [2];
      },
    });
    db.function('É', () => 3);
    db.function('é', () => 4);
  };
  register();
  for (let turn = 0; turn < 10; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    global.gc?.();
  }
  return db.prepare('SELECT f(), a, "É"(), "é"() FROM t').raw().get();
}

describe('a callback', () => {
  it('lives as long as the database, whatever it was registered through', () => {
    expect(inChild(registerThroughOthers, [], { flags })).toEqual([1, 2, 3, 4]);
  });
});

/** Registers two modules a hundred times; the first of each is in use by a table and by a statement. */
async function replaceModules(): Promise<{ collected: number[]; answers: unknown[] }> {
  const db = new (require('ferrolite'))(':memory:');
  const gone = { count: 0 };
  const registry = new FinalizationRegistry(() => {
    gone.count += 1;
  });
  const definition = (number: number): object => {
    const rows = function* (): Generator {
      yield [number];
    };
    registry.register(rows, undefined);
    return { columns: ['x'], rows };
  };
  const register = (number: number): void => {
    db.table('eponymous', definition(number));
    const connected = definition(number);
    db.table('module', () => connected);
  };
  const countOf = async (expected: number): Promise<number> => {
    for (let turn = 0; turn < 300 && gone.count < expected; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      global.gc?.();
    }
    return gone.count;
  };
  register(1);
  db.exec('CREATE VIRTUAL TABLE connected USING module');
  const select = 'SELECT e.x, c.x FROM eponymous e, connected c';
  const first = db.prepare(select).raw();
  for (let number = 2; number <= 100; number += 1) register(number);
  const collected = [await countOf(196)];
  const answers: unknown[] = [first.get()];
  // SQLite compiles the statement again.
  db.exec('DROP TABLE connected; CREATE VIRTUAL TABLE connected USING module');
  answers.push(first.get());
  register(101);
  collected.push(await countOf(198));
  return { collected, answers };
}

describe('a module that was replaced', () => {
  it('is collected once no table and no statement uses it', () => {
    const { collected, answers } = inChild(replaceModules, [], { flags });
    expect(answers).toEqual([
      [1, 1],
      [100, 100],
    ]);
    expect(collected).toEqual([196, 198]);
  });
});
