// The loader, where the addon is missing, damaged, another platform's, or hard to choose.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { quoted, readPage, tables } from '../docs/markdown.mts';
import { builtAddon, Installation, packageName, said as allSaid } from './loader.helpers.mts';
import { projectRoot } from './pack.mts';

const addon = fs.readFileSync(builtAddon);
const isLinux = process.platform === 'linux';
/** Addons of better-sqlite3, made for other platforms. */
const foreign = (name: string): Buffer =>
  fs.readFileSync(path.join(projectRoot, 'node_modules/better-sqlite3/prebuilds', `${name}.node`));
const otherCpu = process.arch === 'x64' ? 'arm64' : 'x64';
const otherSystem = process.platform === 'win32' ? 'linux' : 'win32';

const unshare = process.getuid?.() === 0 ? ['unshare', '-m'] : ['unshare', '-rm'];
const canMount = isLinux && spawnSync(unshare[0]!, [...unshare.slice(1), 'true']).status === 0;

let installation: Installation;
beforeEach(() => {
  installation = new Installation();
});
afterEach(() => installation.remove());

const again = 'Delete node_modules and install again.';

describe('without the package of the platform', () => {
  it('names it, the possible causes and the commands for this platform', () => {
    const { said, status, wanted } = installation.load();
    expect(status).toBe(0);
    expect(wanted).toBe(packageName);
    expect(said).toMatch(new RegExp(`^ferrolite: the package ${packageName} is not installed: `));
    for (const text of [
      '--omit=optional',
      '--no-optional',
      `--os=${process.platform} --cpu=${process.arch}`,
    ]) {
      expect(said).toContain(text);
    }
    expect(said).toContain(`supportedArchitectures: { os: [${process.platform}], cpu: [${process.arch}]`);
  });

  it.runIf(isLinux)('names the C library in the form that npm and pnpm take', () => {
    const libc = packageName.endsWith('musl') ? 'musl' : 'glibc';
    expect(installation.load().said).toContain(`--libc=${libc}`);
    expect(installation.load().said).toContain(`libc: [${libc}]`);
  });

  it('says that a package without its file has lost it', () => {
    expect(installation.put(undefined).load().said).toBe(
      `ferrolite: the package ${packageName} has lost its addon. ${again}`,
    );
  });
});

describe('the addon of the package', () => {
  it('is loaded', () => {
    expect(installation.put(addon).load()).toMatchObject({ status: 0, said: 'loaded' });
  });

  const sizes = isLinux
    ? [63, 64, 4096, Math.floor(addon.length / 2), addon.length - 4096, addon.length - 1]
    : [63];
  it.each(sizes)(
    'is refused when only its first %i bytes are there, and no signal ends the process',
    (bytes) => {
      const { said, status, signal } = installation.put(addon.subarray(0, bytes)).load();
      expect({ status, signal }).toEqual({ status: 0, signal: null });
      const whole = bytes < 64 ? '' : ` of ${addon.length}`;
      expect(said).toBe(
        `ferrolite: ${installation.addon} is damaged: it has ${bytes}${whole} bytes. ${again}`,
      );
    },
  );

  const damaged: [string, Buffer, string][] = [
    ['empty', Buffer.alloc(0), 'is empty'],
    ['a page of HTML', Buffer.from('<!doctype html>'.padEnd(500)), 'is damaged: it is no addon'],
    ['full of zeros', Buffer.alloc(addon.length), 'is damaged: it is no addon'],
    [`made for ${otherSystem}`, foreign(`${otherSystem}-x64`), 'is for another system'],
  ];
  it.each(damaged)('is refused when it is %s', (_name, content, fault) => {
    expect(installation.put(content).load().said).toBe(`ferrolite: ${installation.addon} ${fault}. ${again}`);
  });

  it.runIf(isLinux)('is refused when it is made for another processor', () => {
    expect(installation.put(foreign(`linux-${otherCpu}`)).load().said).toBe(
      `ferrolite: ${installation.addon} is for another processor. ${again}`,
    );
  });

  it.runIf(isLinux)('is refused in the words of the system when that cannot load it', () => {
    // The header stays as it is; the table of what to load is none.
    const broken = Buffer.from(addon);
    broken.fill(0xff, 64, 600);
    expect(installation.put(broken).load()).toMatchObject({
      status: 0,
      said: expect.stringMatching(new RegExp(`^ferrolite: the addon of ${packageName} does not load: .`)),
    });
  });
});

describe('the platform', () => {
  const as = (properties: object): string =>
    `Object.defineProperties(process, Object.getOwnPropertyDescriptors(${JSON.stringify(properties)}))`;

  it.each([
    ['darwin', 'arm64', 'darwin-arm64'],
    ['freebsd', 'x64', 'freebsd-x64'],
    ['win32', 'x64', 'win32-x64-msvc'],
  ])('%s on %s gets the package of %s', (platform, arch, name) => {
    expect(installation.load(as({ platform, arch })).wanted).toBe(`@ferrolite/binding-${name}`);
  });

  it.runIf(isLinux).each([
    ['arm', 'linux-arm-gnueabihf'],
    ['arm64', 'linux-arm64-gnu'],
    ['ppc64', 'linux-ppc64-gnu'],
    ['riscv64', 'linux-riscv64-gnu'],
  ])('linux on %s gets the package of %s', (arch, name) => {
    expect(installation.load(as({ arch })).wanted).toBe(`@ferrolite/binding-${name}`);
  });

  it.each([
    ['sunos', 'x64', 'sunos-x64'],
    ['win32', 'ia32', 'win32-ia32-msvc'],
    ['android', 'arm64', 'android-arm64'],
  ])('%s on %s has none: the error names it, and those that have one', (platform, arch, name) => {
    expect(installation.load(as({ platform, arch })).said).toMatch(
      new RegExp(
        `^ferrolite has no addon for ${name}\\. There is one for darwin-arm64, .*, win32-x64-msvc\\. `,
      ),
    );
  });

  it.runIf(canMount)('is known where /proc is hidden, and the network is not asked', () => {
    const hidden = [...unshare, 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh'];
    const report = `const { getReport } = process.report;
      process.report.getReport = () => {
        if (!process.report.excludeNetwork) throw new Error('asked the network');
        return getReport.call(process.report);
      }`;
    expect(installation.put(addon).load(report, hidden)).toMatchObject({ status: 0, said: 'loaded' });
  });
});

describe('docs/errors.md', () => {
  const texts = tables(readPage('docs/errors.md'))
    .flatMap(({ rows }) => rows.map(([, text = '']) => quoted(text)[0] ?? ''))
    .filter((text) => /^ferrolite(?:: (?:<file>|the package|the addon of)| has no)/.test(text));
  const pattern = (text: string): RegExp => {
    const parts = text.split(/<[^<>]*>/).map((part) => part.replaceAll(/[.()]/g, String.raw`\$&`));
    return new RegExp(`^${parts.join('.+')}$`, 's');
  };

  it('has every text of the loader, and the loader says each of its texts', () => {
    const errors = allSaid.filter((text) => text !== 'loaded');
    expect(errors.filter((text) => !texts.some((known) => pattern(known).test(text)))).toEqual([]);
    const known = process.platform === 'linux' ? texts : [];
    expect(known.filter((text) => !errors.some((error) => pattern(text).test(error)))).toEqual([]);
  });
});
