// Random migrations of random tables, of which ../soak/migrate.mjs makes more.
import { expect, it } from 'vitest';
import { seededRandom } from '../../benches/js/random.mjs';
import { tempDir } from '../helpers/temp-db.mts';
import { checkRebuild } from './rebuilds.mjs';

it(
  'a migration that does no harm is applied, any other is refused and changes nothing',
  { timeout: 120_000 },
  async () => {
    const home = tempDir();
    const applied = { harmless: 0, harmful: 0 };
    for (let seed = 1; seed <= 250; seed += 1) {
      const { isHarmless } = await checkRebuild(seededRandom(seed), home).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error });
      });
      applied[isHarmless ? 'harmless' : 'harmful'] += 1;
    }
    // Neither is rare, or the other half would prove nothing.
    expect(Math.min(applied.harmless, applied.harmful)).toBeGreaterThan(40);
  },
);
