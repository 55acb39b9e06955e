// Programs over several tables: joins, views, triggers, window functions, attached databases, savepoints, and callbacks,
// whose every call is compared as well. `npm run soak -- --only property` runs more of them.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { betterSqlite3, ferrolite } from '../helpers/drivers.mts';
import { engineOfNode, outcomeOfNode, outcomeOfOurs } from './relational/on-node.mts';
import { program, script } from './relational/program.mts';
import { outcomeOf } from './relational/run.mts';

const seed = 20_261_125;

describe('random programs over several tables', () => {
  it('give the same answers and make the same calls as with better-sqlite3', () => {
    fc.assert(
      fc.property(program, (each) => {
        expect(outcomeOf(ferrolite.Database, each)).toStrictEqual(outcomeOf(betterSqlite3.Database, each));
      }),
      { seed, numRuns: 800 },
    );
  }, 120_000);

  it('give the same answers as with node:sqlite, where that has the engine of the same version', () => {
    const version: unknown = ferrolite.memory().prepare('SELECT sqlite_version()').pluck().get();
    fc.assert(
      fc.property(script, (each) => {
        expect(outcomeOfOurs(ferrolite.Database, each)).toStrictEqual(outcomeOfNode(each));
      }),
      { seed, numRuns: engineOfNode() === version ? 400 : 1 },
    );
  }, 120_000);
});
