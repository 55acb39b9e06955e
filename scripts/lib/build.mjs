// The two things that are built: the addon (cargo) and dist/ (tsc). Each is put in place by a
// rename, so a process that runs meanwhile keeps the old one whole.
import fs from 'node:fs';
import path from 'node:path';
import { compileAddon } from './cargo.mjs';
import { crossAddon } from './cross.mjs';
import { addonName } from './generated.mjs';
import { ensureInstalled } from './install.mjs';
import { once } from './once.mjs';
import { moveAway, moveInto } from './move.mjs';
import { newestMs } from './newest.mjs';
import { addonPath, cache, root } from './paths.mjs';
import { portableAddon, profiledAddon } from './pgo.mjs';
import { must, seconds } from './run.mjs';
import { targetNamed } from './targets.mjs';

const AMALGAMATION = 'node_modules/better-sqlite3-multiple-ciphers/deps/sqlite3';
/** What cargo builds the addon from, the engine apart. */
export const CRATE = ['src', 'csrc', 'build.rs', 'Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml'];
const ADDON_SOURCES = [...CRATE, AMALGAMATION];
const CASE_SOURCES = [
  '__test__/compat/bindables.mts',
  '__test__/differential',
  '__test__/fixtures/case-differences.mts',
  '__test__/helpers',
  '__test__/states',
  'tsconfig.cases.json',
  'tsconfig.test.json',
];
const DIST_SOURCES = [
  'ts',
  'tsconfig.json',
  'tsconfig.entries.json',
  'tsconfig.esm.json',
  'index.d.ts',
  'native/binding.d.ts',
];

const inRoot = (name) => path.join(root, name);
const isOlder = (built, sources) => newestMs([built]) < newestMs(sources.map(inRoot));

/** The path of the compiler's JavaScript, which any Node runs. */
export const tsc = () => inRoot('node_modules/typescript/bin/tsc');

/** Puts a built library where the loader looks for it. */
function install(library, place = addonPath()) {
  // A process may have the old file mapped: writing into it would crash that process.
  const temporary = path.join(cache, `addon-${process.pid}.node`);
  fs.mkdirSync(cache, { recursive: true });
  fs.copyFileSync(library, temporary);
  fs.renameSync(temporary, place);
}

/** Compiles the addon and puts it in place. */
export async function buildAddon() {
  const started = performance.now();
  console.log(`building ${path.relative(root, addonPath())} (cargo build --release)`);
  install(await compileAddon());
  console.log(`built in ${seconds(started)}`);
}

/** Compiles a TypeScript project to what is published: comments are for readers of declarations, and code is without them. */
async function compileToPublish(project, folder) {
  const args = [tsc(), '--project', project, '--outDir', folder];
  await must(process.execPath, [...args, '--emitDeclarationOnly']);
  await must(process.execPath, [...args, '--declaration', 'false', '--removeComments']);
}

const compileToRun = (project, folder) =>
  must(process.execPath, [tsc(), '--project', project, '--outDir', folder]);

/** Compiles a TypeScript project into a folder that afterwards holds nothing else. */
async function compile(project, target, into = compileToRun) {
  const started = performance.now();
  console.log(`building ${path.relative(root, target)} (tsc)`);
  const fresh = path.join(cache, `${path.basename(target)}-${process.pid}`);
  const old = `${fresh}-old`;
  try {
    await into(project, fresh);
    moveAway(target, old);
    moveInto(target, fresh);
  } finally {
    fs.rmSync(fresh, { recursive: true, force: true });
    fs.rmSync(old, { recursive: true, force: true });
  }
  console.log(`built in ${seconds(started)}`);
}

/**
 * Compiles a TypeScript project to ES modules, beside the CommonJS files that it has there: with extensions that
 * say so, for what decides otherwise is the `package.json`, and one of their own would hide the package's name.
 */
async function compileModules(project, target) {
  const fresh = path.join(cache, `esm-${process.pid}`);
  try {
    await compileToPublish(project, fresh);
    for (const name of fs.readdirSync(fresh, { recursive: true, encoding: 'utf8' })) {
      const file = path.join(fresh, name);
      if (!fs.statSync(file).isFile()) continue;
      const text = fs.readFileSync(file, 'utf8').replaceAll(/(from '\.\/[\w-]+)\.js';/g, "$1.mjs';");
      fs.writeFileSync(path.join(target, name.replace(/\.(js|ts)$/, '.m$1')), text);
    }
  } finally {
    fs.rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * Compiles `ts/` to `dist/`; what is no longer in `ts/` is no longer in `dist/`.
 *
 * In parts: what imports the package by its name needs the declarations of the rest, and what extends
 * the classes of another package is compiled for `import` too, to extend those that the application imports.
 */
export async function buildDist() {
  await compile('tsconfig.json', inRoot('dist'), compileToPublish);
  try {
    await compileToPublish('tsconfig.entries.json', inRoot('dist'));
    await compileModules('tsconfig.esm.json', inRoot('dist'));
  } catch (error) {
    // Half of it would pass for the whole the next time.
    fs.rmSync(inRoot('dist'), { recursive: true, force: true });
    throw error;
  }
}

export const ensureAddon = once(async () => {
  await ensureInstalled();
  if (isOlder(addonPath(), ADDON_SOURCES)) await buildAddon();
});

/** Puts the addon in place that profiles have optimised, as it is released; `ensureAddon` then keeps it. */
export const ensureProfiledAddon = once(async () => {
  await ensureDist();
  const library = await profiledAddon(ADDON_SOURCES);
  const isInPlace =
    fs.existsSync(addonPath()) && fs.readFileSync(addonPath()).equals(fs.readFileSync(library));
  if (!isInPlace || isOlder(addonPath(), ADDON_SOURCES)) install(library);
});

/**
 * Builds the addon of a target as it is released, and puts it into `native/` under that target's name.
 *
 * @param {string} name
 * @param {{ pgo?: boolean, native?: boolean, rust?: 'debian' }} how
 */
export async function buildTarget(name, { pgo = false, native, rust }) {
  const target = targetNamed(name);
  await (pgo ? ensureDist() : ensureInstalled());
  const library = pgo
    ? await portableAddon(ADDON_SOURCES, target)
    : await crossAddon(target, { native, rust });
  const place = inRoot(path.join('native', addonName(name)));
  install(library, place);
  console.log(`${path.relative(root, place)}: ${fs.statSync(place).size.toLocaleString('en-US')} bytes`);
}

export const ensureDist = once(async () => {
  await ensureInstalled();
  if (isOlder(inRoot('dist'), DIST_SOURCES)) await buildDist();
});

/** The differential cases as JavaScript, for runtimes that run no TypeScript; gives their folder. */
export const ensureCases = once(async () => {
  await ensureDist();
  const target = path.join(cache, 'cases');
  if (isOlder(target, CASE_SOURCES)) await compile('tsconfig.cases.json', target);
  return target;
});

/** Installs and builds whatever is missing or out of date: all a fresh clone needs. */
export async function ensureBuilt() {
  await ensureAddon();
  await ensureDist();
}
