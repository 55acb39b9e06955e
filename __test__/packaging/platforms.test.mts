// The entries that are bound to one platform: the driver alone, without looking for a platform.
import { createRequire } from 'node:module';
import BetterSqlite3 from 'better-sqlite3';
import Ferrolite from 'ferrolite';
import { describe, expect, it } from 'vitest';
import { inChild } from '../helpers/in-child.mts';
import { targetName } from './targets.mts';

const require = createRequire(import.meta.url);
const here = targetName();
const ours = require(`ferrolite/${here}`);
const theirs = require(`better-sqlite3/${here}`);

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
  const platforms = (name: string): string[] =>
    Object.keys(require(`${name}/package.json`).exports).filter((key) => /-(?:x64|arm64)$/.test(key));
  expect(platforms('ferrolite').toSorted()).toEqual(platforms('better-sqlite3').toSorted());
});
