// Zig, which compiles and links for other systems and for an old glibc: from PyPI, in a venv of the cache.
import fs from 'node:fs';
import path from 'node:path';
import { once } from './once.mjs';
import { cache } from './paths.mjs';
import { CommandFailed, must, run, seconds } from './run.mjs';

const VERSIONS = { ziglang: '0.17.0', 'cargo-zigbuild': '0.24.0' };
const HOME = path.join(cache, `zig-${VERSIONS.ziglang}-${VERSIONS['cargo-zigbuild']}`);
const BIN = path.join(HOME, process.platform === 'win32' ? 'Scripts' : 'bin');

/** The folder with `cargo-zigbuild` in it; fetches it when it is not there. */
const ensureZig = once(async () => {
  const marker = path.join(HOME, 'complete');
  if (fs.existsSync(marker)) return BIN;
  const started = performance.now();
  const wanted = Object.entries(VERSIONS).map(([name, version]) => `${name}==${version}`);
  console.log(`fetching ${wanted.join(' and ')} from PyPI`);
  fs.rmSync(HOME, { recursive: true, force: true });
  await must('python3', ['-m', 'venv', HOME]);
  const quiet = ['--quiet', '--disable-pip-version-check', '--only-binary=:all:'];
  await must(path.join(BIN, 'pip'), ['install', ...quiet, ...wanted]);
  fs.writeFileSync(marker, '');
  console.log(`fetched in ${seconds(started)}`);
  return BIN;
});

/** The name by which cargo-zigbuild knows a target: with the oldest glibc, where it has one. */
const zigTarget = ({ triple, glibc }) => (glibc ? `${triple}.${glibc}` : triple);

/** Where zig keeps its headers. */
async function headersFolder() {
  await ensureZig();
  const script = 'import ziglang, os; print(os.path.dirname(ziglang.__file__))';
  const { stdout } = await must(path.join(BIN, 'python'), ['-c', script], { quiet: true });
  return path.join(stdout.trim(), 'lib', 'libc', 'include');
}

/**
 * How cargo is called so that zig links for `target`: a command, what comes before the options of
 * `cargo build`, and the environment.
 */
export async function zigCargo(target) {
  const folder = await ensureZig();
  return {
    command: path.join(folder, 'cargo-zigbuild'),
    args: ['zigbuild', '--target', zigTarget(target)],
    env: { PATH: `${folder}${path.delimiter}${process.env.PATH}` },
  };
}

/**
 * The environment in which gcc compiles C for the glibc of `target`, while zig links: the headers of the machine
 * would ask for functions of its own, newer glibc.
 */
export async function gccForOldGlibc({ triple, glibc }) {
  const include = await headersFolder();
  const [cpu] = triple.split('-');
  const family = cpu === 'x86_64' ? 'x86' : cpu;
  const folders = [`${family}-linux-gnu`, 'generic-glibc', `${family}-linux-any`, 'any-linux-any'];
  const { ok, stdout } = await run('gcc', ['-print-file-name=include'], { quiet: true });
  if (!ok) throw new CommandFailed('gcc does not say where its headers are');
  const paths = [stdout.trim(), ...folders.map((name) => path.join(include, name))];
  const missing = paths.filter((name) => !fs.existsSync(name));
  if (missing.length > 0) throw new CommandFailed(`no headers in ${missing.join(', ')}`);
  const [major, minor] = glibc.split('.');
  const variable = triple.replaceAll('-', '_');
  return {
    [`CC_${variable}`]: process.env.CC ?? 'gcc',
    [`CFLAGS_${variable}`]: [
      '-nostdinc',
      ...paths.map((name) => `-isystem ${name}`),
      `-D__GLIBC__=${major} -D__GLIBC_MINOR__=${minor}`,
    ].join(' '),
  };
}
