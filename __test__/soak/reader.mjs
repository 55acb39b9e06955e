// Random schemas and queries in all encodings, whose rows must be those of another driver, with a new seed in each process,
// until the time is up. A finding ends the run and prints its seed and round; see ../fuzz/reader. First, where gcc is, it
// says what of frl_row the rounds of `npm test` reach.
import { canCount, countReader } from '../fuzz/reader/coverage.mjs';
import { TESTED, fuzzReader } from '../fuzz/reader/run.mjs';
import { soakRounds } from '../fuzz/soak-rounds.mjs';

let reached = 'not counted: that takes gcc and gcov';
if (await canCount()) {
  const { finding, lines, branches, missed } = await countReader((root) => fuzzReader({ ...TESTED, root }));
  if (finding !== undefined) throw new Error(finding);
  reached = `${lines.join(' of ')} lines, ${branches.join(' of ')} branches`;
  for (const line of missed) console.log(`not reached: engine.c:${line}`);
}
console.log(`reached in frl_row: ${reached}`);

const { calls, seeds, report } = await soakRounds('reader', fuzzReader);
console.log(`${calls} queries (${seeds}): every row as of ${report}; reached in frl_row: ${reached}`);
