// Debian's Rust, for machines where rustup offers no standard library of another platform.
//
// Nothing is installed: apt downloads into the cache, with a state of its own, and the packages are unpacked there.
import fs from 'node:fs';
import path from 'node:path';
import { once } from './once.mjs';
import { cache } from './paths.mjs';
import { CommandFailed, must, seconds } from './run.mjs';

const HOME = path.join(cache, 'debian-rust');
/** Names that stay when the version of Rust goes up; the numbered ones follow from them. */
const PACKAGES = ['rustc-web', 'rust-web-src', 'libstd-rust-web-dev', 'libstd-rust-web-dev:arm64'];
const NUMBERED = /^(?:libstd-rust-web-[\d.]+|libllvm\d+)$/;

/** Apt's settings: its own lists and cache, for two architectures. */
function writeConfiguration() {
  const folders = ['lists/partial', 'cache/archives/partial', 'state', 'debs'];
  for (const name of folders) fs.mkdirSync(path.join(HOME, name), { recursive: true });
  fs.writeFileSync(path.join(HOME, 'state', 'status'), '');
  const file = path.join(HOME, 'apt.conf');
  const lines = [
    `Dir::State "${HOME}/state";`,
    `Dir::State::status "${HOME}/state/status";`,
    `Dir::State::lists "${HOME}/lists";`,
    `Dir::Cache "${HOME}/cache";`,
    'APT::Architecture "amd64";',
    'APT::Architectures { "amd64"; "arm64"; };',
    'APT::Sandbox::User "root";',
  ];
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  return { APT_CONFIG: file };
}

async function numberedPackages(env) {
  const { stdout } = await must('apt-cache', ['depends', '--recurse', '--no-recommends', 'rustc-web'], {
    env,
    quiet: true,
  });
  const names = stdout.split('\n').map((line) => line.trim());
  return [...new Set(names.filter((name) => NUMBERED.test(name)))];
}

/** A script that starts the unpacked compiler with the libraries beside it. */
function writeWrapper(usr) {
  const libraries = fs.readdirSync(path.join(usr, 'lib')).find((name) => name.endsWith('-linux-gnu'));
  const file = path.join(HOME, 'rustc');
  const lines = ['#!/bin/sh', `LD_LIBRARY_PATH='${usr}/lib/${libraries}' exec '${usr}/bin/rustc' "$@"`];
  fs.writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o755 });
  return file;
}

/** Fetches the compiler when it is not there; gives the path that `RUSTC` takes. */
export const debianRust = once(async () => {
  const rustc = path.join(HOME, 'rustc');
  if (fs.existsSync(rustc)) return { rustc };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new CommandFailed('--rust debian works on Debian for x64 only');
  }
  const started = performance.now();
  console.log("fetching Debian's Rust");
  const env = writeConfiguration();
  await must('apt-get', ['update', '--quiet'], { env, quiet: true });
  const wanted = [...PACKAGES, ...(await numberedPackages(env))];
  const debs = path.join(HOME, 'debs');
  await must('apt-get', ['download', ...wanted], { env, cwd: debs, quiet: true });
  for (const name of fs.readdirSync(debs)) {
    await must('dpkg', ['--extract', path.join(debs, name), path.join(HOME, 'unpacked')], { quiet: true });
  }
  fs.rmSync(debs, { recursive: true });
  writeWrapper(path.join(HOME, 'unpacked', 'usr'));
  console.log(`fetched in ${seconds(started)}`);
  return { rustc };
});
