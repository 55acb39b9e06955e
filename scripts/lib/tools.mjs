// What the tests of whole applications install with: package managers and a registry, by a lockfile of their own.
import path from 'node:path';
import { installLocked } from './install.mjs';
import { once } from './once.mjs';
import { root } from './paths.mjs';

const HOME = path.join(root, '__test__', 'apps', 'tools');

/** Installs the tools when they are missing. */
export const ensureTools = once(() =>
  installLocked(HOME, 'the tools of the tests of applications', ['--loglevel=error']),
);

/** The path of a tool's script, for a Node to run: `tool('npm/bin/npm-cli.js')`. */
export const tool = (script) => path.join(HOME, 'node_modules', ...script.split('/'));
