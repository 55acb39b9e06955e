// One process of the decoder's fuzzer; see ../rounds.mjs. With the argument `coverage` its report says what was reached.
import { serveRounds } from '../rounds.mjs';
import { startCoverage } from './coverage.mjs';
import { Source } from './realm.mjs';
import { round } from './worlds.mjs';

await serveRounds(async (root, flags) => {
  const source = new Source(root);
  const end = flags.includes('coverage') ? await startCoverage(source) : () => {};
  return { world: { source, calls: 0 }, round, end };
});
