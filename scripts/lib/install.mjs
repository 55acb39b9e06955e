// The dependencies of a lockfile, installed when they are missing or older than it.
import fs from 'node:fs';
import path from 'node:path';
import { once } from './once.mjs';
import { root } from './paths.mjs';
import { must, npm, seconds } from './run.mjs';

/** Runs `npm ci` in `folder` when it has something to do there. */
export async function installLocked(folder, what, flags = []) {
  // npm writes this file last, so it stands for a finished installation.
  const marker = path.join(folder, 'node_modules', '.package-lock.json');
  const lockfile = path.join(folder, 'package-lock.json');
  const isInstalled = () =>
    (fs.statSync(marker, { throwIfNoEntry: false })?.mtimeMs ?? -1) >= fs.statSync(lockfile).mtimeMs;
  if (isInstalled()) return;
  const started = performance.now();
  console.log(`installing ${what} (npm ci)`);
  const [command, args] = npm(['ci', ...flags]);
  await must(command, args, { cwd: folder });
  // A lockfile with a time in the future would otherwise be installed again on every call.
  if (!isInstalled()) fs.utimesSync(marker, new Date(), fs.statSync(lockfile).mtime);
  console.log(`installed in ${seconds(started)}`);
}

/** The dependencies of the project. */
export const ensureInstalled = once(() => installLocked(root, 'the dependencies'));
