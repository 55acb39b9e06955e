// The packages as they are published: the root with its addons pinned, and one package per addon.
import fs from 'node:fs';
import path from 'node:path';
import { addonName, bindingName } from './generated.mjs';
import { LICENCES } from './licences.mjs';
import { root } from './paths.mjs';
import { must, npm } from './run.mjs';
import { targets } from './targets.mjs';

const manifest = (folder) => JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));

function writeManifest(folder, contents) {
  fs.writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(contents, undefined, 2)}\n`);
}

/** The repository that the package is built from, where GitHub builds it: its proof of origin needs the name. */
function repository(directory) {
  const { GITHUB_REPOSITORY: name, GITHUB_SERVER_URL: server } = process.env;
  return name && server && { type: 'git', url: `git+${server}/${name}.git`, directory };
}

/** Packs what `npm publish` would send from `folder`, and gives the tarball's path. */
async function pack(folder, into) {
  const [command, args] = npm(['pack', '--json', '--ignore-scripts', '--pack-destination', into]);
  const { stdout } = await must(command, args, { cwd: folder, quiet: true });
  const packed = JSON.parse(stdout);
  // npm 12 answers by name, older ones with a list.
  const [{ filename }] = Object.values(packed);
  return path.join(into, filename);
}

/** The root's package: only a published one names its addons, since a clone builds its own. */
async function packRoot(into) {
  const staged = fs.mkdtempSync(path.join(into, 'root-'));
  try {
    const plain = await pack(root, staged);
    await must('tar', ['-xzf', plain], { cwd: staged, quiet: true });
    const folder = path.join(staged, 'package');
    const contents = manifest(folder);
    const names = targets.map(({ name }) => bindingName(name));
    writeManifest(folder, {
      ...contents,
      repository: repository(),
      scripts: undefined,
      devDependencies: undefined,
      prettier: undefined,
      optionalDependencies: Object.fromEntries(names.map((name) => [name, contents.version])),
    });
    return await pack(folder, into);
  } finally {
    fs.rmSync(staged, { recursive: true, force: true });
  }
}

async function packBinding(target, addon, into) {
  const staged = fs.mkdtempSync(path.join(into, `${target}-`));
  try {
    fs.cpSync(path.join(root, 'npm', target), staged, { recursive: true });
    for (const name of ['LICENSE', LICENCES]) fs.copyFileSync(path.join(root, name), path.join(staged, name));
    fs.copyFileSync(addon, path.join(staged, addonName(target)));
    writeManifest(staged, { ...manifest(staged), repository: repository(`npm/${target}`) });
    return await pack(staged, into);
  } finally {
    fs.rmSync(staged, { recursive: true, force: true });
  }
}

/**
 * Packs the root and the addons given into `into`.
 *
 * @param {string} into an existing folder
 * @param {Record<string, string>} addons paths of built addons by the name of their target
 * @returns {Promise<string[]>} paths of the tarballs, the addons before the root: whoever publishes them in
 *   this order never offers a root whose addons are missing
 */
export async function packPackages(into, addons) {
  const tarballs = [];
  for (const [target, addon] of Object.entries(addons)) tarballs.push(await packBinding(target, addon, into));
  return [...tarballs, await packRoot(into)];
}
