// One process of the reader's fuzzer; see ../rounds.mjs. Its report names the driver that the package is compared with.
import { createRequire } from 'node:module';
import { serveRounds } from '../rounds.mjs';
import { oracleFor } from './oracles.mjs';
import { round } from './rounds.mjs';

await serveRounds((root) => {
  const Ours = createRequire(import.meta.url)(root);
  const Oracle = oracleFor(Ours);
  return { world: { Ours, Oracle, calls: 0 }, round, end: () => Oracle.driver };
});
