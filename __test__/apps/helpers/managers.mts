/** Package managers, as commands of an application. */
import { runtime } from '../../../scripts/lib/runtimes.mjs';
import { tool } from '../../../scripts/lib/tools.mjs';
import type { App, Finished } from './app.mts';

export interface Manager {
  readonly name: string;
  /** Adds a package, with more options. */
  add(app: App, spec: string, ...options: string[]): Promise<Finished>;
  /** Installs what package.json says. */
  install(app: App, ...options: string[]): Promise<Finished>;
  /** Runs a command of an installed package. */
  exec(app: App, ...command: string[]): Promise<Finished>;
  /** Leaves optional dependencies out. */
  readonly omitOptional: string;
}

function managerOf(
  name: string,
  omitOptional: string,
  exec: readonly string[],
  command: (app: App) => Promise<[string, string[]]>,
): Manager {
  const call = async (app: App, args: readonly string[]): Promise<Finished> => {
    const [program, first] = await command(app);
    return app.must(program, [...first, ...args]);
  };
  return {
    name,
    omitOptional,
    add: (app, spec, ...options) => call(app, ['add', spec, ...options]),
    install: (app, ...options) => call(app, ['install', ...options]),
    exec: (app, ...words) => call(app, [...exec, ...words]),
  };
}

export const npm = managerOf('npm 11', '--omit=optional', ['exec', '--no', '--'], async (app) => [
  app.node,
  [tool('npm/bin/npm-cli.js'), '--no-fund', '--no-audit'],
]);
export const pnpm = managerOf('pnpm 11', '--no-optional', ['exec'], async (app) => [
  app.node,
  [tool('pnpm/bin/pnpm.mjs')],
]);
const pnpm12 = managerOf('pnpm 12', '--no-optional', ['exec'], async () => [
  tool('@pnpm/exe.linux-x64/pnpm'),
  [],
]);
const bun = managerOf('Bun', '--omit=optional', ['x', '--no-install'], async () => [
  await runtime('bun'),
  [],
]);

/** Those that run here: pnpm 12 is a program of its own for each platform, and the tools have that of one. */
const isLinuxX64 = process.platform === 'linux' && process.arch === 'x64';
export const managers: readonly Manager[] = [npm, pnpm, ...(isLinuxX64 ? [pnpm12] : []), bun];
