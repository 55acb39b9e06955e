// Counts of passed, failed and skipped, read from what each tool says of itself.

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

export const none = Object.freeze({ passed: 0, failed: 0, skipped: 0 });

/** @param {Tally[]} tallies @returns {Tally} */
export function sum(tallies) {
  const total = { ...none };
  for (const tally of tallies) for (const key of Object.keys(total)) total[key] += tally[key];
  return total;
}

export function describe({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

const REMARKS = '\nto look at:\n';

/** What stands before the last line where something failed. @param {string[]} remarks */
export function describeRemarks(remarks) {
  return remarks.length > 0 ? `${REMARKS}${remarks.join('\n')}\n` : '';
}

/** The same, read from what a command of ours printed. */
export function remarksFrom(output) {
  const start = output.lastIndexOf(REMARKS);
  return start === -1
    ? []
    : output
        .slice(start + REMARKS.length)
        .trimEnd()
        .split('\n')
        .slice(0, -1);
}

/** A check that passes or fails as a whole. */
export function check(ok) {
  return { ...none, [ok ? 'passed' : 'failed']: 1 };
}

/**
 * The tally of a tool that counts its own tests. Its exit code has the last word: a tool that fails
 * without a failed test (it crashed, or did not compile) or that ran no test at all is one failure.
 *
 * @param {Tally | undefined} said undefined when the tool did not get as far as counting
 */
export function counted(said, ok) {
  const tally = said ?? none;
  const silent = tally.passed + tally.failed + tally.skipped === 0;
  const isBroken = silent || (!ok && tally.failed === 0);
  return isBroken ? { ...tally, failed: tally.failed + 1 } : tally;
}

/** The sum of cargo's `test result:` lines, one per test program. */
export function fromCargo(output) {
  const pattern = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/gm;
  const results = [...output.matchAll(pattern)].map((match) => match.slice(1).map(Number));
  return sum(results.map(([passed, failed, skipped]) => ({ passed, failed, skipped })));
}

/** Vitest's JSON report, or the part of it that has some files. One that fails without a failed test counts as one failure. */
export function fromVitest({ testResults }) {
  const tally = { ...none };
  for (const { status, assertionResults } of testResults) {
    const count = (wanted) => assertionResults.filter((test) => test.status === wanted).length;
    const failed = count('failed');
    tally.passed += count('passed');
    tally.failed += failed === 0 && status === 'failed' ? 1 : failed;
    tally.skipped += assertionResults.length - count('passed') - failed;
  }
  return tally;
}

/** The closing line of our own scripts: `N passed, N failed`, `, N skipped` at need. */
export function fromClosingLine(output) {
  const last = output.trimEnd().split('\n').at(-1).trim();
  const match = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(last);
  if (!match) return undefined;
  const [passed, failed, skipped] = match.slice(1).map((text) => Number(text ?? 0));
  return { passed, failed, skipped };
}
