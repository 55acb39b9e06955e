import { describe, expect, it } from 'vitest';
import { inChild } from '../helpers/in-child.mts';

/** What the first database says of an addon with these versions; undefined stands for the right one. */
function refusal(packageVersion: string | undefined, formatVersion: number): string {
  return inChild(
    (version: string | null, format: number) => {
      const path = require.resolve('ferrolite').replace('index.js', 'native/binding.js');
      const old = {
        packageVersion: () => version ?? require('ferrolite/package.json').version,
        formatVersion: () => format,
      };
      require.cache[path] = {
        id: path,
        filename: path,
        loaded: true,
        exports: old,
      } as unknown as NodeJS.Module;
      const Database = require('ferrolite');
      try {
        return String(new Database(':memory:').open);
      } catch (error) {
        return (error as Error).message;
      }
    },
    [packageVersion ?? null, formatVersion],
  );
}

describe('at the first use, not at import', () => {
  it('an addon of another format version is refused', () => {
    expect(refusal(undefined, 0)).toMatch(
      /writes row batches of version 0, this package reads version \d+.*Install ferrolite again/s,
    );
  });

  it('an addon of another version of the package is refused, by the names of both', () => {
    expect(refusal('13.99.0', 3)).toMatch(
      /^ferrolite 13\.\d+\.\d+ cannot use the addon of ferrolite 13\.99\.0\. Install ferrolite again/,
    );
  });
});
