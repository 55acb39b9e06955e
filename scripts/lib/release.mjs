// A release in steps that each can be run alone: addons to packages, a check of what was packed, publication.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { addonFaults } from './addon-faults.mjs';
import { addonName, bindingName } from './generated.mjs';
import { LICENCES } from './licences.mjs';
import { packPackages } from './packages.mjs';
import { root } from './paths.mjs';
import { CommandFailed, must, npm, run } from './run.mjs';
import { targetNamed, targets } from './targets.mjs';

/** What one platform may take on a disk: the root and its addon. */
export const INSTALLED_LIMIT_BYTES = 5_000_000;
/** In the order of publication. */
const LIST = 'packages.json';
const SUMS = 'SHA256SUMS';

const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));

/** The addons of the targets named, in `folder` and below. */
export function collectAddons(folder, names) {
  const byFile = new Map(targets.map(({ name }) => [addonName(name), name]));
  const found = new Map();
  for (const entry of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.node')) continue;
    const name = byFile.get(path.basename(entry));
    if (name === undefined) throw new CommandFailed(`${entry} is the addon of no target`);
    if (found.has(name)) throw new CommandFailed(`there are two addons of ${name}`);
    found.set(name, path.join(folder, entry));
  }
  const missing = names.filter((name) => !found.has(targetNamed(name).name));
  if (missing.length > 0) throw new CommandFailed(`no addon of ${missing.join(', ')}`);
  return Object.fromEntries(names.map((name) => [name, found.get(name)]));
}

function checkAddons(addons) {
  const faults = Object.entries(addons).flatMap(([name, file]) =>
    addonFaults(fs.readFileSync(file), targetNamed(name), version).map((fault) => `${name} ${fault}`),
  );
  if (faults.length > 0)
    throw new CommandFailed(`addons that must not be released:\n  ${faults.join('\n  ')}`);
}

/** Writes down which packages `release` has, in the order of their publication, and their sums. */
export function seal(release, tarballs) {
  const files = tarballs.map((file) => path.basename(file));
  fs.writeFileSync(path.join(release, LIST), `${JSON.stringify(files, undefined, 2)}\n`);
  const sums = files.map((file) => `${hashOf(path.join(release, file))}  ${file}\n`);
  fs.writeFileSync(path.join(release, SUMS), sums.join(''));
}

const hashOf = (file) => createHash('sha256').update(fs.readFileSync(file)).digest('hex');

/**
 * Makes the packages of the addons in `from`, in the empty folder `into`, with their sums.
 *
 * @param {string} from
 * @param {string} into
 * @param {string[]} [names] targets; all unless given
 */
export async function stage(from, into, names = targets.map((target) => target.name)) {
  const addons = collectAddons(from, names);
  checkAddons(addons);
  fs.mkdirSync(into, { recursive: true });
  if (fs.readdirSync(into).length > 0) throw new CommandFailed(`${into} is not empty`);
  const tarballs = await packPackages(into, addons);
  seal(into, tarballs);
}

