// What keeps an addon from being released for a target: made for another one, or asking too much of a system.
import { dynamicSymbols, hasDebugSymbols, neededLibraries, neededVersions, processorOf } from './elf.mjs';
import { INSTRUMENTATION } from './shipped.mjs';

/** What is on every Linux with glibc; zig calls musl by the last name, which its loader takes for itself. */
const LIBRARIES = {
  glibc: /^(?:lib(?:c|m|dl|pthread|rt|gcc_s|util)\.so\.\d|ld[\w-]*\.so\.\d)$/,
  musl: /^(?:libc\.so|libc\.musl-\w+\.so\.1|libgcc_s\.so\.1)$/,
  undefined: /^lib(?:c|m|thr|pthread|rt|gcc_s|util|dl|execinfo|kvm|procstat|memstat|devstat)\.so\.\d+$/,
};
/** Numbers of processors in the headers of macOS and Windows. */
const MACH_O = { x64: 0x01000007, arm64: 0x0100000c };
const PORTABLE_EXECUTABLE = { x64: 0x8664, arm64: 0xaa64 };

function isNewer(version, floor) {
  const [a, b] = [version, floor].map((text) => text.split('.').map(Number));
  return a[0] > b[0] || (a[0] === b[0] && (a[1] ?? 0) > (b[1] ?? 0));
}

function* elfFaults(file, { cpu, libc, glibc }) {
  if (processorOf(file) !== cpu) yield `is for ${processorOf(file)}`;
  const { exported, imported } = dynamicSymbols(file);
  if (!exported.includes('napi_register_module_v1')) yield 'does not register itself';
  const others = exported.filter((name) => !name.startsWith('napi_'));
  if (others.length > 0) yield `exports ${others.join(', ')}`;
  const engine = imported.filter((name) => /^(?:sqlite3|frl_)/.test(name));
  if (engine.length > 0) yield `expects ${engine.join(', ')} from others`;
  const libraries = neededLibraries(file).filter((name) => !LIBRARIES[libc].test(name));
  if (libraries.length > 0) yield `needs ${libraries.join(', ')}`;
  const versions = neededVersions(file).flatMap((name) => /^GLIBC_([\d.]+)$/.exec(name)?.[1] ?? []);
  const newer = versions.filter((version) => glibc === undefined || isNewer(version, glibc));
  if (newer.length > 0) yield `needs glibc ${newer.join(', ')}`;
  if (hasDebugSymbols(file)) yield 'is not stripped';
}

function* machOFaults(file, { cpu }) {
  if (file.readUInt32LE(0) !== 0xfeedfacf) yield 'is no library for macOS';
  else if (file.readUInt32LE(4) !== MACH_O[cpu]) yield 'is for another processor';
}

function* windowsFaults(file, { cpu }) {
  const header = file.length > 64 && file.toString('latin1', 0, 2) === 'MZ' ? file.readUInt32LE(0x3c) : 0;
  if (header === 0 || file.toString('latin1', header, header + 2) !== 'PE') yield 'is no library for Windows';
  else if (file.readUInt16LE(header + 4) !== PORTABLE_EXECUTABLE[cpu]) yield 'is for another processor';
}

function* ofFormat(file, target) {
  const check = { darwin: machOFaults, win32: windowsFaults }[target.os] ?? elfFaults;
  try {
    yield* check(file, target);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    yield error.message;
  }
}

/**
 * What is wrong with an addon.
 *
 * @param {Buffer} file
 * @param {import('./targets.mjs').Target} target
 * @param {string} version the package's, which the addon must know as its own
 * @returns {string[]} nothing where it may be released
 */
export function addonFaults(file, target, version) {
  const faults = [...ofFormat(file, target)];
  if (!file.includes(version)) faults.push(`is not of version ${version}`);
  const counts = INSTRUMENTATION.filter((text) => file.includes(text));
  if (counts.length > 0) faults.push(`counts for a profile (${counts.join(', ')})`);
  return faults;
}
