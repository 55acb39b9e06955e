// Starts the fuzzer of pools and fleets.
import { fileURLToPath } from 'node:url';
import { runRounds } from '../rounds.mjs';

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));

/** What `npm test` runs: the same rounds each time; `npm run soak` takes other seeds. */
export const TESTED = { seed: 20_261_126, rounds: 60 };

export const fuzzPools = (options) => runRounds(CHILD, options);
