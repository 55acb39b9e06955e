// The list of files that is published: what is needed, and nothing else.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packedFiles, projectRoot } from './pack.mts';

const AT_THE_TOP = [
  'CHANGELOG.md',
  'LICENSE',
  'README.md',
  'THIRD-PARTY-LICENSES.txt',
  'index.d.ts',
  'index.js',
  'package.json',
];
const LOADER = ['native/binding.d.ts', 'native/binding.js', 'native/load.js', 'native/target.js'];

/** Compiled for `import` too. */
const MODULES = /^dist\/(?:drizzle|kysely)\//;

/** A command has no types for others. */
const COMMAND = /^dist\/cli\//;

/** What tsc makes of each file of `ts/`. */
function compiledFiles(): string[] {
  const sources = fs.readdirSync(path.join(projectRoot, 'ts'), { recursive: true, encoding: 'utf8' });
  return sources
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `dist/${name.split(path.sep).join('/').slice(0, -'.ts'.length)}`)
    .flatMap((name) => {
      if (COMMAND.test(name)) return [`${name}.js`];
      const files = [`${name}.js`, `${name}.d.ts`];
      return MODULES.test(name) ? files.concat(`${name}.mjs`, `${name}.d.mts`) : files;
    });
}

describe('npm pack', () => {
  it('takes the entry, the loader, the compiled files, the licence and the texts, and nothing else', () => {
    const platforms = fs.readdirSync(path.join(projectRoot, 'platform')).map((name) => `platform/${name}`);
    const expected = [...AT_THE_TOP, ...LOADER, ...platforms, ...compiledFiles()].toSorted();
    expect(packedFiles()).toEqual(expected);
  });
});
