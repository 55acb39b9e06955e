'use strict';
// Finds the addon for this platform. Every `require` is literal, so that bundlers and file tracers
// see exactly the packages that may be loaded. A build from source lies beside this file and wins.

const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

const TARGETS = {
  'linux-x64-gnu': [
    () => require('./ferrolite.linux-x64-gnu.node'),
    () => require('@ferrolite/binding-linux-x64-gnu'),
  ],
  'linux-x64-musl': [
    () => require('./ferrolite.linux-x64-musl.node'),
    () => require('@ferrolite/binding-linux-x64-musl'),
  ],
  'linux-arm64-gnu': [
    () => require('./ferrolite.linux-arm64-gnu.node'),
    () => require('@ferrolite/binding-linux-arm64-gnu'),
  ],
  'linux-arm64-musl': [
    () => require('./ferrolite.linux-arm64-musl.node'),
    () => require('@ferrolite/binding-linux-arm64-musl'),
  ],
  'darwin-x64': [
    () => require('./ferrolite.darwin-x64.node'),
    () => require('@ferrolite/binding-darwin-x64'),
  ],
  'darwin-arm64': [
    () => require('./ferrolite.darwin-arm64.node'),
    () => require('@ferrolite/binding-darwin-arm64'),
  ],
  'win32-x64-msvc': [
    () => require('./ferrolite.win32-x64-msvc.node'),
    () => require('@ferrolite/binding-win32-x64-msvc'),
  ],
  'win32-arm64-msvc': [
    () => require('./ferrolite.win32-arm64-msvc.node'),
    () => require('@ferrolite/binding-win32-arm64-msvc'),
  ],
};

/** Which C library this process runs on: slim images have no `ldd`, so the process is asked. */
function linuxLibc() {
  try {
    const maps = readFileSync('/proc/self/maps', 'latin1');
    if (/\/ld-musl-/.test(maps)) return 'musl';
    if (/\/ld-linux|\/libc\.so\.6|\/libc-2\./.test(maps)) return 'gnu';
  } catch {
    // Some sandboxes hide /proc: the report below knows as well.
  }
  const header = process.report?.getReport?.().header;
  return header && !header.glibcVersionRuntime ? 'musl' : 'gnu';
}

/** The name of this platform's addon, such as `linux-x64-gnu`. */
function targetName() {
  const base = `${process.platform}-${process.arch}`;
  if (process.platform === 'linux') return `${base}-${linuxLibc()}`;
  return process.platform === 'win32' ? `${base}-msvc` : base;
}

function load() {
  const name = targetName();
  const loaders = TARGETS[name];
  if (loaders === undefined) {
    throw new Error(
      `ferrolite has no addon for ${name}. Supported: ${Object.keys(TARGETS).join(', ')}. ` +
        'Build it from source with `npm run build` in a clone of the repository.',
    );
  }
  const built = join(__dirname, `ferrolite.${name}.node`);
  if (existsSync(built)) return loaders[0]();
  try {
    return loaders[1]();
  } catch (cause) {
    const missing = cause?.code === 'MODULE_NOT_FOUND';
    throw new Error(
      missing
        ? `ferrolite: the package @ferrolite/binding-${name} is not installed. Either dependencies were ` +
            'installed with --omit=optional (install them again without it), or node_modules or the lockfile ' +
            `was made on another platform (run npm install on this one, or npm install --os=${process.platform} ` +
            `--cpu=${process.arch}), or the package manager skipped optional dependencies.`
        : `ferrolite: the addon of @ferrolite/binding-${name} does not load: ${cause?.message}`,
      { cause },
    );
  }
}

module.exports = load();
