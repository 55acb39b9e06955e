import { expect, it } from 'vitest';
import { METHODS } from './rules.mjs';
import { TESTED, fuzzPools } from './run.mjs';

it('hostile calls on pools and fleets reject only with what is documented, and leave nothing running', async () => {
  const { finding, rounds, report } = await fuzzPools(TESTED);
  expect(finding).toBe(undefined);
  expect(rounds).toBe(TESTED.rounds);
  const all = Object.entries(METHODS).flatMap(([kind, names]) => names.map((name) => `${kind}.${name}`));
  expect(all.filter((name) => !(report as string[]).includes(name))).toEqual([]);
}, 300_000);
