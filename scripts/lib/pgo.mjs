// Profile-guided optimisation of the addon: built once to count, trained, and built by the counts.
//
// build.rs compiles the engine's half by gcc's profiles, rustc the other by LLVM's. Everything lies in
// `pgo` of cargo's output folder, so builds without profiles are as if there were none.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { targetDirectory } from './cargo.mjs';
import { newestMs } from './newest.mjs';
import { cargoLibraryName, root } from './paths.mjs';
import { must, run, seconds } from './run.mjs';
import { checkFinal, givenFlags, rustFlags } from './shipped.mjs';
import { gccForOldGlibc, zigCargo } from './zig.mjs';

/** What the training consists of, beside the addon's sources. */
const TRAINING = ['scripts/pgo', 'scripts/lib/pgo.mjs', 'benches/js/random.mjs'];
/** See `Profile` in build.rs. */
const ENGINE_PROFILE = 'FERROLITE_ENGINE_PROFILE';
/**
 * The facts of rustc that matter here, and an llvm-profdata that reads its profiles: the variable
 * LLVM_PROFDATA, rustup's component llvm-tools, or one on the path; undefined when none is new enough.
 */
async function rustTools() {
  const [version, sysroot] = await Promise.all(
    [['-vV'], ['--print', 'sysroot']].map(
      async (args) => (await must('rustc', args, { quiet: true })).stdout,
    ),
  );
  const [, host] = /^host: (.+)$/m.exec(version);
  const [, llvm] = /^LLVM version: (\d+)/m.exec(version);
  const ofRustup = path.join(sysroot.trim(), 'lib', 'rustlib', host, 'bin', 'llvm-profdata');
  for (const tool of [process.env.LLVM_PROFDATA, ofRustup, 'llvm-profdata']) {
    const said = tool && (await run(tool, ['--version'], { quiet: true }).catch(() => undefined));
    if (Number(/LLVM version (\d+)/.exec(said?.stdout)?.[1]) >= Number(llvm)) {
      return { version, host, llvm, profdata: tool };
    }
  }
  return { version, host, llvm, profdata: undefined };
}

const countsFolder = (folder) => path.join(folder, 'counts');

/**
 * How cargo is called for one of the two builds.
 *
 * With a target, cargo keeps the flags away from build scripts, which would count as well.
 *
 * @param {'generate' | 'use'} kind
 */
function cargoCall({ folder, host }, kind, flags, name = kind) {
  const output = path.join(folder, name);
  return {
    args: ['--release', '--target', host, '--target-dir', output],
    env: { ...rustFlags(flags), [ENGINE_PROFILE]: `${kind}=${countsFolder(folder)}` },
    library: path.join(output, host, 'release', cargoLibraryName()),
  };
}

function callToCount(place) {
  // Names are left plain for every llvm-profdata: some are built without zlib.
  const flags = [
    `-Cprofile-generate=${countsFolder(place.folder)}`,
    '-Cllvm-args=-enable-name-compression=false',
  ];
  return cargoCall(place, 'generate', place.profdata ? flags : []);
}

function callToUse(place, folder) {
  const counts = countsFolder(place.folder);
  const names = fs.existsSync(counts) ? fs.readdirSync(counts) : [];
  const ofRust = names.find((name) => name.endsWith('.profdata'));
  const flags = ofRust ? [`-Cprofile-use=${path.join(counts, ofRust)}`] : [];
  return cargoCall(place, 'use', flags, folder);
}

async function build(title, { command = 'cargo', first = ['build'], args, env, library }) {
  const started = performance.now();
  console.log(`building ${title} (cargo ${[...first, ...args].join(' ')})`);
  await must(command, [...first, '--lib', ...args], { env });
  console.log(`built in ${seconds(started)}`);
  return library;
}

/** Turns what a process wrote into the profile that rustc reads. */
async function mergeRustCounts(profdata, counts) {
  const raw = fs.readdirSync(counts).filter((name) => name.endsWith('.profraw'));
  const merged = path.join(counts, 'merged');
  await must(profdata, ['merge', '--output', merged, ...raw.map((name) => path.join(counts, name))]);
  // Cargo sees the flag and not the file behind it: other counts need another name.
  const hash = createHash('sha256').update(fs.readFileSync(merged)).digest('hex').slice(0, 16);
  fs.renameSync(merged, path.join(counts, `rust-${hash}.profdata`));
}

