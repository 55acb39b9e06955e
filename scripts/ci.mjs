// `.ci/run`: every check, then the applications. The last line is the sum of what both counted.
import { npm, run } from './lib/run.mjs';
import { counted, describe, describeRemarks, fromClosingLine, remarksFrom, sum } from './lib/tally.mjs';

/** @param {string[]} args of npm */
async function tallyOf(args) {
  const [command, all] = npm(args);
  const { ok, output } = await run(command, all);
  remarks.push(...remarksFrom(output));
  return counted(fromClosingLine(output), ok);
}

const remarks = [];
const total = sum([await tallyOf(['test']), await tallyOf(['run', 'test:apps'])]);
process.stdout.write(describeRemarks(remarks));
console.log(describe(total));
process.exitCode = total.failed > 0 ? 1 : 0;
