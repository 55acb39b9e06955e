// One process of the fuzzer of pools and fleets; see ../rounds.mjs. Its report has the methods that were called.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contractOf } from '../contract.mjs';
import { serveRounds } from '../rounds.mjs';
import { checkSurface } from './rules.mjs';
import { PoolWorld } from './world.mjs';
import { round } from './rounds.mjs';

await serveRounds(async (root) => {
  const require = createRequire(import.meta.url);
  const Database = require(root);
  const entry = require(join(root, 'dist', 'pool', 'index.js'));
  const folder = mkdtempSync(join(tmpdir(), 'ferrolite-fuzz-pools-'));
  // Any text is the name of a file.
  process.chdir(folder);
  await checkSurface(entry, join(folder, 'surface'));
  // A promise of a value that the fuzzer has made and that nobody waits for.
  process.on('unhandledRejection', (reason) => {
    if (!world.isOwn(reason)) world.found ??= `nobody could catch ${String(reason?.stack ?? reason)}`;
  });
  const world = new PoolWorld({ Database, entry, folder, contract: contractOf(root, Database) });
  // Nothing keeps the process alive, and the round has not ended.
  process.on('beforeExit', () => {
    if (world.pending.size > 0) console.error(`never answered: ${world.unanswered()}`);
  });
  const end = () => {
    process.chdir(root);
    rmSync(folder, { recursive: true, force: true });
    return [...world.called].toSorted();
  };
  return { world, round, end };
});
