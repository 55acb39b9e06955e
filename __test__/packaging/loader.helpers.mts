/** The loader as it is installed, in folders whose contents tests decide, and how it answers there. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { platformTuple } from '../../scripts/lib/paths.mjs';
import { projectRoot, temporaryFolder } from './pack.mts';

/** The name of this platform's package. */
export const packageName = `@ferrolite/binding-${platformTuple()}`;
/** The addon that was built here. */
export const builtAddon = path.join(projectRoot, 'native', `ferrolite.${platformTuple()}.node`);

export interface Answer {
  readonly status: number | null;
  readonly signal: string | null;
  /** The error's message, or `loaded`. */
  readonly said: string;
  /** Packages for which the loader asked in vain. */
  readonly wanted: string;
}

/** Everything that loaders have said. */
export const said: string[] = [];

export class Installation {
  readonly folder = temporaryFolder();
  readonly #loader = path.join(this.folder, 'node_modules', 'ferrolite', 'native', 'binding.js');
  /** Where the platform's package has its addon. */
  readonly addon = path.join(this.folder, 'node_modules', packageName, 'addon.node');

  constructor() {
    fs.mkdirSync(path.dirname(this.#loader), { recursive: true });
    for (const name of ['binding.js', 'load.js', 'target.js']) {
      fs.copyFileSync(path.join(projectRoot, 'native', name), path.join(path.dirname(this.#loader), name));
    }
  }

  /** Installs the platform's package around an addon, or without one. */
  put(addon: Uint8Array | undefined): this {
    fs.mkdirSync(path.dirname(this.addon), { recursive: true });
    fs.writeFileSync(path.join(path.dirname(this.addon), 'package.json'), '{ "main": "addon.node" }');
    if (addon !== undefined) fs.writeFileSync(this.addon, addon);
    return this;
  }

  /** Loads in a process of its own; `before` is code that runs first, `prefix` a command around Node. */
  load(before = '', prefix: readonly string[] = []): Answer {
    const script = `${before};
      try { require(${JSON.stringify(this.#loader)}); console.log('loaded'); }
      catch (error) { console.log(error.message); console.error(error.cause?.message); }`;
    const [command = process.execPath, ...args] = [...prefix, process.execPath, '--eval', script];
    const { status, signal, stdout, stderr } = spawnSync(command, args, {
      cwd: this.folder,
      encoding: 'utf8',
    });
    const [, wanted = ''] = /Cannot find module '([^']+)'/.exec(stderr) ?? [];
    said.push(stdout.trim());
    return { status, signal, said: stdout.trim(), wanted };
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
