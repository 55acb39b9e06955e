import { describe, expect, it } from 'vitest';
import { ferrolite } from '../helpers/drivers.mts';
import { inChild } from '../helpers/in-child.mts';

const flags = ['--expose-gc'];

/** Runs in a child: opens files, forgets them, and counts descriptors and statements. */
async function forget(
  folder: string,
  what: 'databases' | 'statements' | 'iterators' | 'transactions',
): Promise<[number, number, number]> {
  const Database = require('ferrolite');
  const { readdirSync, readlinkSync } = require('node:fs') as typeof import('node:fs');
  const descriptors = (): number =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
      } catch {
        // The descriptor of readdir itself is gone by now.
        return false;
      }
    }).length;
  const keeper = new Database(`${folder}/keeper.db`).exec(
    'CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)',
  );
  const statements = (): number =>
    keeper.prepare("SELECT count(*) FROM sqlite_stmt WHERE sql LIKE 'SELECT 1 AS forgotten%'").pluck().get();
  const kept: unknown[] = [];
  // A function of its own: the frame of this one would keep the last of them alive.
  const make = (index: number): void => {
    if (what === 'statements') {
      kept.push(keeper.prepare(`SELECT 1 AS forgotten, ${index}`));
      return;
    }
    const db = new Database(`${folder}/${index}.db`).exec(
      'CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)',
    );
    const statement = db.prepare('SELECT * FROM t');
    if (what === 'databases') {
      statement.all();
      kept.push(db);
    } else if (what === 'iterators') {
      const rows = statement.iterate();
      rows.next();
      kept.push(rows);
    } else {
      kept.push(db.transaction(() => statement.all()));
      db.exec('BEGIN IMMEDIATE');
    }
  };
  for (let index = 0; index < 50; index += 1) make(index);
  const before = what === 'statements' ? statements() : descriptors();
  kept.length = 0;
  let after = before;
  const base = what === 'statements' ? 0 : 1;
  let turns = 0;
  while (after > base && turns < 200) {
    turns += 1;
    global.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
    after = what === 'statements' ? statements() : descriptors();
  }
  keeper.close();
  return [before, after, descriptors()];
}

describe.skipIf(process.platform !== 'linux')('what nobody refers to any more is closed', () => {
  it.each(['databases', 'statements', 'iterators', 'transactions'] as const)(
    '%s',
    (what) => {
      const [before, after, atEnd] = inChild(forget, [ferrolite.folder(), what] as const, { flags });
      expect(before).toBeGreaterThanOrEqual(50);
      expect([after, atEnd]).toEqual([what === 'statements' ? 0 : 1, 0]);
    },
    60_000,
  );
});

describe('a statement', () => {
  it('keeps its database open', () => {
    const rows = inChild(
      async () => {
        const Database = require('ferrolite');
        const statement = new Database(':memory:')
          .exec("CREATE TABLE t AS SELECT 'kept' AS a")
          .prepare('SELECT a FROM t');
        for (let turn = 0; turn < 20; turn += 1) {
          global.gc?.();
          await new Promise((resolve) => setImmediate(resolve));
        }
        return statement.all() as unknown[];
      },
      [] as const,
      { flags },
    );
    expect(rows).toEqual([{ a: 'kept' }]);
  }, 30_000);

  it('that is running is not finalized although only its iterator is kept', () => {
    const total = inChild(
      async () => {
        const Database = require('ferrolite');
        const rows = new Database(':memory:')
          .prepare(
            'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT i FROM n',
          )
          .pluck()
          .iterate();
        let sum = 0;
        for (const value of rows) {
          sum += value;
          if (value % 100 === 0) {
            global.gc?.();
            await new Promise((resolve) => setImmediate(resolve));
          }
        }
        return sum;
      },
      [] as const,
      { flags },
    );
    expect(total).toBe(2001000);
  }, 30_000);

  it('made and forgotten a hundred thousand times leaves no memory behind', () => {
    const grown = inChild(
      async () => {
        const Database = require('ferrolite');
        const db = new Database(':memory:');
        const make = async (count: number): Promise<number> => {
          for (let index = 0; index < count; index += 1) {
            db.prepare('SELECT ? AS a, ? AS b').get('text', index);
            if (index % 1000 === 0) {
              global.gc?.();
              await new Promise((resolve) => setImmediate(resolve));
            }
          }
          global.gc?.();
          await new Promise((resolve) => setImmediate(resolve));
          return process.memoryUsage().rss;
        };
        const base = await make(20_000);
        return ((await make(80_000)) - base) / 1024 / 1024;
      },
      [] as const,
      { flags },
    );
    // 80,000 statements that stay are more than 200 MB.
    expect(grown).toBeLessThan(50);
  }, 60_000);
});
