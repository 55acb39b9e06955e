// The dependencies of the lockfile, installed when they are missing or older than it.
import fs from 'node:fs';
import path from 'node:path';
import { once } from './once.mjs';
import { root } from './paths.mjs';
import { must, npm, seconds } from './run.mjs';

/** npm writes this file last, so it stands for a finished installation. */
const MARKER = path.join(root, 'node_modules', '.package-lock.json');
const LOCKFILE = path.join(root, 'package-lock.json');

function isInstalled() {
  const marker = fs.statSync(MARKER, { throwIfNoEntry: false });
  return marker !== undefined && marker.mtimeMs >= fs.statSync(LOCKFILE).mtimeMs;
}

/** Runs `npm ci` when it has something to do. */
export const ensureInstalled = once(async () => {
  if (isInstalled()) return;
  const started = performance.now();
  console.log('installing the dependencies (npm ci)');
  const [command, args] = npm(['ci']);
  await must(command, args);
  // A lockfile with a time in the future would otherwise be installed again on every call.
  if (!isInstalled()) fs.utimesSync(MARKER, new Date(), fs.statSync(LOCKFILE).mtime);
  console.log(`installed in ${seconds(started)}`);
});
