// `node scripts/release/version.mjs 13.101.0`: changes the version wherever it stands.
import fs from 'node:fs';
import path from 'node:path';
import { root } from '../lib/paths.mjs';

const [version] = process.argv.slice(2);
if (!/^\d+\.\d{3,}\.\d+(?:-[\w.]+)?$/.test(version ?? '')) {
  console.error('usage: node scripts/release/version.mjs <major>.<100 or more>.<patch>');
  process.exit(2);
}

/** In the packages that install this one, under its own name and as an alias. */
const DEPENDENCY = [/("ferrolite": ")[^"]+(")/];
const ALIAS = [/(npm:ferrolite@)[^"]+(")/];

/** What stands around the version in each file. */
const PLACES = {
  '__test__/apps/orms/package.json': ALIAS,
  'examples/hono-api/package.json': [...DEPENDENCY, ...ALIAS],
  'examples/next-app/package.json': DEPENDENCY,
  'examples/server/package.json': DEPENDENCY,
  'package.json': [/("version": ")[^"]+(")/],
  'package-lock.json': [
    /("version": ")[^"]+(")/,
    /(""\s*:\s*\{\s*"name": "ferrolite",\s*"version": ")[^"]+(")/,
  ],
  'Cargo.toml': [/(^version = ")[^"]+(")/m],
  'Cargo.lock': [/(name = "ferrolite"\nversion = ")[^"]+(")/],
  'ts/version.ts': [/(PACKAGE_VERSION = ')[^']+(')/],
};

for (const [name, places] of Object.entries(PLACES)) {
  const file = path.join(root, name);
  let text = fs.readFileSync(file, 'utf8');
  for (const place of places) {
    if (!place.test(text)) throw new Error(`no version in ${name} (${place})`);
    text = text.replace(place, `$1${version}$2`);
  }
  fs.writeFileSync(file, text);
}
// Read after the change, because it names the version.
const { generatedFiles } = await import('../lib/generated.mjs');
for (const [name, contents] of Object.entries(generatedFiles()))
  fs.writeFileSync(path.join(root, name), contents);
console.log(`everything is ${version}; write CHANGELOG.md`);
