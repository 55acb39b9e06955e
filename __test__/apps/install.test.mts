// `npm install ferrolite` as a user types it, on a machine without a compiler; the same with pnpm and Bun.
import fs from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { bindingName } from '../../scripts/lib/generated.mjs';
import { platformTuple } from '../../scripts/lib/paths.mjs';
import { runtime, runtimeNames } from '../../scripts/lib/runtimes.mjs';
import { tool } from '../../scripts/lib/tools.mjs';
import { temporaryApp } from './helpers/app.mts';
import type { App } from './helpers/app.mts';
import { managers, npm, pnpm } from './helpers/managers.mts';

const here = bindingName(platformTuple());
const elsewhere = process.platform === 'darwin' ? ['win32', 'x64'] : ['darwin', 'arm64'];
const QUERY = "new Database(':memory:').prepare('SELECT 42 AS x').get().x";

/** An application that asks one question, or prints the error of its first database. */
async function application(manifest: object = {}): Promise<App> {
  const app = await temporaryApp();
  return app.write('package.json', { private: true, ...manifest }).write(
    'main.mjs',
    `import Database from 'ferrolite';
    try { console.log(${QUERY}); } catch (error) { console.log(error.message); }`,
  );
}

const answer = async (app: App): Promise<string> => (await app.must(app.node, ['main.mjs'])).stdout.trim();
/** The names of our packages that are in node_modules, wherever a manager puts them. */
function installed(app: App): string[] {
  const entries = fs.readdirSync(app.path('node_modules'), { recursive: true, encoding: 'utf8' });
  const names = entries.flatMap((entry) => /@ferrolite[\\/](binding-[\w-]+)$/.exec(entry)?.[1] ?? []);
  return [...new Set(names)].map((name) => `@ferrolite/${name}`).toSorted();
}

describe.each(managers)('$name', (manager) => {
  it('installs the addon of this platform alone, runs no script, and a query is answered', async () => {
    const app = await application();
    const { output } = await manager.add(app, 'ferrolite');
    expect(output).not.toMatch(/warn|script|deprecated|skipped/i);
    expect(installed(app)).toEqual([here]);
    expect(await answer(app)).toBe('42');
  });

  it('gives the application the command', async () => {
    const app = await application();
    await manager.add(app, 'ferrolite');
    const { version } = JSON.parse(app.read('node_modules/ferrolite/package.json'));
    // pnpm says more before it.
    const said = (await manager.exec(app, 'ferrolite', '--version')).stdout.trimEnd().split('\n');
    expect(said.at(-1)).toBe(version);
    await app.must(app.node, [
      '-e',
      "require('ferrolite').getSqlite({ path: 'app.db' }).exec('CREATE TABLE t (v)')",
    ]);
    const { stdout } = await manager.exec(app, 'ferrolite', 'check', '--db', 'app.db');
    expect(stdout).toMatch(/^quick check: ok \(\d+ ms\)$/m);
  });

  it('installs it without scripts as well', async () => {
    const app = await application();
    await manager.add(app, 'ferrolite', '--ignore-scripts');
    expect(await answer(app)).toBe('42');
  });

  it(`${manager.omitOptional} leaves the addon out: importing works, the first database names the package`, async () => {
    const app = await application({ dependencies: { ferrolite: '*' } });
    await manager.install(app, manager.omitOptional);
    expect(installed(app)).toEqual([]);
    const said = await answer(app);
    expect(said).toContain(`ferrolite: the package ${here} is not installed`);
    expect(said).toContain(manager.omitOptional.split('=')[0]);
  });

  it('installs it under the name of better-sqlite3, for packages that ask for an older one', async () => {
    const app = await application({
      dependencies: { 'better-sqlite3': 'npm:ferrolite@^13.100.0', consumer: 'file:./consumer' },
      overrides: { 'better-sqlite3': manager.name === 'Bun' ? 'npm:ferrolite@^13.100.0' : '$better-sqlite3' },
    });
    app
      .write('pnpm-workspace.yaml', "overrides:\n  better-sqlite3: 'npm:ferrolite@^13.100.0'\n")
      .write('consumer/package.json', {
        name: 'consumer',
        version: '1.0.0',
        dependencies: { 'better-sqlite3': '^12.6.0' },
      })
      .write('consumer/index.js', `const Database = require('better-sqlite3'); module.exports = ${QUERY};`)
      .write('main.mjs', "import x from 'consumer'; console.log(x);");
    await manager.install(app);
    expect(await answer(app)).toBe('42');
    const manifest = JSON.parse(app.read('node_modules/better-sqlite3/package.json'));
    expect(manifest.name).toBe('ferrolite');
    const copies = fs.readdirSync(app.path('node_modules'), { recursive: true, encoding: 'utf8' });
    expect(copies.filter((name) => /better-sqlite3[\\/]prebuilds$/.test(name))).toEqual([]);
  });
});

