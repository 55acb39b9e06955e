// Code written for @types/better-sqlite3 compiles against the types of this package: snippets of every declaration
// and of what applications do with them, under several compilers and module settings. `corpus/shared` compiles
// against both, `corpus/ours` is about what @types/better-sqlite3 does not have.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile, compilers, corpus, folderFor, settings } from './compilers.mts';
import type { Driver, Setting, Version } from './compilers.mts';

const versions = Object.keys(compilers) as Version[];
/** How long a compiler that hangs is waited for. */
const LIMIT_MS = 120_000;

const cases = (Object.entries(settings) as [string, Setting][]).flatMap(([name, setting]) =>
  (setting.versions ?? versions).map((version) => ({ name, setting, version })),
);
/** That the snippets are right is known when each compiler has seen each of them once. */
const baseline = cases.filter(({ name }) => name === 'node16' || name === 'commonjs without interop');

describe.each([
  { driver: 'better-sqlite3', chosen: baseline },
  { driver: 'ferrolite', chosen: cases },
] as { driver: Driver; chosen: typeof cases }[])(
  'the snippets compile against $driver',
  ({ driver, chosen }) => {
    it.each(chosen)(
      'with TypeScript $version and the setting $name',
      async ({ setting, version }) => {
        expect(await compile(version, folderFor(driver, setting, version))).toBe('');
      },
      LIMIT_MS,
    );
  },
);

describe('the exceptions', () => {
  it('are the lines that do not compile, and no others', { timeout: LIMIT_MS }, async () => {
    const folder = folderFor('ferrolite', settings.node16, '7.0', ['exceptions']);
    const messages = await compile('7.0', folder);
    const found = [...messages.matchAll(/^exceptions\/exceptions\.mts\((\d+),/gm)].map(([, line]) =>
      Number(line),
    );
    const lines = readFileSync(join(corpus, 'exceptions', 'exceptions.mts'), 'utf8').split('\n');
    const marked = lines.flatMap((line, index) => (line.includes('// exception: ') ? [index + 2] : []));
    expect(marked.length).toBeGreaterThan(0);
    expect([...new Set(found)], messages).toEqual(marked);
  });
});

describe('the corpus', () => {
  it('is checked: a wrong snippet does not compile', { timeout: LIMIT_MS }, async () => {
    const folder = folderFor('ferrolite', { ...settings.node16, only: /^require\./ }, '7.0');
    const wrong =
      "import Database from 'better-sqlite3';\nconst name: number = new Database().name;\nexport { name };\n";
    writeFileSync(join(folder, 'shared', 'mistake.mts'), wrong);
    expect(await compile('7.0', folder)).toContain('mistake.mts(2,7): error TS2322');
  });

  it('is compiled by the versions that it names', () => {
    const real = Object.entries(compilers).map(([version, folder]) => {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
      return [version, manifest.version.replace(/\.\d+$/, '')];
    });
    expect(real).toEqual(versions.map((version) => [version, version]));
  });

  it('has every name that @types/better-sqlite3 declares', () => {
    const declared = readFileSync(
      join(corpus, '../../../node_modules/@types/better-sqlite3/index.d.ts'),
      'utf8',
    );
    const found = [
      ...declared.matchAll(/^ {4,}(?:interface |type )?(\w+)\??[:(<]|^ {4}(?:interface|type) (\w+)/gm),
    ];
    // Parameters of declarations over several lines, and what is not exported.
    const hidden = new Set(['source', 'cb', 'options', 'VirtualTableOptions', 'DatabaseConstructor', 'new']);
    const names = new Set(
      found.map(([, member, type]) => member ?? type ?? '').filter((name) => !hidden.has(name)),
    );
    expect(names.size).toBeGreaterThan(60);
    const snippets = readdirSync(join(corpus, 'shared')).map((file) =>
      readFileSync(join(corpus, 'shared', file), 'utf8'),
    );
    const used = new Set(snippets.join('\n').match(/\w+/g));
    expect([...names].filter((name) => !used.has(name))).toEqual([]);
  });
});
