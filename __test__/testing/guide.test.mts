// docs/guides/testing.md: its Vitest project, run by Vitest and compiled by TypeScript.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { codeBlocks } from '../docs/markdown.mts';
import { projectRoot } from '../helpers/in-child.mts';
import { tempDir } from '../helpers/temp-db.mts';
import { runVitest } from './run-vitest.mts';
import { ownedFolders } from './support.mts';

const USERS = 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)';

const files = Object.fromEntries(
  codeBlocks('docs/guides/testing.md').flatMap(({ mark = '', code }) =>
    mark.startsWith('vitest: ') ? [[mark.slice('vitest: '.length), code]] : [],
  ),
);
// The page has the tests once, for both forms of the fixtures.
const builder = files['users.test.ts']?.replace('./test-with-db.ts', './test-with-builder.ts') ?? '';

it(
  'is a project whose tests pass, that leaves nothing, and whose types are right',
  { timeout: 60_000 },
  async () => {
    expect(Object.keys(files)).toHaveLength(4);
    const folder = tempDir('guide');
    const project = { ...files, 'builder.test.ts': builder, 'migrations/0001_users.sql': USERS };
    const run = await runVitest(project, { globalSetup: ['./global-setup.ts'] }, folder);
    expect(run.tests, run.output).toEqual({
      'a user is stored': 'passed',
      'tests do not see each other': 'passed',
    });
    expect(run.output).toMatch(/Tests .*4 passed/);
    expect(ownedFolders(run.directory)).toEqual([]);

    const compilerOptions = {
      module: 'nodenext',
      target: 'es2024',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
    };
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const tsc = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout, status } = spawnSync(process.execPath, [tsc, '--project', folder], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, '']);
  },
);
