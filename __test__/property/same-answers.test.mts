import { DatabaseSync } from 'node:sqlite';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeValue } from '../helpers/answer.mts';
import { betterSqlite3, ferrolite } from '../helpers/drivers.mts';
import { outcomeOf } from './program.mts';
import { program } from './steps.mts';
import { storable, value } from './values.mts';

const seed = 20_261_120;

describe('random programs', () => {
  it('give the same answers as with better-sqlite3', () => {
    fc.assert(
      fc.property(program, (each) => {
        expect(outcomeOf(ferrolite.Database, each)).toStrictEqual(outcomeOf(betterSqlite3.Database, each));
      }),
      { seed, numRuns: 3000 },
    );
  }, 120_000);
});

describe('random values', () => {
  const echo = [ferrolite, betterSqlite3].map((driver) =>
    driver.memory().prepare('SELECT ? AS a, ? AS b, ? AS c'),
  );

  it('come back as from better-sqlite3', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 3, maxLength: 3 }), fc.boolean(), (list, safe) => {
        const [ours, theirs] = echo.map((statement) => {
          try {
            return describeValue(statement.safeIntegers(safe).get(list));
          } catch (error) {
            return describeValue(error);
          }
        });
        expect(ours).toStrictEqual(theirs);
      }),
      { seed, numRuns: 4000 },
    );
  }, 60_000);

  it('come back as from node:sqlite', () => {
    const node = new DatabaseSync(':memory:').prepare('SELECT ? AS a, ? AS b, ? AS c');
    node.setReadBigInts(true);
    const ours = ferrolite.memory().prepare('SELECT ? AS a, ? AS b, ? AS c').safeIntegers();
    // The one of Node 22 ends texts at their first NUL.
    const keepsNul = (node.get('a\0b', 0, 0) as { a: unknown }).a === 'a\0b';
    const common = storable.filter((each) => keepsNul || typeof each !== 'string' || !each.includes('\0'));
    fc.assert(
      fc.property(fc.array(common, { minLength: 3, maxLength: 3 }), (list) => {
        const row = node.get(...(list as string[])) as Record<string, unknown>;
        for (const name of Object.keys(row)) {
          const cell = row[name];
          if (cell instanceof Uint8Array) row[name] = Buffer.from(new Uint8Array(cell).buffer);
        }
        expect(describeValue(ours.get(list))).toStrictEqual(describeValue({ ...row }));
      }),
      { seed, numRuns: 4000 },
    );
  }, 60_000);

  it('read as integers beyond 2^53 are rounded where node:sqlite refuses', () => {
    const sql = 'SELECT 9007199254740993 AS a';
    expect(ferrolite.memory().prepare(sql).get()).toEqual({ a: 9007199254740992 });
    expect(() => new DatabaseSync(':memory:').prepare(sql).get()).toThrow(RangeError);
  });
});
