import { expect, it } from 'vitest';
import { seededRandom } from '../../benches/js/random.mjs';
import { storm } from './storm.mjs';

it.each(Array.from({ length: 20 }, (_, index) => index + 1))(
  'each of many calls of every kind is answered, and the file has what was acknowledged (seed %d)',
  async (seed) => {
    const { fulfilled, rejected } = await storm({ calls: 200, random: seededRandom(seed) });
    expect(fulfilled + rejected).toBe(200);
    expect(Math.min(fulfilled, rejected)).toBeGreaterThan(0);
  },
  60_000,
);
