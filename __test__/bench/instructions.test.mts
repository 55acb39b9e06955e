// The process in which instructions are counted, without callgrind around it.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';

it('waits before and after every counted window, and says how many units it had', () => {
  const script = fileURLToPath(new URL('../../benches/js/instructions.mjs', import.meta.url));
  const directory = tempDir();
  const argument = { driver: 'ferrolite', trials: ['get', 'all-100'], directory };
  const { status, stdout } = spawnSync(process.execPath, ['--expose-gc', script, JSON.stringify(argument)], {
    encoding: 'utf8',
    input: '.'.repeat(16),
  });
  expect(status).toBe(0);
  const marks = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  const { node } = process.versions;
  const window = (trial: string, unit: string, isLast: boolean): object => ({
    trial,
    unit,
    units: 4000,
    isLast,
    node,
  });
  expect(marks).toHaveLength(16);
  expect(marks.slice(0, 2)).toEqual([{ trial: 'get', units: 0 }, window('get', 'call', false)]);
  expect(marks[7]).toEqual(window('get', 'call', true));
  expect(marks[8]).toEqual({ trial: 'all-100', units: 0 });
  expect(marks[15]).toEqual(window('all-100', 'row', true));
  expect(readdirSync(directory)).toEqual([]);
});
