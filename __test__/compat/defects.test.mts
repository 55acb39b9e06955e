import { describe, expect, it } from 'vitest';
import { defects } from '../fixtures/defects.mts';
import { betterSqlite3, ferrolite } from '../helpers/drivers.mts';
import { inChild } from '../helpers/in-child.mts';

describe('defects of better-sqlite3', () => {
  it('have an id and a reason each', () => {
    expect(new Set(defects.map(({ id }) => id)).size).toBe(defects.length);
    for (const { id, reason } of defects) expect([id, reason.length > 20]).toEqual([id, true]);
  });

  it.each(defects.map((defect) => [defect.id, defect] as const))(
    '%s: only better-sqlite3 has it',
    (_, { run, ours, theirs }) => {
      expect(inChild(run, [betterSqlite3.name, betterSqlite3.folder()])).toEqual(theirs);
      expect(inChild(run, [ferrolite.name, ferrolite.folder()])).toEqual(ours);
      expect(ours).not.toEqual(theirs);
    },
    30_000,
  );
});
