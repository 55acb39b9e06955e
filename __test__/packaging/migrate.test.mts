// What an ES module can import by name from ferrolite/migrate is decided by Node's lexer; the child is plain Node.
import { expect, it } from 'vitest';
import { runNode } from './run-node.mts';

it('ferrolite/migrate exports its functions by name, the same for import and require, and nothing else', () => {
  const source = `
    import * as migrate from 'ferrolite/migrate';
    import { createRequire } from 'node:module';
    const required = createRequire(process.cwd() + '/x.cjs')('ferrolite/migrate');
    const names = Object.keys(migrate).filter((name) => !['default', 'module.exports'].includes(name));
    console.log(JSON.stringify({ names, differ: names.filter((name) => migrate[name] !== required[name]) }));`;
  expect(runNode('module', source)).toEqual({
    names: [
      'Migrator',
      '__esModule',
      'executeSql',
      'migrateAll',
      'parseSqlFile',
      'readMigrations',
      'runMigrations',
      'schemaDiff',
      'sqlStatements',
      'watchMigrations',
    ],
    differ: [],
  });
});

it('importing ferrolite/migrate loads no addon', () => {
  const source = `
    await import('ferrolite/migrate');
    console.log(JSON.stringify(process.report.getReport().sharedObjects.filter((name) => name.includes('ferrolite'))));`;
  expect(runNode('module', source)).toEqual([]);
});
