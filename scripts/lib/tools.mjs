// What the tests of whole applications install with: package managers and a registry, by a lockfile of their own.
import fs from 'node:fs';
import path from 'node:path';
import { once } from './once.mjs';
import { root } from './paths.mjs';
import { must, npm, seconds } from './run.mjs';

const HOME = path.join(root, '__test__', 'apps', 'tools');
const MARKER = path.join(HOME, 'node_modules', '.package-lock.json');

/** Runs `npm ci` for the tools when it has something to do. */
export const ensureTools = once(async () => {
  const installed = fs.statSync(MARKER, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const lockfile = path.join(HOME, 'package-lock.json');
  if (installed >= fs.statSync(lockfile).mtimeMs) return;
  const started = performance.now();
  console.log('installing the tools of the tests of applications (npm ci)');
  const [command, args] = npm(['ci', '--loglevel=error']);
  await must(command, args, { cwd: HOME });
  fs.utimesSync(MARKER, new Date(), new Date());
  console.log(`installed in ${seconds(started)}`);
});

/** The path of a tool's script, for a Node to run: `tool('npm/bin/npm-cli.js')`. */
export const tool = (script) => path.join(HOME, 'node_modules', ...script.split('/'));
