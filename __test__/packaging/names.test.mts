// What an ES module can import by name is decided by Node's lexer, which reads index.js without
// running it. The child is plain Node: no test runner rewrites its imports.
import { expect, it } from 'vitest';
import { runNode } from './run-node.mts';

const NAMES = [
  'FerroliteError',
  'SqliteError',
  'closeDatabase',
  'closeOnSignals',
  'getDb',
  'getSqlite',
  'instrumentSqlite',
  'truncateWal',
];

it('every public name is a named export for ES modules, and the same value as for require', () => {
  const source = `
    import Database, { ${NAMES.join(', ')} } from 'ferrolite';
    import { createRequire } from 'node:module';
    const required = createRequire(process.cwd() + '/x.cjs')('ferrolite');
    const imported = { ${NAMES.join(', ')} };
    console.log(JSON.stringify({
      same: required === Database,
      types: Object.fromEntries(Object.entries(imported).map(([name, value]) => [name, typeof value])),
      differ: Object.keys(imported).filter((name) => imported[name] !== required[name]),
    }));`;
  expect(runNode('module', source)).toEqual({
    same: true,
    types: Object.fromEntries(NAMES.map((name) => [name, 'function'])),
    differ: [],
  });
});

it('there is no other named export', () => {
  const source = `
    import * as names from 'ferrolite';
    console.log(JSON.stringify(Object.keys(names).filter((name) => name !== 'module.exports').sort()));`;
  expect(runNode('module', source)).toEqual([...NAMES, 'default'].toSorted());
});

it('only SqliteError is enumerable, as in better-sqlite3', () => {
  const source = `
    import Database from 'ferrolite';
    console.log(JSON.stringify(Object.keys(Database)));`;
  expect(runNode('module', source)).toEqual(['SqliteError']);
});
