// The addon with AddressSanitizer, in a target folder of its own: C by gcc, Rust by a nightly compiler, both with the
// runtime of gcc, which has to be loaded before Node.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { cache, cargoLibraryName } from '../../scripts/lib/paths.mjs';
import { must, run } from '../../scripts/lib/run.mjs';

const TARGET = join(cache, 'asan', 'target');
const TRIPLES = { x64: 'x86_64-unknown-linux-gnu', arm64: 'aarch64-unknown-linux-gnu' };

const BUILD = {
  CARGO_TARGET_DIR: TARGET,
  CC: 'gcc',
  CFLAGS: '-fsanitize=address -fno-omit-frame-pointer',
  RUSTFLAGS: '-Zsanitizer=address -Zexternal-clangrt -Cforce-frame-pointers=yes',
  // Names and lines for the reports, and each function where it was written.
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
  CARGO_PROFILE_RELEASE_STRIP: 'none',
  CARGO_PROFILE_RELEASE_DEBUG: '1',
};

/** What a command says, or undefined where it cannot be run. */
async function answerOf(command, args) {
  try {
    const { ok, stdout } = await run(command, args, { quiet: true });
    return ok ? stdout.trim() : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What this machine has for it: the triple to build for and the runtime library.
 *
 * @throws {Error} that names what is missing.
 */
export async function findSanitizer() {
  const triple = process.platform === 'linux' ? TRIPLES[process.arch] : undefined;
  if (triple === undefined)
    throw new Error('AddressSanitizer runs here on Linux with glibc, on x64 and arm64');
  const library = await answerOf('gcc', ['-print-file-name=libasan.so']);
  const nightly = await answerOf('cargo', ['+nightly', '--version']);
  const missing = [
    library === undefined && 'gcc',
    library !== undefined &&
      !existsSync(library) &&
      'libasan (it comes with gcc, on Fedora as a package libasan)',
    nightly === undefined && 'a nightly compiler (rustup toolchain install nightly --profile minimal)',
  ].filter(Boolean);
  if (missing.length > 0)
    throw new Error(`AddressSanitizer needs what this machine lacks: ${missing.join('; ')}`);
  return { triple, library: realpathSync(library) };
}

/** Builds the addon; gives the path of the library. */
export async function buildSanitized(triple) {
  await must('cargo', ['+nightly', 'build', '--release', '--target', triple], { env: BUILD });
  const built = join(TARGET, triple, 'release', cargoLibraryName());
  // Rust's part and the engine's: a flag that no longer reaches a compiler would find nothing for ever.
  for (const symbol of ['__asan_report_load8', '__asan_report_store_n']) {
    if (!readFileSync(built).includes(symbol)) throw new Error(`${built} is not instrumented: no ${symbol}`);
  }
  return built;
}
