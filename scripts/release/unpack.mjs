// `node scripts/release/unpack.mjs RELEASE TARGET`: puts dist/ and an addon where tests look for them, as they
// are in the packages of a release. It needs no node_modules, and runs on every supported Node.js.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { addonName } from '../lib/generated.mjs';
import { root } from '../lib/paths.mjs';
import { targetNamed } from '../lib/targets.mjs';

const [release, name] = process.argv.slice(2);
if (!release || !name) {
  console.error('usage: node scripts/release/unpack.mjs RELEASE TARGET');
  process.exit(2);
}
const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const file = addonName(targetNamed(name).name);

/** Takes one entry of a package out of its tarball, to its place. */
function take(tarball, entry, place) {
  const temporary = fs.mkdtempSync(path.join(root, 'native', 'unpack-'));
  try {
    // Tar on Windows takes "C:" for a machine's name.
    const archive = path.relative(temporary, path.resolve(release, tarball));
    execFileSync('tar', ['-xzf', archive.replaceAll('\\', '/'), `package/${entry}`], { cwd: temporary });
    fs.rmSync(place, { recursive: true, force: true });
    fs.renameSync(path.join(temporary, 'package', entry), place);
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
}

take(`ferrolite-${version}.tgz`, 'dist', path.join(root, 'dist'));
take(`ferrolite-binding-${name}-${version}.tgz`, file, path.join(root, 'native', file));
console.log(`dist/ and native/${file} are those of the release`);
