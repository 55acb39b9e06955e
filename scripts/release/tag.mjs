// `node scripts/release/tag.mjs v13.100.0`: fails unless the tag names the version, and the changelog has it.
import fs from 'node:fs';
import path from 'node:path';
import { root } from '../lib/paths.mjs';

const [tag] = process.argv.slice(2);
const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');
const { version } = JSON.parse(read('package.json'));
if (tag !== `v${version}`) {
  console.error(`the tag is ${tag}, the version ${version}`);
  process.exitCode = 1;
} else if (!read('CHANGELOG.md').includes(`\n## [${version}]`)) {
  console.error(`CHANGELOG.md has no section [${version}]`);
  process.exitCode = 1;
} else {
  console.log(`${tag} may be released`);
}
