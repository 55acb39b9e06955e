import { expect, it } from 'vitest';
import { seededRandom } from '../../benches/js/random.mjs';
import { killPools } from './killed-pool.mjs';

it.each(['default', 'durable'])(
  'a pool with profile %s that is killed has written what was acknowledged, and nothing that was rejected',
  async (profile) => {
    const acknowledged = await killPools({ kills: 100, random: seededRandom(20_262), profile });
    expect(acknowledged).toBeGreaterThan(100);
  },
  300_000,
);
