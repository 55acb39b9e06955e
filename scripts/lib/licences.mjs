// The licences of what is compiled into the addons, as one text that every package carries.
//
// Crates say theirs in files and in their manifests, cargo which of them are compiled in. The engine says its
// own in comments: each notice of the amalgamation is taken whole.
import fs from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';
import { must } from './run.mjs';

/** The file, in the project and in every package. */
export const LICENCES = 'THIRD-PARTY-LICENSES.txt';

const AMALGAMATION = 'node_modules/better-sqlite3-multiple-ciphers';
/** Two platforms, because one crate is compiled in on Windows only. */
const PLATFORMS = ['x86_64-unknown-linux-gnu', 'x86_64-pc-windows-msvc'];
/** What a choice of licences comes down to: the first of these that is offered. */
const PREFERRED = ['MIT', 'ISC', 'Apache-2.0'];
const LINE = '-'.repeat(80);

const MIT_TERMS = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;

/** The crates that are compiled in on one of the platforms: neither tools of the build nor tests. */
async function compiledCrates() {
  const filters = PLATFORMS.flatMap((name) => ['--filter-platform', name]);
  const args = ['metadata', '--format-version', '1', '--locked', ...filters];
  const { stdout } = await must('cargo', args, { quiet: true });
  const { packages, resolve } = JSON.parse(stdout);
  const byId = new Map(packages.map((crate) => [crate.id, crate]));
  const edges = new Map(resolve.nodes.map((node) => [node.id, node.deps]));
  const found = new Set([resolve.root]);
  for (const id of found) {
    for (const { pkg, dep_kinds: kinds } of edges.get(id)) {
      const isMacro = byId.get(pkg).targets.some(({ kind }) => kind.includes('proc-macro'));
      if (!isMacro && kinds.some(({ kind }) => kind === null)) found.add(pkg);
    }
  }
  found.delete(resolve.root);
  const crates = [...found].map((id) => byId.get(id));
  return crates.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Which of the licences that a crate offers is taken. */
function choose({ name, license }) {
  const offered = license.split(/\s+OR\s+|\//);
  const chosen = PREFERRED.find((each) => offered.includes(each));
  if (!chosen) throw new Error(`${name} is licensed under ${license}: decide by hand what that means`);
  return chosen;
}

const unified = (text) => text.replaceAll('\r\n', '\n').trim();

/** The text of a crate's licence: its own file, or the common terms with its authors. */
function textOf(crate, licence) {
  const folder = path.dirname(crate.manifest_path);
  const names = fs
    .readdirSync(folder)
    .filter((name) => /^licen[cs]e/i.test(name))
    .toSorted();
  const own = names.find((name) => name.toLowerCase().includes(licence.toLowerCase())) ?? names[0];
  if (own) return unified(fs.readFileSync(path.join(folder, own), 'utf8'));
  if (licence !== 'MIT') throw new Error(`${crate.name} has no file with its licence, ${licence}`);
  return `Copyright (c) ${crate.authors.join(', ')}\n\n${MIT_TERMS}`;
}

/** The crates, those with the same text together. */
async function crateSections() {
  const byText = new Map();
  for (const crate of await compiledCrates()) {
    const licence = choose(crate);
    const text = textOf(crate, licence);
    byText.set(text, [...(byText.get(text) ?? []), `${crate.name} ${crate.version} (${licence})`]);
  }
  return [...byText].map(([text, names]) => `${names.join('\n')}\n\n${text}`);
}

/** Notices that say to whom code belongs; not the blessing that stands in place of one in SQLite's files. */
const NOTICE =
  /copyright:?\s+\(c\)|spdx-license|placed in the public domain|public domain dedication|code is public domain|public domain implementation|unencumbered software/i;

/** The comments of a C file that hold a notice, each once, without the stars. */
function noticesOf(source) {
  const comments = source.matchAll(/\/\*[\s\S]*?\*\/|(?:^[ \t]*\/\/.*\n)+/gm);
  const notices = [...comments].map(([comment]) => comment).filter((comment) => NOTICE.test(comment));
  const plain = notices.map((comment) => {
    const lines = comment.replace(/^\/\*+|\*+\/$/g, '').split('\n');
    return unified(lines.map((line) => line.replace(/^\s*(?:\*+|\/\/+)\s?/, '').trimEnd()).join('\n'));
  });
  // Files of one author differ by name and purpose only: the rest of the notice counts.
  const byRest = new Map(
    plain.map((text) => [text.replaceAll(/^\s*(?:Name|Purpose|Created):.*$/gim, ''), text]),
  );
  return [...byRest.values()];
}

/** The whole text. */
export async function thirdPartyLicences() {
  const source = fs.readFileSync(path.join(root, AMALGAMATION, 'deps/sqlite3/sqlite3.c'), 'utf8');
  const { version } = JSON.parse(fs.readFileSync(path.join(root, AMALGAMATION, 'package.json'), 'utf8'));
  const [, sqlite] = /#define SQLITE_VERSION\s+"(.+)"/.exec(source);
  const sections = [
    `SQLite ${sqlite} (public domain: https://sqlite.org/copyright.html)\n\nThe authors disclaim copyright to this source code.  In place of\na legal notice, here is a blessing:\n\n   May you do good and not evil.\n   May you find forgiveness for yourself and forgive others.\n   May you share freely, never taking more than you give.`,
    `SQLite3 Multiple Ciphers, as in better-sqlite3-multiple-ciphers ${version} (MIT, and notices of its parts)\n\n${noticesOf(source).join('\n\n* * *\n\n')}\n\n* * *\n\nThe terms of MIT, for all notices that name it:\n\n${MIT_TERMS}`,
    ...(await crateSections()),
    `The standard library of Rust (MIT)\n\nCopyright (c) The Rust Project Contributors\n\n${MIT_TERMS}`,
  ];
  const head =
    'The addons of ferrolite contain the following software. This list is generated\nby scripts/lib/licences.mjs; ferrolite itself is licensed as its LICENSE says.';
  return `${[head, ...sections].join(`\n\n${LINE}\n\n`)}\n`;
}
