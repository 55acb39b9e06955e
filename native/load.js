'use strict';
// Loads an addon, and says in words what is wrong where that fails.

const { closeSync, existsSync, fstatSync, openSync, readSync } = require('node:fs');
const { createRequire } = require('node:module');
const { join } = require('node:path');

/** What the addons of a system begin with, as hexadecimal digits. */
const FORMATS = {
  darwin: /^(?:cffaedfe|cafebabe)/,
  win32: /^4d5a/,
};
const ELF = /^7f454c46/;
/** The numbers of processors in ELF files. */
const ELF_MACHINES = { x64: 62, arm64: 183, arm: 40, riscv64: 243, ppc64: 21 };
const HEADER_BYTES = 64;

const AGAIN = 'Delete node_modules and install again.';

/** What is wrong with a little-endian ELF file of `size` bytes, by its header. */
function elfFault(header, size) {
  if (header.readUInt16LE(18) !== ELF_MACHINES[process.arch]) return 'is for another processor';
  const is64 = header[4] === 2;
  // The table of sections stands at the end. The system does not look whether all is there: the
  // process would end by SIGBUS where the file ends too early.
  const table = is64 ? Number(header.readBigUInt64LE(40)) : header.readUInt32LE(32);
  const [entryBytes, entries] = is64
    ? [header.readUInt16LE(58), header.readUInt16LE(60)]
    : [header.readUInt16LE(46), header.readUInt16LE(48)];
  const whole = table + entryBytes * entries;
  return size < whole ? `is damaged: it has ${size} of ${whole} bytes` : undefined;
}

/** What is wrong with an addon, by its size and its first bytes; undefined where they look right. */
function faultOf(file) {
  const header = Buffer.alloc(HEADER_BYTES);
  const fd = openSync(file, 'r');
  let size;
  try {
    ({ size } = fstatSync(fd));
    readSync(fd, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(fd);
  }
  if (size === 0) return 'is empty';
  if (size < HEADER_BYTES) return `is damaged: it has ${size} bytes`;
  const magic = header.toString('hex', 0, 4);
  const own = FORMATS[process.platform] ?? ELF;
  if (own.test(magic)) return own === ELF ? elfFault(header, size) : undefined;
  return [ELF, ...Object.values(FORMATS)].some((format) => format.test(magic))
    ? 'is for another system'
    : 'is damaged: it is no addon';
}

/** Throws where `file` must not be given to the system. */
function check(file) {
  let fault;
  try {
    fault = faultOf(file);
  } catch {
    // Inside of an archive or a bundle; whoever loads it there knows how to read it.
    return;
  }
  if (fault !== undefined) throw new Error(`ferrolite: ${file} ${fault}. ${AGAIN}`);
}

/** Where a package has its addon; undefined inside of a bundle. */
function fileOf(name) {
  try {
    return createRequire(__filename).resolve(name);
  } catch {
    return undefined;
  }
}

/** Bun's bundler writes an error without a code where it found no module. */
const isMissing = (error) =>
  /^(?:ERR_)?MODULE_NOT_FOUND$/.test(error?.code) ||
  String(error?.message).startsWith('Cannot require module ');

function missing(target, cause) {
  const name = `@ferrolite/binding-${target}`;
  if (/valid "main" entry/.test(cause.message)) {
    return new Error(`ferrolite: the package ${name} has lost its addon. ${AGAIN}`, { cause });
  }
  const { arch, platform } = process;
  const [, libc] = /-(gnu|musl)/.exec(target) ?? [];
  const [npmLibc, pnpmLibc] =
    libc === undefined
      ? ['', '']
      : [libc === 'gnu' ? 'glibc' : 'musl'].flatMap((own) => [` --libc=${own}`, `, libc: [${own}]`]);
  return new Error(
    [
      `ferrolite: the package ${name} is not installed: it has the addon for this platform. Possible causes:`,
      '  1. Optional dependencies were left out (--omit=optional, --no-optional, optional=false). Install without that.',
      '  2. node_modules or the lockfile was made on another platform. Install on this one, or for this one:',
      `     npm install --os=${platform} --cpu=${arch}${npmLibc}`,
      `     pnpm: supportedArchitectures: { os: [${platform}], cpu: [${arch}]${pnpmLibc} } in pnpm-workspace.yaml`,
      '     If that changes nothing, delete node_modules and the lockfile first.',
      `  3. A bundler or a copy of the application left the package out. Name it there: ${name}`,
    ].join('\n'),
    { cause },
  );
}

function broken(target, cause) {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new Error(`ferrolite: the addon of @ferrolite/binding-${target} does not load: ${message}`, {
    cause,
  });
}

/** The error for a platform that has no addon. */
function unsupported(name, known) {
  return new Error(
    `ferrolite has no addon for ${name}. There is one for ${known.join(', ')}. ` +
      'For another platform with Rust and a C compiler, `npm run build` in a clone of the repository makes one.',
  );
}

/**
 * Loads the addon of `target`.
 *
 * @param {string} target such as `linux-x64-gnu`
 * @param {() => object} built requires what was built from source, which wins: only a clone has it
 * @param {() => object} packaged requires the package
 * @throws {Error} that says what is wrong and what to do
 */
function load(target, built, packaged) {
  const own = join(__dirname, `ferrolite.${target}.node`);
  if (existsSync(own)) check(own);
  try {
    return built();
  } catch (error) {
    if (!isMissing(error)) throw broken(target, error);
  }
  const file = fileOf(`@ferrolite/binding-${target}`);
  if (file !== undefined) check(file);
  try {
    return packaged();
  } catch (error) {
    throw isMissing(error) ? missing(target, error) : broken(target, error);
  }
}

module.exports = { load, unsupported };
