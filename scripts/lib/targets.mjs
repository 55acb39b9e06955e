// The platforms that have a package: the one table. `npm/`, the loader, docs/platforms.md and the release
// workflow are made from it or compared with it by tests.
//
// The engine is compiled for little-endian processors only: row batches are read in JavaScript as
// they lie in memory, and no Node.js is offered for others that would be worth a copy of each.

/**
 * @typedef {object} Target
 * @property {string} name the platform as packages name it
 * @property {string} triple the same for rustc
 * @property {string} os `process.platform`
 * @property {string} cpu `process.arch`
 * @property {'glibc' | 'musl'} [libc]
 * @property {string} [glibc] the oldest glibc that the addon starts with
 * @property {string} needs the oldest system, in words
 * @property {'run' | 'built' | 'workflow'} proof what was done with it on the development machine: the addon
 *   ran there, it was compiled and linked, or neither
 * @property {string} runner the machine of GitHub that builds it
 * @property {'pgo' | 'zig' | 'cargo'} how it is built for a release: by gcc and a profile, by zig, or by
 *   the compiler of the runner
 * @property {string} [tested] the machine of GitHub that runs its tests; without it nobody does
 * @property {string} [container] the image in which they run
 * @property {string} node where a Node.js of version 20 or newer comes from
 */

const OFFICIAL = 'nodejs.org';

/** @type {Target[]} sorted by name */
export const targets = [
  {
    name: 'darwin-arm64',
    triple: 'aarch64-apple-darwin',
    os: 'darwin',
    cpu: 'arm64',
    needs: 'macOS 11',
    proof: 'workflow',
    runner: 'macos-15',
    how: 'cargo',
    tested: 'macos-15',
    node: OFFICIAL,
  },
  {
    name: 'darwin-x64',
    triple: 'x86_64-apple-darwin',
    os: 'darwin',
    cpu: 'x64',
    needs: 'macOS 10.15',
    proof: 'workflow',
    runner: 'macos-15-intel',
    how: 'cargo',
    tested: 'macos-15-intel',
    node: OFFICIAL,
  },
  {
    name: 'freebsd-x64',
    triple: 'x86_64-unknown-freebsd',
    os: 'freebsd',
    cpu: 'x64',
    needs: 'FreeBSD 14',
    proof: 'workflow',
    runner: 'ubuntu-24.04',
    how: 'zig',
    node: 'ports (www/node22, www/node24)',
  },
  {
    name: 'linux-arm-gnueabihf',
    triple: 'armv7-unknown-linux-gnueabihf',
    os: 'linux',
    cpu: 'arm',
    libc: 'glibc',
    glibc: '2.17',
    needs: 'ARMv7 with VFPv3, hard float',
    proof: 'run',
    runner: 'ubuntu-24.04',
    how: 'zig',
    node: `${OFFICIAL} up to Node 22; distributions`,
  },
  {
    name: 'linux-arm64-gnu',
    triple: 'aarch64-unknown-linux-gnu',
    os: 'linux',
    cpu: 'arm64',
    libc: 'glibc',
    glibc: '2.17',
    needs: 'ARMv8',
    proof: 'run',
    runner: 'ubuntu-24.04',
    how: 'zig',
    tested: 'ubuntu-24.04-arm',
    node: OFFICIAL,
  },
  {
    name: 'linux-arm64-musl',
    triple: 'aarch64-unknown-linux-musl',
    os: 'linux',
    cpu: 'arm64',
    libc: 'musl',
    needs: 'musl 1.2, as in Alpine 3.13',
    proof: 'workflow',
    runner: 'ubuntu-24.04',
    how: 'zig',
    tested: 'ubuntu-24.04-arm',
    container: 'node:24-alpine',
    node: 'the images node:alpine; Alpine',
  },
  {
    name: 'linux-ppc64-gnu',
    triple: 'powerpc64le-unknown-linux-gnu',
    os: 'linux',
    cpu: 'ppc64',
    libc: 'glibc',
    glibc: '2.19',
    needs: 'POWER8, little-endian',
    proof: 'workflow',
    runner: 'ubuntu-24.04',
    how: 'zig',
    node: OFFICIAL,
  },
  {
    name: 'linux-riscv64-gnu',
    triple: 'riscv64gc-unknown-linux-gnu',
    os: 'linux',
    cpu: 'riscv64',
    libc: 'glibc',
    glibc: '2.27',
    needs: 'RV64GC',
    proof: 'built',
    runner: 'ubuntu-24.04',
    how: 'zig',
    node: 'unofficial-builds.nodejs.org; Debian 13, Ubuntu, Fedora',
  },
  {
    name: 'linux-x64-gnu',
    triple: 'x86_64-unknown-linux-gnu',
    os: 'linux',
    cpu: 'x64',
    libc: 'glibc',
    glibc: '2.17',
    needs: 'x86-64',
    proof: 'run',
    runner: 'ubuntu-24.04',
    how: 'pgo',
    tested: 'ubuntu-24.04',
    node: OFFICIAL,
  },
  {
    name: 'linux-x64-musl',
    triple: 'x86_64-unknown-linux-musl',
    os: 'linux',
    cpu: 'x64',
    libc: 'musl',
    needs: 'musl 1.2, as in Alpine 3.13',
    proof: 'run',
    runner: 'ubuntu-24.04',
    how: 'zig',
    tested: 'ubuntu-24.04',
    container: 'node:24-alpine',
    node: 'the images node:alpine; Alpine; unofficial-builds.nodejs.org',
  },
  {
    name: 'win32-arm64-msvc',
    triple: 'aarch64-pc-windows-msvc',
    os: 'win32',
    cpu: 'arm64',
    needs: 'Windows 11',
    proof: 'workflow',
    runner: 'windows-2025',
    how: 'cargo',
    tested: 'windows-11-arm',
    node: OFFICIAL,
  },
  {
    name: 'win32-x64-msvc',
    triple: 'x86_64-pc-windows-msvc',
    os: 'win32',
    cpu: 'x64',
    needs: 'Windows 10',
    proof: 'workflow',
    runner: 'windows-2025',
    how: 'cargo',
    tested: 'windows-2025',
    node: OFFICIAL,
  },
];

/** A target by its name. */
export function targetNamed(name) {
  const found = targets.find((target) => target.name === name);
  if (!found) {
    throw new TypeError(`unknown target "${name}"; known are ${targets.map((each) => each.name).join(', ')}`);
  }
  return found;
}
