// Starts the reader's fuzzer.
import { fileURLToPath } from 'node:url';
import { runRounds } from '../rounds.mjs';

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));

/** What `npm test` runs: the same rounds each time; `npm run soak` takes other seeds. */
export const TESTED = { seed: 20_261_125, rounds: 150 };

export const fuzzReader = (options) => runRounds(CHILD, options);
