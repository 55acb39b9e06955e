// What the trials hand to benches/floor.rs, executed with ours.
import { join } from 'node:path';
import Database from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';

interface Floor {
  readonly sql: string | readonly string[];
  readonly parameters?: readonly unknown[][];
  readonly executionsPerRun?: number;
  readonly reset?: string;
}
interface Trial {
  readonly unitsPerRun: number;
  readonly floor?: Floor;
  setUp(db: Database.Database): void;
}

const bench = new URL('../../benches/js/', import.meta.url);
const { listTrials } = (await import(new URL('trials.mjs', bench).href)) as {
  listTrials: () => Promise<string[]>;
};
const trials = await Promise.all(
  (await listTrials()).map(async (id) => {
    const trial = (await import(new URL(`trials/${id}.mjs`, bench).href)) as Trial;
    return [id, trial] as const;
  }),
);

describe('the floor', () => {
  it('is there for all but what has no engine of its own to compare', () => {
    const without = trials.filter(([, { floor }]) => floor === undefined).map(([id]) => id);
    expect(without).toEqual(['open-get-close', 'user-function']);
  });

  it.each(trials.filter(([, { floor }]) => floor !== undefined))(
    'of %s executes what the trial does',
    (_, { setUp, floor, unitsPerRun }) => {
      const { sql, parameters = [[]], executionsPerRun = 1, reset = '' } = floor as Floor;
      const db = new Database(join(tempDir(), 'floor.db'));
      setUp(db);
      db.exec(reset);
      const statement = db.prepare([sql].flat()[0] as string);
      const [values = []] = parameters;
      if (statement.reader) {
        const rows = statement.all(...values).length;
        expect(rows).toBeGreaterThan(0);
        expect(unitsPerRun % rows === 0 || unitsPerRun === 1).toBe(true);
        expect(executionsPerRun).toBe(1);
      } else {
        expect(statement.run(...values).changes).toBe(1);
        expect(executionsPerRun).toBe(unitsPerRun);
      }
      db.close();
    },
  );
});
