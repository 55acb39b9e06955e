// `withFerrolite()` on every form of configuration that Next.js takes, and under every name of installation.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { withFerrolite } from 'ferrolite/next';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-db.mts';
import { projectRoot } from '../helpers/in-child.mts';

const NAMES = ['ferrolite', 'better-sqlite3'];
/** Wrong calls on purpose. */
const loose = withFerrolite as (config?: unknown) => any;

describe('withFerrolite()', () => {
  it('adds the names of the package to an object, which is not modified', () => {
    const config = Object.freeze({ output: 'standalone', images: { unoptimized: true } });
    const result = loose(config);
    expect(result).toEqual({ ...config, serverExternalPackages: NAMES });
    expect(result.images).toBe(config.images);
  });

  it('keeps the packages that are listed, in their order, and repeats none', () => {
    const serverExternalPackages = Object.freeze(['sharp', 'better-sqlite3', 'sharp']) as string[];
    expect(withFerrolite({ serverExternalPackages }).serverExternalPackages).toEqual([
      'sharp',
      'better-sqlite3',
      'ferrolite',
    ]);
    const once = withFerrolite({ reactStrictMode: true });
    expect(withFerrolite(once)).toEqual(once);
  });

  it('gives a configuration without any, and with an undefined list', () => {
    expect(withFerrolite()).toEqual({ serverExternalPackages: NAMES });
    expect(withFerrolite({ serverExternalPackages: undefined })).toEqual({ serverExternalPackages: NAMES });
  });

  it('gives a function for a function, which is called with the phase, the context and its receiver', () => {
    const calls: unknown[] = [];
    const config = withFerrolite(function (this: unknown, phase: string, context: object) {
      calls.push([this, phase, context]);
      return { env: { phase } };
    });
    const context = { defaultConfig: {} };
    const receiver = {};
    expect(calls).toEqual([]);
    expect(Reflect.apply(config, receiver, ['phase-production-build', context])).toEqual({
      env: { phase: 'phase-production-build' },
      serverExternalPackages: NAMES,
    });
    expect(calls).toEqual([[receiver, 'phase-production-build', context]]);
  });

  it('takes asynchronous functions and promises', async () => {
    const config = { output: 'export', serverExternalPackages: ['pino'] };
    const expected = { ...config, serverExternalPackages: ['pino', ...NAMES] };
    const later = withFerrolite(async () => config)();
    expect(later).toBeInstanceOf(Promise);
    expect(await later).toEqual(expected);
    expect(await withFerrolite(Promise.resolve(config))).toEqual(expected);
  });

  it.each([null, 5, 'config', true, [[]], Symbol('config')])('refuses %s', (config) => {
    expect(() => loose(config)).toThrow(
      new TypeError(
        'Expected first argument to be a Next.js configuration: an object, a function or a promise',
      ),
    );
  });

  it.each([undefined, null, 'standalone', [[]]])(
    'refuses %s from a function or a promise',
    async (config) => {
      const error = new TypeError('Expected the Next.js configuration to be an object');
      expect(loose(() => config)).toThrow(error);
      await expect(loose(async () => config)()).rejects.toThrow(error);
      await expect(loose(Promise.resolve(config))).rejects.toThrow(error);
    },
  );

  it.each(['ferrolite', null, { ferrolite: true }, [['ferrolite', 5]]])(
    'refuses %j as the list of packages',
    (serverExternalPackages) => {
      expect(() => loose({ serverExternalPackages })).toThrow(
        new TypeError('Expected the "serverExternalPackages" option to be an array of strings'),
      );
    },
  );

  it('passes on what a function or a promise fails with', async () => {
    const failure = new Error('no configuration');
    const failing = (): never => {
      throw failure;
    };
    expect(withFerrolite(failing)).toThrow(failure);
    await expect(withFerrolite(Promise.reject(failure))).rejects.toBe(failure);
  });
});

describe('the entry ferrolite/next', () => {
  it.each([
    [join('node_modules', 'ferrolite'), NAMES],
    [join('node_modules', 'better-sqlite3'), NAMES],
    [join('node_modules', 'database'), [...NAMES, 'database']],
    [join('node_modules', '@corp', 'database'), [...NAMES, '@corp/database']],
    [join('node_modules', '.pnpm', 'ferrolite@13.100.0', 'node_modules', 'ferrolite'), NAMES],
    [join('packages', 'database'), NAMES],
  ])('in %s adds %j', (place, names) => {
    const home = tempDir('next');
    const folder = join(home, place);
    mkdirSync(join(folder, 'dist'), { recursive: true });
    cpSync(join(projectRoot, 'dist', 'next'), join(folder, 'dist', 'next'), { recursive: true });
    const entry = createRequire(import.meta.url)(join(folder, 'dist', 'next', 'index.js'));
    expect(entry.withFerrolite().serverExternalPackages).toEqual(names);
  });

  it('loads neither the addon nor the rest of the package, by require and by import', () => {
    const script = `import { createRequire } from 'node:module';
      const required = createRequire(import.meta.url)('ferrolite/next');
      const { withFerrolite } = await import('ferrolite/next');
      const loaded = Object.keys(createRequire(import.meta.url).cache);
      console.log(JSON.stringify([withFerrolite === required.withFerrolite, loaded.length]));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: projectRoot,
      encoding: 'utf8',
    });
    expect({ stdout, stderr }).toEqual({ stdout: '[true,1]\n', stderr: '' });
  });
});
