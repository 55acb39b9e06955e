// Holds the sources against the table in scripts/layers.json: who may import whom, where `unsafe`
// may stand, how long a file may be.
import fs from 'node:fs';
import path from 'node:path';
import { blankRust, lineOf, rustCodeLines, rustPaths } from './rust-source.mjs';
import { blankTsComments, tsCodeLines, tsImports } from './ts-source.mjs';

/** @returns {string[]} one line per violation, `file:line: what` */
export function checkLayers(root, table) {
  return [
    ...checkAllRust(root, table),
    ...sourceFiles(root, table.typescript).flatMap((file) => checkTypeScript(root, file, table)),
    ...sourceFiles(root, table.tests).flatMap((file) => {
      const code = blankTsComments(fs.readFileSync(path.join(root, file), 'utf8'));
      return checkSize(file, tsCodeLines(code), table.tests.maxCodeLines, table);
    }),
  ];
}

/** The files of one language, as paths from the root with forward slashes. */
export function sourceFiles(root, { root: folder, extension }) {
  const start = path.join(root, folder);
  if (!fs.existsSync(start)) return [];
  return fs
    .readdirSync(start, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .toSorted();
}

function checkSize(file, lines, limit, table) {
  const isExempt = table.generated.includes(file) || path.posix.basename(file).includes('generated');
  if (isExempt || lines <= limit) return [];
  return [`${file}: ${lines} lines of code, over the limit of ${limit}: split it`];
}

function checkAllRust(root, table) {
  const sources = new Map(
    sourceFiles(root, table.rust).map((file) => [file, fs.readFileSync(path.join(root, file), 'utf8')]),
  );
  const moved = movedModules(sources, table.rust.root);
  return [...sources].flatMap(([file, text]) => {
    return checkRust(file, blankRust(text), moved.get(file) ?? rustModulePath(file, table.rust.root), table);
  });
}

function checkRust(file, source, modulePath, table) {
  const { rust } = table;
  const layer = modulePath[0] ?? 'lib';
  const problems = [];
  const report = (line, what) => problems.push(`${file}:${line}: ${what}`);

  const isEntry = rust.entries.includes(layer);
  if (!isEntry && !rust.imports[layer]) report(1, `"${layer}" is no layer of scripts/layers.json`);
  const crates = Object.keys(rust.crates).filter((name) => !name.includes('::'));
  for (const { segments, line, depth } of rustPaths(source, ['crate', 'super', ...crates])) {
    const written = segments.join('::');
    if (crates.includes(segments[0])) {
      const rule = rust.crates[`${segments[0]}::${segments[1]}`] ?? rust.crates[segments[0]];
      if (!rule.includes(layer)) report(line, `${layer} may not use ${written}`);
      continue;
    }
    const target = rustTarget(segments, modulePath, depth);
    if (target === undefined || isEntry || target === layer) continue;
    if (!rust.imports[target]) report(line, `${written} names no layer`);
    else if (!rust.imports[layer]?.includes(target))
      report(line, `${layer} may not import ${target} (${written})`);
  }
  if (!rust.unsafe.some((place) => file === place || (place.endsWith('/') && file.startsWith(place)))) {
    for (const match of source.matchAll(/\bunsafe\b|\b(?:allow|expect)\s*\([^)]*\bunsafe_code\b/g)) {
      report(lineOf(source, match.index), `unsafe stands outside of ${rust.unsafe.join(', ')}`);
    }
  }
  const isTestFile = /(?:\/|_)tests(?:\.rs$|\/)/.test(file);
  const limit = isTestFile ? table.tests.maxCodeLines : rust.maxCodeLines;
  return [...problems, ...checkSize(file, rustCodeLines(source), limit, table)];
}

/** `src/conn/open.rs` → [conn, open], `src/conn/mod.rs` → [conn], `src/lib.rs` → []. */
function rustModulePath(file, rootFolder) {
  const parts = file.slice(rootFolder.length + 1, -'.rs'.length).split('/');
  if (parts.at(-1) === 'mod' || (parts.length === 1 && parts[0] === 'lib')) parts.pop();
  return parts;
}

/** Files that a `#[path = "…"] mod name;` makes a module of, with that module's path. */
function movedModules(sources, rootFolder) {
  const pattern = /#\[path\s*=\s*"([^"]+)"\]\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;/g;
  const moved = new Map();
  for (const [file, text] of sources) {
    for (const [, target, name] of text.matchAll(pattern)) {
      const where = path.posix.join(path.posix.dirname(file), target);
      moved.set(where, [...rustModulePath(file, rootFolder), name]);
    }
  }
  return moved;
}

/** The layer a `crate::…` or `super::…` path leads to; undefined when it stays in its own file. */
function rustTarget(segments, modulePath, depth) {
  if (segments[0] === 'crate') return segments[1] ?? 'crate';
  const ups = segments.findIndex((segment) => segment !== 'super');
  const climbed = (ups < 0 ? segments.length : ups) - depth;
  if (climbed < modulePath.length) return climbed <= 0 ? undefined : modulePath[0];
  return ups < 0 ? 'crate' : segments[ups];
}

function checkTypeScript(root, file, table) {
  const { typescript: ts } = table;
  const code = blankTsComments(fs.readFileSync(path.join(root, file), 'utf8'));
  const layer = tsLayer(file.slice(ts.root.length + 1), ts.imports);
  const problems = [];
  const report = (line, what) => problems.push(`${file}:${line}: ${what}`);

  if (layer === undefined) report(1, `it belongs to no layer of scripts/layers.json`);
  for (const { specifier, typeOnly, index } of layer === undefined ? [] : tsImports(code)) {
    const line = lineOf(code, index);
    if (!specifier.startsWith('.')) {
      if (!mayUsePackage(specifier, layer, ts)) report(line, `${layer} may not use the package ${specifier}`);
      continue;
    }
    const target = path.posix.join(path.posix.dirname(file), specifier).replace(/\.[cm]?[jt]s$/, '');
    if (!mayImport(target, layer, typeOnly, ts)) {
      report(
        line,
        `${layer} may not import ${target.replace(`${ts.root}/`, '')}${typeOnly ? ' (types)' : ''}`,
      );
    }
  }
  return [...problems, ...checkSize(file, tsCodeLines(code), ts.maxCodeLines, table)];
}

/** The most particular entry of the table that a path from `ts/` belongs to. */
function tsLayer(inside, imports) {
  const bare = inside.replace(/\.ts$/, '');
  const fits = Object.keys(imports).filter((name) => bare === name || bare.startsWith(`${name}/`));
  return fits.toSorted((a, b) => b.length - a.length)[0];
}

function mayImport(target, layer, typeOnly, ts) {
  const allowed = [...ts.imports[layer], ...(typeOnly ? (ts.typeImports[layer] ?? []) : [])];
  // What lies outside of ts/ is named by its path from the root.
  if (!target.startsWith(`${ts.root}/`)) return allowed.includes(target);
  const inside = target.slice(ts.root.length + 1);
  if (tsLayer(inside, ts.imports) === layer) return true;
  return allowed.some((name) => inside === name || inside.startsWith(`${name}/`));
}

function mayUsePackage(specifier, layer, ts) {
  if (specifier.startsWith('node:')) return true;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  return ts.packages[name]?.includes(layer) ?? false;
}
