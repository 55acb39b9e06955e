// THIRD-PARTY-LICENSES.txt says of everything that is compiled in whose it is; `UPDATE_GENERATED=1` writes it.
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { LICENCES, thirdPartyLicences } from '../../scripts/lib/licences.mjs';
import { packedFiles, projectRoot } from './pack.mts';

// Cargo may have to fetch a crate of another platform first.
vi.setConfig({ hookTimeout: 120_000, testTimeout: 60_000 });

const file = path.join(projectRoot, LICENCES);
let expected: string;
beforeAll(async () => {
  expected = await thirdPartyLicences();
  if (process.env['UPDATE_GENERATED'] !== undefined) fs.writeFileSync(file, expected);
});

describe(LICENCES, () => {
  it('is what the lockfile of cargo and the source of the engine say', () => {
    expect(fs.readFileSync(file, 'utf8')).toBe(expected);
  });

  it.each([
    ['a crate by its own file', /^rusqlite \d+\.\d+\.\d+ \(MIT\)$/m],
    ['a crate without a file by its authors', /^napi 3[\d.]+ \(MIT\)\n\nCopyright \(c\) Nathan Sobo/m],
    ['a crate of Windows', /^windows-link \d/m],
    ['the engine', /^SQLite 3\.\d+\.\d+ \(public domain/m],
    ['the ciphers', /^Copyright:\s+\(c\) 2019-20\d\d Ulrich Telle$/m],
    ['parts of the ciphers', /Copyright \(C\) 2005, 2007 Olivier Gay[\s\S]*Frank Denis/],
    ['the standard library', /^The standard library of Rust/m],
  ])('names %s', (_part, pattern) => {
    expect(expected).toMatch(pattern);
  });

  it('names no tool of the build or of the tests', () => {
    for (const name of ['cc', 'napi-build', 'rustix', 'syn']) {
      expect(expected).not.toMatch(new RegExp(`^${name} \\d`, 'm'));
    }
  });

  it('is in the package', () => {
    expect(packedFiles()).toContain(LICENCES);
  });
});
