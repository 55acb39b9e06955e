// One program in every bundler: built by the script that docs/guides/bundlers.md shows, and then run.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { must } from '../../scripts/lib/run.mjs';
import { platformTuple } from '../../scripts/lib/paths.mjs';
import { runtime } from '../../scripts/lib/runtimes.mjs';
import { tool } from '../../scripts/lib/tools.mjs';
import { App } from './helpers/app.mts';

const sources = fileURLToPath(new URL('bundlers', import.meta.url));
const answer = { cities: [{ name: 'Bern' }], code: 'SQLITE_CONSTRAINT_UNIQUE', numbers: [1, 2, 3] };

let app: App;

/** Runs a script of package.json with a runtime first on the path, and gives what it said. */
async function script(name: string, runtimeName?: string): Promise<string> {
  const first = runtimeName === undefined ? app.node : await runtime(runtimeName);
  const PATH = `${path.dirname(first)}${path.delimiter}${app.env['PATH']}`;
  const { output } = await app.must(app.node, [tool('npm/bin/npm-cli.js'), 'run', name], { env: { PATH } });
  return output;
}

/** Runs what was built, in a folder where nothing else is: `files` of it, without any node_modules. */
async function elsewhere(
  folder: string,
  pattern: RegExp,
  command: (folder: string) => string[],
): Promise<string> {
  const away = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'ferrolite-bundle-'));
  onTestFinished(() => fs.rmSync(away, { recursive: true, force: true }));
  for (const name of fs.readdirSync(app.path('out', folder)).filter((file) => pattern.test(file))) {
    fs.copyFileSync(app.path('out', folder, name), path.join(away, name));
  }
  const [executable = '', ...args] = command(away);
  return (await must(executable, args, { cwd: away, quiet: true, timeoutMs: 60_000 })).stdout;
}

beforeAll(async () => {
  app = await App.create();
  app.copy(sources);
  await app.npm('install', '--ignore-scripts', '--prefer-offline', '--loglevel=error');
});

afterAll(() => app?.remove());

describe('with the package left in node_modules', () => {
  it.each([
    ['esbuild', ['out/esbuild/main.mjs']],
    ['rollup', ['out/rollup/main.mjs']],
    ['webpack', ['out/webpack/main.cjs']],
    ['vite', ['out/vite/main.mjs']],
    ['tsup', ['out/tsup/main.mjs', 'out/tsup/main.js']],
  ])('%s builds without a warning what runs', async (name, built) => {
    expect(await script(name)).not.toMatch(/warn/i);
    for (const file of built) {
      expect(JSON.parse((await app.must(app.node, [file])).stdout)).toEqual(answer);
    }
  });

  it('Jest runs tests in its default configuration, each file with classes of its own', async () => {
    // The second file of a process is where classes of another realm would show.
    app.write('second.test.js', app.read('first.test.js'));
    expect(await script('jest')).toContain('Tests:       2 passed, 2 total');
  });
});

describe('with the addon beside the bundle', () => {
  it('esbuild copies it, and the output needs no node_modules', async () => {
    expect(await script('esbuild:copy')).not.toMatch(/warning|could not/i);
    const output = await elsewhere('esbuild-copy', /./, () => [app.node, 'main.cjs']);
    expect(JSON.parse(output)).toEqual(answer);
  });

  it.each([
    ['bun', 'bun'],
    ['bun:node', undefined],
  ])('%s copies it, and the output needs no node_modules', async (name, runtimeName) => {
    await script(name, 'bun');
    const executable = runtimeName === undefined ? app.node : await runtime(runtimeName);
    const output = await elsewhere(name.replace(':', '-'), /./, () => [executable, 'main.js']);
    expect(JSON.parse(output)).toEqual(answer);
  });
});

describe('as one executable', () => {
  it('bun build --compile has the addon inside', async () => {
    await script('bun:compile', 'bun');
    const output = await elsewhere('bun-compile', /^app/, (folder) => [path.join(folder, 'app')]);
    expect(JSON.parse(output)).toEqual(answer);
  });

  it('Node.js finds the addon beside its single executable', async () => {
    await script('sea', 'node26');
    const output = await elsewhere('sea', /^app|\.node$/, (folder) => [path.join(folder, 'app')]);
    expect(JSON.parse(output)).toEqual(answer);
  });

  it('Node.js has the addon inside of its single executable as an asset', async () => {
    app.write('sea-asset.json', app.read('sea-asset.json').replaceAll('linux-x64-gnu', platformTuple()));
    await script('sea:asset', 'node26');
    const output = await elsewhere('sea-asset', /^app/, (folder) => [path.join(folder, 'app')]);
    expect(output.trim()).toBe('{ answer: 42 }');
  });
});
