// Where things are, and what this platform is called: the one place for both.
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
export const cache = path.join(root, '.cache');

/** `linux-x64-gnu`, `darwin-arm64`, `win32-x64-msvc`: what the loader calls this platform. */
export const platformTuple = createRequire(import.meta.url)('../../native/target.js').targetName;

/** The addon as the loader looks for it. */
export function addonPath() {
  return path.join(root, 'native', `ferrolite.${platformTuple()}.node`);
}

/** The library as cargo names it for a platform of Node.js, this one unless told otherwise. */
export function cargoLibraryName(platform = process.platform) {
  if (platform === 'win32') return 'ferrolite.dll';
  return platform === 'darwin' ? 'libferrolite.dylib' : 'libferrolite.so';
}
