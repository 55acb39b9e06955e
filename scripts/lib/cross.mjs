// The addon of another platform, compiled and linked by zig; or by the compilers of this one.
import fs from 'node:fs';
import path from 'node:path';
import { targetDirectory } from './cargo.mjs';
import { debianRust } from './debian-rust.mjs';
import { cargoLibraryName } from './paths.mjs';
import { CommandFailed, must, run, seconds } from './run.mjs';
import { checkFinal, rustFlags } from './shipped.mjs';
import { zigCargo } from './zig.mjs';

/** Flags without which a target does not give what Node.js can load. */
function flagsOf({ os, libc }) {
  // The linker would write down where the file was built.
  if (os === 'darwin') return ['-Clink-arg=-Wl,-install_name,@rpath/ferrolite.node'];
  // A static C library cannot be in an addon.
  return libc === 'musl' ? ['-Ctarget-feature=-crt-static'] : [];
}

/** The oldest macOS, for rustc and for C. */
function systemOf({ os, needs }) {
  return os === 'darwin' ? { MACOSX_DEPLOYMENT_TARGET: needs.replace('macOS ', '') } : {};
}

/** Whether the compiler in use has the standard library of a target. */
async function hasStandardLibrary(triple, env) {
  const args = ['--print', 'target-libdir', '--target', triple];
  const { ok, stdout } = await run(env.RUSTC ?? 'rustc', args, { quiet: true });
  return (
    ok &&
    fs.existsSync(stdout.trim()) &&
    fs.readdirSync(stdout.trim()).some((name) => name.startsWith('libstd-'))
  );
}

/**
 * Where the standard library of `target` comes from: rustup, or with `rust: 'debian'` Debian's compiler, which has
 * that of ARM64 and the source of all others.
 */
async function standardLibrary({ triple }, rust) {
  const debian = rust === 'debian' ? await debianRust() : undefined;
  const env = debian ? { RUSTC: debian.rustc } : {};
  if (await hasStandardLibrary(triple, env)) return { env, args: [] };
  if (debian) return { env: { ...env, RUSTC_BOOTSTRAP: '1' }, args: ['-Zbuild-std=std,panic_unwind'] };
  throw new CommandFailed(
    `rustc has no standard library for ${triple}: rustup target add ${triple}, or --rust debian`,
  );
}

/**
 * Compiles the addon of a target; gives the library's path.
 *
 * @param {import('./targets.mjs').Target} target
 * @param {{ rust?: 'debian', native?: boolean }} options `native` uses the compilers of this platform, which must be the target's
 */
export async function crossAddon(target, { rust, native = false } = {}) {
  const output = path.join(await targetDirectory(), 'cross');
  const library = path.join(output, target.triple, 'release', cargoLibraryName(target.os));
  const standard = await standardLibrary(target, rust);
  const { command, args, env } = native
    ? { command: 'cargo', args: ['build', '--target', target.triple], env: {} }
    : await zigCargo(target);
  const all = [...args, '--lib', '--release', '--target-dir', output, ...standard.args];
  const started = performance.now();
  console.log(`building the addon of ${target.name} (${path.basename(command)} ${all.join(' ')})`);
  await must(command, all, {
    env: { ...env, ...standard.env, ...systemOf(target), ...rustFlags(flagsOf(target)) },
  });
  checkFinal(library);
  console.log(`built in ${seconds(started)}`);
  return library;
}
