import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../benches/js/random.mjs';
import { tempDb, tempDir } from '../helpers/temp-db.mts';
import { checkMigrated, FILES, finishMigration, killMigration, POINTS, STATES } from './killed-migration.mjs';

const LIMIT_MS = 120_000;

function folder(): string {
  const path = join(tempDir(), 'migrations');
  mkdirSync(path);
  for (const [name, sql] of Object.entries(FILES)) writeFileSync(join(path, name), sql);
  return path;
}

/** What it finds first, and after the rest was applied. */
function recovered(path: string, migrations: string): void {
  const { files: _, ...found } = checkMigrated(path);
  expect(STATES).toContainEqual(found);
  expect(finishMigration(path, migrations)).toBe('done');
  expect(checkMigrated(path)).toEqual({ ...STATES.at(-1), files: ['test.db'] });
}

describe('migrations that are killed leave a known state, and the next call goes on from there', () => {
  it.each(Array.from({ length: POINTS }, (_, index) => index + 1))(
    'at the point %i',
    async (point) => {
      const [path, migrations] = [tempDb(), folder()];
      await killMigration(path, migrations, { point, stands: true });
      recovered(path, migrations);
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
        recovered(path, migrations);
      }
    },
    LIMIT_MS,
  );
});
