// The steps of a release, which the release workflow calls one after the other:
//
//   node scripts/release/release.mjs stage ADDONS RELEASE     packages of the addons below ADDONS, of all targets
//   node scripts/release/release.mjs check RELEASE            whole, licensed, small enough; prints the sizes
//   node scripts/release/release.mjs publish RELEASE          the addons before the root; goes on where it was broken off
//
//   --only linux-x64-gnu,linux-x64-musl   with stage: these targets, for a trial
//   --record FILE                         with check: writes the sizes as JSON
//   --dry-run, --tag next, --provenance   with publish
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { check, INSTALLED_LIMIT_BYTES, publish, stage } from '../lib/release.mjs';

const number = (bytes) => bytes.toLocaleString('en-US').padStart(10);

function printSizes(sizes) {
  console.log(
    `${'bytes'.padEnd(42)}${['addon', 'texts', 'root', 'installed', 'download'].map((name) => name.padStart(11)).join('')}`,
  );
  for (const each of sizes) {
    const cells = [each.addon, each.texts, each.root, each.installed, each.downloaded];
    console.log(`${each.package.padEnd(42)}${cells.map((bytes) => ` ${number(bytes)}`).join('')}`);
  }
  const [first] = sizes;
  const parts = Object.entries(first?.rootParts ?? {}).map(([name, bytes]) => `${name}${number(bytes)}`);
  console.log(`the root: ${parts.join(', ')}; the limit: ${number(INSTALLED_LIMIT_BYTES).trim()}`);
}

const options = {
  only: { type: 'string' },
  record: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  tag: { type: 'string', default: 'latest' },
  provenance: { type: 'boolean', default: false },
};

const commands = {
  stage: ([from, into], { only }) => stage(from, into, only?.split(',')),
  check: async ([release], { record }) => {
    const sizes = await check(release);
    printSizes(sizes);
    if (record)
      fs.writeFileSync(
        record,
        `${JSON.stringify({ limitBytes: INSTALLED_LIMIT_BYTES, sizes }, undefined, 2)}\n`,
      );
  },
  publish: ([release], { tag, provenance, 'dry-run': dryRun }) =>
    publish(release, { dryRun, tag, provenance }),
};
const PLACES = { stage: 2, check: 1, publish: 1 };

try {
  const { positionals, values } = parseArgs({ options, allowPositionals: true });
  const [name, ...places] = positionals;
  if (!Object.hasOwn(commands, name ?? '') || places.length !== PLACES[name]) {
    throw new TypeError('release.mjs stage ADDONS RELEASE | check RELEASE | publish RELEASE');
  }
  await commands[name](places, values);
} catch (error) {
  console.error(`release failed: ${error.message}`);
  process.exitCode = 1;
}
