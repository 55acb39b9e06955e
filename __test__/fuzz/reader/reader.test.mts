import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../rounds.mjs';
import { bugs } from './planted-bugs.mjs';
import { TESTED, fuzzReader } from './run.mjs';

describe(`${TESTED.rounds} rounds of random schemas and queries`, () => {
  it('give the rows that another driver gives', async () => {
    const { finding, rounds, kinds } = await fuzzReader(TESTED);
    expect(finding).toBe(undefined);
    expect(rounds).toBe(TESTED.rounds);
    expect(kinds).toHaveProperty('UTF-8');
  }, 120_000);
});

describe('the bugs that ../../soak/planted.mjs plants', () => {
  it.each(bugs.map((bug) => [bug.name, bug] as const))('fit the sources: %s', (_, { file, from }) => {
    expect(readFileSync(join(ROOT, file), 'utf8').split(from)).toHaveLength(2);
  });
});
