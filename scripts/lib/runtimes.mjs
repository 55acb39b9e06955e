// The runtimes the package is checked on, fetched from npm into the cache when first asked for.
//
// npm is the only thing used to fetch: the runtimes are ordinary packages with the binary inside,
// and not dependencies, because one machine needs one platform's and most users need none.
import fs from 'node:fs';
import path from 'node:path';
import { moveInto } from './move.mjs';
import { cache, platformTuple, root } from './paths.mjs';
import { CommandFailed, must, npm, run, seconds } from './run.mjs';

/** Exact versions; `only` names the platforms whose package has not got that one. */
const VERSIONS = {
  node20: { version: '20.20.2', only: { 'darwin-arm64': '20.18.1' } },
  node22: { version: '22.23.3', only: { 'darwin-arm64': '22.23.2', 'win32-arm64': '22.23.2' } },
  node24: { version: '24.21.0', only: { 'darwin-arm64': '24.0.0', 'darwin-x64': '24.18.1' } },
  node26: { version: '26.10.0', only: { 'win32-arm64': '26.7.0' } },
  bun: { version: '1.4.5', only: {} },
  deno: { version: '2.9.6', only: {} },
};

/** Every runtime, oldest Node first. */
export const runtimeNames = Object.keys(VERSIONS);

const OS = { linux: 'linux', darwin: 'darwin', win32: 'win' };
const BUN_OS = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
const BUN_CPU = { x64: 'x64', arm64: 'aarch64' };
const EXE = process.platform === 'win32' ? '.exe' : '';

/** The npm package that holds a runtime's binary on this platform, and where in it the binary is. */
function packageOf(name) {
  const { platform, arch } = process;
  if (name === 'bun') {
    const libc = platformTuple().endsWith('musl') ? '-musl' : '';
    return { spec: `@oven/bun-${BUN_OS[platform]}-${BUN_CPU[arch]}${libc}`, binary: `bin/bun${EXE}` };
  }
  if (name === 'deno') {
    const libc = platform === 'linux' ? '-glibc' : '';
    return { spec: `@deno/${platform}-${arch}${libc}`, binary: `deno${EXE}` };
  }
  const prefix = platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node';
  return { spec: `${prefix}-${OS[platform]}-${arch}`, binary: `bin/node${EXE}` };
}

function versionOf(name) {
  const entry = VERSIONS[name];
  if (!entry) throw new TypeError(`unknown runtime "${name}"; known are ${runtimeNames.join(', ')}`);
  return entry.only[`${process.platform}-${process.arch}`] ?? entry.version;
}

/** The path of a runtime's binary; fetches it on the first call on this machine. */
export async function runtime(name) {
  const version = versionOf(name);
  const { spec, binary } = packageOf(name);
  const home = path.join(cache, 'runtimes', `${name}-${version}`);
  const executable = path.join(home, ...binary.split('/'));
  if (!fs.existsSync(executable)) await fetchInto(home, `${spec}@${version}`, binary);
  return executable;
}

/**
 * Whether a Node can run what needs a recent one: Node-API 10 is what better-sqlite3 13 calls
 * without asking, and it crashes where that is missing.
 */
function isRecent({ node, napi }) {
  const [major, minor] = node.split('.').map(Number);
  return (major > 22 || (major === 22 && minor >= 14)) && Number(napi) >= 10;
}

/** The running Node when it is recent enough for the development tools, else the fetched Node 24. */
export async function newerNode() {
  const isNode = process.versions.bun === undefined && process.versions.deno === undefined;
  return isNode && isRecent(process.versions) ? process.execPath : runtime('node24');
}

/**
 * Unpacks into a folder of its own and renames it: whoever looks sees a whole runtime or none, and
 * of two processes that fetch at once the second one's copy is thrown away.
 */
async function fetchInto(home, spec, binary) {
  const started = performance.now();
  console.log(`fetching ${spec} from npm`);
  fs.mkdirSync(path.dirname(home), { recursive: true });
  const temporary = fs.mkdtempSync(`${home}.part-`);
  try {
    const [command, args] = npm(['pack', spec, '--pack-destination', temporary]);
    await must(command, args, { quiet: true, cwd: root });
    const archive = fs.readdirSync(temporary).find((name) => name.endsWith('.tgz'));
    if (!archive) throw new CommandFailed(`npm pack ${spec} left no archive`);
    await must('tar', ['-xzf', archive, `package/${binary}`], { quiet: true, cwd: temporary });
    const unpacked = path.join(temporary, 'package');
    await verify(path.join(unpacked, ...binary.split('/')), spec);
    moveInto(home, unpacked);
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
  console.log(`fetched in ${seconds(started)}`);
}

async function verify(executable, spec) {
  fs.chmodSync(executable, 0o755);
  const wanted = spec.slice(spec.lastIndexOf('@') + 1);
  const { ok, output } = await run(executable, ['--version'], { quiet: true });
  if (!ok || !output.includes(wanted)) {
    throw new CommandFailed(`${spec} does not run on this machine: ${output.trim() || 'no output'}`);
  }
}
