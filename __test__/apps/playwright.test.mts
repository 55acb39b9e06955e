// The fixtures in the real Playwright: parallel workers, a killed worker, and a database attached to the report.
import fs from 'node:fs';
import path from 'node:path';
import Database from 'ferrolite';
import { expect, it } from 'vitest';
import { root } from '../../scripts/lib/paths.mjs';
import { codeBlocks } from '../docs/markdown.mts';
import { temporaryApp } from './helpers/app.mts';

const PLAYWRIGHT = '@playwright/test@1.65.1';
const USERS = 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL)';

const guide = codeBlocks('docs/guides/testing.md').flatMap(({ mark = '', code }) =>
  mark.startsWith('playwright: ') ? [[mark.slice('playwright: '.length), code] as const] : [],
);

const CONFIG = `
import { defineConfig } from '@playwright/test';
export default defineConfig({
  fullyParallel: true,
  workers: 2,
  reporter: [['json', { outputFile: 'report.json' }]],
  globalTeardown: './global-teardown.ts',
});`;

/** What the guide does not show: tests that fail, and a worker that dies. */
const MORE = `
import { appendFileSync } from 'node:fs';
import { expect, test as base } from '@playwright/test';
import { playwrightFixtures, type TestFixtures, type WorkerFixtures } from 'ferrolite/testing';
import { test } from './test-with-db.ts';

for (const number of [1, 2, 3, 4]) {
  test('private ' + number, ({ db, fixture, template }) => {
    db.prepare('INSERT INTO users (name) VALUES (?)').run('Ada');
    expect(db.prepare('SELECT count(*) FROM users').pluck().get()).toBe(1);
    appendFileSync('templates.txt', template.path + '\\n');
    appendFileSync('paths.txt', fixture.path + '\\n');
  });
}

test('fails', ({ db }) => {
  db.exec("PRAGMA journal_mode = wal; INSERT INTO users (name) VALUES ('copy')");
  expect(1).toBe(2);
});

const rollback = base.extend<TestFixtures, WorkerFixtures>(
  playwrightFixtures({ migrations: 'migrations', mode: 'rollback' }),
);
rollback('fails in a rollback', ({ db }) => {
  db.exec("INSERT INTO users (name) VALUES ('rollback')");
  expect(1).toBe(2);
});

test('dies', ({ fixture }) => {
  appendFileSync('killed.txt', fixture.path);
  process.kill(process.pid, 'SIGKILL');
});
`;

interface Spec {
  readonly title: string;
  readonly tests: readonly {
    readonly results: readonly {
      readonly status: string;
      readonly attachments: readonly {
        readonly name: string;
        readonly contentType: string;
        path?: string;
        body?: string;
      }[];
    }[];
  }[];
}
interface Suite {
  readonly specs?: readonly Spec[];
  readonly suites?: readonly Suite[];
}
const specsOf = ({ specs = [], suites = [] }: Suite): Spec[] => [...specs, ...suites.flatMap(specsOf)];

it('gives each test a copy in parallel workers, attaches what a failed test leaves, and leaves nothing', async () => {
  const app = await temporaryApp();
  app.write('package.json', { private: true, type: 'module' }).write('playwright.config.ts', CONFIG);
  app.write('migrations/0001_users.sql', USERS).write('more.spec.ts', MORE).write('temporary/none', '');
  for (const [name, code] of guide) app.write(name, code);
  expect(guide.map(([name]) => name)).toContain('users.spec.ts');
  await app.npm('install', 'ferrolite', PLAYWRIGHT, '@types/node');

  const types = { module: 'nodenext', strict: true, noEmit: true, skipLibCheck: true, types: ['node'] };
  app.write('tsconfig.json', {
    compilerOptions: { ...types, target: 'es2024', allowImportingTsExtensions: true },
    include: ['*.ts'],
  });
  await app.must(app.node, [path.join(root, 'node_modules/typescript/bin/tsc'), '--project', app.folder]);

  const run = await app.run(app.node, [app.path('node_modules/@playwright/test/cli.js'), 'test'], {
    env: { TMPDIR: app.path('temporary') },
  });
  const results = Object.fromEntries(
    specsOf(JSON.parse(app.read('report.json')) as Suite).map(({ title, tests }) => [
      title,
      tests[0]!.results[0]!,
    ]),
  );
  const passed = ['a user is stored', 'private 1', 'private 2', 'private 3', 'private 4'];
  for (const title of passed) expect([title, results[title]?.status], run.output).toEqual([title, 'passed']);
  const lines = (name: string): string[] => app.read(name).trim().split('\n');
  expect(new Set(lines('templates.txt')).size).toBe(1);
  expect(new Set(lines('paths.txt')).size).toBe(4);

  for (const [title, name] of [
    ['fails', 'copy'],
    ['fails in a rollback', 'rollback'],
  ] as const) {
    const attached = results[title]?.attachments.find((each) => each.name === 'database');
    expect(attached?.contentType, title).toBe('application/vnd.sqlite3');
    const bytes =
      attached?.path === undefined
        ? Buffer.from(attached?.body ?? '', 'base64')
        : fs.readFileSync(attached.path);
    // In memory no database can be in WAL mode.
    bytes.set([1, 1], 18);
    expect(new Database(bytes).prepare('SELECT name FROM users').pluck().all(), title).toEqual([name]);
  }

  expect(results['dies']?.status).toBe('failed');
  expect(fs.existsSync(app.read('killed.txt'))).toBe(false);
  const folder = fs.readdirSync(app.path('temporary')).find((name) => name.startsWith('ferrolite-testing'));
  expect(fs.readdirSync(app.path('temporary', folder ?? ''))).toEqual([]);
});