/** Every file of an unpacked package with its size. */
function filesOf(folder) {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => ({
      name: path.relative(folder, file).split(path.sep).join('/'),
      bytes: fs.statSync(file).size,
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Unpacks every package of a release below `into`; gives what is in each. */
async function unpack(release, into) {
  const packages = [];
  for (const file of JSON.parse(fs.readFileSync(path.join(release, LIST), 'utf8'))) {
    const folder = path.join(into, file.replace(/\.tgz$/, ''));
    fs.mkdirSync(folder);
    await must('tar', ['-xzf', path.resolve(release, file), '-C', folder], { quiet: true });
    const home = path.join(folder, 'package');
    const manifest = JSON.parse(fs.readFileSync(path.join(home, 'package.json'), 'utf8'));
    packages.push({
      file,
      home,
      manifest,
      files: filesOf(home),
      packedBytes: fs.statSync(path.join(release, file)).size,
    });
  }
  return packages;
}

const sumOf = (files) => files.reduce((sum, { bytes }) => sum + bytes, 0);

/** What a part of the root's package is for. */
function partOf(name) {
  if (name.endsWith('.d.ts')) return 'types';
  if (name.endsWith('.js')) return 'javascript';
  return name === 'package.json' ? 'manifest' : 'texts';
}

/**
 * @typedef {object} Sizes bytes of a platform's package and of the root's, by their parts
 * @property {string} package
 * @property {number} addon
 * @property {number} texts
 * @property {number} root
 * @property {Record<string, number>} rootParts
 * @property {number} installed
 * @property {number} downloaded
 */

/** @returns {Sizes[]} */
function sizesOf(packages) {
  const rootPackage = packages.find(({ manifest }) => manifest.name === 'ferrolite');
  const shared = { types: 0, javascript: 0, manifest: 0, texts: 0 };
  for (const { name, bytes } of rootPackage.files) shared[partOf(name)] += bytes;
  return packages
    .filter((each) => each !== rootPackage)
    .map(({ manifest, files, packedBytes }) => {
      const addon = files.find(({ name }) => name === manifest.main);
      return {
        package: manifest.name,
        addon: addon.bytes,
        texts: sumOf(files) - addon.bytes,
        root: sumOf(rootPackage.files),
        rootParts: shared,
        installed: sumOf(files) + sumOf(rootPackage.files),
        downloaded: packedBytes + rootPackage.packedBytes,
      };
    });
}

function* packageFaults({ manifest, files }) {
  if (manifest.version !== version) yield `has version ${manifest.version}`;
  for (const key of ['scripts', 'dependencies', 'devDependencies', 'bundleDependencies']) {
    if (manifest[key] !== undefined) yield `has ${key}`;
  }
  const names = files.map(({ name }) => name);
  for (const name of ['LICENSE', LICENCES, 'README.md', manifest.main.replace(/^\.\//, '')]) {
    if (!names.includes(name)) yield `lacks ${name}`;
  }
  if (manifest.name === 'ferrolite') {
    const pinned = Object.fromEntries(targets.map(({ name }) => [bindingName(name), version]));
    if (JSON.stringify(manifest.optionalDependencies) !== JSON.stringify(pinned))
      yield 'does not pin every addon';
  } else if (names.length !== 5) {
    yield `has more than it should: ${names.join(', ')}`;
  }
}

/**
 * Fails unless what is in a release is whole and fit; gives the sizes per platform.
 *
 * @param {string} release the folder that {@link stage} has filled
 */
export async function check(release) {
  const sums = fs.readFileSync(path.join(release, SUMS), 'utf8').trim().split('\n');
  for (const line of sums) {
    const [sum, file] = line.split('  ');
    if (hashOf(path.join(release, file)) !== sum) throw new CommandFailed(`${file} is not what was staged`);
  }
  const temporary = fs.mkdtempSync(path.join(release, 'check-'));
  try {
    const packages = await unpack(release, temporary);
    const faults = packages.flatMap((each) =>
      [...packageFaults(each)].map((fault) => `${each.manifest.name} ${fault}`),
    );
    const sizes = sizesOf(packages);
    const large = sizes.filter(({ installed }) => installed > INSTALLED_LIMIT_BYTES);
    faults.push(...large.map((each) => `${each.package} takes ${each.installed} bytes with ferrolite`));
    if (faults.length > 0)
      throw new CommandFailed(`packages that must not be published:\n  ${faults.join('\n  ')}`);
    return sizes;
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

/** Whether the registry has a package already, so that a release that was broken off can go on. */
async function isPublished(file, env) {
  const name = path.basename(file, `-${version}.tgz`).replace(/^ferrolite-(?=binding-)/, '@ferrolite/');
  const [command, args] = npm(['view', `${name}@${version}`, 'version']);
  const { ok, stdout } = await run(command, args, { env, quiet: true });
  return ok && stdout.trim() === version;
}

/** Publishes one package, or leaves it where it is there already. */
async function publishOne(tarball, { dryRun, flags, env }) {
  const file = path.basename(tarball);
  if (await isPublished(file, env)) return console.log(`${file}: published already`);
  const [command, args] = npm(['publish', tarball, ...flags]);
  await must(command, args, { env, quiet: true });
  return console.log(`${file}: ${dryRun ? 'would be published' : 'published'}`);
}

/**
 * Publishes a release, the addons before the root.
 *
 * @param {string} release
 * @param {{ dryRun?: boolean, tag?: string, provenance?: boolean, env?: Record<string, string> }} options
 */
export async function publish(
  release,
  { dryRun = false, tag = 'latest', provenance = false, env = {} } = {},
) {
  const files = JSON.parse(fs.readFileSync(path.join(release, LIST), 'utf8'));
  const tarballs = files.map((file) => path.resolve(release, file));
  const flags = ['--access=public', `--tag=${tag}`, '--loglevel=error'];
  if (provenance) flags.push('--provenance');
  if (dryRun) flags.push('--dry-run');
  const options = { dryRun, flags, env };
  const results = await Promise.allSettled(tarballs.slice(0, -1).map((file) => publishOne(file, options)));
  const failed = results.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
  await publishOne(tarballs.at(-1), options);
}
