/** Runs code in plain Node, beside the package: no test runner rewrites its imports. */
import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { projectRoot } from './pack.mts';

/** What a program prints as JSON. It must not write to standard error. */
export function runNode(type: 'module' | 'commonjs', source: string): unknown {
  const child = spawnSync(process.execPath, [`--input-type=${type}`, '--eval', source], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  expect(child.stderr).toBe('');
  return JSON.parse(child.stdout);
}
