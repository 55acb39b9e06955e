// What an ES module can import by name from ferrolite/ops is decided by Node's lexer; the child is plain Node.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { projectRoot } from './pack.mts';

function runModule(source: string): unknown {
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  expect(child.stderr).toBe('');
  return JSON.parse(child.stdout);
}

it('ferrolite/ops exports its functions by name, the same for import and require, and nothing else', () => {
  const source = `
    import * as ops from 'ferrolite/ops';
    import { createRequire } from 'node:module';
    const required = createRequire(process.cwd() + '/x.cjs')('ferrolite/ops');
    const names = Object.keys(ops).filter((name) => !['default', 'module.exports'].includes(name));
    console.log(JSON.stringify({ names, differ: names.filter((name) => ops[name] !== required[name]) }));`;
  expect(runModule(source)).toEqual({ names: ['__esModule', 'checkHealth', 'toHttpError'], differ: [] });
});

it('importing ferrolite/ops loads no addon', () => {
  const source = `
    await import('ferrolite/ops');
    console.log(JSON.stringify(process.report.getReport().sharedObjects.filter((name) => name.includes('ferrolite'))));`;
  expect(runModule(source)).toEqual([]);
});
