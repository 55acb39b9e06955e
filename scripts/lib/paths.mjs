// Where things are, and what this platform is called: the one place for both.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
export const cache = path.join(root, '.cache');

/** Whether this Linux runs on musl; Node names the glibc it runs on in its report, and no musl. */
function isMusl() {
  return process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime === undefined;
}

/** `linux-x64-gnu`, `darwin-arm64`, `win32-x64-msvc`: the tuple that names platform packages. */
export function platformTuple() {
  const base = `${process.platform}-${process.arch}`;
  if (process.platform === 'linux') return `${base}-${isMusl() ? 'musl' : 'gnu'}`;
  return process.platform === 'win32' ? `${base}-msvc` : base;
}

/** The addon as the loader looks for it. */
export function addonPath() {
  return path.join(root, 'native', `ferrolite.${platformTuple()}.node`);
}

/** The library as cargo names it. */
export function cargoLibraryName() {
  if (process.platform === 'win32') return 'ferrolite.dll';
  return process.platform === 'darwin' ? 'libferrolite.dylib' : 'libferrolite.so';
}
