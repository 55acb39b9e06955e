// ferrolite/drizzle and ferrolite/kysely are there for `import` and `require`, each with its library's classes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from './pack.mts';
import { runNode } from './run-node.mts';

const SAME = {
  drizzle: ['FerroliteDatabase', 'drizzle', 'migrate'],
  kysely: ['FerroliteDialect'],
  extends: true,
};

it('import gives the names, and classes of the drizzle-orm that is imported', () => {
  const source = `
    import * as drizzle from 'ferrolite/drizzle';
    import * as kysely from 'ferrolite/kysely';
    import { BaseSQLiteDatabase } from 'drizzle-orm/sqlite-core';
    console.log(JSON.stringify({
      drizzle: Object.keys(drizzle), kysely: Object.keys(kysely),
      extends: Object.getPrototypeOf(drizzle.FerroliteDatabase) === BaseSQLiteDatabase,
    }));`;
  expect(runNode('module', source)).toEqual(SAME);
});

it('require gives the names, and classes of the drizzle-orm that is required', () => {
  const source = `
    const drizzle = require('ferrolite/drizzle');
    const kysely = require('ferrolite/kysely');
    const { BaseSQLiteDatabase } = require('drizzle-orm/sqlite-core');
    console.log(JSON.stringify({
      drizzle: Object.keys(drizzle).sort(), kysely: Object.keys(kysely),
      extends: Object.getPrototypeOf(drizzle.FerroliteDatabase) === BaseSQLiteDatabase,
    }));`;
  expect(runNode('commonjs', source)).toEqual(SAME);
});

it('nothing else imports the libraries', () => {
  const files = readdirSync(join(projectRoot, 'dist'), { recursive: true, encoding: 'utf8' });
  const importing = files
    .filter((name) => /\.m?[jt]s$/.test(name))
    .filter((name) =>
      /(?:from |require\(|import\()['"](?:drizzle-orm|kysely)\b/.test(
        readFileSync(join(projectRoot, 'dist', name), 'utf8'),
      ),
    );
  expect(importing.length).toBeGreaterThan(0);
  expect(importing.filter((name) => !/^(?:drizzle|kysely)\b/.test(name))).toEqual([]);
});

it('any version of the libraries, and none, may be installed beside the package', () => {
  const { peerDependencies, peerDependenciesMeta } = JSON.parse(
    readFileSync(join(projectRoot, 'package.json'), 'utf8'),
  ) as Record<string, Record<string, unknown>>;
  // A range would keep npm from installing the driver where another version is used with the connection.
  expect(peerDependencies).toMatchObject({ 'drizzle-orm': '*', kysely: '*' });
  expect(peerDependenciesMeta).toMatchObject({
    'drizzle-orm': { optional: true },
    kysely: { optional: true },
  });
});
