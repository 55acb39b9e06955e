// The tests and the fuzzer with AddressSanitizer, which sees a wrong access to memory, of Rust or of SQLite, when it
// happens; at the end of the fuzzer's processes and of the checks for all runtimes it looks for leaks as well. `npm run
// soak` does it only when it is asked for by name.
//
//   node __test__/soak/asan.mjs [--seconds 120] [--seed N] [--only <part of a path>]
//
// `--seconds` is the time for the fuzzer. All test files run, however long they take, unless `--only` picks some. Fails
// on a report and on a failed test.
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { cache } from '../../scripts/lib/paths.mjs';
import { run, seconds } from '../../scripts/lib/run.mjs';
import { buildSanitized, findSanitizer } from '../asan/build.mjs';
import { ourPartOf, reportInto, reportsIn } from '../asan/reports.mjs';
import { copyProject, TREE } from '../asan/tree.mjs';
import { CALLS_PER_PROCESS, fuzzOnce } from '../fuzz/run.mjs';

const REPORTS = join(cache, 'asan', 'reports');
const RESULT = join(cache, 'asan', 'result.json');
const FILE_LIMIT_MS = 15 * 60_000;
/** For tests that say nothing of their time; without the sanitizer it is 5 s. */
const TEST_LIMIT_MS = 120_000;
const VITEST = [
  join('node_modules', 'vitest', 'vitest.mjs'),
  'run',
  '--typecheck.enabled=false',
  '--maxWorkers=1',
  `--testTimeout=${TEST_LIMIT_MS}`,
  `--hookTimeout=${TEST_LIMIT_MS}`,
  '--reporter=json',
  `--outputFile=${RESULT}`,
];

/** Applications start processes that the sanitizer is not in, and install the addon as it is released. */
const APPLICATIONS = `apps${sep}`;

/** Tests that cannot hold with the sanitizer, by a part of their name, with the reason. */
const UNFIT = {
  'parameters that do not fit into memory':
    'it limits the address space, of which the sanitizer reserves terabytes',
  'threads that cannot start refuse what needs them': 'it limits the address space too',
  'made and forgotten a hundred thousand times leaves no memory':
    'the sanitizer holds freed memory back, to see who uses it',
  'that are given up while they wait leave neither threads, nor handles, nor memory': 'the same',
};

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    seed: { type: 'string', default: String(Date.now() >>> 0) },
    only: { type: 'string', default: '' },
  },
});
const total = { files: 0, passed: 0, unfit: 0, calls: 0, others: 0 };
const problems = [];

function problem(what, detail) {
  problems.push(what);
  console.error(`${what}\n${detail}`);
}

function forgetReports() {
  rmSync(REPORTS, { recursive: true, force: true });
  mkdirSync(REPORTS, { recursive: true });
}

/** Whether nothing was reported since it was last asked. */
function nothingReported(during) {
  const reports = reportsIn(REPORTS);
  const ours = reports.map(ourPartOf).filter((part) => part !== undefined);
  total.others += reports.length - ours.length;
  for (const report of ours) problem(`reported during ${during}`, report);
  forgetReports();
  return ours.length === 0;
}

/** The results of one test file, each with its name. */
function resultsOf(output) {
  try {
    return JSON.parse(readFileSync(RESULT, 'utf8')).testResults.flatMap((file) => file.assertionResults);
  } catch {
    return [{ fullName: 'it gave no results', status: 'failed', failureMessages: [output] }];
  }
}

async function testFile(file, env) {
  const started = performance.now();
  rmSync(RESULT, { force: true });
  const options = { cwd: TREE, env, quiet: true, timeoutMs: FILE_LIMIT_MS };
  const { ok, output } = await run(process.execPath, [...VITEST, file], options);
  const results = resultsOf(output);
  const failed = results.filter(({ status }) => status === 'failed');
  const unfit = failed.filter(({ fullName }) => Object.keys(UNFIT).some((part) => fullName.includes(part)));
  for (const { fullName, failureMessages } of failed.filter((each) => !unfit.includes(each))) {
    problem(`${file}: ${fullName}`, failureMessages.join('\n'));
  }
  if (!ok && failed.length === 0) problem(`${file} failed beside its tests`, output);
  nothingReported(file);
  const passed = results.filter(({ status }) => status === 'passed').length;
  total.files += 1;
  total.passed += passed;
  total.unfit += unfit.length;
  console.log(`${file}: ${passed} passed, ${failed.length} failed (${seconds(started)})`);
}

/** The checks that run on every runtime; they know no test runner, so their process ends by itself. */
async function runtimeChecks(env) {
  const script = join('__test__', 'runtime', 'main.cjs');
  const { output } = await run(process.execPath, [script], { cwd: TREE, env, quiet: true });
  const last = output.trimEnd().split('\n').at(-1);
  if (!/^\d+ passed, 0 failed$/.test(last)) problem(`${script} did not end well`, output);
  nothingReported(script);
  console.log(`${script}: ${last}`);
}

async function fuzz(env) {
  const end = performance.now() + Number(values.seconds) * 1000;
  for (let seed = Number(values.seed) >>> 0; performance.now() < end; seed = (seed + 1) >>> 0) {
    console.log(`seed ${seed}: ${CALLS_PER_PROCESS} calls`);
    const { calls, finding } = await fuzzOnce({ seed, calls: CALLS_PER_PROCESS, root: TREE, env });
    total.calls += calls;
    if (finding !== undefined) problem(`the fuzzer, seed ${seed}`, finding);
    if (!nothingReported(`the fuzzer, seed ${seed}`) || finding !== undefined) return;
  }
}

async function main() {
  const { triple, library } = await findSanitizer();
  copyProject(await buildSanitized(triple));
  const env = reportInto(REPORTS, { library, leaks: false });
  const withLeaks = reportInto(REPORTS, { library, leaks: true });
  forgetReports();
  const files = readdirSync(join(TREE, '__test__'), { recursive: true, encoding: 'utf8' });
  const tests = files
    .filter(
      (name) => name.endsWith('.test.mts') && !name.startsWith(APPLICATIONS) && name.includes(values.only),
    )
    .toSorted();
  for (const name of tests) await testFile(join('__test__', name), env);
  await runtimeChecks(withLeaks);
  await fuzz(withLeaks);
  rmSync(TREE, { recursive: true, force: true });
}

await main();
for (const [part, reason] of Object.entries(UNFIT)) console.log(`not with the sanitizer: ${part}: ${reason}`);
for (const what of problems) console.log(`- ${what}`);
console.log(
  `with AddressSanitizer ${total.passed} tests in ${total.files} files passed, ${total.unfit} cannot run with it, ` +
    `and ${total.calls} calls of the fuzzer; ${total.others} reports are of better-sqlite3 or of Node alone; ` +
    (problems.length === 0 ? 'none is ours, nothing failed' : `${problems.length} problems`),
);
process.exitCode = problems.length > 0 ? 1 : 0;
