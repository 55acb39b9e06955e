// Runs Vitest, says at the end what failed and why, and tries the files with failures once more.
//
// The tests start processes, threads and servers on machines that do other things meanwhile. A file that fails is
// run again with nothing beside it: what fails twice has failed, what passes then is named as unsteady.
import fs from 'node:fs';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { cache, root } from './paths.mjs';
import { run } from './run.mjs';
import { counted, fromVitest, sum } from './tally.mjs';

/** More files than these fail for a reason, not for what else the machine does. */
const MOST_FILES_AGAIN = 4;
const REASON_LINES = 12;
const FOREIGN_FRAME = /^ +at (?:.*node_modules|.*node:|new Promise \(<anonymous>\))/u;

/**
 * @param {string} node the executable that runs Vitest
 * @param {string} name of the report in `.cache`
 * @param {string[]} args of `vitest run`
 * @param {{ timeoutMs: number, env?: Record<string, string> }} options of each of the two runs
 * @returns {Promise<import('./tally.mjs').Tally & { remarks: string[] }>} `remarks`: what failed, and what is unsteady
 */
export async function runVitest(node, name, args, options) {
  const first = await once(node, name, args, options);
  const files = first.results.filter(hasFailed).map((result) => result.name);
  if (files.length === 0 || files.length > MOST_FILES_AGAIN) {
    return { ...counted(first.tally, first.ok), remarks: remarksOf(first) };
  }
  console.log(`once more, alone: ${files.map(relative).join(', ')}`);
  const again = await once(node, `${name}-again`, [...args, '--maxWorkers=1', ...files], options);
  const rest = fromVitest({ testResults: first.results.filter((result) => !files.includes(result.name)) });
  const failedAgain = new Set(again.results.flatMap(failures).map((test) => test.title));
  const unsteady = again.tally
    ? first.results.flatMap(failures).filter((test) => !failedAgain.has(test.title))
    : [];
  return {
    ...sum([rest, counted(again.tally, again.ok)]),
    remarks: [...remarksOf(again), ...unsteady.map((test) => remark('unsteady, passed alone', test))],
  };
}

async function once(node, name, args, options) {
  const report = path.join(cache, `${name}.json`);
  fs.rmSync(report, { force: true });
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=json', `--outputFile.json=${report}`];
  const { ok } = await run(node, [vitest, 'run', ...reporters, ...args], options);
  const said = fs.existsSync(report) ? JSON.parse(fs.readFileSync(report, 'utf8')) : undefined;
  const results = said?.testResults ?? [];
  return { ok, results, tally: said && fromVitest(said) };
}

const relative = (file) => path.relative(root, file);

const hasFailed = (result) => failures(result).length > 0;

/** Of a file: what failed, with the reason. A file may fail as a whole, before its first test or after its last. */
function failures({ name, status, message, assertionResults }) {
  const tests = assertionResults.filter((test) => test.status === 'failed');
  if (tests.length === 0 && status === 'failed')
    return [{ title: relative(name), reason: reasonOf([message]) }];
  return tests.map((test) => ({
    title: `${relative(name)} > ${[...test.ancestorTitles, test.title].join(' > ')}`,
    reason: reasonOf(test.failureMessages),
  }));
}

const remark = (what, { title, reason }) => `${what}: ${title}\n${reason}`;

/** Vitest also fails by what no test is to blame for, such as an error after the last one: it shows that itself. */
function remarksOf({ ok, results }) {
  const failed = results.flatMap(failures);
  if (!ok && failed.length === 0) return ['failed: Vitest, without a failed test (see what it printed)'];
  return failed.map((test) => remark('failed', test));
}

/** The start of each message, without colours and without what Vitest called on the way. */
function reasonOf(messages = []) {
  const lines = messages.flatMap((message) => {
    const own = stripVTControlCharacters(message)
      .split('\n')
      .filter((line) => !FOREIGN_FRAME.test(line));
    return own.slice(0, REASON_LINES);
  });
  return lines.map((line) => `    ${line}`).join('\n');
}
