// What an addon may ask of a system, and what keeps one from being released.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { addonFaults } from '../../scripts/lib/addon-faults.mjs';
import { neededLibraries, neededVersions, processorOf } from '../../scripts/lib/elf.mjs';
import { addonPath } from '../../scripts/lib/paths.mjs';
import { targetNamed, targets } from '../../scripts/lib/targets.mjs';
import { projectRoot } from './pack.mts';

const { version } = JSON.parse(fs.readFileSync(path.join(projectRoot, 'package.json'), 'utf8'));
const foreign = (name: string): Buffer =>
  fs.readFileSync(path.join(projectRoot, 'node_modules/better-sqlite3/prebuilds', `${name}.node`));
/** Addons of other platforms that were built here, such as by `npm run build -- --target linux-x64-musl`. */
const others: string[] = targets
  .map(({ name }) => path.join(projectRoot, 'native', `ferrolite.${name}.node`))
  // Those of an earlier version are left over.
  .filter((file) => file !== addonPath() && fs.existsSync(file) && fs.readFileSync(file).includes(version));
const nameOf = (file: string): string => path.basename(file).split('.')[1] ?? '';

describe.skipIf(process.platform !== 'linux')('the addon that was built here', () => {
  const file = fs.readFileSync(addonPath());

  it('is for this processor and of this version', () => {
    expect(processorOf(file)).toBe(process.arch);
    expect(addonFaults(file, targetNamed(nameOf(addonPath())), version).join()).not.toMatch(
      /processor|version/,
    );
  });

  it('needs libraries of the system alone', () => {
    expect(
      neededLibraries(file).filter((name) => !/^(?:lib(?:c|m|dl|gcc_s|pthread)\.so|ld-)/.test(name)),
    ).toEqual([]);
  });

  it('is not for an older glibc than its floor says', () => {
    const glibc = neededVersions(file).find((name) => name.startsWith('GLIBC_'));
    const strict = { ...targetNamed('linux-x64-gnu'), cpu: process.arch, glibc: '2.1' };
    expect(glibc).toBeDefined();
    expect(addonFaults(file, strict, version).join()).toMatch(/needs glibc 2\./);
  });
});

describe('addons of other platforms that were built here', () => {
  it('may be released', () => {
    const faults = others.map((file) =>
      addonFaults(fs.readFileSync(file), targetNamed(nameOf(file)), version),
    );
    expect(faults.flat()).toEqual([]);
  });
});

describe('an addon that must not be released', () => {
  it.each([
    ['linux-arm64', 'linux-x64-gnu', 'is for arm64'],
    ['linux-x64', 'linux-x64-musl', 'needs glibc'],
    ['linux-x64', 'linux-x64-gnu', 'needs libstdc++.so.6'],
    ['linux-x64', 'linux-x64-gnu', 'is not of version'],
    ['linux-x64', 'linux-x64-gnu', 'is not stripped'],
    ['darwin-x64', 'darwin-arm64', 'is for another processor'],
    ['win32-x64', 'win32-arm64-msvc', 'is for another processor'],
    ['linux-x64', 'darwin-x64', 'is no library for macOS'],
    ['linux-x64', 'win32-x64-msvc', 'is no library for Windows'],
    ['win32-x64', 'linux-x64-gnu', 'not a little-endian ELF file'],
  ])('that of better-sqlite3 for %s, as %s: %s', (name, target, fault) => {
    expect(addonFaults(foreign(name), targetNamed(target), version).join('\n')).toContain(fault);
  });

  it('an empty one', () => {
    expect(addonFaults(Buffer.alloc(0), targetNamed('linux-x64-gnu'), version)).not.toEqual([]);
    expect(addonFaults(Buffer.alloc(0), targetNamed('win32-x64-msvc'), version)).not.toEqual([]);
  });

  it.runIf(process.platform === 'linux')('one that counts', () => {
    const counting = Buffer.concat([fs.readFileSync(addonPath()), Buffer.from('LLVM_PROFILE_FILE')]);
    const faults = addonFaults(counting, targetNamed(nameOf(addonPath())), version);
    expect(faults.join()).toContain('counts for a profile (LLVM_PROFILE_FILE)');
  });
});
