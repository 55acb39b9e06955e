// Node 20 has Node-API 9. better-sqlite3 13 calls what came with 10 and crashes; ours asks for 8.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { runtime } from '../../scripts/lib/runtimes.mjs';
import { drivers } from '../helpers/drivers.mts';
import { projectRoot } from '../helpers/in-child.mts';

it('a database opens on Node 20, where better-sqlite3 crashes', async () => {
  const node20 = await runtime('node20');
  const [ours, theirs] = drivers.map(({ name }) => {
    const script = `console.log(new (require('${name}'))(':memory:').prepare('SELECT 7').pluck().get())`;
    const withoutCoreFile = ['-c', 'ulimit -c 0; exec "$@"', 'sh', node20, '-e', script];
    return spawnSync('sh', withoutCoreFile, { cwd: projectRoot, encoding: 'utf8' });
  });
  expect([ours?.status, ours?.stdout]).toEqual([0, '7\n']);
  expect(theirs?.signal).toBe('SIGSEGV');
}, 120_000);
