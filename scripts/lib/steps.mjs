// The steps of `npm test`, in order. Each returns tallies by name; none stops another.
import fs from 'node:fs';
import path from 'node:path';
import { ensureAddon, ensureBuilt, ensureCases, ensureDist, tsc } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { runModels } from './loom.mjs';
import { cache, root } from './paths.mjs';
import { npm, run } from './run.mjs';
import { runtime, runtimeNames } from './runtimes.mjs';
import { check, counted, fromCargo, fromClosingLine, sum } from './tally.mjs';
import { runVitest } from './vitest.mjs';

const MINUTE_MS = 60_000;
/** A cold release build with link-time optimisation takes minutes on two cores. */
const BUILD_LIMIT_MS = 15 * MINUTE_MS;
const TEST_LIMIT_MS = 15 * MINUTE_MS;
const RUNTIME_LIMIT_MS = 2 * MINUTE_MS;
/** Characters of an answer that are told once more at the end. */
const MOST_OF_AN_ANSWER = 400;
/** A folder in memory, and the room (bytes) that makes it fit for the files of cases. */
const MEMORY_FOLDER = '/dev/shm';
const MEMORY_ROOM = 256 * 2 ** 20;

const bin = (name) => path.join('node_modules', ...name.split('/'));

async function passes(command, args, timeoutMs = BUILD_LIMIT_MS) {
  const { ok } = await run(command, args, { timeoutMs });
  return check(ok);
}

/** A script of node_modules, on the Node that runs us. */
const tool = (script, ...args) => passes(process.execPath, [bin(script), ...args]);

/**
 * Each step: its name for `--only`, what it is, its checks by name, how many of them run at once (one when
 * nothing is said), and whether one that fails is run again, as `lib/vitest.mjs` does it and for the same reason.
 */
export const steps = [
  {
    name: 'install',
    title: 'dependencies of the lockfile',
    checks: { 'npm ci': () => ensureInstalled().then(() => check(true)) },
  },
  {
    name: 'format',
    title: 'formatters change nothing',
    checks: {
      'cargo fmt': () => passes('cargo', ['fmt', '--check']),
      prettier: () => tool('prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'),
    },
  },
  {
    name: 'lint',
    title: 'lints',
    checks: {
      clippy: () => passes('cargo', ['clippy', '--all-targets', '--', '-D', 'warnings']),
      oxlint: () => tool('oxlint/bin/oxlint', '--deny-warnings', '--report-unused-disable-directives'),
    },
  },
  {
    name: 'layers',
    title: 'import table and file sizes',
    checks: { layers: () => passes(process.execPath, ['scripts/check-layers.mjs']) },
  },
  {
    name: 'types',
    title: 'types of the sources and of the tests',
    checks: {
      'tsc sources': () => passes(process.execPath, [tsc(), '--project', 'tsconfig.json', '--noEmit']),
      'tsc entries': async () => {
        await ensureDist();
        return passes(process.execPath, [tsc(), '--project', 'tsconfig.entries.json', '--noEmit']);
      },
      'tsc tests': async () => {
        await ensureDist();
        return passes(process.execPath, [tsc(), '--project', 'tsconfig.test.json']);
      },
    },
  },
  { name: 'rust', title: 'Rust tests', checks: { 'cargo test': cargoTest, models: loomModels } },
  {
    name: 'build',
    title: 'the addon and dist',
    checks: {
      addon: () => ensureAddon().then(() => check(true)),
      dist: () => ensureDist().then(() => check(true)),
    },
  },
  { name: 'vitest', title: 'JavaScript tests', checks: { vitest: vitest } },
  {
    name: 'runtimes',
    title: 'the same addon on every runtime',
    atOnce: 2,
    isTriedAgain: true,
    checks: Object.fromEntries(runtimeNames.map((name) => [name, () => onRuntime(name)])),
  },
  {
    name: 'cases',
    title: 'the answers recorded of better-sqlite3, on every runtime',
    isTriedAgain: true,
    checks: Object.fromEntries(runtimeNames.map((name) => [name, () => casesOn(name)])),
  },
];

async function cargoTest() {
  const { ok, output } = await run('cargo', ['test', '--no-fail-fast'], { timeoutMs: BUILD_LIMIT_MS });
  return counted(fromCargo(output), ok);
}

/** The pool's threads in every order in which they can meet. */
async function loomModels() {
  const { ok, output } = await runModels({ timeoutMs: BUILD_LIMIT_MS });
  return counted(fromCargo(output), ok);
}

/** @param {{ filters: string[], node: string }} options names of test files, all when empty; the Node that runs them */
async function vitest({ filters, node }) {
  await ensureBuilt();
  const [, npmArgs] = npm([]);
  return runVitest(await runtime(node), 'vitest', ['--reporter=default', ...filters], {
    timeoutMs: TEST_LIMIT_MS,
    // Tests that call npm use the one that started us, whatever Node they run on.
    env: npmArgs.length > 0 ? { npm_execpath: npmArgs[0] } : {},
  });
}

/** What the runtime needs before a script, to run it as it would run a user's. */
const argumentsOf = (name) =>
  name === 'deno' ? ['run', '--allow-all', '--node-modules-dir=manual', '--no-config'] : [];

async function onRuntime(name) {
  await ensureBuilt();
  const args = [...argumentsOf(name), path.join(root, '__test__', 'runtime', 'main.cjs')];
  const { ok, output } = await run(await runtime(name), args, { timeoutMs: RUNTIME_LIMIT_MS, quiet: true });
  console.log(`  on ${name}\n${output.trimEnd().replaceAll(/^/gmu, '    ')}`);
  return counted(fromClosingLine(output), ok);
}

/** In the main thread and in a worker at once. */
async function casesOn(name) {
  await ensureBuilt();
  await ensureCases();
  const executable = await runtime(name);
  const script = path.join(root, '__test__', 'runtime', 'cases.cjs');
  const env = temporaryInMemory();
  const pass = (flags, quiet) =>
    run(executable, [...argumentsOf(name), script, ...flags], { timeoutMs: RUNTIME_LIMIT_MS, quiet, env });
  const [main, worker] = await Promise.all([pass([], false), pass(['--worker'], true)]);
  const first = countedCases(main, name);
  console.log(`  ${name}, in a worker\n${worker.output.trimEnd().replaceAll(/^/gmu, '    ')}`);
  const remarks = [main, worker].flatMap(({ output }) => failedCases(output));
  return { ...sum([first, countedCases(worker, `${name}-worker`)]), remarks };
}

/** Which cases have failed, and the start of the answers, from what the runner printed. */
const failedCases = (output) =>
  output
    .split('\n')
    .filter((line) => /^ *(?:failed|expected|given) /u.test(line))
    .map((line) => line.slice(0, MOST_OF_AN_ANSWER));

/** Where there is room: half of the time would be spent on waiting for a disk, which no answer depends on. */
function temporaryInMemory() {
  try {
    const { bavail, bsize } = fs.statfsSync(MEMORY_FOLDER);
    return bavail * bsize > MEMORY_ROOM ? { TMPDIR: MEMORY_FOLDER } : {};
  } catch {
    return {};
  }
}

function countedCases({ ok, output }, place) {
  const tally = fromClosingLine(output);
  if (tally === undefined) {
    console.log(`    it ended in the case ${lastCase(path.join(cache, `cases-progress-${place}`))}`);
  }
  return counted(tally, ok);
}

/** The last line of the file in which the runner notes each case before it runs it. */
function lastCase(file) {
  return fs.existsSync(file)
    ? fs.readFileSync(file, 'utf8').trimEnd().split('\n').at(-1)
    : '(none had begun)';
}
