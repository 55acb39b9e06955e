// The last line of `npm test` is only as true as the counts that are read from the tools.
import { describe, expect, it } from 'vitest';
import {
  counted,
  describe as describeTally,
  describeRemarks,
  fromCargo,
  fromClosingLine,
  fromVitest,
  remarksFrom,
} from '../../scripts/lib/tally.mjs';

describe('counts of cargo test', () => {
  it('are the sum of its programs', () => {
    const output = `
running 2 tests
test a ... ok
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

   Doc-tests ferrolite
test result: FAILED. 3 passed; 1 failed; 4 ignored; 0 measured; 0 filtered out; finished in 0.01s
`;
    expect(fromCargo(output)).toEqual({ passed: 5, failed: 1, skipped: 4 });
  });

  it('are nothing when it did not compile', () => {
    expect(fromCargo('error: could not compile `ferrolite`')).toEqual({ passed: 0, failed: 0, skipped: 0 });
  });
});

describe('counts of Vitest', () => {
  const file = (status: string, ...tests: string[]) => ({
    status,
    assertionResults: tests.map((test) => ({ status: test })),
  });

  it('hold skipped and planned tests as skipped', () => {
    const testResults = [
      file('failed', 'passed', 'failed', 'pending'),
      file('passed', 'passed', 'todo', 'skipped'),
    ];
    expect(fromVitest({ testResults })).toEqual({ passed: 2, failed: 1, skipped: 3 });
  });

  it('hold a file that fails without a failed test as one failure', () => {
    const testResults = [file('failed', 'passed', 'failed'), file('failed'), file('failed', 'passed')];
    expect(fromVitest({ testResults })).toEqual({ passed: 2, failed: 3, skipped: 0 });
  });
});

describe('remarks', () => {
  it.each([[[]], [['failed: a > b\n    Error: c', 'vitest / vitest: 1 passed, 1 failed']]])(
    'of %j are read from what was printed',
    (remarks) => {
      const printed = `noise\n${describeRemarks(remarks)}1 passed, 1 failed\n`;
      expect(remarksFrom(printed).join('\n')).toBe(remarks.join('\n'));
    },
  );
});

describe('counts of our own scripts', () => {
  it.each([
    ['5 passed, 0 failed', { passed: 5, failed: 0, skipped: 0 }],
    ['noise\n5 passed, 1 failed, 2 skipped\n', { passed: 5, failed: 1, skipped: 2 }],
    ['5 passed, 0 failed\nTypeError: after the end', undefined],
    ['', undefined],
  ])('are read from the closing line of %j', (output, tally) => {
    expect(fromClosingLine(output)).toEqual(tally);
  });
});

describe('the exit code has the last word', () => {
  const green = { passed: 2, failed: 0, skipped: 0 };

  it('a tool that fails without a failed test is one failure', () => {
    expect(counted(green, false)).toEqual({ passed: 2, failed: 1, skipped: 0 });
    expect(counted({ passed: 2, failed: 3, skipped: 0 }, false)).toEqual({
      passed: 2,
      failed: 3,
      skipped: 0,
    });
  });

  it('a tool that runs no test is one failure', () => {
    expect(counted({ passed: 0, failed: 0, skipped: 0 }, true)).toMatchObject({ failed: 1 });
    expect(counted(undefined, true)).toMatchObject({ failed: 1 });
  });

  it('a tool that succeeds counts as it says', () => {
    expect(counted(green, true)).toEqual(green);
  });
});

it('skipped tests are named in the line only when there are some', () => {
  expect(describeTally({ passed: 1, failed: 0, skipped: 0 })).toBe('1 passed, 0 failed');
  expect(describeTally({ passed: 1, failed: 0, skipped: 2 })).toBe('1 passed, 0 failed, 2 skipped');
});
