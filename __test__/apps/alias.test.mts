// docs/guides/alias.md: its commands install the package in place of better-sqlite3, for libraries that bring another.
import fs from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runtime } from '../../scripts/lib/runtimes.mjs';
import { tool } from '../../scripts/lib/tools.mjs';
import { codeBlocks } from '../docs/markdown.mts';
import { temporaryApp, type App } from './helpers/app.mts';

const blocks = codeBlocks('docs/guides/alias.md');

function block(name: string): string {
  const found = blocks.find(({ mark }) => mark === `install: ${name}`);
  if (found === undefined) throw new Error(`the page has no block "${name}"`);
  return found.code;
}

/** One of them depends on an exact version, the other one has an old one as its peer. */
const libraries = { '@mikro-orm/core': '7.2.2', '@mikro-orm/sqlite': '7.2.2', typeorm: '1.1.1' };

const program = `
import { MikroORM, defineEntity, p } from '@mikro-orm/sqlite';
import Database from 'better-sqlite3';
import { DataSource } from 'typeorm';

const source = await new DataSource({ type: 'better-sqlite3', database: ':memory:' }).initialize();
const [{ x }] = await source.query('SELECT 20 AS x');
const City = defineEntity({ name: 'City', properties: { id: p.integer().primary() } });
const orm = await MikroORM.init({ dbName: ':memory:', entities: [City] });
const [{ y }] = await orm.em.fork().execute('SELECT 22 AS y');
console.log(typeof Database.getSqlite, x + y);
`;

/** The commands that the page speaks of, as the shell finds them. */
async function shell(app: App): Promise<Record<string, string>> {
  const commands = { npm: 'npm/bin/npm-cli.js', pnpm: 'pnpm/bin/pnpm.mjs' };
  for (const [name, script] of Object.entries(commands)) {
    app.write(`bin/${name}`, `#!/bin/sh\nexec '${app.node}' '${tool(script)}' "$@"\n`);
    fs.chmodSync(app.path('bin', name), 0o755);
  }
  const bun = await runtime('bun');
  return { PATH: [app.path('bin'), dirname(bun), app.env['PATH']].join(delimiter) };
}

/** Every copy of a driver below node_modules, by the name in its package.json. */
function drivers(app: App): string[] {
  const files = fs.readdirSync(app.path('node_modules'), { recursive: true, encoding: 'utf8' });
  const found = files.filter((file) => /(?:^|node_modules\/)better-sqlite3\/package\.json$/.test(file));
  const names = found.map((file) => {
    const real = fs.realpathSync(app.path('node_modules', file));
    return `${(JSON.parse(fs.readFileSync(real, 'utf8')) as { name: string }).name} ${real}`;
  });
  return [...new Set(names)].map((name) => name.split(' ')[0] ?? '');
}

describe.skipIf(process.platform === 'win32')('the commands of the page', () => {
  it.each(['npm', 'pnpm', 'bun'])('install one driver for all libraries by %s', async (manager) => {
    const app = await temporaryApp();
    app.write('package.json', { private: true, type: 'module', dependencies: libraries });
    app.write('main.mjs', program);
    const env = await shell(app);
    await app.must('sh', ['-e', '-c', block(manager)], { env });
    expect(drivers(app)).toEqual(['ferrolite']);
    expect((await app.must(app.node, ['main.mjs'])).stdout.trim()).toBe('function 42');
  });

  it('write the overrides that the page shows for an editor', async () => {
    const app = await temporaryApp();
    app.write('package.json', {});
    const [first = ''] = block('bun').split('\n');
    await app.must('sh', ['-e', '-c', first], { env: await shell(app) });
    expect(JSON.parse(app.read('package.json'))).toEqual(JSON.parse(block('overrides')));
  });
});
