// What is written from the table of targets: the packages of the addons, the entries for one platform, the
// loader's table and the page of platforms. `__test__/packaging/generated.test.mts` compares, and writes.
import fs from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';
import { targets } from './targets.mjs';

const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');
const json = (value) => `${JSON.stringify(value, undefined, 2)}\n`;

/** The name of the package that carries a target's addon. */
export const bindingName = (target) => `@ferrolite/binding-${target}`;

/** The name of a target's addon, in its package and in `native/`. */
export const addonName = (target) => `ferrolite.${target}.node`;

const OS = { darwin: 'macOS', freebsd: 'FreeBSD', linux: 'Linux', win32: 'Windows' };
const titleOf = ({ os, cpu, libc }) => `${OS[os]} on ${cpu}${libc ? ` (${libc})` : ''}`;

/** What the addon needs, in words: `glibc 2.17, ARMv8`. */
const needsOf = ({ glibc, needs }) => [...(glibc ? [`glibc ${glibc}`] : []), needs].join('; ');

function manifest(target) {
  const { version, license, engines } = JSON.parse(read('package.json'));
  const { name, os, cpu, libc } = target;
  return json({
    name: bindingName(name),
    version,
    description: `The addon of ferrolite for ${titleOf(target)}`,
    license,
    os: [os],
    cpu: [cpu],
    libc: libc && [libc],
    type: 'commonjs',
    main: addonName(name),
    files: [addonName(name), 'THIRD-PARTY-LICENSES.txt'],
    engines,
    publishConfig: { access: 'public' },
  });
}

const readme = (target) => `# ${bindingName(target.name)}

The addon of ferrolite for ${titleOf(target)}: ${needsOf(target)}. It is installed with the package
[ferrolite](https://www.npmjs.com/package/ferrolite); nobody needs to name it.
`;

/** The entries that better-sqlite3 has as well, by their names. */
const ENTRIES = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
  'linux-arm64': 'linux-arm64-gnu',
  'linux-x64': 'linux-x64-gnu',
  'linuxmusl-arm64': 'linux-arm64-musl',
  'linuxmusl-x64': 'linux-x64-musl',
  'win32-arm64': 'win32-arm64-msvc',
  'win32-x64': 'win32-x64-msvc',
};

/** A function that requires `name`. Inside of a `try` bundlers let a package be missing: only one is installed. */
const requiring = (name) => `() => { try { return require('${name}'); } catch (error) { throw error; } }`;

const entry = (target) => `'use strict';
// The driver bound to one addon, for bundlers that must know which file it is. Generated, like the loader's
// table.
/* oxlint-disable no-useless-catch -- inside of a \`try\` bundlers let a package be missing */

const { entryFor } = require('../dist/core/entry.js');
const { load } = require('../native/load.js');

// prettier-ignore
module.exports = entryFor(() =>
  load(
    '${target}',
    ${requiring(`../native/${addonName(target)}`)},
    ${requiring(bindingName(target))},
  ),
);

// Never runs: it tells Node's lexer which name an ES module may import.
0 && (module.exports = { SqliteError: undefined });
`;

/** `text` with what stands between two lines exchanged. */
function between(text, first, last, fresh) {
  const start = text.indexOf(first);
  const end = text.indexOf(last, start);
  if (start < 0 || end < 0) throw new Error(`there are no lines "${first}" and "${last}"`);
  return `${text.slice(0, start + first.length)}${fresh}${text.slice(end)}`;
}

function loader() {
  const rows = targets.map(
    ({ name }) =>
      `  '${name}': [\n    ${requiring(`./${addonName(name)}`)},\n    ${requiring(bindingName(name))},\n  ],\n`,
  );
  return between(read('native/binding.js'), 'const TARGETS = {\n', '};\n', rows.join(''));
}

const HOW = {
  pgo: 'optimised by a profile, linked by zig',
  zig: 'compiled by zig (clang)',
  cargo: "by the machine's own compiler",
};

function platformRows(proof) {
  const head =
    proof === 'workflow'
      ? ['Package', 'Needs', 'Node.js from', 'Built', 'Tested on']
      : ['Package', 'Needs', 'Node.js from', 'Built'];
  const cells = (target) => [
    `\`${bindingName(target.name)}\``,
    needsOf(target),
    target.node,
    HOW[target.how],
    ...(proof === 'workflow' ? [target.container ?? target.tested ?? 'nothing'] : []),
  ];
  const rows = [
    head,
    head.map(() => '---'),
    ...targets.filter((target) => target.proof === proof).map(cells),
  ];
  return rows.map((row) => `| ${row.join(' | ')} |\n`).join('');
}

/** What `release.mjs check --record` wrote: bytes of each package and its parts. */
const SIZES = 'docs/results/package-sizes.json';

function sizeRows() {
  const { sizes } = JSON.parse(read(SIZES));
  const number = (bytes) => bytes.toLocaleString('en-US');
  const cells = (each) => [
    `\`${each.package}\``,
    number(each.addon),
    number(each.texts),
    number(each.rootParts.javascript),
    number(each.rootParts.types),
    number(each.rootParts.texts + each.rootParts.manifest),
    number(each.installed),
    number(each.downloaded),
  ];
  const head = ['Package', 'Addon', 'Its texts', 'JavaScript', 'Types', 'Texts', 'Installed', 'Downloaded'];
  const rows = [head, head.map((name, at) => (at === 0 ? '---' : '--:')), ...sizes.map(cells)];
  return rows.map((row) => `| ${row.join(' | ')} |\n`).join('');
}

function platformsPage() {
  let page = between(read('docs/platforms.md'), '<!-- sizes -->\n', '<!-- end -->', `\n${sizeRows()}\n`);
  for (const proof of ['run', 'built', 'workflow']) {
    page = between(page, `<!-- targets: ${proof} -->\n`, '<!-- end -->', `\n${platformRows(proof)}\n`);
  }
  return page;
}

/**
 * The generated files as they have to be.
 *
 * @returns {Record<string, string>} contents by path in the project
 */
export function generatedFiles() {
  const files = { 'native/binding.js': loader(), 'docs/platforms.md': platformsPage() };
  for (const target of targets) {
    files[`npm/${target.name}/package.json`] = manifest(target);
    files[`npm/${target.name}/README.md`] = readme(target);
  }
  for (const [name, target] of Object.entries(ENTRIES)) files[`platform/${name}.js`] = entry(target);
  return files;
}
