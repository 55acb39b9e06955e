// What of frl_row the reader's fuzzer reaches, by gcov: the addon is built once more, with gcc counting.
import fs from 'node:fs';
import path from 'node:path';
import { ensureBuilt } from '../../../scripts/lib/build.mjs';
import { addonPath, cache, cargoLibraryName, root } from '../../../scripts/lib/paths.mjs';
import { must, run } from '../../../scripts/lib/run.mjs';

const FOLDER = path.join(cache, 'gcov');
const TREE = path.join(FOLDER, 'tree');
const TARGET = path.join(FOLDER, 'target');
// Copied, because a module behind a link would load the addon that stands beside it.
const COPIED = ['native', 'dist', 'platform', 'index.js', 'package.json'];
const FUNCTION = 'int frl_row(';

/** Whether gcc and gcov are here. */
export async function canCount() {
  if (process.platform !== 'linux') return false;
  try {
    const results = [
      await run('gcc', ['--version'], { quiet: true }),
      await run('gcov', ['--version'], { quiet: true }),
    ];
    return results.every(({ ok }) => ok);
  } catch {
    return false;
  }
}

/** A package whose addon counts. @returns Its folder. */
async function buildCounting() {
  await ensureBuilt();
  const env = {
    CARGO_TARGET_DIR: TARGET,
    CC: 'gcc',
    // Nothing is moved or joined: the counts belong to the lines as they stand.
    CFLAGS: '-O0 --coverage',
    RUSTFLAGS: '-C link-arg=--coverage',
    CARGO_PROFILE_RELEASE_LTO: 'off',
    CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
  };
  await must('cargo', ['build', '--release'], { env, quiet: true });
  fs.rmSync(TREE, { recursive: true, force: true });
  for (const name of COPIED) fs.cpSync(path.join(root, name), path.join(TREE, name), { recursive: true });
  fs.copyFileSync(
    path.join(TARGET, 'release', cargoLibraryName()),
    path.join(TREE, path.relative(root, addonPath())),
  );
  return TREE;
}

/** The counts that a build has left, and what they belong to. */
function countFiles() {
  const files = fs.readdirSync(TARGET, { recursive: true, encoding: 'utf8' });
  return files.filter((name) => name.endsWith('.gcda')).map((name) => path.join(TARGET, name));
}

/**
 * @param search - Runs the fuzzer on the package in a folder.
 * @returns `finding`, and the lines and branches of frl_row that were reached.
 */
export async function countReader(search) {
  const tree = await buildCounting();
  for (const file of countFiles()) fs.rmSync(file);
  const { finding, calls } = await search(tree);
  const file = countFiles().find((name) => name.endsWith('engine.gcda'));
  if (file === undefined) throw new Error('the counting addon has left no counts');
  const args = ['--branch-probabilities', '--stdout', '--object-file', file, 'engine.c'];
  // Where the compiler was called: it names its sources from there.
  const { stdout } = await must('gcov', args, { cwd: root, quiet: true });
  fs.rmSync(TREE, { recursive: true, force: true });
  return { finding, calls, ...summaryOf(stdout) };
}

/** Takes the function out of what gcov says of the whole engine. */
function summaryOf(text) {
  const source = fs.readFileSync(path.join(root, 'csrc', 'engine.c'), 'utf8').split('\n');
  const first = source.findIndex((line) => line.startsWith(FUNCTION)) + 1;
  const last = source.findIndex((line, index) => index >= first && line.startsWith('}')) + 1;
  const lines = text.split('\n');
  const start = lines.findIndex((line) => /0:Source:.*\bengine\.c$/.test(line));
  const end = lines.findIndex((line, index) => index > start && /0:Source:/.test(line));
  const counted = { lines: [0, 0], branches: [0, 0], missed: [] };
  let at = 0;
  for (const line of lines.slice(start, end < 0 ? undefined : end)) {
    const found = /^\s*([^:]+):\s*(\d+):(.*)$/.exec(line);
    if (found !== null) at = Number(found[2]);
    if (at < first || at > last) continue;
    if (found !== null && found[1].trim() !== '-') {
      const isReached = !/^[#=]/.test(found[1].trim());
      counted.lines[1] += 1;
      counted.lines[0] += isReached ? 1 : 0;
      if (!isReached) counted.missed.push(`${at}: ${found[3].trim()}`);
    }
    const branch = /^branch\s+\d+ (?:taken (\d+)|never executed)/.exec(line);
    if (branch !== null) {
      const isTaken = Number(branch[1] ?? 0) > 0;
      counted.branches[1] += 1;
      counted.branches[0] += isTaken ? 1 : 0;
      if (!isTaken) counted.missed.push(`${at}: one way of: ${source[at - 1].trim()}`);
    }
  }
  if (counted.lines[1] === 0) throw new Error(`gcov does not know ${FUNCTION}`);
  return counted;
}
