// The load of `npm run bench -- checkpoints`, and its picture.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../helpers/in-child.mts';

interface Load {
  readonly peakBytes: number;
  readonly transactions: number;
  readonly snapshots: number;
  readonly warnings: unknown[];
  readonly checkpoints?: { readonly passive: number; readonly failed: number };
  readonly samples: [ms: number, bytes: number][];
}

const { underLoad } = (await import(
  new URL('../../benches/js/checkpoints/load.mjs', import.meta.url).href
)) as { underLoad: (how: object) => Promise<Load> };
const { plotCheckpoints } = (await import(
  new URL('../../scripts/lib/bench/checkpoints-plot.mjs', import.meta.url).href
)) as { plotCheckpoints: (result: object) => string };

it('a log is written and read by other processes while its size is looked at', async () => {
  const load = await underLoad({ seconds: 0.5, checkpointer: { passivePages: 1 }, hold: [0, 0.2] });
  expect(load.transactions).toBeGreaterThan(0);
  expect(load.snapshots).toBeGreaterThan(0);
  expect(load.checkpoints).toMatchObject({ failed: 0 });
  expect(load.samples.length).toBeGreaterThan(0);
  expect(load.peakBytes).toBe(Math.max(...load.samples.map(([, bytes]) => bytes)));
  expect(load.warnings).toEqual([]);
});

it('the picture has a line for each run of the committed result', () => {
  const text = readFileSync(join(projectRoot, 'docs/results/checkpoints.json'), 'utf8');
  const result = JSON.parse(text) as { runs: { title: string }[] };
  const picture = plotCheckpoints(result);
  for (const { title } of result.runs) expect(picture).toContain(`>${title}</text>`);
  expect(picture.match(/<path class="[ach]" d="M/g)).toHaveLength(result.runs.length);
});