describe('what npm has installed', () => {
  it.each(runtimeNames)('answers a query on %s', async (name) => {
    const app = await application();
    await npm.add(app, 'ferrolite');
    const program = await runtime(name);
    const args =
      name === 'deno' ? ['run', '--allow-all', '--node-modules-dir=manual', 'main.mjs'] : ['main.mjs'];
    expect((await app.must(program, args)).stdout.trim()).toBe('42');
  });

  it('answers a query on Deno that may do no more than it needs', async () => {
    const app = await application();
    await npm.add(app, 'ferrolite');
    const rights = ['--allow-ffi', '--allow-read', '--allow-env', '--allow-sys'];
    const args = ['run', ...rights, '--no-prompt', '--node-modules-dir=manual', 'main.mjs'];
    expect((await app.must(await runtime('deno'), args)).stdout.trim()).toBe('42');
  });

  it('is two packages, without scripts, without dependencies', async () => {
    const app = await application();
    await npm.add(app, 'ferrolite');
    const { packages } = JSON.parse(app.read('node_modules/.package-lock.json')) as {
      packages: Record<string, Record<string, unknown>>;
    };
    expect(Object.keys(packages).toSorted()).toEqual([`node_modules/${here}`, 'node_modules/ferrolite']);
    for (const entry of Object.values(packages)) {
      expect(entry).not.toHaveProperty('hasInstallScript');
      expect(entry).not.toHaveProperty('dependencies');
    }
  });
});

describe('made on another platform', () => {
  it('node_modules of npm say so, and the command of the error repairs them', async () => {
    const app = await application();
    await npm.add(app, 'ferrolite', `--os=${elsewhere[0]}`, `--cpu=${elsewhere[1]}`);
    expect(installed(app)).toEqual([bindingName(elsewhere.join('-'))]);
    const command = /npm install (--os=\S+ .*)/.exec(await answer(app))?.[1];
    expect(command).toContain(`--os=${process.platform} --cpu=${process.arch}`);
    await npm.install(app, ...(command ?? '').split(' '));
    expect(await answer(app)).toBe('42');
  });

  it('a lockfile of npm is good for this one', async () => {
    const app = await application();
    await npm.add(app, 'ferrolite', `--os=${elsewhere[0]}`, `--cpu=${elsewhere[1]}`, '--package-lock-only');
    await app.npm('ci');
    expect(installed(app)).toEqual([here]);
    expect(await answer(app)).toBe('42');
  });

  it('node_modules of pnpm say so, and the setting of the error repairs them', async () => {
    const app = await application();
    const setting = (text: string): App =>
      app.write('pnpm-workspace.yaml', `supportedArchitectures: ${text}\n`);
    setting(`{ os: [${elsewhere[0]}], cpu: [${elsewhere[1]}] }`);
    await pnpm.add(app, 'ferrolite');
    const fitting = /supportedArchitectures: (\{.*\})/.exec(await answer(app))?.[1];
    expect(fitting).toContain(`cpu: [${process.arch}]`);
    setting(fitting ?? '');
    await pnpm.install(app, '--force');
    expect(await answer(app)).toBe('42');
  });
});

const canTrace = fs.existsSync('/usr/bin/strace');
it.runIf(canTrace)('an installation connects to the registry and to nothing else', async () => {
  const app = await application();
  const args = ['-f', '-qq', '-e', 'trace=connect', '-o', app.path('connections'), app.node];
  await app.must('strace', [
    ...args,
    tool('npm/bin/npm-cli.js'),
    'install',
    'ferrolite',
    '--no-fund',
    '--no-audit',
  ]);
  const lines = app.read('connections').split('\n');
  const peers = lines.flatMap((line) => /sin6?_port=htons\((\d+)\).*?"([^"]+)"/.exec(line)?.slice(1) ?? []);
  const { port } = new URL(inject('registryUrl'));
  const pairs = peers.flatMap((value, at) => (at % 2 === 0 ? [`${peers[at + 1]}:${value}`] : []));
  expect(new Set(pairs)).toEqual(new Set([`127.0.0.1:${port}`]));
  expect(await answer(app)).toBe('42');
});
