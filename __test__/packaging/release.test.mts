// The steps of a release: addons to packages, and the checks that keep a bad one back.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addonName } from '../../scripts/lib/generated.mjs';
import { addonPath, platformTuple } from '../../scripts/lib/paths.mjs';
import { check, collectAddons, INSTALLED_LIMIT_BYTES, seal } from '../../scripts/lib/release.mjs';
import { packPackages } from '../../scripts/lib/packages.mjs';
import { build, test } from '../../scripts/release/matrix.mjs';
import { targets } from '../../scripts/lib/targets.mjs';
import { projectRoot, temporaryFolder } from './pack.mts';

// Packing takes its time where other things run.
vi.setConfig({ hookTimeout: 120_000, testTimeout: 60_000 });

const here = platformTuple();
let folder: string;
/** A release of this platform alone, made of the addon that is there, whatever glibc it needs. */
let release: string;

beforeAll(async () => {
  folder = temporaryFolder();
  release = path.join(folder, 'release');
  fs.mkdirSync(release);
  seal(release, await packPackages(release, { [here]: addonPath() }));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]): { status: number | null; output: string } {
  const script = path.join(projectRoot, 'scripts', 'release', args[0] ?? '');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args.slice(1)], {
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

describe('addons', () => {
  it('are taken from folders of any depth, one for each target', () => {
    const from = path.join(folder, 'addons');
    for (const { name } of targets) {
      fs.mkdirSync(path.join(from, `addon-${name}`), { recursive: true });
      fs.writeFileSync(path.join(from, `addon-${name}`, addonName(name)), '');
    }
    const names = targets.map(({ name }) => name);
    expect(Object.keys(collectAddons(from, names))).toEqual(names);

    fs.rmSync(path.join(from, 'addon-darwin-x64'), { recursive: true });
    expect(() => collectAddons(from, names)).toThrow('no addon of darwin-x64');
    fs.writeFileSync(path.join(from, 'ferrolite.linux-x64-gnu.node'), '');
    expect(() => collectAddons(from, names)).toThrow('there are two addons of linux-x64-gnu');
    fs.writeFileSync(path.join(from, 'ferrolite.aix-ppc64.node'), '');
    expect(() => collectAddons(from, names)).toThrow('ferrolite.aix-ppc64.node is the addon of no target');
  });

  it('that are none are not staged', () => {
    const from = path.join(folder, 'broken');
    fs.mkdirSync(from);
    fs.writeFileSync(path.join(from, addonName('win32-x64-msvc')), 'MZ');
    const { status, output } = run(
      'release.mjs',
      'stage',
      from,
      path.join(folder, 'none'),
      '--only',
      'win32-x64-msvc',
    );
    expect(status).toBe(1);
    expect(output).toContain('win32-x64-msvc is no library for Windows');
    expect(fs.existsSync(path.join(folder, 'none'))).toBe(false);
  });
});

describe('packages', () => {
  it('are small: the root and the addon of this platform take less than 5 MB', async () => {
    const [sizes] = await check(release);
    expect(sizes?.installed).toBeLessThanOrEqual(INSTALLED_LIMIT_BYTES);
    expect(sizes?.installed).toBe(sizes!.addon + sizes!.texts + sizes!.root);
    expect(Object.values(sizes!.rootParts).reduce((sum, bytes) => sum + bytes, 0)).toBe(sizes!.root);
  });

  it('that were changed after they were staged are refused', async () => {
    const changed = path.join(folder, 'changed');
    fs.cpSync(release, changed, { recursive: true });
    const [name = ''] = JSON.parse(fs.readFileSync(path.join(changed, 'packages.json'), 'utf8'));
    fs.appendFileSync(path.join(changed, name), ' ');
    await expect(check(changed)).rejects.toThrow(`${name} is not what was staged`);
  });

  it.each([
    ['a script', { scripts: { install: 'node x' } }, 'ferrolite has scripts'],
    ['a dependency', { dependencies: { x: '1.0.0' } }, 'ferrolite has dependencies'],
    ['another version', { version: '13.99.0' }, 'ferrolite has version 13.99.0'],
    ['an addon less', { optionalDependencies: {} }, 'ferrolite does not pin every addon'],
  ])('with %s are refused', async (_what, change, fault) => {
    const changed = fs.mkdtempSync(path.join(folder, 'changed-'));
    fs.cpSync(release, changed, { recursive: true });
    const names = JSON.parse(fs.readFileSync(path.join(changed, 'packages.json'), 'utf8')) as string[];
    const tarball = path.join(changed, names.at(-1) ?? '');
    spawnSync('tar', ['-xzf', tarball], { cwd: changed });
    const manifest = path.join(changed, 'package', 'package.json');
    fs.writeFileSync(
      manifest,
      JSON.stringify({ ...JSON.parse(fs.readFileSync(manifest, 'utf8')), ...change }),
    );
    spawnSync('tar', ['-czf', tarball, 'package'], { cwd: changed });
    fs.rmSync(path.join(changed, 'package'), { recursive: true });
    seal(changed, names);
    await expect(check(changed)).rejects.toThrow(fault);
  });
});

describe('the matrix', () => {
  it('builds every target, and tests each that has a machine on every Node.js from 20 to 26', () => {
    expect(build.map(({ target }) => target)).toEqual(targets.map(({ name }) => name));
    const tested = targets.filter((target) => target.tested).map(({ name }) => name);
    expect([...new Set(test.map(({ target }) => target))]).toEqual(tested);
    for (const name of tested) {
      const nodes = test.filter(({ target }) => target === name).map(({ node }) => node);
      expect(nodes).toEqual(['20', '22', '24', '26']);
    }
  });

  it('is printed as the workflow reads it', () => {
    const lines = run('matrix.mjs').output.trim().split('\n');
    expect(lines.map((line) => line.split('=', 1)[0])).toEqual(['build', 'test']);
    expect(JSON.parse(lines[0]?.slice('build='.length) ?? '')).toEqual(build);
    expect(JSON.parse(lines[1]?.slice('test='.length) ?? '')).toEqual(expect.arrayContaining(test));
  });
});

describe('the tag', () => {
  it('must be the version, with a section in the changelog', () => {
    expect(run('tag.mjs', 'v1.0.0')).toMatchObject({
      status: 1,
      output: expect.stringMatching(/^the tag is v1\.0\.0/),
    });
  });
});
