// What an ES module can import by name from ferrolite/ops is decided by Node's lexer; the child is plain Node.
import { expect, it } from 'vitest';
import { runNode } from './run-node.mts';

it('ferrolite/ops exports its functions by name, the same for import and require, and nothing else', () => {
  const source = `
    import * as ops from 'ferrolite/ops';
    import { createRequire } from 'node:module';
    const required = createRequire(process.cwd() + '/x.cjs')('ferrolite/ops');
    const names = Object.keys(ops).filter((name) => !['default', 'module.exports'].includes(name));
    console.log(JSON.stringify({ names, differ: names.filter((name) => ops[name] !== required[name]) }));`;
  expect(runNode('module', source)).toEqual({
    names: [
      'RowError',
      '__esModule',
      'analyze',
      'checkHealth',
      'checkpoint',
      'databaseStats',
      'diagnoseBusy',
      'explainQuery',
      'exportRows',
      'foreignKeyCheck',
      'healthHandler',
      'healthListener',
      'importCsv',
      'incrementalVacuum',
      'insertMany',
      'insertManySync',
      'integrityCheck',
      'locateDatabase',
      'lockCheck',
      'optimize',
      'quickCheck',
      'reindex',
      'startCheckpointer',
      'startMaintenance',
      'toHttpError',
      'vacuum',
      'vacuumInto',
      'withRetry',
    ],
    differ: [],
  });
});

it('importing ferrolite/ops loads no addon', () => {
  const source = `
    await import('ferrolite/ops');
    console.log(JSON.stringify(process.report.getReport().sharedObjects.filter((name) => name.includes('ferrolite'))));`;
  expect(runNode('module', source)).toEqual([]);
});
