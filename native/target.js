'use strict';
// What this platform is called: the name of its addon, and of the package that carries that.

const { readFileSync } = require('node:fs');

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

module.exports = { targetName };
