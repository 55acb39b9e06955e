// One version number, everywhere; `node scripts/release/version.mjs <version>` changes it.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from './pack.mts';

const read = (name: string): string => fs.readFileSync(path.join(projectRoot, name), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  version: string;
  devDependencies: Record<string, string>;
};
const { version } = manifest;
const [major, minor = 0] = version.split('.').map(Number);

describe(`version ${version}`, () => {
  it('is that of the lockfile, of the crate, of the code and of every addon', () => {
    const lock = JSON.parse(read('package-lock.json')) as { version: string; packages: Record<string, any> };
    expect([lock.version, lock.packages['']?.version]).toEqual([version, version]);
    expect(/^version = "(.+)"$/m.exec(read('Cargo.toml'))?.[1]).toBe(version);
    expect(/name = "ferrolite"\nversion = "(.+)"/.exec(read('Cargo.lock'))?.[1]).toBe(version);
    expect(/PACKAGE_VERSION = '(.+)'/.exec(read('ts/version.ts'))?.[1]).toBe(version);
    const addons = fs.readdirSync(path.join(projectRoot, 'npm'));
    const versions = addons.map((name) => JSON.parse(read(`npm/${name}/package.json`)).version as string);
    expect(new Set(versions)).toEqual(new Set([version]));
  });

  it('is that which the examples and the programs of the libraries install', () => {
    const folders = fs.readdirSync(path.join(projectRoot, 'examples')).map((name) => `examples/${name}`);
    const manifests = [...folders, '__test__/apps/orms']
      .map((folder) => `${folder}/package.json`)
      .filter((name) => fs.existsSync(path.join(projectRoot, name)))
      .map(read);
    const named = manifests.flatMap((text) => [
      ...text.matchAll(/"(?:ferrolite": "|npm:ferrolite@)([^"]+)"/g),
    ]);
    expect(named.length).toBeGreaterThanOrEqual(manifests.length);
    expect(new Set(named.map(([, installed]) => installed))).toEqual(new Set([version]));
  });

  it('has in front the major version of better-sqlite3 whose contract is implemented', () => {
    expect(major).toBe(Number(manifest.devDependencies['better-sqlite3']?.split('.')[0]));
  });

  it('is none that better-sqlite3 has: those have a second number below 100', () => {
    expect(minor).toBeGreaterThanOrEqual(100);
    expect(Number(manifest.devDependencies['better-sqlite3']?.split('.')[1])).toBeLessThan(100);
  });

  it('is in the changelog, or still to be released', () => {
    expect(read('CHANGELOG.md')).toMatch(
      new RegExp(`^## \\[(?:Unreleased|${version.replaceAll('.', String.raw`\.`)})\\]`, 'm'),
    );
  });
});
