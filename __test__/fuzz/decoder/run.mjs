// Starts the decoder's fuzzer.
import { fileURLToPath } from 'node:url';
import { runRounds } from '../rounds.mjs';

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));

/** What `npm test` runs: the same rounds each time; `npm run soak` takes other seeds. */
export const TESTED = { seed: 20_261_125, rounds: 100 };

/** What no round can reach, by the text of its line. */
export const UNREACHABLE = {
  'throw error;':
    'making code from a string fails with an EvalError or, as the code is well-formed, not at all',
};

export const fuzzDecoder = (options) => runRounds(CHILD, options);
