import { expect, it } from 'vitest';
import { seededRandom } from '../../benches/js/random.mjs';
import { killWriters } from './killed-writer.mjs';

it.each(['default', 'durable'])(
  'a writer with profile %s that is killed loses nothing acknowledged and leaves a sound file',
  async (profile) => {
    const acknowledged = await killWriters({ kills: 4, random: seededRandom(20_261), profile });
    expect(acknowledged).toBeGreaterThan(4);
  },
  120_000,
);
