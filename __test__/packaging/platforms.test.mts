// The entries that are bound to one platform: the driver alone, without looking for a platform.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import Ferrolite from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { inChild } from '../helpers/in-child.mts';
import { targets } from '../../scripts/lib/targets.mjs';
import { projectRoot } from './pack.mts';
import { targetName } from './targets.mts';

const require = createRequire(import.meta.url);
const here = targetName();
const ours = require(`ferrolite/${here}`);
const theirs = require(`better-sqlite3/${here}`);

/** The names of the platforms that a package has an entry for. */
const platformsOf = (name: string): string[] =>
  Object.keys(require(`${name}/package.json`).exports)
    .filter((key) => /-(?:x64|arm64)$/.test(key))
    .map((key) => key.slice('./'.length))
    .toSorted();

/** Names under which addons are required from `entry` on: what a bundler would bring in. */
function addonsBundledWith(entry: string): string[] {
  const files = new Set([join(projectRoot, entry)]);
  const addons = new Set<string>();
  for (const file of files) {
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/\brequire\(\s*['"]([^'"]+)['"]/g)) {
      if (/\.node$|^@ferrolite\//.test(name)) addons.add(name.replace(/^\.+\/(?:native\/)?/, ''));
      else if (name.startsWith('.')) files.add(createRequire(file).resolve(name));
    }
  }
  return [...addons].toSorted();
}

describe(`ferrolite/${here}`, () => {
  it('has a class of its own and the errors of all', () => {
    for (const [entry, root] of [
      [ours, Ferrolite],
      [theirs, BetterSqlite3],
    ]) {
      expect(entry).not.toBe(root);
      expect(Object.keys(entry)).toEqual(['SqliteError']);
      expect(entry.SqliteError).toBe(root.SqliteError);
      const db = new entry(':memory:');
      expect([db instanceof entry, db instanceof root]).toEqual([true, false]);
      expect(db.prepare('SELECT 1').pluck().get()).toBe(1);
    }
  });

  it('refuses another addon, even an undefined one', () => {
    const message = 'The "nativeBinding" option is only supported by the default better-sqlite3 entrypoint';
    for (const Entry of [ours, theirs]) {
      expect(() => new Entry(':memory:', { nativeBinding: undefined })).toThrow(new TypeError(message));
    }
  });

  it('does not load what looks for the platform', () => {
    const loaded = inChild(
      (entry: string) => {
        const Database = require(`ferrolite/${entry}`);
        new Database(':memory:').close();
        return Object.keys(require.cache).filter((file) => /native.binding\.js$|\.node$/.test(file));
      },
      [here],
    );
    expect(loaded.map((file) => file.split(/[\\/]/).at(-1))).toEqual([
      expect.stringMatching(/^ferrolite\..*\.node$/),
    ]);
  });
});

it('every platform of better-sqlite3 has an entry', () => {
  expect(platformsOf('ferrolite')).toEqual(platformsOf('better-sqlite3'));
});

describe('bundles', () => {
  it.each(platformsOf('ferrolite'))('of %s hold the addon of that platform alone', (platform) => {
    const [package_ = '', file = ''] = addonsBundledWith(`platform/${platform}.js`);
    expect(addonsBundledWith(`platform/${platform}.js`)).toHaveLength(2);
    expect(file).toBe(`ferrolite.${package_.replace('@ferrolite/binding-', '')}.node`);
    const [system = '', cpu] = platform.replace('musl-', '-').split('-');
    expect(package_).toMatch(new RegExp(`-${system}-${cpu}(?:-gnu|-musl|-msvc)?$`));
    expect(package_.endsWith('-musl')).toBe(platform.includes('musl'));
  });

  it('of the root hold the addons of all platforms', () => {
    expect(addonsBundledWith('index.js')).toHaveLength(2 * targets.length);
  });
});
