import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../benches/js/random.mjs';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import {
  checkMigrated,
  FAILING,
  FILES,
  finishMigration,
  killMigration,
  POINTS,
  STATES,
} from './killed-migration.mjs';

const LIMIT_MS = 120_000;

function folder(files: Readonly<Record<string, string>> = FILES): string {
  const path = join(tempDir(), 'migrations');
  mkdirSync(path);
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(path, name), sql);
  return path;
}

/** What is found first, unless the next call is to find it, and after the rest was applied. */
function recovered(path: string, migrations: string, isLookedAt: boolean): void {
  if (isLookedAt) {
    const { files: _, ...found } = checkMigrated(path);
    expect(STATES).toContainEqual(found);
  }
  expect(finishMigration(path, migrations)).toBe('done');
  expect(checkMigrated(path)).toEqual({ ...STATES.at(-1), files: ['test.db'] });
}

describe('migrations that are killed leave a known state, and the next call goes on from there', () => {
  it.each(Array.from({ length: POINTS }, (_, index) => index + 1))(
    'at the point %i',
    async (point) => {
      const [path, migrations] = [tempDb(), folder()];
      await killMigration(path, migrations, { point, stands: true });
      recovered(path, migrations, point % 2 === 0);
    },
    LIMIT_MS,
  );

  it(
    'at random moments',
    async () => {
      const random = seededRandom(4711);
      for (let kill = 0; kill < 6; kill += 1) {
        const [path, migrations] = [tempDb(), folder()];
        const point = Math.floor(random() * POINTS);
        await killMigration(path, migrations, { point, stands: false, spins: Math.floor(random() * 3e6) });
        recovered(path, migrations, kill % 2 === 0);
      }
    },
    LIMIT_MS,
  );
});

it(
  'a database that is put back to its copy is whole, whenever that is killed',
  async () => {
    const random = seededRandom(815);
    for (let kill = 0; kill < 6; kill += 1) {
      const [path, migrations] = [tempDb(), folder(FAILING)];
      const rows =
        'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000) SELECT randomblob(4000) FROM n';
      new Database(path).exec(`CREATE TABLE big (x); INSERT INTO big ${rows}`).close();
      const spins = Math.floor(random() * 2e7);
      await killMigration(path, migrations, { point: 1, stands: false, spins, rehearse: 'no' });
      const found = checkMigrated(path);
      expect(found.integrity).toBe('ok');
      expect([['big'], ['a', 'big']]).toContainEqual(found.tables);
      expect(finishMigration(path, migrations, 'no')).toContain('no such table: missing');
      const { tables } = checkMigrated(path);
      expect(tables).toEqual(found.tables);
    }
  },
  LIMIT_MS,
);
