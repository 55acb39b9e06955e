// The process in which instructions are counted, without callgrind around it.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';

it('waits before and after the counted runs of each trial, and says how many units they had', () => {
  const script = fileURLToPath(new URL('../../benches/js/instructions.mjs', import.meta.url));
  const directory = tempDir();
  const argument = { driver: 'ferrolite', trials: ['get', 'transaction-100-named'], directory };
  const { status, stdout } = spawnSync(process.execPath, ['--expose-gc', script, JSON.stringify(argument)], {
    encoding: 'utf8',
    input: '....',
  });
  expect(status).toBe(0);
  const marks = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  const { node } = process.versions;
  expect(marks).toEqual([
    { trial: 'get', units: 0 },
    { trial: 'get', unit: 'call', units: 10_000, node },
    { trial: 'transaction-100-named', units: 0 },
    { trial: 'transaction-100-named', unit: 'insert', units: 10_000, node },
  ]);
  expect(readdirSync(directory)).toEqual([]);
});
