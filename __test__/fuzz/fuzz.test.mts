import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bugs } from './planted-bugs.mjs';
import { TESTED, fuzz } from './run.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Methods of all kinds that a run must have called, or it has tested little. */
const some = [
  'Database',
  'prepare',
  'iterate',
  'next',
  'call',
  'aggregate',
  'getDb',
  'truncateWal',
  'constructor',
];

describe(`${TESTED.calls} calls with hostile values, from inside of callbacks and getters`, () => {
  it('throw only what is documented, and leave nothing damaged or open', async () => {
    const { finding, called, calls: made } = await fuzz(TESTED);
    expect(finding).toBe(undefined);
    expect(made).toBeGreaterThanOrEqual(TESTED.calls);
    expect(some.filter((name) => !called.has(name))).toEqual([]);
  }, 600_000);
});

describe('the bugs that ../soak/planted.mjs plants', () => {
  it.each(bugs.map((bug) => [bug.name, bug] as const))('fit the sources: %s', (_, { file, from }) => {
    expect(readFileSync(join(root, file), 'utf8').split(from)).toHaveLength(2);
  });
});
