'use strict';
// Finds the addon for this platform. Every `require` is literal, so that bundlers and file tracers
// see exactly the packages that may be loaded, and stands in a `try`, so that they let one be missing.
/* oxlint-disable no-useless-catch */

const { readFileSync } = require('node:fs');
const { load, unsupported } = require('./load.js');

// Generated from scripts/lib/targets.mjs: UPDATE_GENERATED=1 npm test -- --only vitest -- generated
// prettier-ignore
const TARGETS = {
  'darwin-arm64': [
    () => { try { return require('./ferrolite.darwin-arm64.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-darwin-arm64'); } catch (error) { throw error; } },
  ],
  'darwin-x64': [
    () => { try { return require('./ferrolite.darwin-x64.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-darwin-x64'); } catch (error) { throw error; } },
  ],
  'freebsd-x64': [
    () => { try { return require('./ferrolite.freebsd-x64.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-freebsd-x64'); } catch (error) { throw error; } },
  ],
  'linux-arm-gnueabihf': [
    () => { try { return require('./ferrolite.linux-arm-gnueabihf.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-linux-arm-gnueabihf'); } catch (error) { throw error; } },
  ],
  'linux-arm64-gnu': [
    () => { try { return require('./ferrolite.linux-arm64-gnu.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-linux-arm64-gnu'); } catch (error) { throw error; } },
  ],
  'linux-arm64-musl': [
    () => { try { return require('./ferrolite.linux-arm64-musl.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-linux-arm64-musl'); } catch (error) { throw error; } },
  ],
  'linux-ppc64-gnu': [
    () => { try { return require('./ferrolite.linux-ppc64-gnu.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-linux-ppc64-gnu'); } catch (error) { throw error; } },
  ],
  'linux-riscv64-gnu': [
    () => { try { return require('./ferrolite.linux-riscv64-gnu.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-linux-riscv64-gnu'); } catch (error) { throw error; } },
  ],
  'linux-x64-gnu': [
    () => { try { return require('./ferrolite.linux-x64-gnu.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-linux-x64-gnu'); } catch (error) { throw error; } },
  ],
  'linux-x64-musl': [
    () => { try { return require('./ferrolite.linux-x64-musl.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-linux-x64-musl'); } catch (error) { throw error; } },
  ],
  'win32-arm64-msvc': [
    () => { try { return require('./ferrolite.win32-arm64-msvc.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-win32-arm64-msvc'); } catch (error) { throw error; } },
  ],
  'win32-x64-msvc': [
    () => { try { return require('./ferrolite.win32-x64-msvc.node'); } catch (error) { throw error; } },
    () => { try { return require('@ferrolite/binding-win32-x64-msvc'); } catch (error) { throw error; } },
  ],
};

/** Which C library this process runs on: slim images have no `ldd`, so the process is asked. */
function linuxLibc() {
  // Deno shows nothing below /proc to a program without all permissions, and says itself.
  const built = globalThis.Deno?.build?.env;
  if (built) return built;
  try {
    const maps = readFileSync('/proc/self/maps', 'latin1');
    if (/\/(?:ld-musl-|libc\.musl-)/.test(maps)) return 'musl';
    if (/\/ld-linux|\/ld64\.so|\/libc\.so\.6|\/libc-2\./.test(maps)) return 'gnu';
  } catch {
    // Some sandboxes hide /proc: the report below knows as well.
  }
  const { report } = process;
  if (report === undefined) return 'gnu';
  // With the network, the report looks up the names of the hosts that are connected.
  const { excludeNetwork } = report;
  report.excludeNetwork = true;
  try {
    return report.getReport().header.glibcVersionRuntime ? 'gnu' : 'musl';
  } finally {
    report.excludeNetwork = excludeNetwork;
  }
}

/** The name of this platform's addon, such as `linux-x64-gnu`. */
function targetName() {
  const { arch, platform } = process;
  if (platform === 'win32') return `win32-${arch}-msvc`;
  if (platform !== 'linux') return `${platform}-${arch}`;
  const libc = linuxLibc();
  return arch === 'arm' ? `linux-arm-${libc}eabihf` : `linux-${arch}-${libc}`;
}

const name = targetName();
if (!Object.hasOwn(TARGETS, name)) throw unsupported(name, Object.keys(TARGETS));
module.exports = load(name, ...TARGETS[name]);
