// What is made from the table of targets is as it would be made; `UPDATE_GENERATED=1` writes it.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { bindingName, generatedFiles } from '../../scripts/lib/generated.mjs';
import { targetNamed, targets } from '../../scripts/lib/targets.mjs';
import { projectRoot } from './pack.mts';

const expected = Object.entries(generatedFiles());

function update(): void {
  if (process.env['UPDATE_GENERATED'] === undefined) return;
  for (const [name, content] of expected) {
    fs.mkdirSync(path.dirname(path.join(projectRoot, name)), { recursive: true });
    fs.writeFileSync(path.join(projectRoot, name), content);
  }
}
update();

const read = (name: string): string => fs.readFileSync(path.join(projectRoot, name), 'utf8');
const foldersOf = (name: string): string[] => fs.readdirSync(path.join(projectRoot, name)).toSorted();

describe('the table of targets', () => {
  it.each(expected)('gives %s', (name, content) => {
    expect(read(name)).toBe(content);
  });

  it('gives every folder of npm/, and there is no other', () => {
    const names = targets.map((target) => target.name);
    expect(foldersOf('npm')).toEqual(names);
    expect(names).toEqual(names.toSorted());
    for (const name of names) expect(foldersOf(`npm/${name}`)).toEqual(['README.md', 'package.json']);
  });

  it('has no big-endian processor, and a floor for every glibc', () => {
    for (const { triple, libc, glibc } of targets) {
      expect(triple).not.toMatch(/^(?:s390x|powerpc64-|sparc|aarch64_be|armeb)/);
      expect(glibc !== undefined).toBe(libc === 'glibc');
    }
  });

  it('knows nothing else', () => {
    expect(() => targetNamed('aix-ppc64')).toThrow(/unknown target "aix-ppc64"; known are darwin-arm64, /);
  });
});

describe('the packages of the addons', () => {
  it.each(targets.map((target) => target.name))('%s: one file, no script, no dependency', (name) => {
    const manifest = JSON.parse(read(`npm/${name}/package.json`)) as Record<string, unknown>;
    expect(manifest['name']).toBe(bindingName(name));
    for (const key of ['scripts', 'dependencies', 'optionalDependencies', 'peerDependencies', 'bin']) {
      expect(manifest).not.toHaveProperty(key);
    }
  });
});
