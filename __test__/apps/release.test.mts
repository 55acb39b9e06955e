// The last steps of a release, by the commands that the release workflow calls, on the registry that has it already.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { packPackages } from '../../scripts/lib/packages.mjs';
import { addonPath, platformTuple, root } from '../../scripts/lib/paths.mjs';
import { seal } from '../../scripts/lib/release.mjs';
import { run } from '../../scripts/lib/run.mjs';
import { tool } from '../../scripts/lib/tools.mjs';
import { temporaryFolder } from '../packaging/pack.mts';

const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const addonPackage = `ferrolite-binding-${platformTuple()}-${version}.tgz`;
const rootPackage = `ferrolite-${version}.tgz`;
let release: string;
beforeAll(async () => {
  release = temporaryFolder();
  seal(release, await packPackages(release, { [platformTuple()]: addonPath() }));
});
afterAll(() => fs.rmSync(release, { recursive: true, force: true }));

function command(...args: string[]): ReturnType<typeof run> {
  const env = { ...inject('registryEnv'), npm_execpath: tool('npm/bin/npm-cli.js') };
  return run(process.execPath, [path.join(root, 'scripts/release/release.mjs'), ...args], {
    env,
    quiet: true,
  });
}

it('the check prints the size of each part', async () => {
  const { ok, stdout } = await command('check', release, '--record', path.join(release, 'sizes.json'));
  expect(ok).toBe(true);
  expect(stdout).toMatch(new RegExp(`^@ferrolite/binding-${platformTuple()}( +[\\d,]+){5}$`, 'm'));
  const [sizes] = JSON.parse(fs.readFileSync(path.join(release, 'sizes.json'), 'utf8')).sizes;
  expect(sizes.addon).toBe(fs.statSync(addonPath()).size);
});

it.each([[], ['--dry-run', '--tag=next']])(
  'what the registry has is left alone, so that a release can go on (%s)',
  async (...options) => {
    const { ok, stdout } = await command('publish', release, ...options);
    expect(ok).toBe(true);
    expect(stdout.trim().split('\n')).toEqual([
      `${addonPackage}: published already`,
      `${rootPackage}: published already`,
    ]);
  },
);

it('a command that there is none of is refused', async () => {
  expect(await command('shout', release)).toMatchObject({ code: 1 });
});
