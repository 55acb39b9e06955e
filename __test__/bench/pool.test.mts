// The measures of pools, each on a tiny scale: real drivers, a real process, the JSON that is kept.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';

const script = fileURLToPath(new URL('../../benches/js/pool/measure.mjs', import.meta.url));

function measured(argument: object): { figures: Record<string, unknown>; left: string[] } {
  const directory = tempDir();
  const args = ['--expose-gc', '--single-threaded-gc', script, JSON.stringify({ ...argument, directory })];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect({ status, stderr: stderr.includes('Error') ? stderr : '' }).toEqual({ status: 0, stderr: '' });
  return { figures: JSON.parse(stdout) as Record<string, unknown>, left: readdirSync(directory) };
}

const POOL = 'pool';
const PEER = 'better-sqlite3';
const WORKER = 'better-sqlite3 in a worker';

describe('a measure of pools gives numbers and leaves no files', () => {
  it.each([
    ...[POOL, PEER, WORKER].flatMap((way) => [
      { measure: 'rows', way, samples: 1 },
      { measure: 'reads', way, readers: 1, query: 'key', durationMs: 10 },
      { measure: 'stream', way, rows: 3000 },
    ]),
    { measure: 'reads', way: POOL, readers: 2, query: 'aggregate', durationMs: 10 },
    { measure: 'writes', way: POOL, callers: 4, group: true, synchronous: 'FULL', durationMs: 10 },
    { measure: 'writes', way: POOL, callers: 4, group: false, synchronous: 'NORMAL', durationMs: 10 },
    { measure: 'writes', way: PEER, synchronous: 'FULL', durationMs: 10 },
    { measure: 'fairness', way: POOL, processes: 2, durationMs: 20 },
    { measure: 'fairness', way: PEER, processes: 2, durationMs: 20 },
  ])('$measure of $way', (argument) => {
    const { figures, left } = measured(argument);
    const numbers = Object.values(figures).flatMap((value) =>
      Object.values(typeof value === 'object' && value !== null ? value : [value]),
    );
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers.filter((value) => value !== null && !Number.isFinite(value))).toEqual([]);
    expect(left).toEqual([]);
  });
});