/** Runs the training on an instrumented library, whose counts are then in `counts`. */
async function train(place, library) {
  const counts = countsFolder(place.folder);
  fs.rmSync(counts, { recursive: true, force: true });
  fs.mkdirSync(counts, { recursive: true });
  // Node loads a file of this ending only.
  const addon = path.join(counts, 'ferrolite.node');
  fs.copyFileSync(library, addon);
  const started = performance.now();
  console.log('training (scripts/pgo/training.mjs)');
  await must(process.execPath, [path.join('scripts', 'pgo', 'training.mjs'), addon]);
  if (place.profdata) await mergeRustCounts(place.profdata, counts);
  console.log(`trained in ${seconds(started)}`);
}

async function findPlace() {
  const folder = path.join(await targetDirectory(), 'pgo');
  return { folder, ...(await rustTools()) };
}

/** What a finished build stands for, beside its sources: other compilers or settings make another file. */
function stampOf({ version, profdata }) {
  const isSetting = ([name]) => /^(?:CC|CFLAGS|CARGO_PROFILE_RELEASE_\w+)$/.test(name);
  const settings = Object.fromEntries(Object.entries(process.env).filter(isSetting).toSorted());
  return JSON.stringify({ version, rustProfile: profdata !== undefined, flags: givenFlags(), settings });
}

const stampFile = (place) => path.join(place.folder, 'stamp.json');
const inputsOf = (sources) => [...sources, ...TRAINING].map((name) => path.join(root, name));

/** Counts anew unless the counts are newer than what they depend on. */
async function ensureCounts(place, sources) {
  const stamp = stampFile(place);
  const isFresh =
    newestMs([stamp]) >= newestMs(inputsOf(sources)) && fs.readFileSync(stamp, 'utf8') === stampOf(place);
  if (isFresh) return;

  fs.rmSync(stamp, { force: true });
  if (!place.profdata) {
    const advice = `rustup component add llvm-tools, or LLVM_PROFDATA=<llvm-profdata ${place.llvm} or newer>`;
    console.log(`no profile for the Rust half: it needs ${advice}`);
  }
  await train(place, await build('the addon that counts', callToCount(place)));
  fs.writeFileSync(stamp, stampOf(place));
}

/** Builds by the counts, unless that was done after them. */
async function optimise(place, sources, title, call) {
  const { library } = call;
  if (newestMs([library]) >= newestMs([stampFile(place), ...inputsOf(sources)])) return library;
  await build(title, call);
  checkFinal(library);
  // Cargo leaves a file alone that would be the same.
  fs.utimesSync(library, new Date(), new Date());
  return library;
}

/**
 * The addon with profiles: built and trained unless it is newer than `sources` and the training.
 * dist/ must be there.
 *
 * @param {string[]} sources what the addon is built from
 * @returns {Promise<string>} the library's path
 */
export async function profiledAddon(sources) {
  const place = await findPlace();
  await ensureCounts(place, sources);
  return optimise(place, sources, 'the addon by its counts', callToUse(place));
}

/**
 * The same addon for the oldest glibc that `target` names, which must be this machine's platform otherwise:
 * gcc compiles the engine for it, and zig links.
 */
export async function portableAddon(sources, target) {
  const place = await findPlace();
  if (target.triple !== place.host) throw new TypeError(`${target.name} cannot be trained on ${place.host}`);
  await ensureCounts(place, sources);
  const call = callToUse(place, `use-${target.name}`);
  const zig = await zigCargo(target);
  const portable = {
    ...call,
    command: zig.command,
    first: zig.args,
    // Zig has the target with the version of glibc; cargo's own must not come in addition.
    args: call.args.filter((argument) => argument !== '--target' && argument !== place.host),
    env: { ...call.env, ...zig.env, ...(await gccForOldGlibc(target)) },
  };
  return optimise(place, sources, `the addon by its counts, for glibc ${target.glibc}`, portable);
}

/**
 * How to call cargo for another program that is compiled like {@link profiledAddon}, after it:
 * arguments of `cargo build`, and the environment.
 */
export async function profiledCargo() {
  const { args, env } = callToUse(await findPlace());
  return { args, env };
}
