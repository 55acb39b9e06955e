import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../rounds.mjs';
import { bugs } from './planted-bugs.mjs';
import { TESTED, UNREACHABLE, fuzzDecoder } from './run.mjs';

interface Part {
  name: string;
  missed: string[];
}

describe(`${TESTED.rounds} rounds of random batches`, () => {
  it('are decoded as the model says, reach every line, and give nothing but values away', async () => {
    const { finding, rounds, kinds, report } = await fuzzDecoder({ ...TESTED, flags: ['coverage'] });
    expect(finding).toBe(undefined);
    expect(rounds).toBe(TESTED.rounds);
    expect(Object.keys(kinds)).toHaveLength(6);
    const missed = (report as Part[]).flatMap((part) =>
      part.missed.map((line) => line.replace(/^\d+: /, '')),
    );
    expect((report as Part[]).map(({ name }) => name)).toEqual(['decode', 'shape']);
    expect(missed).toEqual(Object.keys(UNREACHABLE));
  }, 120_000);
});

describe('the bugs that ../../soak/planted.mjs plants', () => {
  it.each(bugs.map((bug) => [bug.name, bug] as const))('fit the sources: %s', (_, { file, from }) => {
    expect(readFileSync(join(ROOT, file), 'utf8').split(from)).toHaveLength(2);
  });
});
