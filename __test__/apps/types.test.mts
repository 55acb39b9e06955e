// The packed packages, as resolvers of types and package managers read them.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packPackages } from '../../scripts/lib/packages.mjs';
import { addonPath, platformTuple } from '../../scripts/lib/paths.mjs';
import { tool } from '../../scripts/lib/tools.mjs';
import { temporaryFolder } from '../packaging/pack.mts';

interface Problem {
  readonly kind: string;
  readonly entrypoint?: string;
  readonly resolutionKind?: string;
}
interface Core {
  createPackageFromTarballData(tarball: Uint8Array): object;
  checkPackage(contents: object): Promise<{ types: unknown; problems: Problem[]; entrypoints: object }>;
}

let folder: string;
let tarballs: string[];
beforeAll(async () => {
  folder = temporaryFolder();
  tarballs = await packPackages(folder, { [platformTuple()]: addonPath() });
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('are the types wrong', () => {
  it('finds nothing in any entry, for the resolution of Node 16 and later and of bundlers', async () => {
    const core = (await import(pathToFileURL(tool('@arethetypeswrong/core/dist/index.js')).href)) as Core;
    const contents = core.createPackageFromTarballData(fs.readFileSync(tarballs.at(-1) ?? ''));
    const { types, problems, entrypoints } = await core.checkPackage(contents);
    expect(types).toBeTruthy();
    const manifest = JSON.parse(
      fs.readFileSync(path.join(import.meta.dirname, '../../package.json'), 'utf8'),
    );
    expect(Object.keys(entrypoints)).toEqual(expect.arrayContaining(Object.keys(manifest.exports)));
    // TypeScript's oldest resolution knows no exports map: subpaths do not exist for it.
    expect(problems.filter(({ resolutionKind }) => resolutionKind !== 'node10')).toEqual([]);
  });
});

describe('publint', () => {
  it('has nothing to say about the root and the addon as they are published', async () => {
    for (const file of tarballs) {
      const bytes = fs.readFileSync(file);
      const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
      const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
      expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
    }
  });
});
