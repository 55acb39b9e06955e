// Whether the fuzzers are strong enough: each bug of their lists is built into a copy of the package, and must be found
// within what `npm test` runs.
//
//   node __test__/soak/planted.mjs [--seconds 900] [--only <part of "fuzzer: bug">]
//
// Ends with a table; fails if a bug was not found. Of the bugs that do not fit into `--seconds` it says that they were
// left out.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CRATE } from '../../scripts/lib/build.mjs';
import { addonPath, cache, cargoLibraryName, root } from '../../scripts/lib/paths.mjs';
import { must } from '../../scripts/lib/run.mjs';
import { bugs as decoderBugs } from '../fuzz/decoder/planted-bugs.mjs';
import { TESTED as TESTED_DECODER, fuzzDecoder } from '../fuzz/decoder/run.mjs';
import { bugs as callBugs } from '../fuzz/planted-bugs.mjs';
import { bugs as readerBugs } from '../fuzz/reader/planted-bugs.mjs';
import { TESTED as TESTED_READER, fuzzReader } from '../fuzz/reader/run.mjs';
import { TESTED, fuzz } from '../fuzz/run.mjs';

/** The fuzzers, with what each must find, and how it searches the package in a folder. */
const FUZZERS = [
  { fuzzer: 'calls', bugs: callBugs, search: (tree) => fuzz({ ...TESTED, root: tree }) },
  { fuzzer: 'decoder', bugs: decoderBugs, search: (tree) => fuzzDecoder({ ...TESTED_DECODER, root: tree }) },
  { fuzzer: 'reader', bugs: readerBugs, search: (tree) => fuzzReader({ ...TESTED_READER, root: tree }) },
];

const FOLDER = path.join(cache, 'planted');
const TREE = path.join(FOLDER, 'tree');
const TARGET = path.join(FOLDER, 'target');
const COPIED = [
  ...CRATE,
  'ts',
  'tsconfig.json',
  'native',
  'dist',
  'platform',
  'docs',
  // Cargo.toml names it.
  'benches/floor.rs',
  'index.js',
  'package.json',
];
/** Quick builds: what is looked for does not depend on optimisation. */
const BUILD = {
  CARGO_TARGET_DIR: TARGET,
  CARGO_INCREMENTAL: '1',
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
  CFLAGS: '-O1',
};

/** A fresh copy of the package, with what is built. */
function copyTree() {
  fs.rmSync(TREE, { recursive: true, force: true });
  for (const name of COPIED) {
    // With its times, which tell cargo what has changed.
    fs.cpSync(path.join(root, name), path.join(TREE, name), { recursive: true, preserveTimestamps: true });
  }
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(TREE, 'node_modules'), 'junction');
}

async function buildAddon() {
  await must('cargo', ['build', '--release'], { cwd: TREE, env: BUILD, quiet: true });
  const target = path.join(TREE, path.relative(root, addonPath()));
  // Not over a file that a process may have mapped.
  fs.rmSync(target);
  fs.copyFileSync(path.join(TARGET, 'release', cargoLibraryName()), target);
}

async function buildDist() {
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  // What a bug no longer uses is no error.
  const flags = ['--project', 'tsconfig.json', '--noUnusedLocals', 'false', '--noUnusedParameters', 'false'];
  await must(process.execPath, [compiler, ...flags], { cwd: TREE, quiet: true });
}

/** What building the addon and a bug in it may take, on a slow machine. */
const NATIVE_SECONDS = 400;

const isNative = (bug) => /^c?src\//.test(bug.file);

/** Runs `body` on a copy with the bug. */
async function withBug(bug, body) {
  const file = path.join(TREE, bug.file);
  const source = fs.readFileSync(file, 'utf8');
  const parts = source.split(bug.from);
  if (parts.length !== 2) throw new Error(`"${bug.name}" no longer fits ${bug.file}`);
  const build = isNative(bug) ? buildAddon : buildDist;
  fs.writeFileSync(file, parts.join(bug.to));
  try {
    await build();
    return await body();
  } finally {
    fs.writeFileSync(file, source);
    if (!isNative(bug)) await build();
  }
}

/** The line of a finding that says what was found. */
const summary = (finding) => finding.split('\n')[0].slice(0, 90);

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      seconds: { type: 'string', default: 'Infinity' },
    },
  });
  const end = performance.now() + Number(values.seconds) * 1000;
  const all = FUZZERS.flatMap(({ bugs, ...how }) => bugs.map((bug) => ({ ...bug, ...how })));
  const wanted = all.filter((bug) => `${bug.fuzzer}: ${bug.name}`.includes(values.only));
  copyTree();
  const rows = [];
  for (const bug of wanted.toSorted((one, other) => Number(isNative(one)) - Number(isNative(other)))) {
    const needed = isNative(bug) ? NATIVE_SECONDS : 0;
    if (performance.now() + needed * 1000 > end) continue;
    const result = await withBug(bug, () => bug.search(TREE));
    const found = result.finding === undefined ? 'no' : 'yes';
    rows.push({
      fuzzer: bug.fuzzer,
      bug: bug.name,
      found,
      calls: result.calls,
      what: summary(result.finding ?? ''),
    });
    console.log(`${found === 'yes' ? 'found' : 'NOT FOUND'} after ${result.calls} calls: ${bug.name}`);
  }
  // The last bug of the addon is still built in.
  fs.rmSync(TREE, { recursive: true, force: true });
  console.table(rows);
  const missed = rows.filter((row) => row.found === 'no').length;
  const leftOut = rows.length < wanted.length ? `; no time for ${wanted.length - rows.length} more` : '';
  console.log(
    `${rows.length - missed} of ${rows.length} planted bugs found within what npm test runs${leftOut}`,
  );
  process.exitCode = missed > 0 ? 1 : 0;
}

await main();
